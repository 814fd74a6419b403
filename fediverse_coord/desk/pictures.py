"""Pictures, recordings and documents: taken in, described, deleted.  INTERFACE: Images.

The file is made anew before anything of it is kept (`darkroom`): a picture from its pixels, a
recording from its sound, a document from what its pages look like. First the
fresh files lie on the shelf, then the row is written: what stops in between leaves files that
nobody refers to, and those are cleared away after a day. Who may use a picture where is decided
when a declaration is saved (`illustrating`).
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from fediverse_coord.desk import confidential, picture_words, stores
from fediverse_coord.desk.darkroom import Developed
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.people import Duty, Person, require
from fediverse_coord.errors import Conflict, FieldFault, MediaUnavailable, NotFound, Refusal, Stale
from fediverse_coord.publishing.bystanders import Bystanders
from fediverse_coord.publishing.fields import Fields
from fediverse_coord.publishing.illustrations import MAX_ALT
from fediverse_coord.publishing.languages import is_tag, tag
from fediverse_coord.storage import audit, declarations, media
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.media import Media
from fediverse_coord.storage.shelf import Store

MOST_LANGUAGES = 100
NEWEST = 2**62
SHOWN = (
    "a declaration or an edit that waits shows this picture: take it out of the text, or reject "
    "the edit, first"
)
UNTOLD = "is needed: say what the picture shows, what is heard, or what the document is"


@dataclass(frozen=True, slots=True)
class Known:
    """A picture or what else was taken in, and the keys of the declarations that show it.

    `named` are people whom new words for it may name where readers see them already.
    """

    media: Media
    users: tuple[str, ...] = ()
    named: tuple[Bystanders, ...] = ()


async def take_in(
    desk: Desk,
    person: Person,
    actor_name: str,
    content: bytes,
    alts: Mapping[str, object],
    wanted: Iterable[str] = (),
) -> Known:
    """A new picture of the coordination, or a recording or document, from a file that is read.

    `alts` say what it shows or what is heard in it, or are its title, by language, and have to in
    each of those `wanted`. Raises Refusal naming `file` or `alt.LANGUAGE`, MediaUnavailable,
    NotAllowed, NotFound.
    """
    require(person, Duty.DRAFT, actor_name)
    actor = await coordination(desk, actor_name)
    told = described(alts, wanted)
    made = await _developed(desk, content)
    key, now = desk.new_key(), desk.clock()
    await asyncio.to_thread(_put, desk.shelf, made.contents)

    async def write(tx: Transaction) -> None:
        await media.insert(tx, actor.row, key, made.files, told, person.row, now, made.enclosed)
        await audit.record(tx, person.row, "create", f"media:{key}", now)

    await desk.db.write(write)
    # Clearing may have found one of them while no row told of it.
    await asyncio.to_thread(_put, desk.shelf, made.contents)
    return await find(desk, person, key)


async def _developed(desk: Desk, content: bytes) -> Developed:
    try:
        return await desk.darkroom.develop(content)
    except Refusal as refusal:
        faults = [FieldFault("file", refusal.reason)]
        raise Refusal(refusal.reason, faults=faults) from None


def _put(shelf: Store, contents: Mapping[str, bytes]) -> None:
    try:
        for name, content in contents.items():
            shelf.put(name, content)
    except OSError as error:
        raise MediaUnavailable(f"{shelf}: {error.strerror or error}") from None


def described(alts: Mapping[str, object], wanted: Iterable[str] = ()) -> dict[str, str]:
    """Alt texts by language. Raises Refusal naming each faulty or missing one."""
    faults = [
        FieldFault(f"alt.{one}", UNTOLD) for one in wanted if not str(alts.get(one) or "").strip()
    ]
    told: dict[str, str] = {}
    for language, text in list(alts.items())[:MOST_LANGUAGES]:
        given = Fields({language: text}, "alt.")
        alt = given.text(language, MAX_ALT)
        faults += given.faults
        if not is_tag(language):
            faults.append(FieldFault(f"alt.{language[:40]}", "is no language such as en or pt-BR"))
        elif alt:
            told[tag(language)] = alt
    if not told and not faults:
        faults.append(FieldFault("alt", f"{UNTOLD}, in one language at least"))
    if faults:
        raise Refusal(f"{faults[0].field} {faults[0].reason}", faults=faults)
    return told


async def find(desk: Desk, person: Person, key: str, duty: Duty = Duty.LOOK) -> Known:
    """The picture. Raises NotFound, or NotAllowed where the person may not."""
    one = await media.by_key(desk.db, key)
    if one is None:
        raise NotFound(f"there is no picture '{key}'; what no text shows is deleted after a day")
    require(person, duty, one.image.actor_name)
    return Known(one, tuple(await media.users(desk.db, one.row)))


async def recent(
    desk: Desk, person: Person, actor_name: str, *, before: int = NEWEST, limit: int = 20
) -> list[Media]:
    """The coordination's pictures, the newest first; `before` is the row of one of them."""
    require(person, Duty.LOOK, actor_name)
    actor = await coordination(desk, actor_name)
    return await media.recent(desk.db, actor.row, before, limit)


async def describe(
    desk: Desk,
    person: Person,
    key: str,
    alts: Mapping[str, object],
    *,
    wanted: Iterable[str] = (),
    revision: int | None = None,
    sure: str | None = None,
) -> Known:
    """Changes the alt texts of the given languages; None takes one away.

    What was delivered already keeps its words until its next edit; pages show the new ones. Whom
    they may name there is told, or where `sure` is given asked before: see `Unsure`. Raises
    Unsure, Refusal, Conflict, Stale, NotFound, NotAllowed.
    """
    known = await find(desk, person, key, Duty.DRAFT)
    _unchanged(known.media, revision)
    told = described({**dict(known.media.image.alts), **alts}, wanted)
    actor, now = await coordination(desk, known.media.image.actor_name), desk.clock()

    async def write(tx: Transaction) -> tuple[Bystanders, ...]:
        await tx.alone(f"media {key}")
        _still_told(await media.hero_languages(tx, known.media.row), told)
        await _names_nobody(desk, tx, known.media, told)
        reached = await picture_words.require_free(tx, person, actor, known.media, told, sure)
        if await media.describe(tx, known.media, told, now) is None:
            raise Stale("somebody changed this meanwhile: read it again, then repeat your change")
        subjects = (f"media:{key}", *(f"declaration:{one}" for one in reached.awaiting))
        for subject in subjects:  # of a text that awaits approval the count begins anew
            await audit.record(tx, person.row, "update", subject, now)
        return reached.named

    named = await desk.db.write(write)
    return replace(await find(desk, person, key), named=named)


def _unchanged(one: Media, revision: int | None) -> None:
    if revision is not None and revision != one.revision:
        raise Stale("somebody changed this meanwhile: read it again, then repeat your change")


def _still_told(languages: Iterable[str], told: Mapping[str, str]) -> None:
    missing = [one for one in languages if one not in told and one.partition("-")[0] not in told]
    if missing:
        named = ", ".join(missing)
        raise Conflict(f"it is the hero of a declaration that is read in {named}: keep that text")


async def _names_nobody(desk: Desk, tx: Transaction, one: Media, told: Mapping[str, str]) -> None:
    """Raises InvalidDraft where these words hold a name that a declaration showing it seals."""
    for key in await media.users(tx, one.row):
        work = await declarations.by_key(tx, key)
        if work is not None:
            confidential.not_in_alts(confidential.names_of(desk, work.declaration), told)


async def delete(desk: Desk, person: Person, key: str, *, revision: int | None = None) -> None:
    """Only what no declaration shows, nor an edit that waits.

    Raises Conflict, Stale, NotFound, NotAllowed.
    """
    known = await find(desk, person, key, Duty.DRAFT)
    _unchanged(known.media, revision)
    now = desk.clock()

    async def write(tx: Transaction) -> list[str]:
        gone = await media.drop_unused(tx, [key])
        if await media.by_key(tx, key) is not None:
            raise Conflict(SHOWN)
        await audit.record(tx, person.row, "delete", f"media:{key}", now)
        return gone

    await stores.take_away(desk.shelf, await desk.db.write(write))


async def drop(desk: Desk, keys: Iterable[str]) -> None:
    """Takes away those of the pictures that no declaration shows."""
    wanted = list(keys)

    async def write(tx: Transaction) -> list[str]:
        return await media.drop_unused(tx, wanted)

    if wanted:
        await stores.take_away(desk.shelf, await desk.db.write(write))
