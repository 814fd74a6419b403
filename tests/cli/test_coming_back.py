"""Responses, followers, deliveries: what came back, looked at and decided upon."""

from datetime import UTC, datetime

import pytest
from running_command import Place

from fediverse_coord.app import Services, opened
from fediverse_coord.config import load
from fediverse_coord.desk.desk import coordination
from fediverse_coord.outgoing.fan_out import fan_out
from fediverse_coord.protocol.addressing import Visibility
from fediverse_coord.storage import claims, followers, inboxes, remote_actors, responses
from fediverse_coord.storage.claims import Settlement
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.remote_actors import ActorProfile, RemoteActor

NOW = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)
ANN = ActorProfile(
    actor_id="https://far.example/users/ann",
    host="far.example",
    type="Person",
    username="ann",
    name="Ann\x1b[31m",
    handle="@ann@far.example",
    inbox_url="https://far.example/users/ann/inbox",
    shared_inbox_url="https://far.example/inbox",
)


async def ann(services: Services) -> RemoteActor:
    return await services.db.write(lambda tx: remote_actors.remember(tx, ANN, NOW))


async def came_in(
    place: Place, key: str, visibility: Visibility = "public", html: str = "<p>With you!</p>"
) -> None:
    async with opened(load(place.folder / "config.toml")) as services:
        author = await ann(services)
        actor = await coordination(services.desk, "dockers")
        new = responses.NewResponse(
            key=key,
            actor=actor.row,
            remote_actor=author.row,
            object=None,
            object_id=f"https://far.example/notes/{key}",
            in_reply_to=None,
            visibility=visibility,
            state="held" if visibility in {"public", "unlisted"} else "mailbox",
            language="en",
            html=html,
            url=None,
            published_at=NOW,
        )
        await services.db.write(lambda tx: responses.insert(tx, new, NOW))


async def test_responses_are_listed_newest_first_and_paged(place: Place) -> None:
    for key in ("one", "two", "three"):
        await came_in(place, key)

    listed = place.run("responses", "--held", "--limit", "2", "--json")
    assert [one["key"] for one in listed.json] == ["three", "two"]
    assert "--after two" in listed.err
    rest = place.run("responses", "--after", "two", "--json")
    assert [one["key"] for one in rest.json] == ["one"]
    assert rest.json[0]["from"] == "@ann@far.example"


async def test_approve_and_reject_by_key_or_id(place: Place) -> None:
    await came_in(place, "one")

    assert place.run("approve", "one").code == 0
    assert place.run("responses", "--held", "--json").json == []
    assert place.run("reject", "https://far.example/notes/one").code == 0
    (one,) = place.run("responses", "--json").json
    assert one["state"] == "rejected"
    assert "no response" in place.run("approve", "nothing").refusal


async def test_a_direct_message_can_be_answered_but_not_approved(place: Place) -> None:
    await came_in(place, "secret", "direct")

    assert "not meant for everybody" in place.run("approve", "secret").refusal
    named = place.run("answer", "secret", "-", stdin="Thank you.").line
    shown = place.shown(named)
    assert (shown["visibility"], shown["form"]) == ("direct", "note")
    assert shown["in_reply_to"] == "https://far.example/notes/secret"
    assert "@ann@far.example" in shown["versions"][0]["content"]


async def test_strangers_cannot_write_to_the_terminal(place: Place) -> None:
    await came_in(place, "loud", html="<p>\x1b[2J\x07 hello \u202e</p>")

    said = place.run("responses").out
    assert "hello" in said
    assert {"\x1b", "\x07", "\u202e"}.isdisjoint(said)


async def follows_us(place: Place) -> None:
    async with opened(load(place.folder / "config.toml")) as services:
        author = await ann(services)
        actor = await coordination(services.desk, "dockers")

        async def work(tx: Transaction) -> None:
            row = await inboxes.row_for(tx, author.delivery_url)
            await followers.save(
                tx,
                actor=actor.row,
                remote_actor=author.row,
                inbox=row,
                follow_id=None,
                state="follower",
                now=NOW,
            )

        await services.db.write(work)


async def refused_everywhere(place: Place) -> None:
    """The roads run once, and the far server wants nothing."""
    async with opened(load(place.folder / "config.toml")) as services:
        while await fan_out(services.db, services.clock):
            pass
        now = services.clock()

        async def work(tx: Transaction) -> None:
            claimed = await claims.claim(tx, "token", 10, now)
            settled = [Settlement(one.row, one.token, "refused", 403, None) for one in claimed]
            await claims.settle(tx, settled, now)

        await services.db.write(work)


async def test_followers_are_counted_and_never_named(place: Place) -> None:
    await follows_us(place)

    assert place.run("followers", "--json").json == [
        {"actor": "dockers", "followers": 1, "requested": 0, "following": 0}
    ]
    servers = place.run("followers", "--by-server")
    assert "far.example" in servers.out
    assert "ann" not in servers.out.replace("dockers", "")


async def test_deliveries_show_a_receipt_for_each_server_and_can_be_tried_again(
    place: Place,
) -> None:
    await follows_us(place)
    named = place.publish("We stand.")
    await refused_everywhere(place)

    (one,) = place.run("deliveries", named, "--failed", "--json").json
    assert (one["server"], one["state"], one["status"]) == ("https://far.example", "refused", 403)
    assert place.run("resend", named).line == "1"
    assert place.run("deliveries", named, "--failed", "--json").json == []
    (one,) = place.run("deliveries", named, "--json").json
    assert one["state"] == "waiting"


def test_lists_are_empty_arrays_where_there_is_nothing(place: Place) -> None:
    for words in (["list"], ["responses"], ["token", "list"], ["block", "--list"]):
        assert place.run(*words, "--json").json == []


def test_list_is_paged_and_can_be_narrowed(place: Place) -> None:
    named = [place.publish(text) for text in ("One bread.", "Two bread.", "Three roses.")]

    first = place.run("list", "--limit", "2", "--json")
    assert [one["id"] for one in first.json] == [named[2], named[1]]
    after = first.json[-1]["key"]
    assert [one["id"] for one in place.run("list", "--after", after, "--json").json] == named[:1]
    assert len(place.run("list", "--search", "BREAD", "--json").json) == 2
    assert place.run("list", "--state", "draft", "--json").json == []
    wanted = {"id", "key", "url", "state", "kind", "languages", "published"}
    assert wanted <= set(first.json[0])


def test_a_token_is_shown_once_listed_without_its_secret_and_revoked(place: Place) -> None:
    made = place.run(
        "token", "create", "--coordinator", "Rosa", "--role", "publisher", "--actor", "dockers"
    ).line
    handle, secret = made.split("_", 2)[1:]

    [_, row] = place.run("token", "list").out.splitlines()
    assert row.split()[-1] == "no"  # not revoked
    listed = place.run("token", "list", "--json")
    assert secret not in listed.out
    (one,) = listed.json
    assert (one["token"], one["role"], one["actors"]) == (handle, "publisher", ["dockers"])
    assert place.run("token", "revoke", handle).code == 0
    assert place.run("token", "list", "--json").json[0]["revoked"] is True
    assert "no such token" in place.run("token", "revoke", handle).refusal


@pytest.mark.parametrize("named", ["spam.example", "https://far.example/users/spam"])
def test_blocks_come_and_go(place: Place, named: str) -> None:
    assert place.run("block", named, "--reason", "spam").code == 0
    (one,) = place.run("block", "--list", "--json").json
    assert (one["value"], one["reason"]) == (named, "spam")
    assert place.run("unblock", named).code == 0
    assert "is not blocked" in place.run("unblock", named).refusal


def test_retiring_a_coordination_asks_for_its_name_and_is_final(place: Place) -> None:
    assert "not the name" in place.run("actor", "retire", "dockers", stdin="porters\n").err
    assert place.run("actor", "list", "--json").json[0]["state"] == "living"

    assert place.run("actor", "retire", "dockers", stdin="dockers\n").code == 0
    assert place.run("actor", "list", "--json").json[0]["state"] == "ended"
    assert "has ended" in place.run("publish", "--actor", "dockers", "-", stdin="x").err
