"""`block`, `unblock`: who is not heard here."""

from typing import TYPE_CHECKING

import click

from fediverse_coord.cli import session, telling

if TYPE_CHECKING:
    from fediverse_coord.desk.desk import Desk
    from fediverse_coord.storage.blocks import Block


@click.command()
@click.argument("named", metavar="ACTOR|DOMAIN", required=False)
@click.option("--reason", help="For those who look at it later.")
@click.option("--list", "listing", is_flag=True, help="Show who is blocked.")
@click.option("--json", "as_json", is_flag=True)
def block(named: str | None, reason: str | None, listing: bool, as_json: bool) -> None:
    """Block an account (id or @a@b), or a domain with all below it."""
    from fediverse_coord.desk import blocks
    from fediverse_coord.desk.people import OPERATOR

    if listing == (named is not None):
        raise click.UsageError("name an account or a domain, or ask for --list")
    if named is None:
        _list(session.at_desk(_all), as_json=as_json)
        return
    target = session.at_desk(lambda desk: blocks.block(desk, OPERATOR, named, reason))
    telling.say(f"blocked: {target.kind} {target.value}")


async def _all(desk: "Desk") -> "list[Block]":
    from fediverse_coord.desk import blocks
    from fediverse_coord.desk.people import OPERATOR

    return await blocks.all_blocks(desk, OPERATOR)


def _list(found: "list[Block]", *, as_json: bool) -> None:
    facts = [
        {"kind": one.kind, "value": one.value, "reason": one.reason, "since": one.created_at}
        for one in found
    ]
    telling.listed(facts, ("kind", "value", "since", "reason"), as_json=as_json)


@click.command()
@click.argument("named", metavar="ACTOR|DOMAIN")
def unblock(named: str) -> None:
    """Hear them again. What the block took away stays away."""
    from fediverse_coord.desk import blocks
    from fediverse_coord.desk.people import OPERATOR

    target = session.at_desk(lambda desk: blocks.unblock(desk, OPERATOR, named))
    telling.say(f"no longer blocked: {target.kind} {target.value}")
