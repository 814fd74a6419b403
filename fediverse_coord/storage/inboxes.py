"""Inboxes we deliver to: one row for each address, however many followers are behind it."""

from fediverse_coord.errors import MalformedDocument
from fediverse_coord.protocol.uris import origin_of
from fediverse_coord.storage.database import Reader, Transaction

# Whoever is about to refer to a row keeps it from being forgotten meanwhile (`forgetting`).
FIND = "SELECT id FROM inboxes WHERE url = :url {stays}"

INSERT = """
INSERT INTO inboxes (url, origin) VALUES (:url, :origin)
ON CONFLICT (url) DO UPDATE SET url = excluded.url
RETURNING id
"""

SOME_ORIGINS = "SELECT DISTINCT origin FROM inboxes WHERE origin <> :own LIMIT :limit"


async def some_origins(reader: Reader, own: str, limit: int) -> list[str]:
    """A few servers that we know, but for our own."""
    rows = await reader.fetch_all(SOME_ORIGINS, own=own, limit=limit)
    return [row["origin"] for row in rows]


async def row_for(tx: Transaction, url: str) -> int:
    """The inbox's row number, made where it is new. Raises MalformedDocument without an origin."""
    found = await tx.fetch_one(FIND, url=url)
    if found:
        return int(found["id"])
    origin = origin_of(url)
    if origin is None:
        raise MalformedDocument("an inbox must have an http address")
    made = await tx.fetch_one(INSERT, url=url, origin=origin)
    return int(made["id"]) if made else 0
