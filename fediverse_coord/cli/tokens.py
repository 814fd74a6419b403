"""`token create`, `list`, `revoke`, `erase`: who may use the API, in which role."""

from typing import TYPE_CHECKING

import click

from fediverse_coord.cli import session, telling

if TYPE_CHECKING:
    from fediverse_coord.desk.desk import Desk
    from fediverse_coord.desk.tokens import Listed

ROLES = ("editor", "publisher", "moderator", "admin")


@click.group()
def token() -> None:
    """Make, list and revoke tokens for the coordinators' API."""


@token.command()
@click.option("--coordinator", required=True, metavar="NAME", help="Whose it is; never public.")
@click.option("--role", required=True, type=click.Choice(ROLES))
@click.option("--actor", "actors", multiple=True, metavar="NAME", help="Only for these; else all.")
def create(coordinator: str, role: str, actors: tuple[str, ...]) -> None:
    """Make a token. It is the result, and is shown this once."""
    from fediverse_coord.desk import tokens
    from fediverse_coord.desk.people import OPERATOR

    made = session.at_desk(lambda desk: tokens.create(desk, OPERATOR, coordinator, role, actors))
    telling.result(made)
    telling.say("keep it well: it is not shown again. `token revoke` ends it")


@token.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_(as_json: bool) -> None:
    """List tokens, without what would let anybody use them."""
    facts = [
        {
            "token": one.handle,
            "coordinator": one.coordinator,
            "role": one.role.value,
            "actors": list(one.actors) or ["all"],
            "created": one.created_at,
            "revoked": one.revoked,
        }
        for one in session.at_desk(_all)
    ]
    columns = ("token", "coordinator", "role", "actors", "created", "revoked")
    telling.listed(facts, columns, as_json=as_json)


async def _all(desk: "Desk") -> "list[Listed]":
    from fediverse_coord.desk import tokens
    from fediverse_coord.desk.people import OPERATOR

    return await tokens.all_tokens(desk, OPERATOR)


@token.command()
@click.argument("named", metavar="TOKEN")
def revoke(named: str) -> None:
    """End a token, named as `token list` does."""
    from fediverse_coord.desk import tokens
    from fediverse_coord.desk.people import OPERATOR

    session.at_desk(lambda desk: tokens.revoke(desk, OPERATOR, named))
    telling.say("revoked")


@token.command()
@click.argument("coordinator", metavar="NAME")
@click.option("--yes", is_flag=True, help="Ask nothing.")
def erase(coordinator: str, yes: bool) -> None:
    """Forget a coordinator's name and end their tokens; what they did keeps a number."""
    from fediverse_coord.desk import tokens
    from fediverse_coord.desk.people import OPERATOR

    if not yes:
        question = f"Forget {coordinator} and end all their tokens? It cannot be taken back."
        click.confirm(question, abort=True, err=True)
    session.at_desk(lambda desk: tokens.erase(desk, OPERATOR, coordinator))
    telling.say("erased")
