"""`follow`, `unfollow`, `boost`, `unboost`: what a coordination says to others elsewhere."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import click

from fediverse_coord.cli import session, telling

if TYPE_CHECKING:
    from fediverse_coord.desk.desk import Desk

T = TypeVar("T")
ACTOR = click.option(
    "--actor", metavar="NAME", help="The coordination; needed where there are several."
)


def _as_actor(actor: str | None, act: "Callable[[Desk, str], Awaitable[T]]") -> T:
    async def work(desk: "Desk") -> T:
        return await act(desk, await session.chosen_actor(desk, actor))

    return session.at_desk(work)


@click.command()
@click.argument("named", metavar="@a@b")
@ACTOR
def follow(named: str, actor: str | None) -> None:
    """Ask to follow an account on another server."""
    from fediverse_coord.desk import follows
    from fediverse_coord.desk.people import OPERATOR

    state = _as_actor(actor, lambda desk, name: follows.follow(desk, OPERATOR, name, named))
    telling.say(f"{state}: {named}")


@click.command()
@click.argument("named", metavar="@a@b")
@ACTOR
def unfollow(named: str, actor: str | None) -> None:
    """Follow no longer."""
    from fediverse_coord.desk import follows
    from fediverse_coord.desk.people import OPERATOR

    _as_actor(actor, lambda desk, name: follows.unfollow(desk, OPERATOR, name, named))
    telling.say(f"no longer followed: {named}")


@click.command()
@click.argument("url", metavar="URL")
@ACTOR
def boost(url: str, actor: str | None) -> None:
    """Pass on a post, by its id or page. The Announce's id is the result."""
    from fediverse_coord.desk import boosts
    from fediverse_coord.desk.people import OPERATOR

    telling.result(_as_actor(actor, lambda desk, name: boosts.boost(desk, OPERATOR, name, url)))


@click.command()
@click.argument("url", metavar="URL")
@ACTOR
def unboost(url: str, actor: str | None) -> None:
    """Take a boost back. The Undo's id is the result."""
    from fediverse_coord.desk import boosts
    from fediverse_coord.desk.people import OPERATOR

    telling.result(_as_actor(actor, lambda desk, name: boosts.unboost(desk, OPERATOR, name, url)))
