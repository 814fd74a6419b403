"""`introductions`: what stands at the top of the page of a topic, a country, an organisation."""

from typing import TYPE_CHECKING

import click

from fediverse_coord.cli import session, telling
from fediverse_coord.cli.wordings import (
    actor_option,
    after_option,
    json_option,
    lang_option,
    limit_option,
    put_together,
    texts_of,
    without,
)

if TYPE_CHECKING:
    from fediverse_coord.desk.desk import Desk
    from fediverse_coord.storage.introductions import Introduction

Facts = dict[str, object]
SUBJECTS = ("topic", "country", "organisation")
subject_argument = click.argument("subject", metavar="SUBJECT", type=click.Choice(SUBJECTS))


@click.group()
def introductions() -> None:
    """Keep short introductions of topics, countries and organisations.

    SUBJECT is topic, country or organisation; NAME what the page is about: wages, ES, "Union of
    Pits". An introduction stands on that page and is its feed's subtitle.
    """


def _facts(one: "Introduction") -> Facts:
    return {
        "subject": str(one.place.subject),
        "name": one.place.name,
        "languages": list(one.texts),
        "revision": one.revision,
        "updated": one.updated_at,
    }


@introductions.command("list")
@actor_option
@limit_option
@after_option
@json_option
def list_(actor: str | None, limit: int, after: int, as_json: bool) -> None:
    """Show what is introduced."""
    from fediverse_coord.desk import introductions
    from fediverse_coord.desk.people import OPERATOR

    async def work(desk: "Desk") -> tuple[list[Facts], int | None]:
        name = await session.chosen_actor(desk, actor)
        found, following = await introductions.page(desk, OPERATOR, name, after=after, limit=limit)
        return [_facts(one) for one in found], following

    facts, following = session.at_desk(work)
    columns = ("subject", "name", "languages", "updated")
    telling.listed(facts, columns, as_json=as_json, after=following)


@introductions.command()
@subject_argument
@click.argument("named", metavar="NAME")
@actor_option
@json_option
def show(subject: str, named: str, actor: str | None, as_json: bool) -> None:
    """Show an introduction in every language."""
    from fediverse_coord.desk import introductions
    from fediverse_coord.desk.people import OPERATOR

    async def work(desk: "Desk") -> "Introduction":
        name = await session.chosen_actor(desk, actor)
        return await introductions.find(desk, OPERATOR, name, subject, named)

    found = session.at_desk(work)
    if as_json:
        telling.result_json({**_facts(found), "texts": dict(found.texts)})
        return
    for language, text in found.texts.items():
        telling.result(f"--- {language} ---\n{text}\n")


@introductions.command()
@subject_argument
@click.argument("named", metavar="NAME")
@click.argument("source", metavar="FILE|DIR|-")
@actor_option
@lang_option
@json_option
def put(
    subject: str, named: str, source: str, actor: str | None, lang: str | None, as_json: bool
) -> None:
    """Write an introduction, or one of its languages; a folder (NAME.LANG.md) is all of them."""
    from fediverse_coord.desk import introductions
    from fediverse_coord.desk.people import OPERATOR

    async def work(desk: "Desk") -> "Introduction":
        name = await session.chosen_actor(desk, actor)
        known = await texts_of(introductions.find(desk, OPERATOR, name, subject, named))
        fields: Facts = {"texts": await put_together(desk, name, source, lang, known)}
        return await introductions.put(desk, OPERATOR, name, subject, named, fields)

    saved = session.at_desk(work)
    if as_json:
        telling.result_json(_facts(saved))
    telling.say(f"the {subject} {saved.place.name} is introduced in {', '.join(saved.texts)}")


@introductions.command()
@subject_argument
@click.argument("named", metavar="NAME")
@actor_option
@click.option("--lang", metavar="TAG", help="This language alone.")
def remove(subject: str, named: str, actor: str | None, lang: str | None) -> None:
    """Take an introduction away, or one of its languages."""
    from fediverse_coord.desk import introductions
    from fediverse_coord.desk.people import OPERATOR

    async def work(desk: "Desk") -> None:
        name = await session.chosen_actor(desk, actor)
        if lang is None:
            await introductions.delete(desk, OPERATOR, name, subject, named)
            return
        known = await introductions.find(desk, OPERATOR, name, subject, named)
        left = without(known.texts, lang, "this introduction")
        await introductions.put(desk, OPERATOR, name, subject, named, {"texts": left})

    session.at_desk(work)
    telling.say(f"taken away: {subject} {named}" + (f" in {lang}" if lang else ""))
