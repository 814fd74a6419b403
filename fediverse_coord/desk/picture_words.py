"""New words for a picture, held against what readers see of it.  INTERFACE: Roles, approvals.

A text says itself what the pictures in it show. A picture above a text has its own words, so
whoever changes those changes every text below it. Where one is out, that is publishing; where
others have to agree to what goes out, it is refused: a picture taken in anew has words of its own,
and comes above the text by an edit, which waits for them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from fediverse_coord.desk.drafts import GOES_OUT, Unsure, require_for
from fediverse_coord.desk.people import Duty, Person
from fediverse_coord.errors import Conflict, NotAllowed
from fediverse_coord.publishing.attachments import hero_of
from fediverse_coord.publishing.bystanders import Bystanders, agrees, newly_named, seen
from fediverse_coord.publishing.declarations import Declaration, State
from fediverse_coord.publishing.illustrations import Image
from fediverse_coord.storage import amendments, declarations, media
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.declarations import Work
from fediverse_coord.storage.media import Media

IS_OUT = (
    "readers see these words above a text that is out, or will be at its hour: changing them "
    "needs the role publisher or admin"
)
IS_AGREED = (
    "others agreed to the text above which readers see these words: take the picture in anew "
    "with other words, and put it there by an edit, which waits for them"
)
WAITS = (
    "an edit that waits for others shows these words: reject it first, or take the picture in "
    "anew with other words"
)
ALL = 2**31 - 1


class WordsAreOut(NotAllowed):
    """Whoever may write drafts alone would change what readers see."""


@dataclass(frozen=True, slots=True)
class Reached:
    """Whom new words may name where they are read, and texts that others agree to just now."""

    named: tuple[Bystanders, ...] = ()
    awaiting: tuple[str, ...] = ()  # keys of declarations


async def require_free(
    tx: Transaction,
    person: Person,
    actor: LocalActor,
    one: Media,
    told: Mapping[str, str],
    sure: str | None,
) -> Reached:
    """Raises WordsAreOut, Conflict, and Unsure where `sure` is given and is not their mark."""
    image = replace(one.image, alts=tuple(sorted(told.items())))
    works = [work for work in await _users(tx, one) if _changes(work.declaration, image)]
    out = [work for work in works if _is_read(work)]
    for work in out:
        _require_publisher(person, work)
    if actor.profile["policies"]["approvals"] and person.row is not None:
        await _require_unagreed(tx, actor, out, image)
    named = _merged(
        newly_named(actor.profile, work.declaration, replace(work.declaration, hero=image))
        for work in out
    )
    if sure is not None and not agrees(sure, named):
        raise Unsure(named)
    return Reached(named, tuple(_awaiting(works)))


async def _users(tx: Transaction, one: Media) -> list[Work]:
    found = [await declarations.by_key(tx, key) for key in await media.users(tx, one.row)]
    return [work for work in found if work is not None]


def _changes(one: Declaration, image: Image) -> bool:
    """Whether it stands above this text, and would say something else there."""
    if one.hero is None or one.hero.key != image.key:
        return False
    return _words(one) != _words(replace(one, hero=image))


def _words(one: Declaration) -> list[str]:
    """What readers of each language are told of the picture above it."""
    heroes = (hero_of(one, version.language) for version in seen(one).versions)
    return [shown.alt for shown in heroes if shown]


def _is_read(work: Work) -> bool:
    state = work.declaration.state
    return state in GOES_OUT or (state is State.WITHDRAWN and work.keeps_text)


def _require_publisher(person: Person, work: Work) -> None:
    try:
        require_for(person, work, Duty.PUBLISH)
    except NotAllowed:
        raise WordsAreOut(IS_OUT) from None


async def _require_unagreed(
    tx: Transaction, actor: LocalActor, out: Iterable[Work], image: Image
) -> None:
    if any(work.declaration.in_reply_to is None for work in out):
        raise Conflict(IS_AGREED)
    waiting = await amendments.page(tx, actor.row, before=ALL, limit=ALL)
    proposed = (one.proposed.declaration for one in waiting if not one.is_outdated)
    if any(_changes(one, image) for one in proposed):
        raise Conflict(WAITS)


def _awaiting(works: Iterable[Work]) -> Iterator[str]:
    for work in works:
        if work.declaration.state is State.AWAITING_APPROVAL:
            yield work.declaration.key


def _merged(found: Iterable[Iterable[Bystanders]]) -> tuple[Bystanders, ...]:
    """Those of several texts, each language once."""
    by_language: dict[str, Bystanders] = {}
    for one in (each for several in found for each in several):
        known = by_language.get(one.language, Bystanders(one.language))
        names = tuple(dict.fromkeys((*known.names, *one.names)))
        is_unread, mark = known.is_unread or one.is_unread, known.mark + one.mark
        by_language[one.language] = Bystanders(one.language, names, is_unread, mark)
    return tuple(by_language.values())
