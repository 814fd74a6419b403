"""A command's way to the desk: settings found, services opened, the operator acts, all closed.

Whoever has the command line of the server is `desk.people.OPERATOR`. Everything heavy is
imported here when a command runs, so that `--help` does not wait for it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from fediverse_coord.errors import ConfigError, NotFound, Refusal

if TYPE_CHECKING:
    from fediverse_coord.app import Services
    from fediverse_coord.config import Config
    from fediverse_coord.desk.desk import Desk

CONFIG = "fediverse_coord.config"  # where the context keeps what `--config` said

T = TypeVar("T")


def chosen_file() -> Path | None:
    """What `--config` said."""
    value = click.get_current_context().meta.get(CONFIG)
    return value if isinstance(value, Path) else None


def settings() -> "Config":
    """The settings this command runs with. Raises ConfigError."""
    from fediverse_coord.config import load

    config = load(chosen_file())
    folder = config.path(config.server.actors)
    if config.is_development and not folder.is_dir():
        raise ConfigError(
            f"there is neither a config.toml nor a folder 'actors' in {config.folder}: go where "
            "they are, name the settings with --config FILE, or begin with `fediverse-coord init`"
        )
    return config


def acting(
    act: "Callable[[Services], Awaitable[T]]",
    *,
    with_files: bool = True,
    config: "Config | None" = None,
) -> T:
    """Opens everything, lets `act` do its work, closes everything; with other settings if given."""
    from fediverse_coord.app import opened
    from fediverse_coord.cli.logs import silence
    from fediverse_coord.cli.telling import say

    chosen = config or settings()
    silence()

    async def whole() -> T:
        async with opened(chosen, with_files=with_files) as services:
            for warning in services.applied.warnings:
                say(warning)
            return await act(services)

    return asyncio.run(whole())


def at_desk(act: "Callable[[Desk], Awaitable[T]]", *, with_files: bool = True) -> T:
    """The same for what needs the desk alone."""

    async def work(services: "Services") -> T:
        return await act(services.desk)

    return acting(work, with_files=with_files)


def on_declaration(named: str, act: "Callable[[Desk, str], Awaitable[T]]") -> T:
    """The same for one declaration, named by id, page or key."""

    async def work(desk: "Desk") -> T:
        from fediverse_coord.desk.lookups import key_of

        return await act(desk, await key_of(desk, named))

    return at_desk(work)


async def coordination_names(desk: "Desk") -> list[str]:
    """The living coordinations."""
    from fediverse_coord.desk.desk import is_coordination
    from fediverse_coord.storage import actors

    everyone = await actors.all_actors(desk.db)
    return [one.name for one in everyone if is_coordination(one) and not one.retired]


async def chosen_actor(desk: "Desk", name: str | None) -> str:
    """The named coordination, or the only one there is. Raises Refusal, NotFound."""
    if name is not None:
        return name.removeprefix("@").lower()
    names = await coordination_names(desk)
    if not names:
        raise NotFound("there is no coordination yet: put its file into the folder of actors")
    if len(names) > 1:
        raise Refusal(f"say for which coordination: --actor with one of {', '.join(names)}")
    return names[0]


async def chosen_actors(desk: "Desk", name: str | None) -> list[str]:
    """The named coordination alone, or every living one."""
    return [await chosen_actor(desk, name)] if name else await coordination_names(desk)
