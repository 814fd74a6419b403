"""Inboxes we deliver to: one row for each address, however many followers are behind it."""

import json
from collections.abc import Iterable

from fediverse_coord.errors import MalformedDocument
from fediverse_coord.protocol.uris import origin_of
from fediverse_coord.storage.database import Reader, Transaction

# Whoever is about to refer to a row keeps it from being forgotten meanwhile (`forgetting`).
FIND = "SELECT id, url FROM inboxes WHERE url IN {named} {stays}"

INSERT = """
INSERT INTO inboxes (url, origin) VALUES (:url, :origin)
ON CONFLICT (url) DO UPDATE SET url = excluded.url
RETURNING id, url
"""

SOME_ORIGINS = "SELECT DISTINCT origin FROM inboxes WHERE origin <> :own LIMIT :limit"


async def some_origins(reader: Reader, own: str, limit: int) -> list[str]:
    """A few servers that we know, but for our own."""
    rows = await reader.fetch_all(SOME_ORIGINS, own=own, limit=limit)
    return [row["origin"] for row in rows]


async def row_for(tx: Transaction, url: str) -> int:
    """The inbox's row number, made where it is new. Raises MalformedDocument without an origin."""
    return (await rows_for(tx, [url]))[url]


async def rows_for(tx: Transaction, urls: Iterable[str]) -> dict[str, int]:
    """The same for several."""
    wanted = sorted(set(urls))  # in one order, or two who do this could wait for each other
    known = await tx.fetch_all(FIND, rows=json.dumps(wanted))
    found = {row["url"]: int(row["id"]) for row in known}
    new = [{"url": url, "origin": _origin(url)} for url in wanted if url not in found]
    return found | {row["url"]: int(row["id"]) for row in await tx.fetch_many(INSERT, new)}


def _origin(url: str) -> str:
    origin = origin_of(url)
    if origin is None:
        raise MalformedDocument("an inbox must have an http address")
    return origin
