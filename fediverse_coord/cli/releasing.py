"""`withdraw`, `delete`, `schedule`, `pin`, `unpin`: the life of a declaration after its text."""

import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

import click

from fediverse_coord.cli import session, telling

if TYPE_CHECKING:
    from fediverse_coord.desk.desk import Desk
    from fediverse_coord.desk.drafts import Saved

JSON = click.option("--json", "as_json", is_flag=True)
NOWHERE = "it stands nowhere that can be looked at beforehand"
languages_option = click.option(
    "--only",
    "languages",
    metavar="TAG",
    multiple=True,
    help="Only this version besides the original.",
)


def _changed(named: str, act: "Callable[[Desk, str], Awaitable[Saved]]", *, as_json: bool) -> None:
    """Does it, and tells the outcome as `publish` does."""
    from fediverse_coord.cli.works import facts_of, tell_saved

    async def work(desk: "Desk", key: str) -> "tuple[Saved, dict[str, object]]":
        saved = await act(desk, key)
        return saved, facts_of(desk.uris, saved.work)

    saved, facts = session.on_declaration(named, work)
    tell_saved(saved, facts, as_json=as_json)


@click.command()
@click.argument("named", metavar="ID")
@click.option("--reason", required=True, help="Readers see it in the place of the text.")
@click.option("--keep-text", is_flag=True, help="The text stays readable below the notice.")
@JSON
def withdraw(named: str, reason: str, keep_text: bool, as_json: bool) -> None:
    """Put a notice in the place of a published text."""
    from fediverse_coord.desk import releases
    from fediverse_coord.desk.people import OPERATOR

    _changed(
        named,
        lambda desk, key: releases.withdraw(desk, OPERATOR, key, reason, keep_text=keep_text),
        as_json=as_json,
    )


@click.command()
@click.argument("named", metavar="ID")
@click.option("--yes", is_flag=True, help="Ask nothing.")
def delete(named: str, yes: bool) -> None:
    """Delete for good: a Tombstone stays, and every server is told."""
    from fediverse_coord.desk import releases
    from fediverse_coord.desk.people import OPERATOR

    if not yes:
        question = f"Delete {named} for good? It cannot come back under this address."
        click.confirm(question, abort=True, err=True)

    async def work(desk: "Desk", key: str) -> str:
        await releases.delete(desk, OPERATOR, key)
        return key

    session.on_declaration(named, work)
    telling.say("deleted")


@click.command()
@click.argument("named", metavar="ID")
@click.option("--name", required=True, help="As it stands in the text; any case and accents.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@JSON
def redact(named: str, name: str, yes: bool, as_json: bool) -> None:
    """Take a name out of everything the declaration says and said, everywhere it went."""
    from fediverse_coord.desk import redacting
    from fediverse_coord.desk.people import OPERATOR

    if not yes and sys.stdin is not None and sys.stdin.isatty():
        _tell_places(named, name)
        click.confirm("Take it out of all of this? It cannot be undone.", abort=True, err=True)

    async def work(desk: "Desk", key: str) -> dict[str, object]:
        done = await redacting.redact(desk, OPERATOR, key, name)
        return {
            "id": desk.uris.object(done.work.actor_name, key),
            "revisions": done.revisions,
            "servers": done.servers,
            "responses": list(done.responses),
            "texts": list(done.texts),
            "beyond": done.beyond,
        }

    told = session.on_declaration(named, work)
    if as_json:
        telling.result_json(told)
    else:
        telling.result(str(told["id"]))
    telling.say(f"taken out, also of {told['revisions']} old revisions or addresses")
    telling.say(f"{told['servers']} servers have the text and are told to change it")
    if told["responses"]:
        keys = ", ".join(cast("list[str]", told["responses"]))
        telling.say(f"these responses say the name too: {keys}; `reject` hides them")
    if told["texts"]:
        keys = ", ".join(cast("list[str]", told["texts"]))
        telling.say(f"these texts hold a passage that said the name, redact each: {keys}")
    telling.say(str(told["beyond"]))


PLACES = {
    "title": "title",
    "summary": "summary",
    "text": "text",
    "translator": "translator",
    "addressees": "addressees",
    "organisations": "organisations",
    "topics": "topics and tags",
    "sources": "sources",
    "reason": "reason of the withdrawal",
    "corrections": "corrections",
    "signatories": "signatories, who go from the list",
    "earlier": "older wordings",
    "addresses": "addresses of the page, present and earlier",
    "media": "pictures, recordings and documents of the whole coordination, by their words",
    "passages": "passages of the whole coordination",
    "introductions": "introductions of the whole coordination",
}


def _tell_places(named: str, name: str) -> None:
    """Where the name stands, and how that would read without it."""
    from fediverse_coord.desk import redacting_places
    from fediverse_coord.desk.people import OPERATOR

    found = session.on_declaration(
        named, lambda desk, key: redacting_places.places_of(desk, OPERATOR, key, name)
    )
    telling.say(f"it stands in {found.count} places:" if found.places else NOWHERE)
    for one in found.places:
        language = f" ({one.language})" if one.language else ""
        telling.say(f"  {PLACES[one.what]}{language}: {one.count}")
        if one.reads:
            telling.say(f"    would read: {one.reads}")
    if found.sealed:
        telling.say(f"not looked at, and gone if it is this name: {found.sealed} sealed names")
    if found.is_short:
        telling.say("this is very short and may be a word: does each place mean the person?")


@click.command()
@click.argument("named", metavar="ID")
@click.option("--at", "at", metavar="TIME", help="2026-05-01T09:00+02:00; without zone: here.")
@click.option("--zone", metavar="ZONE", help="Where --at is meant, such as Europe/Madrid; kept.")
@languages_option
@click.option("--cancel", is_flag=True, help="Make it a draft again.")
@JSON
def schedule(
    named: str,
    at: str | None,
    zone: str | None,
    languages: tuple[str, ...],
    cancel: bool,
    as_json: bool,
) -> None:
    """Release a draft by itself at a moment to come."""
    from fediverse_coord.desk import releases
    from fediverse_coord.desk.people import OPERATOR

    if (at is None) == (not cancel):
        raise click.UsageError("say either --at TIME or --cancel")
    if at is None:
        _changed(named, lambda desk, key: releases.unschedule(desk, OPERATOR, key), as_json=as_json)
        return
    moment, only = _moment(at, zone), chosen(languages)
    _changed(
        named,
        lambda desk, key: releases.schedule(desk, OPERATOR, key, moment, zone=zone, languages=only),
        as_json=as_json,
    )


def chosen(languages: tuple[str, ...]) -> list[str] | None:
    """The languages that --only named; None for all."""
    from fediverse_coord.publishing.languages import tag

    return [tag(one) for one in languages] or None


def _moment(text: str, zone: str | None) -> datetime:
    """A time without a zone is that of this machine, as its user reads clocks."""
    from fediverse_coord.publishing.hours import moment_in

    try:
        at = datetime.fromisoformat(text.strip())
        return moment_in(at, zone) if zone else at.astimezone(UTC)
    except (ValueError, OverflowError):
        hint = "write it like 2026-05-01T09:00+02:00"
        raise click.BadParameter(f"{text!r} is no time: {hint}", param_hint="--at") from None


@click.command()
@click.argument("named", metavar="ID")
@JSON
def pin(named: str, as_json: bool) -> None:
    """Let it stand first on the profile, here and on other servers."""
    _pinned(named, on=True, as_json=as_json)


@click.command()
@click.argument("named", metavar="ID")
@JSON
def unpin(named: str, as_json: bool) -> None:
    """Let it stand among the others again."""
    _pinned(named, on=False, as_json=as_json)


def _pinned(named: str, *, on: bool, as_json: bool) -> None:
    from fediverse_coord.desk import pins
    from fediverse_coord.desk.people import OPERATOR

    _changed(named, lambda desk, key: pins.pin(desk, OPERATOR, key, on=on), as_json=as_json)
