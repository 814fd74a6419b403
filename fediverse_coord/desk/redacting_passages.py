"""Taking a name out of passages: of the words that a declaration holds, and at the source.

Every passage of the coordination loses the name in every language, so that no text takes it up
again. What other declarations hold is theirs: each is told, and redacted by itself.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from fediverse_coord.desk.desk import Desk
from fediverse_coord.errors import FieldFault, Refusal
from fediverse_coord.publishing.notices import name_removed
from fediverse_coord.publishing.occurrences import Occurrences
from fediverse_coord.publishing.passages import Inserted, Origin
from fediverse_coord.storage import declarations, passages
from fediverse_coord.storage.database import Reader, Transaction
from fediverse_coord.storage.declarations import Work
from fediverse_coord.storage.passages import Passage

MOST_TOLD = 1000
AT_ONCE = 200


def without(inserted: Iterable[Inserted], found: Occurrences) -> tuple[Inserted, ...]:
    """The passages as a version may hold them."""
    return tuple(
        replace(
            one,
            text=found.replaced(one.text, name_removed(one.language)),
            name=found.replaced(one.name, name_removed(one.language)) if one.name else None,
            url=None if one.url and found.are_in(one.url) else one.url,
        )
        for one in inserted
    )


async def rewrite(tx: Transaction, seen: Work, found: Occurrences, now: datetime) -> int:
    """The coordination's passages, as texts may take them up; how many said it."""
    await passages.hold(tx, seen.actor)
    changed, after = 0, 0
    while page := await passages.page(tx, seen.actor, after=after, limit=AT_ONCE):
        for one in page:
            told = _rewritten(one, found)
            _nothing_left(told, found)
            if told != one:
                changed += 1
                await passages.put(tx, seen.actor, replace(told, revision=one.revision + 1), now)
        after = page[-1].row
    return changed


def _nothing_left(one: Passage, found: Occurrences) -> None:
    """Raises Refusal where the name would stay in one of its texts."""
    if any(found.are_read_in(text) for text in one.texts.values()):
        reason = (
            f"stands in the passage '{one.slug}' in a form that cannot be taken out by itself, "
            "such as a link between its words: edit that passage first"
        )
        raise Refusal(f"name {reason}", faults=[FieldFault("name", reason)])


def _rewritten(one: Passage, found: Occurrences) -> Passage:
    texts = {
        language: found.replaced(text, name_removed(language))
        for language, text in one.texts.items()
    }
    first, origin = next(iter(texts)), one.origin
    name = found.replaced(origin.name, name_removed(first)) if origin.name else None
    url = None if origin.url and found.are_in(origin.url) else origin.url
    return replace(one, texts=texts, origin=Origin(name, url, origin.declaration))


async def _of(reader: Reader, work: Work) -> list[Passage]:
    slugs = {one.slug for version in work.declaration.versions for one in version.inserted}
    return list((await passages.named(reader, work.actor, slugs)).values()) if slugs else []


async def held_elsewhere(desk: Desk, work: Work, found: Occurrences) -> tuple[str, ...]:
    """Keys of other declarations that hold one of these passages with the name."""
    keys = dict[str, None]()
    for one in await _of(desk.db, work):
        for row in dict(await passages.uses(desk.db, one.row, limit=MOST_TOLD)):
            other = await declarations.by_row(desk.db, row)
            if other is not None and other.row != work.row and _says(other, found):
                keys[other.declaration.key] = None
    return tuple(keys)


def _says(work: Work, found: Occurrences) -> bool:
    held = [one for version in work.declaration.versions for one in version.inserted]
    return without(held, found) != tuple(held)
