"""Requests that are meant to use us up.  security D1–D8, inbound.md 2.

All but one knock are signed by somebody with a good key: who sends it makes no difference to
what it may cost. Afterwards the server answers as before.
"""

import asyncio
import json
from typing import Any

import pytest
from besieged import Besieged, flooded, reply
from peers import PUBLIC, Peer, Person

from fediverse_coord.protocol.signatures import InboundRequest

MEGABYTE = 1_000_000


@pytest.fixture
async def ann(hasty: Besieged, far: Peer) -> Person:
    ann = far.person("ann")
    assert await hasty.told(ann, ann.activity("Like", "https://nothing.example/")) == 202
    return ann


def nested(depth: int) -> bytes:
    return b'{"type":"Follow","object":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}"


BODIES: dict[str, bytes] = {
    "lists in lists": b"[" * 100_000,
    "lists in an object": b'{"type":' + b"[" * 400_000,
    "objects in objects": nested(5_000),
    "a hundred thousand keys": json.dumps({str(n): n for n in range(100_000)}).encode()[:999_999],
    "too many values": json.dumps({"type": ["x"] * 50_000}).encode(),
    "an endless number": b'{"type":"Follow","n":' + b"9" * 900_000 + b"}",
    "a number out of range": b'{"type":"Follow","n":1e999}',
    "no number": b'{"type":"Follow","n":NaN}',
    "half a character": b'{"type":"Follow","actor":"\\ud800"}',
    "a NUL": b'{"type":"Follow","actor":"\\u0000"}',
    "a key twice": b'{"type":"Follow","type":"Delete"}',
    "no UTF-8": b'{"type":"\xff\xfe"}',
    "another encoding": '{"type":"Follow"}'.encode("utf-16"),
    "nothing": b"",
    "only spaces": b" " * 900_000,
    "a text": b'"Follow"',
    "null": b"null",
    "no actor": b'{"type":"Follow"}',
    "an actor that is none": b'{"type":"Follow","actor":{"actor":7}}',
    "no type": b'{"actor":"http://127.0.0.1/users/ann"}',
}


@pytest.mark.parametrize("name", BODIES)
async def test_what_cannot_be_read_is_malformed(hasty: Besieged, ann: Person, name: str) -> None:
    before = hasty.everything()
    assert await hasty.told(ann, BODIES[name]) == 400
    assert hasty.everything() == before
    assert (await hasty.get("/livez")).status_code == 200


async def test_each_refusal_has_the_status_that_senders_understand(
    hasty: Besieged, ann: Person
) -> None:
    """inbound.md 2: a wrong one makes other servers retry for days, or forget us."""
    follow = ann.activity("Follow", hasty.actor())
    before = hasty.everything()
    for target in ("/actors/nobody/inbox", "/actors/pits/inbox/", "/actors/instance/inboxes"):
        assert await hasty.post(ann.signed(hasty.origin + target, follow)) == 404, target
    request = ann.signed(hasty.inbox, follow)
    for content_type in ("text/html", "application/json", "", "multipart/form-data"):
        assert await hasty.post(request, **{"content-type": content_type}) == 400, content_type
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        answer = await hasty.http.request(method, hasty.inbox)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST"), method
    stranger = Person(ann.peer, "stranger", number=13)
    assert await hasty.told(stranger, stranger.activity("Delete", stranger.actor_id)) == 202
    assert await hasty.told(ann, ann.activity("Listen", "https://nothing.example/")) == 202
    assert hasty.everything() == before


@pytest.mark.parametrize(
    "field, chunks",
    [
        ("Content-Length: 1000001", 0),
        ("Content-Length: 9" + "9" * 30, 0),
        ("Transfer-Encoding: chunked", 16),
    ],
    ids=["declared", "beyond every number", "in chunks"],
)
async def test_too_large_a_body_is_refused_before_it_is_read(
    hasty: Besieged, field: str, chunks: int
) -> None:
    """A few chunks beyond the limit are enough to be told; what is declared is not awaited."""
    reader, writer = await asyncio.open_connection("127.0.0.1", hasty.server.port)
    head = "POST /inbox HTTP/1.1\r\nHost: x\r\nContent-Type: application/activity+json\r\n"
    writer.write(f"{head}{field}\r\n\r\n".encode())
    writer.write((b"10000\r\n" + b" " * 0x10000 + b"\r\n") * chunks)
    status = await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    assert status.split()[1] in {b"400", b"413"}


async def test_who_sends_too_much_is_still_told_why(hasty: Besieged) -> None:
    """Proxies send all before they read; whoever closes earlier makes them say 502 for us."""
    size = 8 * MEGABYTE
    reader, writer = await asyncio.open_connection("127.0.0.1", hasty.server.port)
    writer.write(b"POST /inbox HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size)
    writer.write(b" " * size)
    await asyncio.wait_for(writer.drain(), 10)
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    assert head.split()[1] == b"413"
    writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    rest = await asyncio.wait_for(reader.read(), 10)
    assert b"1,000,000 bytes" in rest
    assert rest.endswith(b"ok\n")
    writer.close()


async def test_what_is_kept_of_a_post_is_bounded(hasty: Besieged, far: Peer, ann: Person) -> None:
    """D2: each property that we keep or walk through, far beyond its measure."""
    word = await hasty.publish("dockers")
    long = "x" * 100_000
    ours = {"type": "Mention", "href": hasty.actor("pits"), "name": long[:100]}
    extremes: dict[str, Any] = {
        "content": f"<p>{'long words ' * 60_000}</p>",
        "summary": long,
        "name": long,
        "tag": [ours] * 1500,
        "to": [PUBLIC, *[f"https://x.example/{n}" for n in range(3000)]],
        "url": [f"{far.origin}/{long}"],
        "attachment": [{"type": "Image", "name": long[:100]}] * 400,
        "contentMap": {f"x-{n}": "y" for n in range(1000)},
        "published": long,
        "updated": "9999-99-99T99:99:99Z",
        "inReplyTo": [word["id"]] * 900,
    }
    for name, value in extremes.items():
        note = reply(ann, word["id"], f"wide-{name}") | {name: value}
        assert await hasty.told(ann, ann.create(note)) in {202, 400}, name
    rows = hasty.rows("SELECT * FROM responses WHERE object_id LIKE ?", f"{ann.actor_id}%")
    assert len(rows) >= 8
    assert max(len(str(value)) for row in rows for value in row.values()) <= 150_000
    assert len((await hasty.page(word["url"])).encode()) < 3 * MEGABYTE


async def test_what_is_kept_of_an_actor_is_bounded(hasty: Besieged, far: Peer) -> None:
    long = "x" * 50_000
    wide = far.person(
        "wide",
        name=long,
        preferredUsername=long,
        alsoKnownAs=[f"https://x.example/{number}" for number in range(3000)],
        url=f"{far.origin}/{long}",
        summary=long,
        attachment=[{"type": "PropertyValue", "name": long[:100], "value": long[:100]}] * 900,
    )
    assert await hasty.told(wide, wide.activity("Follow", hasty.actor())) == 202
    row = hasty.rows("SELECT * FROM remote_actors WHERE actor_id = ?", wide.actor_id)[0]
    assert len(row["name"]) <= 128
    assert len(row["username"]) <= 128
    assert len(row["also_known_as"]) <= 256 * 40
    assert row["url"] is None


@pytest.mark.parametrize(
    "html",
    [
        "<b>" * 200_000,
        "<a " * 100_000,
        "<" * 500_000,
        "<!--" * 100_000,
        "&" * 300_000,
        "<p>" + "<blockquote>" * 40_000 + "deep",
        '<a href="' * 50_000,
        "</p>" * 200_000,
        "<svg><math>" * 30_000,
        "\u202e" * 100_000,
    ],
    ids=lambda html: html[:8],
)
async def test_a_heap_of_markup_stops_nothing(hasty: Besieged, ann: Person, html: str) -> None:
    """D4: the next one is answered and shown."""
    word = await hasty.publish("dockers")
    heap = reply(ann, word["id"], "heap", content=html)
    assert await hasty.told(ann, ann.create(heap)) == 202
    after = reply(ann, word["id"], "after", content="<p>Still here.</p>")
    assert await hasty.told(ann, ann.create(after)) == 202
    assert "Still here." in await hasty.page(word["url"])
    assert hasty.rows("SELECT * FROM inbox WHERE fault IS NOT NULL") == []


async def test_lists_of_signatures_and_headers_are_short(hasty: Besieged, ann: Person) -> None:
    """D7: more than any honest sender has."""
    request = ann.signed(hasty.inbox, ann.activity("Follow", hasty.actor()))
    many = " ".join(["date"] * 5_000)
    covered = request.headers["signature"].replace('headers="', f'headers="{many} ')
    labels = ", ".join(f'l{n}=("@method")' for n in range(500))
    for changed in (
        {"signature": covered[:30_000]},
        {"signature": ",".join([request.headers["signature"]] * 20)},
        {"signature-input": labels, "signature": labels},
        {"digest": ",".join(["SHA-256=AAAA"] * 1000)},
    ):
        assert await hasty.post(request, **changed) in {400, 401, 431}
    keys = [{**ann.public_key, "id": f"{ann.actor_id}#k{n}"} for n in range(200)]
    crowded = ann.peer.person("crowded", publicKey=[*keys, ann.public_key])
    assert await hasty.told(crowded, crowded.activity("Follow", hasty.actor())) == 401


def junk(hasty: Besieged, evil: Peer, number: int) -> InboundRequest:
    """Neither signed nor, every fourth time, JSON; each by another actor."""
    actor = f"{evil.origin}/users/{number}"
    body = {"type": "Create", "actor": actor, "object": {"content": "x" * 10_000}}
    headers = {
        "host": f"127.0.0.1:{hasty.server.port}",
        "content-type": "application/activity+json",
        "signature": f'keyId="{actor}#k",headers="date",signature="{number}"',
    }
    text = json.dumps(body).encode() if number % 4 else b"x" * 10_000
    return InboundRequest("POST", "/inbox", headers, text)


async def test_a_flood_of_junk_leaves_memory_and_database_as_they_were(
    hasty: Besieged, evil: Peer
) -> None:
    port = hasty.server.port
    await flooded(port, [junk(hasty, evil, number) for number in range(100)])
    before, rows = hasty.memory(), hasty.everything()
    statuses = await flooded(port, [junk(hasty, evil, number) for number in range(2000)])
    assert statuses <= {400, 401, 429, 503}
    assert hasty.memory() - before < 25 * MEGABYTE
    assert hasty.everything() == rows
    assert (await hasty.get("/actors/pits")).status_code == 200


async def test_a_flood_of_valid_activities_is_told_to_wait(hasty: Besieged, far: Peer) -> None:
    """D8: one actor who goes on and on; a neighbour is not made to pay."""
    loud, calm = far.person("loud"), far.person("calm")
    word = await hasty.publish("dockers")
    likes = [loud.activity("Like", word["id"], id=f"{loud.actor_id}/{n}") for n in range(750)]
    requests = [loud.signed(hasty.inbox, one) for one in likes]
    assert await flooded(hasty.server.port, requests) == {202, 429}
    assert await hasty.told(calm, calm.activity("Like", word["id"])) == 202
    assert (await hasty.document(word["id"]))["likes"]["totalItems"] == 2
