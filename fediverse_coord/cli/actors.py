"""`actor list`, `actor retire`: the coordinations of this server."""

from typing import TYPE_CHECKING

import click

from fediverse_coord.cli import session, telling
from fediverse_coord.errors import Refusal

if TYPE_CHECKING:
    from fediverse_coord.desk.desk import Desk

Facts = dict[str, object]


@click.group()
def actor() -> None:
    """The coordinations of this server."""


@actor.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_(as_json: bool) -> None:
    """List them."""
    columns = ("actor", "handle", "type", "revision", "state", "id")
    telling.listed(session.at_desk(_all), columns, as_json=as_json)


async def _all(desk: "Desk") -> list[Facts]:
    from fediverse_coord.storage.actors import all_actors

    return [
        {
            "actor": one.name,
            "handle": desk.uris.handle(one.name),
            "id": one.actor_id,
            "url": desk.uris.profile(one.name),
            "type": one.type,
            "revision": one.revision,
            "state": "ended" if one.retired else "living",
        }
        for one in await all_actors(desk.db)
        if one.role == "coordination"
    ]


@actor.command()
@click.argument("name", metavar="NAME")
@click.option("--yes", is_flag=True, help="Do not ask for the name once more.")
def retire(name: str, yes: bool) -> None:
    """End a coordination for good: its followers are told, its name is used up."""
    from fediverse_coord.desk import coordinations
    from fediverse_coord.desk.people import OPERATOR

    if not yes:
        again = click.prompt(f"This ends '{name}' for ever. Its name once more", err=True)
        if again != name:
            raise Refusal("that is not the name; nothing was done")
    session.at_desk(lambda desk: coordinations.retire(desk, OPERATOR, name), with_files=False)
    telling.say(f"'{name}' has ended. Keep the server running until its followers have been told")
