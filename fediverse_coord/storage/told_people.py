"""Actors elsewhere as an export tells them, and back into their rows.

Whoever is known already stays as known: what came from their own server is newer than a file.
"""

import json
from collections.abc import Mapping
from typing import Any

from fediverse_coord.protocol.times import from_milliseconds, milliseconds, parse_as2_datetime
from fediverse_coord.storage.database import Row, Transaction

NAMES = (
    "actor_id", "host", "type", "username", "name", "handle", "inbox_url", "shared_inbox_url",
    "followers_id", "featured_id", "also_known_as", "url", "fetched_at", "gone_at",
)  # fmt: skip
COLUMNS = ", ".join(f"p.{name} AS who_{name}" for name in NAMES)

PUT = f"""
INSERT INTO remote_actors ({", ".join(NAMES)})
VALUES ({", ".join(f":{name}" for name in NAMES)})
ON CONFLICT (actor_id) DO NOTHING
"""  # noqa: S608
FIND = "SELECT id FROM remote_actors WHERE actor_id = :actor_id"


def told(row: Row) -> dict[str, object]:
    """Of a row with COLUMNS."""
    values = {name: row[f"who_{name}"] for name in NAMES}
    values["also_known_as"] = json.loads(values["also_known_as"])
    return {name: plain(name, value) for name, value in values.items() if value is not None}


def plain(name: str, value: Any) -> Any:
    """A column as JSON has it: moments are text, exact to the millisecond."""
    if name.endswith("_at") and value is not None:
        return from_milliseconds(value).isoformat(timespec="milliseconds")
    return value


def column(name: str, value: Any) -> Any:
    """The way back. Raises ValueError for what is no moment."""
    if not name.endswith("_at") or value is None:
        return value
    moment = parse_as2_datetime(value)
    if moment is None:
        raise ValueError(f"{name} is no moment")
    return milliseconds(moment)


async def put(tx: Transaction, who: Mapping[str, Any]) -> int:
    """The row of that actor, made where there is none."""
    values = {name: column(name, who.get(name)) for name in NAMES}
    values["also_known_as"] = json.dumps(who.get("also_known_as", []))
    await tx.execute(PUT, **values)
    return int(str(await tx.fetch_value(FIND, actor_id=who["actor_id"])))
