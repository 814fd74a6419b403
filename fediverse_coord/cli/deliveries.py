"""`deliveries` and `resend`: a receipt for each server."""

from typing import TYPE_CHECKING

import click

from fediverse_coord.cli import session, telling

if TYPE_CHECKING:
    from fediverse_coord.desk.desk import Desk
    from fediverse_coord.storage.receipts import Receipt

FAILED = ("refused", "gone", "abandoned")
Page = tuple["list[Receipt]", int | None, dict[str, int]]


@click.command()
@click.argument("named", metavar="ID")
@click.option("--failed", is_flag=True, help="Only what was refused or given up.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@click.option("--after", type=click.IntRange(min=0), default=0, metavar="NUMBER")
@click.option("--json", "as_json", is_flag=True)
def deliveries(named: str, failed: bool, limit: int, after: int, as_json: bool) -> None:
    """Show how the deliveries of ID stand, server by server."""
    if failed and after:
        raise click.UsageError("--after goes through all deliveries; with --failed raise --limit")
    receipts, following, counts = session.on_declaration(
        named, lambda desk, key: _page(desk, key, failed, after, limit)
    )
    facts = [_facts(one) for one in receipts]
    columns = ("server", "activity", "state", "attempts", "status", "fault", "next_try", "late")
    telling.listed(facts, columns, as_json=as_json, after=following)
    told = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    telling.say(told or "nothing has been addressed to anybody yet")


async def _page(desk: "Desk", key: str, failed: bool, after: int, limit: int) -> Page:
    from fediverse_coord.desk import drafts
    from fediverse_coord.desk.people import OPERATOR
    from fediverse_coord.storage import receipts as rows

    found: list[Receipt] = []
    following: int | None = None
    for state in FAILED if failed else (None,):
        more, following = await _in_state(desk, key, state, after, limit - len(found))
        found += more
        if len(found) >= limit:
            break
    one = (await drafts.find(desk, OPERATOR, key)).declaration
    counts = await rows.counts(desk.db, desk.uris.object(one.actor_name, one.key))
    return found, None if failed else following, counts


async def _in_state(
    desk: "Desk", key: str, state: str | None, after: int, limit: int
) -> "tuple[list[Receipt], int | None]":
    from fediverse_coord.desk import receipts
    from fediverse_coord.desk.people import OPERATOR

    found: list[Receipt] = []
    cursor: int | None = after
    while cursor is not None and len(found) < limit:
        page, cursor = await receipts.page(
            desk, OPERATOR, key, state=state, cursor=cursor, limit=limit - len(found)
        )
        found += page
    return found, cursor


def _facts(one: "Receipt") -> dict[str, object]:
    return {
        "server": one.server,
        "activity": one.activity_type,
        "state": one.state,
        "attempts": one.attempts,
        "status": one.status,
        "fault": one.fault,
        "next_try": one.next_try,
        "settled": one.settled_at,
        "late": one.late,
    }


@click.command()
@click.argument("named", metavar="ID")
@click.option("--server", metavar="HOST", help="Only this one, as `deliveries` names it.")
def resend(named: str, server: str | None) -> None:
    """Try once more where a delivery was refused or given up; how many is the result."""
    from fediverse_coord.desk import receipts
    from fediverse_coord.desk.people import OPERATOR

    count = session.on_declaration(
        named, lambda desk, key: receipts.resend(desk, OPERATOR, key, server=server)
    )
    telling.result(str(count))
    telling.say("these will be tried once more" if count else "nothing had failed")
