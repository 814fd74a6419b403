"""Texts as people hand them in: a file, a folder with one file a language, or stdin.

Reads and takes front matter apart (`publishing/frontmatter`); what the fields mean, and
whether they make a declaration, is decided by `desk`.
"""

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from fediverse_coord.errors import FieldFault, Refusal
from fediverse_coord.protocol.text import MAX_CONTENT
from fediverse_coord.publishing import frontmatter, languages

STDIN = "-"
MAX_BYTES = 4 * MAX_CONTENT + frontmatter.MAX_FRONT_MATTER
MAX_FILES = 100
FILE_NAME = re.compile(r"(?P<name>.+)\.(?P<language>[A-Za-z0-9_-]+)\.md\Z")
NOT_NAMED = "is not named NAME.LANG.md, such as letter.en.md"

Fields = dict[str, object]


def is_text(source: str) -> bool:
    """Whether the argument names a text rather than a declaration. Raises Refusal in between."""
    if source == STDIN or _exists(source):
        return True
    if source.endswith((".md", ".txt")) or source.startswith((".", "/", "~")):
        raise Refusal(f"there is no file or folder {source}")
    return False


def _exists(source: str) -> bool:
    try:
        return Path(source).exists()
    except OSError:  # longer than any file name
        return False


def is_folder(source: str) -> bool:
    """Whether it holds one file a language."""
    return source != STDIN and Path(source).is_dir()


def folder_of(source: str) -> Path | None:
    """Where the files lie that the text may name; nowhere for a text from stdin."""
    if source == STDIN:
        return None
    return Path(source) if is_folder(source) else Path(source).parent


def read(source: str, given: Mapping[str, object]) -> list[Fields]:
    """The fields of each language, the original's first; `given` options go before front matter.

    Raises Refusal that names the file.
    """
    chosen = {name: value for name, value in given.items() if value is not None}
    if is_folder(source):
        return _folder(Path(source), chosen)
    return [{**_fields(source), **chosen}]


def _fields(source: str) -> Fields:
    name = "the text from stdin" if source == STDIN else source
    try:
        fields, content = frontmatter.parse(_decoded(source))
    except Refusal as refusal:
        raise Refusal(f"{name}: {refusal.reason}", faults=refusal.faults) from None
    return {**fields, "content": content}


def _decoded(source: str) -> str:
    if source == STDIN and sys.stdin is None:
        raise Refusal("is not there: nothing is connected to stdin")
    try:
        if source == STDIN:
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(source).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise Refusal(f"has more than {MAX_BYTES:,} bytes; divide it")
        return data.decode("utf-8")
    except OSError as error:
        raise Refusal(f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Refusal("is not UTF-8 text; save it as UTF-8") from None


def _folder(folder: Path, chosen: Mapping[str, object]) -> list[Fields]:
    texts = _by_language(folder)
    original = _original(folder, texts, chosen.get("language"))
    first: Fields = {**texts.pop(original), **chosen, "language": original}
    return [first, *texts.values()]


def _by_language(folder: Path) -> dict[str, Fields]:
    files = sorted(one for one in folder.glob("*.md") if not one.name.startswith("."))
    if not 0 < len(files) <= MAX_FILES:
        count = f"more than {MAX_FILES}" if files else "no"
        raise Refusal(f"{folder} has {count} texts named NAME.LANG.md, such as letter.en.md")
    found: dict[str, Fields] = {}
    names = set()
    for file in files:
        match = FILE_NAME.match(file.name)
        if match is None:
            raise Refusal(f"{file} {NOT_NAMED}")
        names.add(match["name"])
        language = _language(file, match["language"])
        fields = _fields(str(file))
        if languages.tag(fields.get("language", language)) != language:
            raise Refusal(f"{file}: its name says {language}, its front matter another language")
        found[language] = {**fields, "language": language}
    if len(names) > 1:
        raise Refusal(f"{folder} holds several works ({', '.join(sorted(names))}): one a folder")
    return found


def _language(file: Path, written: str) -> str:
    try:
        return languages.tag(written)
    except Refusal as refusal:
        raise Refusal(f"{file} {NOT_NAMED}: {refusal.reason}") from None


def _original(folder: Path, texts: Mapping[str, Fields], asked: object) -> str:
    """The language that `original: true` or --lang names; the only one where there is one."""
    marked = [tag for tag, one in texts.items() if str(one.get("original")).lower() == "true"]
    named = {*marked, *([languages.tag(asked)] if asked is not None else [])}
    if not named and len(texts) == 1:
        return next(iter(texts))
    if len(named) != 1 or not named <= set(texts):
        reason = f"name one as the original: `original: true` or --lang {'|'.join(texts)}"
        raise Refusal(f"{folder}: {reason}", faults=[FieldFault("original", reason)])
    return named.pop()
