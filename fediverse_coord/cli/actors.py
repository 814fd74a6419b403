"""`actor list`, `actor retire`, `actor handles`: the coordinations of this server."""

import asyncio
import sys
from typing import TYPE_CHECKING

import click

from fediverse_coord.cli import session, telling
from fediverse_coord.errors import Refusal

if TYPE_CHECKING:
    from fediverse_coord.app import Services
    from fediverse_coord.config import Config
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


@actor.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def handles(yes: bool) -> None:
    """Move every handle to the domain that server.handle_domain names; stop the server before."""
    from fediverse_coord.desk import renaming
    from fediverse_coord.desk.people import OPERATOR

    config = session.settings()
    new, old = config.uris, asyncio.run(_remembered(config))
    if old == new.handle_host:
        telling.say(f"handles stand under {old} already")
        return
    telling.say(
        f"handles move from {old} to {new.handle_host}. Followers stay, as they follow ids;"
    )
    telling.say("other servers may show the old handle, or a second account, for a long time, and")
    telling.say("whoever looks for the old one finds nothing once its domain no longer leads here.")
    if not yes and not (sys.stdin.isatty() and click.confirm("Go on?", err=True)):
        raise Refusal("nothing was changed: say --yes to go on")

    async def act(services: "Services") -> list[str]:
        return await renaming.change(services.desk, OPERATOR, new)

    for one in session.acting(act, config=_with_domain(config, old)):
        telling.result(one)
    telling.say("followers' servers are told once the server runs again; then run `doctor`")


async def _remembered(config: "Config") -> str:
    """Where the database says that handles stand."""
    from fediverse_coord.desk import handles as domains
    from fediverse_coord.storage import instance
    from fediverse_coord.storage.database import open_database

    db = await open_database(config.database_url)
    try:
        found = await instance.find(db)
    finally:
        await db.close()
    if found is None:
        raise Refusal("there is nothing to move yet: the first start takes server.handle_domain")
    return domains.of(found, config.uris)


def _with_domain(config: "Config", domain: str) -> "Config":
    server = config.server.model_copy(update={"handle_domain": domain})
    return config.model_copy(update={"server": server})
