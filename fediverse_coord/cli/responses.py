"""`responses`, `approve`, `reject`, `discard`, `answer`: what came back."""

from typing import TYPE_CHECKING

import click

from fediverse_coord.cli import session, telling, texts

if TYPE_CHECKING:
    from fediverse_coord.desk.desk import Desk
    from fediverse_coord.desk.drafts import Saved
    from fediverse_coord.storage.responses import Response

SHOWN = 70
STATES = ("held", "approved", "rejected", "mailbox")
Facts = dict[str, object]


@click.command()
@click.option("--actor", metavar="NAME", help="Only this coordination's.")
@click.option("--held", is_flag=True, help="Only those that wait for a decision.")
@click.option("--state", type=click.Choice(STATES), help="mailbox: what was not for everybody.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@click.option("--after", metavar="R", help="What comes after this one.")
@click.option("--json", "as_json", is_flag=True)
def responses(
    actor: str | None, held: bool, state: str | None, limit: int, after: str | None, as_json: bool
) -> None:
    """List what came back, newest first."""
    if held and state not in (None, "held"):
        raise click.UsageError("say either --held or --state")
    asked = "held" if held else state

    async def work(desk: "Desk") -> "list[Response]":
        return await _page(desk, actor, asked, after, limit + 1)

    found = session.at_desk(work)
    facts = [_facts(one) for one in found[:limit]]
    columns = ("key", "state", "visibility", "from", "received", "text")
    if not as_json:
        facts = [{**one, "text": _short(str(one["text"]))} for one in facts]
    following = facts[-1]["key"] if len(found) > limit else None
    telling.listed(facts, columns, as_json=as_json, after=following)


async def _page(
    desk: "Desk", actor: str | None, state: str | None, after: str | None, limit: int
) -> "list[Response]":
    from fediverse_coord.desk import responses as desk_responses
    from fediverse_coord.desk.people import OPERATOR
    from fediverse_coord.errors import NotFound
    from fediverse_coord.storage import responses as rows

    cursor = None
    if after is not None:
        last = await rows.by_key(desk.db, after)
        if last is None:
            raise NotFound(f"there is no response '{after}'; leave --after out to begin anew")
        cursor = last.row
    found: list[Response] = []
    for name in await session.chosen_actors(desk, actor):
        page = await desk_responses.page(desk, OPERATOR, name, state, cursor, limit=limit)
        found += page.responses
    return sorted(found, key=lambda one: one.row, reverse=True)[:limit]


def _facts(one: "Response") -> Facts:
    from fediverse_coord.protocol.sanitize import plain_text

    return {
        "key": one.key,
        "id": one.object_id,
        "url": one.url,
        "state": one.state,
        "visibility": one.visibility,
        "from": one.author_handle or one.author_host,  # a name proves nothing (security A11)
        "author": one.author_id,
        "name": one.author_name,
        "in_reply_to": one.in_reply_to,
        "language": one.language,
        "published": one.published_at,
        "received": one.received_at,
        "text": plain_text(one.html),
    }


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"


@click.command()
@click.argument("key", metavar="R")
def approve(key: str) -> None:
    """Show a response on the page and in `replies`."""
    from fediverse_coord.desk import responses as desk_responses
    from fediverse_coord.desk.people import OPERATOR

    async def work(desk: "Desk") -> "Response":
        return await desk_responses.approve(desk, OPERATOR, await key_of(desk, key))

    telling.say(f"{session.at_desk(work).state}: {key}")


@click.command()
@click.argument("key", metavar="R")
def reject(key: str) -> None:
    """Show it no longer, or never; its author is not told."""
    from fediverse_coord.desk import responses as desk_responses
    from fediverse_coord.desk.people import OPERATOR

    async def work(desk: "Desk") -> "Response":
        return await desk_responses.reject(desk, OPERATOR, await key_of(desk, key))

    telling.say(f"{session.at_desk(work).state}: {key}")


@click.command()
@click.argument("key", metavar="R")
def discard(key: str) -> None:
    """Delete a rejected response, or a message of the mailbox, for good."""
    from fediverse_coord.desk import responses as desk_responses
    from fediverse_coord.desk.people import OPERATOR

    async def work(desk: "Desk") -> None:
        await desk_responses.delete(desk, OPERATOR, await key_of(desk, key))

    session.at_desk(work)
    telling.say(f"deleted: {key}")


async def key_of(desk: "Desk", named: str) -> str:
    """The key of a response named by key or by its id. Raises NotFound, Conflict."""
    from fediverse_coord.errors import Conflict, NotFound
    from fediverse_coord.storage import responses as rows

    if not named.startswith(("http://", "https://")):
        return named.strip()
    found = await rows.by_object_id(desk.db, named)
    if not found:
        raise NotFound(f"there is no response {named}; `responses` shows those that are")
    if len(found) > 1:
        keys = ", ".join(one.key for one in found)
        raise Conflict(f"several coordinations received this; name one by its key: {keys}")
    return found[0].key


@click.command()
@click.argument("key", metavar="R")
@click.argument("source", metavar="FILE|-")
@click.option("--lang", "language", metavar="TAG", help="Such as en or pt-BR.")
@click.option(
    "--visibility",
    type=click.Choice(["public", "unlisted", "followers", "direct"]),
    help="Else never wider than the message itself.",
)
@click.option("--json", "as_json", is_flag=True, help="All that is known of it, instead of its id.")
def answer(
    key: str, source: str, language: str | None, visibility: str | None, as_json: bool
) -> None:
    """Publish an answer to a response. Its id alone is the result."""
    if not texts.is_text(source) or texts.is_folder(source):
        raise click.UsageError(f"{source} is no file, and not '-'")
    from fediverse_coord.cli.works import facts_of, tell_saved
    from fediverse_coord.desk import responses as desk_responses
    from fediverse_coord.desk.people import OPERATOR

    (fields,) = texts.read(source, {"language": language, "visibility": visibility})

    async def work(desk: "Desk") -> "tuple[Saved, Facts]":
        saved = await desk_responses.answer(desk, OPERATOR, await key_of(desk, key), fields)
        return saved, facts_of(desk.uris, saved.work)

    saved, facts = session.at_desk(work)
    tell_saved(saved, facts, as_json=as_json)
