"""Where a name stands, before it is taken out: looked at, nothing written.  INTERFACE: redact.

What `redacting` would change, place by place, and how the words would read afterwards: a short name
is also a word. Sealed names are not looked at, as guessing them here would leave no trace; what is
missing from the list goes all the same.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.drafts import find
from fediverse_coord.desk.people import Duty, Person
from fediverse_coord.desk.redacting import looked_for
from fediverse_coord.protocol.sanitize import plain_text
from fediverse_coord.publishing.declarations import Declaration, Verb, Version, next_state
from fediverse_coord.publishing.notices import name_removed
from fediverse_coord.publishing.occurrences import Occurrences
from fediverse_coord.storage import introductions, passages, said_before
from fediverse_coord.storage.declarations import Work
from fediverse_coord.storage.introductions import Introduction
from fediverse_coord.storage.passages import Passage

T = TypeVar("T", Passage, Introduction)

HERE = "\0"  # stands in no text that is kept
SHORT = 2  # letters
AROUND = 60  # characters on each side
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Place:
    """`what` says it `count` times; `reads` is how it would read, around the first of them."""

    what: str
    count: int
    language: str | None = None
    reads: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Places:
    """`sealed` names are not looked at beforehand, and go if they are this one."""

    work: Work
    places: tuple[Place, ...]
    sealed: int
    is_short: bool

    @property
    def count(self) -> int:
        return sum(one.count for one in self.places)


async def places_of(desk: Desk, person: Person, key: str, name: str) -> Places:
    """Raises Refusal where it is no name, or this text has none to be taken out of."""
    work = await find(desk, person, key, Duty.PUBLISH)
    next_state(work.declaration.state, Verb.REDACT)
    found = looked_for(name)
    present = [*_versions(work.declaration, found), *_details(work, found)]
    beside = [one for one in await _beside(desk, work, found) if one.count]
    sealed = sum(who.sealed is not None for who in work.declaration.signatories)
    return Places(work, (*present, *beside), sealed, _is_short(name))


def _is_short(name: str) -> bool:
    return sum(letter.isalnum() for letter in name) <= SHORT


def _count(text: str | None, found: Occurrences) -> int:
    return found.replaced(text, HERE).count(HERE) if text else 0


# --- what the declaration says ----------------------------------------------------------


def _versions(one: Declaration, found: Occurrences) -> Iterator[Place]:
    for version in one.versions:
        texts = {
            "title": version.title,
            "summary": version.summary,
            "text": _telling(version, found),
            "translator": version.translator,
        }
        for what, text in texts.items():
            if count := _count(text, found):
                reads = _reads(text or "", version.language, found)
                yield Place(what, count, version.language, reads)


def _telling(version: Version, found: Occurrences) -> str:
    """What was written, or what is read where more of it says the name: passages, parted words."""
    read = plain_text(version.html)
    return read if _count(read, found) > _count(version.source, found) else version.source


def _reads(text: str, language: str, found: Occurrences) -> str:
    """A piece of the text as it would be, on one line."""
    before, _, after = found.replaced(text, HERE).partition(HERE)
    instead = name_removed(language)
    whole = " ".join(f"{before[-AROUND:]}{instead}{after[:AROUND]}".split())
    begin, end = "…" * (len(before) > AROUND), "…" * (len(after) > AROUND)
    return f"{begin}{whole}{end}".replace(HERE, instead)


def _details(work: Work, found: Occurrences) -> Iterator[Place]:
    one = work.declaration
    texts: dict[str, Iterable[str | None]] = {
        "addressees": one.addressees,
        "organisations": one.organisations,
        "topics": (*one.topics, *one.tags),
        "sources": [text for where in one.sources for text in (where.name, where.url)],
        "reason": [work.reason],
        "corrections": [
            text
            for correction in work.corrections
            for words in correction.told.values()
            for text in (words.what, words.why)
        ],
    }
    counted = {what: sum(_count(text, found) for text in said) for what, said in texts.items()}
    counted["signatories"] = sum(
        any(found.are_in(text) for text in (who.name, who.office, who.organisation) if text)
        for who in one.signatories
    )
    yield from (Place(what, count) for what, count in counted.items() if count)


# --- what stands beside it --------------------------------------------------------------


async def _beside(desk: Desk, work: Work, found: Occurrences) -> list[Place]:
    db, says = desk.db, found.are_in
    led = await said_before.addresses(db, work.row, says)
    return [
        Place("earlier", await said_before.revisions(db, work.row, says)),
        Place("addresses", max(led, says(work.declaration.slug))),
        Place("media", await said_before.media(db, work.actor, says)),
        Place("passages", await _saying(partial(passages.page, db, work.actor), _passage, says)),
        Place(
            "introductions",
            await _saying(partial(introductions.page, db, work.actor), _introduction, says),
        ),
    ]


async def _saying(
    page_of: Callable[..., Awaitable[Sequence[T]]],
    told: Callable[[T], Iterable[str | None]],
    says: Callable[[str], bool],
) -> int:
    """How many of a list that is read page by page say it."""
    count, after = 0, 0
    while page := await page_of(after=after, limit=AT_ONCE):
        count += sum(any(says(text) for text in told(one) if text) for one in page)
        after = page[-1].row
    return count


def _passage(one: Passage) -> Iterable[str | None]:
    return (*one.texts.values(), one.origin.name, one.origin.url)


def _introduction(one: Introduction) -> Iterable[str | None]:
    return (*one.texts.values(), one.place.name, one.place.mark)
