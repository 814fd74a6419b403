"""`show`, `list`, `followers`: what there is."""

from datetime import datetime
from typing import TYPE_CHECKING

import click

from fediverse_coord.cli import session, telling

if TYPE_CHECKING:
    from fediverse_coord.desk.desk import Desk
    from fediverse_coord.storage.declarations import Work

Facts = dict[str, object]
STATES = ("draft", "awaiting_approval", "scheduled", "published", "withdrawn", "deleted")
LIMIT = click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)


@click.command()
@click.argument("named", metavar="ID")
@click.option("--json", "as_json", is_flag=True)
def show(named: str, as_json: bool) -> None:
    """Show one declaration whole, with what came back to it."""
    facts = session.on_declaration(named, _whole)
    if as_json:
        telling.result_json(facts)
        return
    versions = facts.pop("versions")
    for name, value in facts.items():
        if value not in (None, [], ""):
            telling.result(f"{name}: {_plain(value)}")
    for version in versions if isinstance(versions, list) else []:
        telling.result(f"\n--- {version['language']} ---")
        for name in ("title", "summary", "translator"):
            if version[name]:
                telling.result(f"{name}: {version[name]}")
        telling.result(f"\n{version['content'].rstrip()}")


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_plain(one) for one in value)
    if isinstance(value, dict):
        return " / ".join(_plain(one) for one in value.values())
    return telling.moment(value) if isinstance(value, datetime) else str(value)


async def _whole(desk: "Desk", key: str) -> Facts:
    from fediverse_coord.cli.works import whole_of
    from fediverse_coord.desk import drafts
    from fediverse_coord.desk.people import OPERATOR
    from fediverse_coord.storage import objects, responses

    work = await drafts.find(desk, OPERATOR, key)
    facts = whole_of(desk.uris, work)
    found = await objects.by_declaration(desk.db, work.row)
    if found is None:
        return facts
    counts = {"likes": found.likes, "boosts": found.shares}
    approved = await responses.count_approved(desk.db, found.row)
    return {**facts, **counts, "responses": approved}


@click.command("list")
@click.option("--actor", metavar="NAME", help="Only this coordination's.")
@click.option("--state", type=click.Choice(STATES))
@click.option("--kind", metavar="K")
@click.option("--lang", "language", metavar="TAG")
@click.option("--search", "words", metavar="WORDS", help="In titles and texts.")
@LIMIT
@click.option("--after", metavar="KEY", help="What comes after this one.")
@click.option("--json", "as_json", is_flag=True)
def list_(
    actor: str | None, limit: int, after: str | None, as_json: bool, **wanted: str | None
) -> None:
    """List declarations, newest first."""
    chosen = {name: value for name, value in wanted.items() if value is not None}

    async def work(desk: "Desk") -> tuple[list[Facts], str | None]:
        from fediverse_coord.cli.works import facts_of, row_of

        found = await _page(desk, actor, chosen, after, limit + 1)
        told = facts_of if as_json else row_of
        facts = [told(desk.uris, one) for one in found[:limit]]
        return facts, str(facts[-1]["key"]) if len(found) > limit else None

    facts, following = session.at_desk(work)
    columns = ("key", "state", "published", "kind", "languages", "actor", "title")
    telling.listed(facts, columns, as_json=as_json, after=following)


async def _page(
    desk: "Desk", actor: str | None, wanted: dict[str, str], after: str | None, limit: int
) -> "list[Work]":
    """Of one coordination or of all: their row numbers are one sequence."""
    from fediverse_coord.desk import drafts
    from fediverse_coord.desk.lookups import key_of
    from fediverse_coord.desk.people import OPERATOR

    before = 2**62
    if after is not None:
        before = (await drafts.find(desk, OPERATOR, await key_of(desk, after))).row
    found: list[Work] = []
    for name in await session.chosen_actors(desk, actor):
        found += await drafts.page(desk, OPERATOR, name, before=before, limit=limit, **wanted)
    return sorted(found, key=lambda one: one.row, reverse=True)[:limit]


@click.command()
@click.option("--actor", metavar="NAME", help="Only this coordination's.")
@click.option("--by-server", is_flag=True, help="How many on which server.")
@click.option("--json", "as_json", is_flag=True)
def followers(actor: str | None, by_server: bool, as_json: bool) -> None:
    """Count who follows. Names are told to nobody."""
    if by_server:
        facts = session.at_desk(lambda desk: _by_server(desk, actor))
        telling.listed(facts, ("actor", "server", "followers"), as_json=as_json)
        return
    facts = session.at_desk(lambda desk: _counts(desk, actor))
    telling.listed(facts, ("actor", "followers", "requested", "following"), as_json=as_json)


async def _counts(desk: "Desk", actor: str | None) -> list[Facts]:
    from fediverse_coord.desk.followers import counts
    from fediverse_coord.desk.people import OPERATOR

    found = []
    for name in await session.chosen_actors(desk, actor):
        one = await counts(desk, OPERATOR, name)
        found.append({
            "actor": name,
            "followers": one.followers,
            "requested": one.requested,
            "following": one.following,
        })  # fmt: skip
    return found


async def _by_server(desk: "Desk", actor: str | None) -> list[Facts]:
    from fediverse_coord.desk.followers import by_host
    from fediverse_coord.desk.people import OPERATOR

    found = []
    for name in await session.chosen_actors(desk, actor):
        for host, count in await by_host(desk, OPERATOR, name):
            found.append({"actor": name, "server": host, "followers": count})
    return found
