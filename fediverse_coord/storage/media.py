"""Pictures of declarations: what is known of each, and which declaration shows it where.

Their files are on a `shelf`. A picture that no declaration shows, nor an edit that waits, may be
deleted, and is forgotten after a day (`forgetting`); a file is removed once no picture has it any
more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from fediverse_coord.errors import Conflict
from fediverse_coord.protocol.times import from_milliseconds, milliseconds
from fediverse_coord.publishing.declarations import Declaration
from fediverse_coord.publishing.illustrations import Enclosed, File, Image, Shown
from fediverse_coord.storage.changes import touch
from fediverse_coord.storage.database import Reader, Row, Transaction


@dataclass(frozen=True, slots=True)
class Media:
    """A picture as remembered: the value, and what only its rows know."""

    row: int
    actor: int
    image: Image
    revision: int
    created_at: datetime


INSERT = """
INSERT INTO media (key, actor, revision, created_by, created_at, used_at)
VALUES (:key, :actor, 1, :person, :now, :now) RETURNING id
"""
PUT_FILE = """
INSERT INTO media_files (media, size, name, media_type, width, height)
VALUES (:media, :size, :name, :media_type, :width, :height)
"""
PUT_ENCLOSED = """
INSERT INTO media_enclosed (media, name, media_type, bytes, seconds, pages)
VALUES (:media, :name, :media_type, :bytes, :seconds, :pages)
"""
PUT_TEXT = "INSERT INTO media_texts (media, language, alt) VALUES (:media, :language, :alt)"

COLUMNS = "m.id, m.key, m.actor, a.name AS actor_name, m.revision, m.created_at"
FROM = "FROM media m JOIN actors a ON a.id = m.actor"
BY_KEY = f"SELECT {COLUMNS} {FROM} WHERE m.key = :key"
BY_ROW = f"SELECT {COLUMNS} {FROM} WHERE m.id = :row"
RECENT = f"""
SELECT {COLUMNS} {FROM} WHERE m.actor = :actor AND m.id < :before ORDER BY m.id DESC LIMIT :limit
"""
FILES = "SELECT size, name, media_type, width, height FROM media_files WHERE media = :row"
ENCLOSED = """
SELECT name, media_type, bytes, seconds, pages FROM media_enclosed WHERE media = :row
"""
TEXTS = "SELECT language, alt FROM media_texts WHERE media = :row ORDER BY language"

CLEAR_TEXTS = "DELETE FROM media_texts WHERE media = :row"
REVISE = "UPDATE media SET revision = revision + 1 WHERE id = :row AND revision = :revision"

LINKS = """
SELECT language, role, media, alt FROM declaration_media
 WHERE declaration = :row ORDER BY language, place
"""
RELEASE = """
UPDATE media SET used_at = :now
 WHERE id IN (SELECT media FROM declaration_media WHERE declaration = :row)
"""
CLEAR_LINKS = "DELETE FROM declaration_media WHERE declaration = :row"
PUT_LINK = """
INSERT INTO declaration_media (declaration, language, place, role, media, alt)
SELECT :row, :language, :place, :role, id, :alt FROM media WHERE key = :key
"""

USERS = """
SELECT DISTINCT d.key FROM declaration_media l JOIN declarations d ON d.id = l.declaration
 WHERE l.media = :row ORDER BY d.key
"""
HERO_LANGUAGES = """
SELECT DISTINCT v.language FROM declaration_media l
  JOIN declaration_versions v ON v.declaration = l.declaration
 WHERE l.media = :row AND l.role = 'hero' ORDER BY v.language
"""

# An edit that waits is kept whole, with the keys of the pictures that it shows.
UNSHOWN = """
NOT EXISTS (SELECT 1 FROM declaration_media l WHERE l.media = media.id)
AND NOT EXISTS (SELECT 1 FROM amendments a WHERE a.proposed LIKE '%' || media.key || '%')
"""
IS_USED = f"SELECT 1 FROM media WHERE id = :row AND NOT ({UNSHOWN})"  # noqa: S608
DELETE = (
    "DELETE FROM media_files WHERE media = :row",
    "DELETE FROM media_enclosed WHERE media = :row",
    CLEAR_TEXTS,
    "DELETE FROM media WHERE id = :row",
)
HAS_NAME = """
SELECT 1 FROM media_files WHERE name = :name
 UNION ALL SELECT 1 FROM media_enclosed WHERE name = :name LIMIT 1
"""
NAMES = """
SELECT name FROM media_files WHERE name > :after
 UNION SELECT name FROM media_enclosed WHERE name > :after ORDER BY name LIMIT :limit
"""

COUNT_NAMES = """
SELECT count(*) FROM (
    SELECT name FROM media_files UNION SELECT name FROM media_enclosed) AS named
"""

# A file is hidden where every declaration that shows it was withdrawn together with its text.
SHOWN = """
SELECT count(*) AS known, count(CASE WHEN
         NOT EXISTS (SELECT 1 FROM declaration_media l WHERE l.media = f.media)
         OR EXISTS (SELECT 1 FROM declaration_media l JOIN declarations d ON d.id = l.declaration
                     WHERE l.media = f.media AND (d.state <> 'withdrawn' OR d.keeps_text = 1))
       THEN 1 END) AS shown
  FROM (SELECT media FROM media_files WHERE name = :name
         UNION ALL SELECT media FROM media_enclosed WHERE name = :name) AS f
"""


async def insert(
    tx: Transaction,
    actor: int,
    key: str,
    files: Mapping[str, File],
    alts: Mapping[str, str],
    person: int | None,
    now: datetime,
    enclosed: Enclosed | None = None,
) -> None:
    """A new picture of the coordination; `files` by their size, and what it is the picture of."""
    made = await tx.fetch_one(INSERT, key=key, actor=actor, person=person, now=milliseconds(now))
    row = int(made["id"]) if made else 0
    for size, one in files.items():
        await tx.execute(
            PUT_FILE,
            media=row,
            size=size,
            name=one.name,
            media_type=one.media_type,
            width=one.width,
            height=one.height,
        )
    if enclosed is not None:
        await _put_enclosed(tx, row, enclosed)
    await _put_texts(tx, row, alts)


async def _put_enclosed(tx: Transaction, row: int, one: Enclosed) -> None:
    await tx.execute(
        PUT_ENCLOSED,
        media=row,
        name=one.name,
        media_type=one.media_type,
        bytes=one.bytes,
        seconds=one.seconds,
        pages=one.pages,
    )


async def _put_texts(tx: Transaction, row: int, alts: Mapping[str, str]) -> None:
    for language, alt in alts.items():
        await tx.execute(PUT_TEXT, media=row, language=language, alt=alt)


async def by_key(reader: Reader, key: str) -> Media | None:
    row = await reader.fetch_one(BY_KEY, key=key)
    return await _media(reader, row) if row else None


async def recent(reader: Reader, actor: int, before: int, limit: int) -> list[Media]:
    """The coordination's pictures that were taken in before that row, the newest first."""
    rows = await reader.fetch_all(RECENT, actor=actor, before=before, limit=limit)
    return [await _media(reader, row) for row in rows]


async def images(reader: Reader, keys: Iterable[str]) -> dict[str, Image]:
    """Those that there are, by key."""
    found = [await by_key(reader, key) for key in dict.fromkeys(keys)]
    return {one.image.key: one.image for one in found if one is not None}


async def _media(reader: Reader, row: Row) -> Media:
    created = from_milliseconds(row["created_at"])
    image = await _image(reader, row)
    return Media(row["id"], row["actor"], image, row["revision"], created)


async def _image(reader: Reader, row: Row) -> Image:
    files = {
        one["size"]: File(one["name"], one["media_type"], one["width"], one["height"])
        for one in await reader.fetch_all(FILES, row=row["id"])
    }
    texts = await reader.fetch_all(TEXTS, row=row["id"])
    alts = tuple((one["language"], one["alt"]) for one in texts)
    page = files["page"]
    small, card = files.get("small", page), files.get("card", page)
    beside = await reader.fetch_one(ENCLOSED, row=row["id"])
    enclosed = Enclosed(**dict(beside)) if beside else None
    return Image(row["key"], row["actor_name"], page, small, card, alts, enclosed)


async def describe(
    tx: Transaction, one: Media, alts: Mapping[str, str], now: datetime
) -> Media | None:
    """With these alt texts in the place of the old; nothing where somebody was faster."""
    if not await tx.execute(REVISE, row=one.row, revision=one.revision):
        return None
    await tx.execute(CLEAR_TEXTS, row=one.row)
    await _put_texts(tx, one.row, alts)
    for key in await users(tx, one.row):
        await touch(tx, f"declaration:{key}", now)
    return await by_key(tx, one.image.key)


async def users(reader: Reader, row: int) -> list[str]:
    """The keys of the declarations that show it."""
    return [one["key"] for one in await reader.fetch_all(USERS, row=row)]


async def hero_languages(reader: Reader, row: int) -> list[str]:
    """In which languages somebody reads a declaration whose hero it is."""
    return [one["language"] for one in await reader.fetch_all(HERO_LANGUAGES, row=row)]


# --- declarations ----------------------------------------------------------------------


async def illustrated(reader: Reader, row: int, declaration: Declaration) -> Declaration:
    """The declaration of that row with its pictures."""
    links = await reader.fetch_all(LINKS, row=row)
    if not links:
        return declaration
    known = {media: await _linked(reader, media) for media in {one["media"] for one in links}}
    hero = next((known[one["media"]] for one in links if one["role"] == "hero"), None)
    versions = tuple(
        replace(version, pictures=_shown(links, version.language, known))
        for version in declaration.versions
    )
    return replace(declaration, hero=hero, versions=versions)


async def _linked(reader: Reader, row: int) -> Image:
    found = await reader.fetch_one(BY_ROW, row=row)
    if found is None:
        raise Conflict("a picture was removed at this moment; try again")
    return await _image(reader, found)


def _shown(links: Sequence[Row], language: str, known: Mapping[int, Image]) -> tuple[Shown, ...]:
    return tuple(
        Shown(known[one["media"]], one["alt"])
        for one in links
        if one["role"] == "text" and one["language"] == language
    )


async def put_links(tx: Transaction, row: int, declaration: Declaration, now: datetime) -> None:
    """Which pictures it shows from now on. Raises Conflict where one is not there any more."""
    wanted = list(_links(declaration))
    if not wanted and not await tx.fetch_all(LINKS, row=row):
        return
    for key in sorted({str(link["key"]) for link in wanted}):
        await tx.alone(f"media {key}")
    await tx.execute(RELEASE, row=row, now=milliseconds(now))
    await tx.execute(CLEAR_LINKS, row=row)
    for link in wanted:
        if not await tx.execute(PUT_LINK, row=row, **link):
            raise Conflict(f"the picture {link['key']} was removed at this moment; choose another")


def _links(declaration: Declaration) -> Iterable[dict[str, str | int]]:
    if declaration.hero is not None:
        yield {"language": "", "place": 0, "role": "hero", "key": declaration.hero.key, "alt": ""}
    for version in declaration.versions:
        for place, shown in enumerate(version.pictures):
            link: dict[str, str | int] = {"language": version.language, "place": place}
            yield link | {"role": "text", "key": shown.image.key, "alt": shown.alt}


def keys_of(declaration: Declaration) -> set[str]:
    """The pictures that it shows, in whatever language."""
    return {str(link["key"]) for link in _links(declaration)}


# --- ends ------------------------------------------------------------------------------


async def drop_unused(tx: Transaction, keys: Iterable[str]) -> list[str]:
    """Forgets those of the pictures that nothing shows; the files that no picture has any more."""
    names: dict[str, None] = {}
    for key in sorted(keys):
        await tx.alone(f"media {key}")
        one = await by_key(tx, key)
        if one is None or await tx.fetch_value(IS_USED, row=one.row):
            continue
        for statement in DELETE:
            await tx.execute(statement, row=one.row)
        names |= dict.fromkeys(names_of(one.image))
    return [name for name in names if not await has_file(tx, name)]


def names_of(image: Image) -> tuple[str, ...]:
    """Of all its files."""
    beside = (image.enclosed.name,) if image.enclosed else ()
    return (image.page.name, image.small.name, image.card.name, *beside)


async def has_file(reader: Reader, name: str) -> bool:
    """Whether a picture has the file of that name."""
    return await reader.fetch_value(HAS_NAME, name=name) is not None


async def names(reader: Reader, after: str = "", limit: int = 1_000) -> list[str]:
    """The next names of files that there have to be, in order."""
    rows = await reader.fetch_all(NAMES, after=after, limit=limit)
    return [row["name"] for row in rows]


async def count_names(reader: Reader) -> int:
    """How many files there have to be."""
    found = await reader.fetch_value(COUNT_NAMES)
    return found if isinstance(found, int) else 0


async def is_hidden(reader: Reader, name: str) -> bool:
    """Whether the file is of pictures alone that nobody is to see any more."""
    found = await reader.fetch_one(SHOWN, name=name)
    return found is not None and found["known"] > 0 and found["shown"] == 0
