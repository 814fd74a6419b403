"""`edits`, `requests` and `reports`: what waits for a person besides responses."""

from typing import TYPE_CHECKING

import click

from fediverse_coord.cli import session, telling

if TYPE_CHECKING:
    from fediverse_coord.desk.desk import Desk

Facts = dict[str, object]


@click.command()
@click.option("--actor", metavar="NAME", help="The coordination; needed to answer for several.")
@click.option("--accept", "accepted", metavar="WHO", help="Let them follow: @a@b, or the id.")
@click.option("--refuse", "refused", metavar="WHO", help="Do not, or no longer.")
@click.option("--json", "as_json", is_flag=True)
def requests(actor: str | None, accepted: str | None, refused: str | None, as_json: bool) -> None:
    """List who asks to follow, where follows are answered by hand; or answer one."""
    if accepted and refused:
        raise click.UsageError("say either --accept or --refuse")
    named = accepted or refused
    if named is None:
        facts = session.at_desk(lambda desk: _asking(desk, actor))
        telling.listed(facts, ("actor", "who", "asked", "id"), as_json=as_json)
        return
    session.at_desk(lambda desk: _answered(desk, actor, named, accepted is not None))
    telling.say(f"{'accepted' if accepted else 'refused'}: {named}")


async def _asking(desk: "Desk", actor: str | None) -> list[Facts]:
    from fediverse_coord.desk.people import OPERATOR
    from fediverse_coord.desk.requests import waiting

    return [
        {"actor": name, "who": one.label, "asked": one.asked_at, "id": one.actor_id}
        for name in await session.chosen_actors(desk, actor)
        for one in await waiting(desk, OPERATOR, name)
    ]


async def _answered(desk: "Desk", actor: str | None, named: str, accepted: bool) -> None:
    from fediverse_coord.desk.people import OPERATOR
    from fediverse_coord.desk.requests import answer

    name = await session.chosen_actor(desk, actor)
    await answer(desk, OPERATOR, name, named, accepted=accepted)


@click.command()
@click.option("--actor", metavar="NAME", help="Only this coordination's.")
@click.option("--approve", "approved", metavar="EDIT", help="Make this edit.")
@click.option("--reject", "rejected", metavar="EDIT", help="Do not make it.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@click.option("--after", metavar="EDIT", help="What comes after this one.")
@click.option("--json", "as_json", is_flag=True)
def edits(
    actor: str | None,
    approved: str | None,
    rejected: str | None,
    limit: int,
    after: str | None,
    as_json: bool,
) -> None:
    """List edits of published texts that wait for another coordinator; or decide on one."""
    if approved and rejected:
        raise click.UsageError("say either --approve or --reject")
    if named := approved or rejected:
        session.at_desk(lambda desk: _decided(desk, named, approved is not None))
        telling.say(f"{'approved' if approved else 'rejected'}: {named}")
        return
    facts = session.at_desk(lambda desk: _edits(desk, actor, after, limit + 1))
    following = str(facts[limit - 1]["edit"]) if len(facts) > limit else None
    columns = ("edit", "declaration", "proposed", "missing", "outdated", "title")
    telling.listed(facts[:limit], columns, as_json=as_json, after=following)


async def _edits(desk: "Desk", actor: str | None, after: str | None, limit: int) -> list[Facts]:
    from fediverse_coord.desk import amendments
    from fediverse_coord.desk.people import OPERATOR

    below = 2**62
    if after is not None:
        below = (await amendments.find(desk, OPERATOR, after)).amendment.row
    found: list[amendments.Waiting] = []
    for name in await session.chosen_actors(desk, actor):
        found += await amendments.page(desk, OPERATOR, name, before=below, limit=limit)
    found.sort(key=lambda one: one.amendment.row, reverse=True)
    return [
        {
            "edit": one.amendment.key,
            "declaration": one.work.declaration.key,
            "proposed": one.amendment.proposed_at,
            "missing": one.missing,
            "outdated": one.amendment.is_outdated,
            "title": one.would_be.declaration.original.title,
        }
        for one in found[:limit]
    ]


async def _decided(desk: "Desk", key: str, approved: bool) -> None:
    from fediverse_coord.desk import amendments
    from fediverse_coord.desk.people import OPERATOR

    if approved:
        await amendments.approve(desk, OPERATOR, key)
    else:
        await amendments.reject(desk, OPERATOR, key)


@click.command()
@click.option("--done", metavar="NUMBER", type=int, help="Somebody has looked at this one.")
@click.option("--json", "as_json", is_flag=True)
def reports(done: int | None, as_json: bool) -> None:
    """List what others report about us, and who says that they moved."""
    from fediverse_coord.desk import reports as desk_reports
    from fediverse_coord.desk.people import OPERATOR

    if done is not None:
        number = done
        session.at_desk(lambda desk: desk_reports.done(desk, OPERATOR, number))
        telling.say(f"done: {number}")
        return
    facts: list[Facts] = [
        {
            "number": one.row,
            "type": one.type,
            "by": one.actor_id,
            "received": one.created_at,
            "about": one.about.splitlines(),
            "text": one.content,
        }
        for one in session.at_desk(lambda desk: desk_reports.waiting(desk, OPERATOR))
    ]
    telling.listed(facts, ("number", "type", "by", "received", "about", "text"), as_json=as_json)
