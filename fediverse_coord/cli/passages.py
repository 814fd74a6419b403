"""`passages`: paragraphs that several texts hold, written in one place."""

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
    from fediverse_coord.storage.passages import Passage

Facts = dict[str, object]


@click.group()
def passages() -> None:
    """Keep paragraphs that several texts hold, each in all its languages.

    A line of its own, {{passage: ID}}, puts one into a text, in the language of the text. What is
    published keeps the words it went out with, until `update --take-up`.
    """


def _facts(one: "Passage") -> Facts:
    return {
        "id": one.slug,
        "languages": list(one.texts),
        "uses": one.uses,
        "revision": one.revision,
        "updated": one.updated_at,
        "source": one.origin.as_fields(),
    }


@passages.command("list")
@actor_option
@limit_option
@after_option
@json_option
def list_(actor: str | None, limit: int, after: int, as_json: bool) -> None:
    """Show which there are, in how many texts."""
    from fediverse_coord.desk import passages
    from fediverse_coord.desk.people import OPERATOR

    async def work(desk: "Desk") -> tuple[list[Facts], int | None]:
        name = await session.chosen_actor(desk, actor)
        found, following = await passages.page(desk, OPERATOR, name, after=after, limit=limit)
        return [_facts(one) for one in found], following

    facts, following = session.at_desk(work)
    columns = ("id", "languages", "uses", "updated")
    telling.listed(facts, columns, as_json=as_json, after=following)


@passages.command()
@click.argument("named", metavar="ID")
@actor_option
@json_option
def show(named: str, actor: str | None, as_json: bool) -> None:
    """Show a passage in every language."""
    from fediverse_coord.desk import passages
    from fediverse_coord.desk.people import OPERATOR

    async def work(desk: "Desk") -> "Passage":
        name = await session.chosen_actor(desk, actor)
        return await passages.find(desk, OPERATOR, name, named)

    found = session.at_desk(work)
    if as_json:
        telling.result_json({**_facts(found), "texts": dict(found.texts)})
        return
    for name, value in found.origin.as_fields().items():
        telling.result(f"{name}: {value}")
    for language, text in found.texts.items():
        telling.result(f"\n--- {language} ---\n{text}")


@passages.command()
@click.argument("named", metavar="ID")
@click.argument("source", metavar="FILE|DIR|-")
@actor_option
@lang_option
@click.option("--source-name", metavar="NAME", help="Where it comes from: what that is called.")
@click.option("--source-url", metavar="URL", help="And where it is to be read.")
@click.option("--source-of", metavar="ID", help="Instead of both: the declaration it comes from.")
@json_option
def put(
    named: str,
    source: str,
    actor: str | None,
    lang: str | None,
    source_name: str | None,
    source_url: str | None,
    source_of: str | None,
    as_json: bool,
) -> None:
    """Write a passage, or one of its languages; a folder (NAME.LANG.md) is all of them.

    No text changes by that: those that hold other words are told by `passages uses`.
    """
    from fediverse_coord.desk import passages
    from fediverse_coord.desk.people import OPERATOR

    given = {"name": source_name, "url": source_url, "declaration": source_of}
    origin = {name: value for name, value in given.items() if value is not None}

    async def work(desk: "Desk") -> "Passage":
        name = await session.chosen_actor(desk, actor)
        known = await texts_of(passages.find(desk, OPERATOR, name, named))
        fields: Facts = {"texts": await put_together(desk, name, source, lang, known)}
        if origin:
            fields["source"] = origin
        elif known:
            before = await passages.find(desk, OPERATOR, name, named)
            fields["source"] = before.origin.as_fields()
        return await passages.put(desk, OPERATOR, name, named, fields)

    saved = session.at_desk(work)
    if as_json:
        telling.result_json(_facts(saved))
    else:
        telling.result(saved.slug)
    telling.say(f"kept in {', '.join(saved.texts)}; put it into a text: {{{{passage: {named}}}}}")


@passages.command()
@click.argument("named", metavar="ID")
@actor_option
@click.option("--lang", metavar="TAG", help="This language alone.")
def remove(named: str, actor: str | None, lang: str | None) -> None:
    """Delete a passage that no text holds; or one of its languages."""
    from fediverse_coord.desk import passages
    from fediverse_coord.desk.people import OPERATOR

    async def work(desk: "Desk") -> None:
        name = await session.chosen_actor(desk, actor)
        if lang is None:
            await passages.delete(desk, OPERATOR, name, named)
            return
        known = await passages.find(desk, OPERATOR, name, named)
        left = without(known.texts, lang, f"the passage '{named}'")
        fields: Facts = {"texts": left, "source": known.origin.as_fields()}
        await passages.put(desk, OPERATOR, name, named, fields)

    session.at_desk(work)
    telling.say(f"deleted: {named}" + (f" in {lang}" if lang else ""))


@passages.command()
@click.argument("named", metavar="ID")
@actor_option
@limit_option
@after_option
@json_option
def uses(named: str, actor: str | None, limit: int, after: int, as_json: bool) -> None:
    """Show which texts hold a passage, and which of them in other words than it has now."""
    from fediverse_coord.desk import passages
    from fediverse_coord.desk.people import OPERATOR

    async def work(desk: "Desk") -> tuple[list[Facts], int | None]:
        name = await session.chosen_actor(desk, actor)
        found, following = await passages.uses(
            desk, OPERATOR, name, named, before=after or None, limit=limit
        )
        return [_use(one) for one in found], following

    facts, following = session.at_desk(work)
    columns = ("declaration", "language", "state", "words", "title")
    telling.listed(facts, columns, as_json=as_json, after=following)


def _use(one: object) -> Facts:
    from fediverse_coord.desk.passages import Use

    assert isinstance(one, Use)
    declaration = one.work.declaration
    version = declaration.version(one.language)
    return {
        "declaration": declaration.key,
        "language": one.language,
        "state": declaration.state.value,
        "words": "other" if one.is_older else "present",
        "title": version.title if version else None,
    }
