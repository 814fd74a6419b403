"""`publish`, `update`, `preview`: texts on their way out.

A text is a file, a folder with one file a language, or stdin (`cli/texts`); the desk checks it
and makes it a declaration.
"""

import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fediverse_coord.cli import session, telling, texts
from fediverse_coord.cli.enclosing import Check, enclosed
from fediverse_coord.cli.releasing import chosen, languages_option

if TYPE_CHECKING:
    from fediverse_coord.desk.desk import Desk
    from fediverse_coord.desk.drafts import Saved
    from fediverse_coord.desk.previews import Preview

F = TypeVar("F", bound=Callable[..., object])

DESCRIPTIONS: tuple[Callable[..., Any], ...] = (
    click.option("--lang", "language", metavar="TAG", help="Such as en or pt-BR."),
    click.option("--title", help="With a title it is an article, without one a note."),
    click.option("--summary", metavar="S|auto", help="auto: the opening sentences."),
    click.option("--kind", metavar="K", help="One of the coordination's kinds."),
    click.option("--form", type=click.Choice(["note", "article"])),
)


def described(command: F) -> F:
    """With the options that say what front matter can say; they go before it."""
    for option in reversed(DESCRIPTIONS):
        command = option(command)
    return command


@click.command()
@click.argument("source", metavar="FILE|DIR|-|ID")
@click.option("--actor", metavar="NAME", help="The coordination; needed where there are several.")
@described
@click.option("--draft", is_flag=True, help="Only save it; `publish ID` releases it.")
@languages_option
@click.option("--json", "as_json", is_flag=True, help="All that is known of it, instead of its id.")
def publish(
    source: str,
    actor: str | None,
    draft: bool,
    languages: tuple[str, ...],
    as_json: bool,
    **given: str | None,
) -> None:
    """Publish a text, or release the draft ID. The object's id alone is the result."""
    only = chosen(languages)
    if texts.is_text(source):
        if only:
            raise click.UsageError("--only belongs to `publish ID`")
        read = _read(source, given)
        saved, facts = session.at_desk(lambda desk: _created(desk, actor, source, read, draft))
    else:
        _only_for_texts(actor, draft, given)
        saved, facts = session.on_declaration(source, lambda desk, key: _released(desk, key, only))
    _tell(saved, facts, as_json=as_json)


def _read(source: str, given: dict[str, str | None]) -> list[texts.Fields]:
    if source == texts.STDIN and sys.stdin is not None and sys.stdin.isatty():
        telling.say("write the text; end it with Ctrl-D on a line of its own")
    return texts.read(source, given)


def _only_for_texts(actor: str | None, draft: bool, given: dict[str, str | None]) -> None:
    if actor or draft or any(given.values()):
        raise click.UsageError("these options belong to a new text; `update ID` changes a draft")


Told = tuple["Saved", dict[str, object]]


async def _created(
    desk: "Desk", actor: str | None, source: str, read: Sequence[texts.Fields], draft: bool
) -> Told:
    from fediverse_coord.desk import drafts
    from fediverse_coord.desk.people import OPERATOR

    name = await session.chosen_actor(desk, actor)
    async with _enclosed(desk, name, source, read, _new(desk, name)) as (original, *others):
        saved = await drafts.create(
            desk, OPERATOR, name, original, translations=others, publish=not draft
        )
    return saved, await _facts(desk, saved)


def _enclosed(
    desk: "Desk",
    actor: str,
    source: str,
    read: Sequence[texts.Fields],
    check: Check,
    hero: str | None = None,
) -> AbstractAsyncContextManager[list[texts.Fields]]:
    """With the pictures that lie beside the texts."""
    largest = session.settings().media.most_bytes
    folder = texts.folder_of(source)
    return enclosed(desk, actor, folder, read, check=check, hero=hero, largest=largest)


def _new(desk: "Desk", actor: str) -> Check:
    """Whether the texts would make a new work."""
    from fediverse_coord.desk import drafts

    return lambda found: drafts.check(desk, actor, found[0], found[1:])


async def _released(desk: "Desk", key: str, languages: list[str] | None) -> Told:
    from fediverse_coord.desk import releases
    from fediverse_coord.desk.people import OPERATOR

    saved = await releases.publish(desk, OPERATOR, key, languages=languages)
    return saved, await _facts(desk, saved)


async def _facts(desk: "Desk", saved: "Saved") -> dict[str, object]:
    from fediverse_coord.cli.works import facts_of

    return facts_of(desk.uris, saved.work)


def _tell(saved: "Saved", facts: dict[str, object], *, as_json: bool) -> None:
    from fediverse_coord.cli.works import tell_saved

    tell_saved(saved, facts, as_json=as_json)


@click.command()
@click.argument("named", metavar="ID")
@click.argument("source", metavar="FILE|DIR|-")
@described
@click.option("--quiet", is_flag=True, help="A slip of the pen: readers are not told.")
@click.option("--corrected", metavar="WHAT", help="Tell readers what was changed.")
@click.option("--why", metavar="WHY", help="With --corrected: why.")
@click.option("--take-up", is_flag=True, help="Its passages in the words they have now.")
@click.option("--json", "as_json", is_flag=True, help="All that is known of it, instead of its id.")
def update(
    named: str,
    source: str,
    quiet: bool,
    corrected: str | None,
    why: str | None,
    take_up: bool,
    as_json: bool,
    **given: str | None,
) -> None:
    """Replace the text of ID; with another language, add or replace that translation."""
    if not texts.is_text(source):
        raise click.UsageError(f"{source} is no file, folder or '-'")
    if why and not corrected:
        raise click.UsageError("--why belongs to --corrected")
    correction = {"what": corrected, "why": why} if corrected else None
    from fediverse_coord.desk import drafts, folders
    from fediverse_coord.desk.people import OPERATOR

    async def work(desk: "Desk", key: str) -> Told:
        if source == texts.STDIN or given["language"] or not texts.is_folder(source):
            read = _read(source, given)
        else:
            original = await folders.language_of(desk, OPERATOR, key)
            read = texts.read(source, {**given, "language": original})
        one = (await drafts.find(desk, OPERATOR, key)).declaration
        hero = one.hero.key if one.hero else None

        def check(found: Sequence[texts.Fields]) -> Awaitable[None]:
            return folders.check(desk, OPERATOR, key, found)

        async with _enclosed(desk, one.actor_name, source, read, check, hero) as found:
            saved = await folders.edit(
                desk, OPERATOR, key, found, quiet=quiet, correction=correction, take_up=take_up
            )
        return saved, await _facts(desk, saved)

    saved, facts = session.on_declaration(named, work)
    _tell(saved, facts, as_json=as_json)


@click.command()
@click.argument("source", metavar="FILE|DIR|-|ID")
@click.option("--actor", metavar="NAME", help="The coordination; needed where there are several.")
@described
@click.option("--json", "as_json", is_flag=True)
def preview(source: str, actor: str | None, as_json: bool, **given: str | None) -> None:
    """Show what goes over the wire, and what people read where. Saves nothing."""
    if texts.is_text(source):
        read = _read(source, given)
        shown = session.at_desk(lambda desk: _previewed(desk, actor, source, read))
    else:
        _only_for_texts(actor, False, given)
        shown = session.on_declaration(source, _previewed_again)
    for warning in shown.told:
        telling.say(warning)
    if as_json:
        telling.result_json({"object": shown.document, **shown.shown})
    else:
        telling.result_json(shown.document)
        for name, text in shown.shown.items():
            telling.result(f"\n--- {_reader(name)} ---\n{text}")


READERS = {
    "mastodon": "on Mastodon",
    "gotosocial": "on GoToSocial",
    "misskey": "on Misskey",
    "feed": "in a feed, ",
    "paper": "on paper, ",
}


def _reader(name: str) -> str:
    kind, _, language = name.partition(".")
    return READERS[kind] + language


async def _previewed(
    desk: "Desk", actor: str | None, source: str, read: Sequence[texts.Fields]
) -> "Preview":
    from fediverse_coord.desk import previews
    from fediverse_coord.desk.people import OPERATOR

    name = await session.chosen_actor(desk, actor)
    async with _enclosed(desk, name, source, read, _new(desk, name)) as (original, *others):
        return await previews.of_text(desk, OPERATOR, name, original, others)


async def _previewed_again(desk: "Desk", key: str) -> "Preview":
    from fediverse_coord.desk import previews
    from fediverse_coord.desk.people import OPERATOR

    return await previews.of_declaration(desk, OPERATOR, key)
