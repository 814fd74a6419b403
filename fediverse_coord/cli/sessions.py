"""`login-link`, `sessions list`, `sessions end`: who may write in the console, and until when."""

from typing import TYPE_CHECKING

import click

from fediverse_coord.cli import session, telling
from fediverse_coord.cli.tokens import ROLES

if TYPE_CHECKING:
    from fediverse_coord.desk.desk import Desk
    from fediverse_coord.desk.sessions import Listed


@click.command("login-link")
@click.argument("coordinator", metavar="NAME")
@click.option("--role", type=click.Choice(ROLES), help="Else that of the person's token.")
@click.option("--actor", "actors", multiple=True, metavar="NAME", help="Only for these; else all.")
def login_link(coordinator: str, role: str | None, actors: tuple[str, ...]) -> None:
    """Make a link that opens the console, once, within 15 minutes. It is the result."""
    from fediverse_coord.desk import sessions
    from fediverse_coord.desk.people import OPERATOR

    async def work(desk: "Desk") -> str:
        secret = await sessions.login_link(desk, OPERATOR, coordinator, role, actors)
        return f"{desk.uris.origin}/console/enter/{secret}"

    telling.result(session.at_desk(work))
    telling.say("works once, for 15 minutes: send it where only this person reads it")


@click.group()
def sessions() -> None:
    """List and end sessions of the console."""


@sessions.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_(as_json: bool) -> None:
    """List who is logged in, and links that wait to be followed."""
    facts = [
        {
            "session": one.handle,
            "coordinator": one.coordinator,
            "role": one.role.value,
            "actors": list(one.actors) or ["all"],
            "opened": one.opened_at or "not yet",
            "ends": one.ends_at,
        }
        for one in session.at_desk(_all)
    ]
    columns = ("session", "coordinator", "role", "actors", "opened", "ends")
    telling.listed(facts, columns, as_json=as_json)


async def _all(desk: "Desk") -> "list[Listed]":
    from fediverse_coord.desk import sessions
    from fediverse_coord.desk.people import OPERATOR

    return await sessions.all_sessions(desk, OPERATOR)


@sessions.command()
@click.argument("handle", metavar="[SESSION]", required=False)
@click.option("--coordinator", metavar="NAME", help="All of this person's.")
def end(handle: str | None, coordinator: str | None) -> None:
    """End a session, named as `sessions list` does, or all of one person's."""
    if (handle is None) == (coordinator is None):
        raise click.UsageError("name either a session or --coordinator")
    from fediverse_coord.desk import sessions
    from fediverse_coord.desk.people import OPERATOR

    async def work(desk: "Desk") -> int:
        if coordinator is not None:
            return await sessions.end_all_of(desk, OPERATOR, coordinator)
        await sessions.end(desk, OPERATOR, handle or "")
        return 1

    telling.say(f"ended: {session.at_desk(work)}")
