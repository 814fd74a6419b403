"""Reading parsed TOML strictly: each key is asked for once, and what is left is a mistake.

Every fault is a ConfigError of one line: file, dotted key, what is wrong, what to write.
Knows nothing of what the keys mean; `coordinations` does. Reads no file.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from fediverse_coord.errors import ConfigError, MalformedDocument, Refusal
from fediverse_coord.protocol import uris
from fediverse_coord.publishing import languages
from fediverse_coord.publishing.fields import country_codes


class Pattern(NamedTuple):
    """A form of text, and how to put it into words."""

    form: re.Pattern[str]
    hint: str


USERNAME = Pattern(
    re.compile(r"[a-z0-9_]{1,30}"), "write 1 to 30 of a-z, 0-9 and _ (other servers know no more)"
)
EMAIL = Pattern(
    re.compile(r"[^\s@<>\"',;:]{1,64}@[^\s@<>\"',;:.]+(\.[^\s@<>\"',;:.]+)+"),
    'write one e-mail address, such as "press@union.example"',
)
KIND = Pattern(
    re.compile(r"[a-z0-9][a-z0-9-]{0,29}"),
    'write 1 to 30 of a-z, 0-9 and -, such as "open-letter"',
)
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")

Parser = Callable[[str], str]  # raises ValueError, whose text says what to write


class Table:
    """One TOML table on its way to becoming a value."""

    def __init__(self, data: Mapping[str, object], file_name: str, prefix: str = "") -> None:
        self._left = dict(data)
        self._file_name, self._prefix = file_name, prefix

    def fault(self, key: str, what: str) -> ConfigError:
        """The error to raise about a key."""
        return ConfigError(f"{self._file_name}: {self._prefix}{key} {what}")

    def text(self, key: str, *, limit: int = 320, pattern: Pattern | None = None) -> str:
        """A text that must be there, without white space around it."""
        value = self._left.pop(key, None)
        if value is None:
            raise self.fault(key, f'is missing: add {key} = "…"')
        return self._checked(key, value, limit, pattern)

    def parsed(self, key: str, parser: Parser) -> str:
        """A text that must be there, in the spelling the parser gives it."""
        return self._parse(key, self.text(key), parser)

    def texts(
        self,
        key: str,
        form: Parser | Pattern,
        *,
        limit: int = 100,
        required: bool = False,
    ) -> tuple[str, ...]:
        """A list of texts, each once. Empty when absent, unless it is required."""
        values = self._list(key, limit)
        found = tuple(self._item(f"{key}[{at}]", value, form) for at, value in enumerate(values))
        if required and not found:
            raise self.fault(key, 'is missing or empty: add at least one, such as ["en"]')
        if len(set(found)) < len(found):
            raise self.fault(key, "names something twice: keep one of each")
        return found

    def has(self, key: str) -> bool:
        """Whether it is written, and was not read yet."""
        return key in self._left

    def choice(self, key: str, choices: Sequence[str]) -> str:
        """One of the words; the first of them when absent."""
        value = self._left.pop(key, choices[0])
        if not isinstance(value, str) or value not in choices:
            raise self.fault(key, f"is {value!r}: write one of {', '.join(choices)}")
        return value

    def number(self, key: str, *, minimum: int, maximum: int, default: int | None = None) -> int:
        """A whole number within bounds."""
        value = self._left.pop(key, default)
        if type(value) is not int or not minimum <= value <= maximum:
            raise self.fault(key, f"must be a whole number from {minimum} to {maximum}")
        return value

    def flag(self, key: str) -> bool:
        """`true` or `false`; false when absent."""
        value = self._left.pop(key, False)
        if not isinstance(value, bool):
            raise self.fault(key, "must be true or false, without quotes")
        return value

    def table(self, key: str) -> "Table | None":
        """An inner table, or nothing when absent."""
        value = self._left.pop(key, None)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise self.fault(key, f"must be a table: write [{self._prefix}{key}]")
        return Table(value, self._file_name, f"{self._prefix}{key}.")

    def tables(self, key: str, *, limit: int) -> list["Table"]:
        """A list of inner tables; empty when absent."""
        values = self._list(key, limit)
        if not all(isinstance(value, Mapping) for value in values):
            raise self.fault(key, f"must be tables: write each as [[{self._prefix}{key}]]")
        return [
            Table(value, self._file_name, f"{self._prefix}{key}[{at}].")
            for at, value in enumerate(values)
            if isinstance(value, Mapping)
        ]

    def finish(self, what: str = "is not a key that is known here: correct or remove it") -> None:
        """Raises ConfigError if anything was not asked for."""
        if self._left:
            raise self.fault(next(iter(self._left)), what)

    def _list(self, key: str, limit: int) -> list[object]:
        value = self._left.pop(key, [])
        if not isinstance(value, list):
            raise self.fault(key, "must be a list: write it in [ ]")
        if len(value) > limit:
            raise self.fault(key, f"has {len(value)} entries: keep at most {limit}")
        return value

    def _item(self, key: str, value: object, form: Parser | Pattern) -> str:
        if isinstance(form, Pattern):
            return self._checked(key, value, 320, form)
        return self._parse(key, self._checked(key, value, uris.MAX_LENGTH, None), form)

    def _checked(self, key: str, value: object, limit: int, pattern: Pattern | None) -> str:
        if not isinstance(value, str) or not value.strip():
            raise self.fault(key, 'must be a text that is not empty, in quotes: "…"')
        value = value.strip()
        if len(value) > limit:
            raise self.fault(key, f"has {len(value)} characters: keep it to {limit}")
        if pattern and not pattern.form.fullmatch(value):
            raise self.fault(key, f"is {value!r}: {pattern.hint}")
        return value

    def _parse(self, key: str, value: str, parser: Parser) -> str:
        try:
            return parser(value)
        except ValueError as error:
            raise self.fault(key, f"is {value!r}: {error}") from None


def language(text: str) -> str:
    """A language tag in its canonical spelling (BCP 47)."""
    try:
        return languages.tag(text)
    except Refusal:
        raise ValueError('write a language tag, such as "en", "pt-BR" or "zh-Hant"') from None


def country(text: str) -> str:
    """A country's two letters (ISO 3166-1)."""
    code = text.strip().upper()
    if code not in country_codes():
        raise ValueError("write a country's two letters (ISO 3166-1), such as ES")
    return code


def web_id(text: str) -> str:
    """The ActivityPub id of an account."""
    try:
        if uris.parse(text).scheme == "https":
            return text
    except MalformedDocument:
        pass
    raise ValueError("write the account's id, an address that begins with https://")


def host_name(text: str) -> str:
    """A host, as A-labels."""
    try:
        return uris.host_of(text)
    except MalformedDocument:
        raise ValueError('write a host alone, such as "union.example"') from None


def picture_file(text: str) -> str:
    """A file beside the TOML file, or in a folder beside it."""
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or "\\" in text:
        raise ValueError("write a path that starts beside this file and stays there")
    if path.suffix.lower() not in PICTURE_SUFFIXES:
        raise ValueError("use a PNG, JPEG or WebP file")
    return str(path)
