"""`migrate --to`: from SQLite to PostgreSQL.  docs/scaling.md."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fediverse_coord.cli import session, telling

if TYPE_CHECKING:
    from fediverse_coord.desk.moving import Moved


def carry_over(target_url: str, as_json: bool) -> None:
    """Does it, says how far it is, and what comes next."""
    from fediverse_coord.app import read_seal
    from fediverse_coord.desk import moving
    from fediverse_coord.desk.people import OPERATOR

    config = session.settings()
    seal, now = read_seal(config), datetime.now(UTC)
    moved = asyncio.run(moving.carry_over(config, OPERATOR, seal, target_url, now, telling.say))
    _told(moved, as_json)
    telling.say(f"every row of {moved.origin} is in both, and the keys open. Next, in config.toml:")
    telling.say("  [database]")
    telling.say(f'  url = "{moved.url}"')
    telling.say("then start again; from now on back up with pg_dump, the key file beside it.")
    telling.say(f"{moved.source} is marked and serves no more; keep it until you trust the new one")


def _told(moved: "Moved", as_json: bool) -> None:
    if as_json:
        telling.result_json(
            {
                "origin": moved.origin,
                "url": moved.url,
                "rows": sum(moved.tables.values()),
                "tables": moved.tables,
            }
        )
    else:
        telling.table(("TABLE", "ROWS"), sorted(moved.tables.items()))
