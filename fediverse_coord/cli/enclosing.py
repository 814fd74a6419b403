"""Pictures beside the texts of a folder: taken in with them, or not at all.

A text names them by file (`![what it shows](photo.jpg)`, front matter `hero: photo.jpg` and
`hero_alt: what it shows`), each language with its own words. What no declaration shows afterwards,
because the text was refused or only previewed, is taken away again.
"""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from fediverse_coord.cli import telling
from fediverse_coord.errors import FieldFault, Refusal
from fediverse_coord.publishing.enclosures import with_keys
from fediverse_coord.publishing.illustrations import is_key
from fediverse_coord.publishing.languages import is_tag, tag
from fediverse_coord.publishing.markdown import files_in

if TYPE_CHECKING:
    from fediverse_coord.desk.desk import Desk

Fields = dict[str, object]
Check = Callable[[list[Fields]], Awaitable[object]]
HERO_ALT = "hero_alt"
NO_FILE = "a" * 16  # the key of a file that could not be taken in, so that its text can be checked


@dataclass(slots=True)
class Enclosed:
    """Files by name, each with what it shows by language; and what the hero shows."""

    alts: dict[str, dict[str, object]] = field(default_factory=dict)
    hero_alts: dict[str, object] = field(default_factory=dict)
    heroes: set[str] = field(default_factory=set)
    faults: list[FieldFault] = field(default_factory=list)

    def see(self, fields: Mapping[str, object], language: str) -> None:
        for name, alt in files_in(str(fields.get("content") or "")):
            if not alt:
                reason = f"has no words for {name}: say what it shows, ![what it shows]({name})"
                self.faults.append(FieldFault("content", reason))
            self.alts.setdefault(name, {}).setdefault(language, alt)
        hero = _hero_file(fields)
        if hero:
            self.alts.setdefault(hero, {})
            self.heroes.add(hero)
        if fields.get(HERO_ALT):
            self.hero_alts[language] = fields[HERO_ALT]

    def read(self, folder: Path | None, largest: int) -> dict[str, bytes]:
        """The bytes of each file that can be read."""
        contents = {}
        for name in self.alts:
            try:
                contents[name] = _read(folder, name, largest)
            except Refusal as error:
                self.fault(name, error.reason)
        return contents

    def fault(self, name: str, reason: str) -> None:
        """Of a file, under the field that names it."""
        self.faults.append(FieldFault("hero" if name in self.heroes else "content", reason))

    async def refuse(self, check: Check, texts: list[Fields]) -> NoReturn:
        """Raises Refusal that names everything that is wrong, in the texts as well."""
        try:
            await check(texts)
        except Refusal as error:
            self.faults += error.faults or [FieldFault("content", error.reason)]
        told = "; ".join(f"{one.field} {one.reason}" for one in self.faults)
        raise Refusal(told, faults=self.faults)


def _language(fields: Mapping[str, object]) -> str | None:
    """That of the text; what is none is told with its other faults, when it is saved."""
    given = fields.get("language")
    return tag(given) if isinstance(given, str) and is_tag(given) else None


def _hero_file(fields: Mapping[str, object]) -> str | None:
    hero = fields.get("hero")
    return hero if isinstance(hero, str) and hero and not is_key(hero) else None


@contextlib.asynccontextmanager
async def enclosed(
    desk: "Desk",
    actor_name: str,
    folder: Path | None,
    texts: Sequence[Fields],
    *,
    check: Check,
    hero: str | None = None,
    largest: int,
) -> AsyncIterator[list[Fields]]:
    """The texts with keys for files. `hero` is the key of the one that the work has already.

    Where a file is at fault, `check` says what else is. Raises Refusal, NotFound.
    """
    from fediverse_coord.desk import pictures
    from fediverse_coord.desk.desk import coordination
    from fediverse_coord.desk.people import OPERATOR

    first = (await coordination(desk, actor_name)).profile["languages"][0]
    found = Enclosed()
    for one in texts:
        found.see(one, _language(one) or first)
    contents = found.read(folder, largest)
    keys: dict[str, str] = {}
    try:
        for name, content in contents.items():
            alts = {**found.alts[name], **(found.hero_alts if name in found.heroes else {})}
            try:
                known = await pictures.take_in(desk, OPERATOR, actor_name, content, alts)
            except Refusal as error:
                found.fault(name, f"names {name}: {error.reason}")
            else:
                keys[name] = known.media.image.key
        if found.faults:
            known_keys = dict.fromkeys(found.alts, NO_FILE) | keys
            await found.refuse(check, [_with_keys(one, known_keys) for one in texts])
        named = str(texts[0].get("hero") or hero or "") if texts else ""
        if found.hero_alts and is_key(named):
            described = await pictures.describe(desk, OPERATOR, named, found.hero_alts)
            for named_there in described.named:
                telling.say(named_there.told)
        yield [_with_keys(one, keys) for one in texts]
    finally:
        await pictures.drop(desk, keys.values())


def _with_keys(fields: Fields, keys: Mapping[str, str]) -> Fields:
    made = {name: value for name, value in fields.items() if name != HERO_ALT}
    if isinstance(made.get("content"), str):
        made["content"] = with_keys(str(made["content"]), keys)
    hero = _hero_file(fields)
    return made | {"hero": keys[hero]} if hero else made


def _read(folder: Path | None, name: str, largest: int) -> bytes:
    """The file, which has to lie in the folder of the text. Raises Refusal."""
    if folder is None:
        raise Refusal(f"names {name}: a text from stdin has no files beside it; use media:KEY")
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise Refusal(f"names {name}, which is not in the folder of the text: put it there")
    try:
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except OSError as error:
        raise Refusal(f"names {path}, which cannot be read: {error.strerror}") from None
    if len(content) > largest:
        raise Refusal(f"names {path}, which has more than {largest:,} bytes: make it smaller")
    return content
