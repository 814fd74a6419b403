"""`requests` and `reports`: what waits for a person besides responses."""

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
