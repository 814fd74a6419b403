"""What an export reads besides the works themselves: which there are, and what only rows know.

Correspondence stays: answers that were not for everybody, and what was said to named people
alone, are not among them.
"""

from collections.abc import Sequence
from typing import Any

from fediverse_coord.storage import told_people
from fediverse_coord.storage.database import Reader, Transaction
from fediverse_coord.storage.told_people import column, plain

OURS = """
  FROM declarations d WHERE d.actor = :actor AND d.visibility <> 'direct'
   AND (d.in_reply_to IS NULL OR d.visibility IN ('public', 'unlisted'))
"""
ROWS = f"SELECT d.id {OURS} ORDER BY d.id"
COUNT = "SELECT count(*) FROM declarations WHERE actor = :actor"
SLUGS = "SELECT slug FROM slugs WHERE declaration = :row"
OLD_PATHS = "SELECT path, language FROM old_paths WHERE declaration = :row"


async def rows(reader: Reader, actor: int) -> list[int]:
    """Those of a coordination, in the order in which they were made."""
    return [int(one["id"]) for one in await reader.fetch_all(ROWS, actor=actor)]


async def count(reader: Reader, actor: int) -> int:
    """All of them, those included that no export tells."""
    return int(str(await reader.fetch_value(COUNT, actor=actor)))


async def slugs(reader: Reader, row: int) -> list[str]:
    """Every address that leads to it, earlier ones included."""
    return sorted(str(one["slug"]) for one in await reader.fetch_all(SLUGS, row=row))


async def old_paths(reader: Reader, row: int) -> list[dict[str, str]]:
    """Where an earlier site had it."""
    found = await reader.fetch_all(OLD_PATHS, row=row)
    return sorted(
        ({"path": str(one["path"]), "language": str(one["language"])} for one in found),
        key=lambda one: one["path"],
    )


# --- what belongs to a declaration, as JSON has it ------------------------------------------------

Line = dict[str, Any]

REVISION = ("revision", "language", "title", "summary", "source", "made_at")
REVISIONS = f"""
SELECT {", ".join(REVISION)} FROM declaration_revisions
 WHERE declaration = :row
"""  # noqa: S608
CLEAR_REVISIONS = "DELETE FROM declaration_revisions WHERE declaration = :row"
PUT_REVISION = f"""
INSERT INTO declaration_revisions (declaration, {", ".join(REVISION)})
VALUES (:row, {", ".join(f":{name}" for name in REVISION)})
"""  # noqa: S608
ENTRY = ("identity", "title_hash", "language", "imported_at")
ENTRIES = f"""
SELECT {", ".join(ENTRY)} FROM imported_entries WHERE declaration = :row
"""  # noqa: S608
PUT_ENTRY = f"""
INSERT INTO imported_entries (actor, declaration, {", ".join(ENTRY)})
VALUES (:actor, :row, {", ".join(f":{name}" for name in ENTRY)})
"""  # noqa: S608
MENTIONS = f"""
SELECT m.handle AS mentioned, {told_people.COLUMNS} FROM declaration_mentions m
  JOIN remote_actors p ON p.id = m.remote_actor WHERE m.declaration = :row
"""  # noqa: S608
PUT_MENTION = """
INSERT INTO declaration_mentions (declaration, handle, remote_actor)
VALUES (:row, :handle, :who)
"""
FACTS = ("created_at", "deleted_at", "likes", "shares")
FACTS_OF = f"SELECT {', '.join(FACTS)} FROM objects WHERE object_id = :object_id"  # noqa: S608
PUT_FACTS = """
UPDATE objects SET created_at = :created_at, likes = :likes, shares = :shares,
       deleted_at = :deleted_at WHERE id = :row
"""
TAKEN_IN = "SELECT created_at FROM media WHERE key = :key"


async def revisions(reader: Reader, row: int) -> list[Line]:
    """Every state in which it was saved, oldest first; not who did so."""
    found = [_line(one, REVISION) for one in await reader.fetch_all(REVISIONS, row=row)]
    return sorted(found, key=lambda one: (one["revision"], one["language"]))


async def put_revisions(tx: Transaction, row: int, lines: Sequence[Line]) -> None:
    """In the place of those that there are."""
    await tx.execute(CLEAR_REVISIONS, row=row)
    await tx.execute_many(PUT_REVISION, [{"row": row, **_values(one, REVISION)} for one in lines])


async def entries(reader: Reader, row: int) -> list[Line]:
    """What its sources called it, so that nothing of it comes in a second time."""
    found = [_line(one, ENTRY) for one in await reader.fetch_all(ENTRIES, row=row)]
    return sorted(found, key=lambda one: str(one["identity"]))


async def put_entries(tx: Transaction, actor: int, row: int, lines: Sequence[Line]) -> None:
    values = [{"actor": actor, "row": row, **_values(one, ENTRY)} for one in lines]
    await tx.execute_many(PUT_ENTRY, values)


async def mentions(reader: Reader, row: int) -> list[Line]:
    """Whom its text names."""
    found = [
        {"handle": one["mentioned"], "who": told_people.told(one)}
        for one in await reader.fetch_all(MENTIONS, row=row)
    ]
    return sorted(found, key=lambda one: str(one["handle"]))


async def put_mentions(tx: Transaction, row: int, lines: Sequence[Line]) -> None:
    for one in lines:
        who = await told_people.put(tx, one["who"])
        await tx.execute(PUT_MENTION, row=row, handle=one["handle"], who=who)


async def facts(reader: Reader, object_id: str) -> Line | None:
    """Of an object: its moments, and how many like it and passed it on."""
    found = await reader.fetch_one(FACTS_OF, object_id=object_id)
    return _line(found, FACTS) if found else None


async def put_facts(tx: Transaction, object_row: int, line: Line) -> None:
    await tx.execute(PUT_FACTS, row=object_row, **_values(line, FACTS))


async def taken_in(reader: Reader, key: str) -> str | None:
    """When a picture was taken in."""
    found = plain("created_at", await reader.fetch_value(TAKEN_IN, key=key))
    return str(found) if found else None


def _line(row: Any, names: Sequence[str]) -> Line:
    return {name: value for name in names if (value := plain(name, row[name])) is not None}


def _values(line: Line, names: Sequence[str]) -> Line:
    return {name: column(name, line.get(name)) for name in names}
