"""What is believed of a fetched document, and where redirects may lead."""

import asyncio
import json

import pytest
from far_server import ACTIVITY, MakeClient, MakePeer, Peer, answer, document

from fediverse_coord.errors import Forbidden, Gone, Missing, Unreachable
from fediverse_coord.network.client import Client
from fediverse_coord.network.dereference import dereference, fetch_json, is_activity_json
from fediverse_coord.network.guard import Guard
from fediverse_coord.network.transport import Limits
from fediverse_coord.protocol.vocabulary import AS2, LD_JSON


def unsigned(url: str) -> dict[str, str]:
    return {}


def actor(iri: str, **more: object) -> bytes:
    return json.dumps({"@context": AS2, "id": iri, "type": "Person", **more}).encode()


def redirect(to: str) -> bytes:
    return answer(302, b"", f"Location: {to}")


async def test_document_is_had_under_its_id(peer: Peer, client: Client) -> None:
    iri = peer.url("/users/rosa")
    peer.answers["/users/rosa"] = document(actor(iri))

    assert (await dereference(iri, client, unsigned))["id"] == iri
    assert peer.asked == ["/users/rosa"]
    assert f"Accept: {ACTIVITY}, {LD_JSON}" in peer.heads[0]


async def test_fragment_is_looked_up_in_its_document(peer: Peer, client: Client) -> None:
    iri = peer.url("/users/rosa")
    peer.answers["/users/rosa"] = document(actor(iri))

    assert (await dereference(f"{iri}#main-key", client, unsigned))["id"] == iri
    assert peer.asked == ["/users/rosa"]


# the id


async def test_document_with_a_foreign_id_is_refused(
    peer: Peer, make_peer: MakePeer, client: Client
) -> None:
    victim = await make_peer()
    victim.answers["/users/rosa"] = document(actor(victim.url("/users/rosa")))
    peer.answers["/users/rosa"] = document(actor(victim.url("/users/rosa")))

    with pytest.raises(Forbidden, match="another origin"):
        await dereference(peer.url("/users/rosa"), client, unsigned)
    assert victim.heads == []


async def test_another_own_id_is_asked_exactly_once_more(peer: Peer, client: Client) -> None:
    iri = peer.url("/users/1")
    peer.answers["/@rosa"] = document(actor(iri, name="as claimed"))
    peer.answers["/users/1"] = document(actor(iri, name="as it is"))

    assert (await dereference(peer.url("/@rosa"), client, unsigned))["name"] == "as it is"
    assert peer.asked == ["/@rosa", "/users/1"]


async def test_id_that_names_yet_another_id_is_refused(peer: Peer, client: Client) -> None:
    for here, there in (("/1", "/2"), ("/2", "/3"), ("/3", "/3")):
        peer.answers[here] = document(actor(peer.url(there)))

    with pytest.raises(Forbidden, match="its own id"):
        await dereference(peer.url("/1"), client, unsigned)
    assert peer.asked == ["/1", "/2"]


async def test_id_that_is_redirected_away_is_refused(peer: Peer, client: Client) -> None:
    peer.answers["/1"] = document(actor(peer.url("/2")))
    peer.answers["/2"] = redirect("/1")

    with pytest.raises(Forbidden, match="its own id"):
        await dereference(peer.url("/1"), client, unsigned)


@pytest.mark.parametrize(
    "said", [None, 7, "", ["x"], {"id": "x"}, "/users/rosa", "acct:a@b.example"]
)
async def test_document_without_a_usable_id_is_refused(
    peer: Peer, client: Client, said: object
) -> None:
    peer.answers["/a"] = document(json.dumps({"id": said, "type": "Note"}).encode())

    with pytest.raises(Forbidden):
        await dereference(peer.url("/a"), client, unsigned)
    assert peer.asked == ["/a"]


@pytest.mark.parametrize("name", ["attributedTo", "actor"])
@pytest.mark.parametrize("wrapped", [str, lambda iri: [iri], lambda iri: {"id": iri}])
async def test_document_attributed_to_another_origin_is_refused(
    peer: Peer, client: Client, name: str, wrapped
) -> None:
    iri = peer.url("/notes/1")
    peer.answers["/notes/1"] = document(
        actor(iri, **{name: wrapped("https://victim.example/users/rosa")})
    )

    with pytest.raises(Forbidden, match="attributed"):
        await dereference(iri, client, unsigned)


# content types

GOOD_TYPES = [
    "application/activity+json",
    "application/activity+json; charset=utf-8",
    'Application/Activity+JSON ;charset="UTF-8"',
    LD_JSON,
    f'application/ld+json;profile="{AS2}"',
    f'application/ld+json; profile="{AS2}"; charset=utf-8',
    f'application/ld+json; charset=utf-8; profile="https://w3id.org/x {AS2}"',
]
BAD_TYPES = [
    "",
    "application/json",
    "application/ld+json",
    'application/ld+json; profile="https://www.w3.org/ns/other"',
    f'application/ld+json; profile="{AS2}#"',
    f'application/ld+json; profile="{AS2}.evil.example"',
    f'application/ld+json; x="profile={AS2}"',
    f"application/ld+json; profile={AS2}",
    f'application/ld+json; profile="x"; profile="{AS2}"',
    "application/activity+json; charset=utf-16",
    "application/activity+jsonx",
    "text/plain",
    "text/plain; application/activity+json",
    "text/html, application/activity+json",
    "application/activity+json, text/html",
    "image/png",
    "application/octet-stream",
    "application/jrd+json",
    "x" * 600,
]


@pytest.mark.parametrize("content_type", GOOD_TYPES)
async def test_activitypub_type_is_taken(peer: Peer, client: Client, content_type: str) -> None:
    iri = peer.url("/users/rosa")
    peer.answers["/users/rosa"] = document(actor(iri), content_type)

    assert (await dereference(iri, client, unsigned))["id"] == iri


@pytest.mark.parametrize("content_type", BAD_TYPES)
async def test_perfect_actor_in_another_type_is_refused(
    peer: Peer, client: Client, content_type: str
) -> None:
    iri = peer.url("/media/upload.json")
    peer.answers["/media/upload.json"] = document(actor(iri), content_type)

    with pytest.raises(Forbidden, match="not ActivityPub"):
        await dereference(iri, client, unsigned)
    assert not is_activity_json(content_type)


async def test_two_types_at_once_are_refused(peer: Peer, client: Client) -> None:
    iri = peer.url("/a")
    lines = ("Content-Type: text/plain", f"Content-Type: {ACTIVITY}")
    peer.answers["/a"] = answer(200, actor(iri), *lines)

    with pytest.raises(Forbidden):
        await dereference(iri, client, unsigned)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"', b"\xff", b"[" * 100_000, b"NaN"])
async def test_malformed_document_is_refused(peer: Peer, client: Client, body: bytes) -> None:
    peer.answers["/a"] = document(body)

    with pytest.raises(Forbidden, match="malformed"):
        await dereference(peer.url("/a"), client, unsigned)


# status


@pytest.mark.parametrize(
    "status, error",
    [(404, Missing), (410, Gone), (401, Unreachable), (403, Unreachable), (406, Unreachable),
     (429, Unreachable), (500, Unreachable), (503, Unreachable), (204, Unreachable),
     (304, Unreachable), (206, Unreachable)],
)  # fmt: skip
async def test_status_tells_what_is_wrong(
    peer: Peer, client: Client, status: int, error: type[Exception]
) -> None:
    peer.answers["/a"] = answer(status, b"", f"Content-Type: {ACTIVITY}")

    with pytest.raises(error):
        await dereference(peer.url("/a"), client, unsigned)


# redirects


@pytest.mark.parametrize("hops", [1, 2, 3, 4])
async def test_three_redirects_within_the_origin_are_followed(
    peer: Peer, client: Client, hops: int
) -> None:
    for hop in range(hops):
        peer.answers[f"/{hop}"] = redirect(f"/{hop + 1}")
    end = f"/{hops}"
    peer.answers[end] = document(actor(peer.url(end)))
    signed: list[str] = []

    def sign(url: str) -> dict[str, str]:
        signed.append(url)
        return {"Signature": f"for {url}"}

    if hops <= 3:
        assert (await dereference(peer.url("/0"), client, sign))["id"] == peer.url(end)
    else:
        with pytest.raises(Forbidden, match="too many"):
            await dereference(peer.url("/0"), client, sign)
    assert signed == [peer.url(path) for path in peer.asked]  # each hop signed for itself
    assert len(peer.asked) == min(hops, 3) + 1


async def test_redirect_to_another_host_is_refused_before_it_is_asked(
    peer: Peer, make_peer: MakePeer, client: Client
) -> None:
    other = await make_peer()
    other.answers["/users/rosa"] = document(actor(peer.url("/users/rosa")))
    peer.answers["/users/rosa"] = redirect(other.url("/users/rosa"))

    with pytest.raises(Forbidden, match="another origin"):
        await dereference(peer.url("/users/rosa"), client, unsigned)
    assert other.heads == []


async def test_redirect_loop_ends(peer: Peer, client: Client) -> None:
    peer.answers["/a"], peer.answers["/b"] = redirect("/b"), redirect("/a")

    with pytest.raises(Forbidden, match="too many"):
        await dereference(peer.url("/a"), client, unsigned)
    assert len(peer.asked) == 4


@pytest.mark.parametrize(
    "location",
    ["", "file:///etc/passwd", "http://a b/", "//x@127.0.0.1/", "https://127.1/", "\\\\x"],
)
async def test_redirect_to_no_usable_url_is_refused(
    peer: Peer, client: Client, location: str
) -> None:
    peer.answers["/a"] = redirect(location)

    with pytest.raises(Forbidden):
        await dereference(peer.url("/a"), client, unsigned)
    with pytest.raises(Forbidden):
        await fetch_json(peer.url("/a"), client)


async def test_redirected_webfinger_may_leave_the_host_but_not_the_guard(
    peer: Peer, make_peer: MakePeer, make_client: MakeClient
) -> None:
    other = await make_peer(ip="127.0.0.2")
    other.answers["/wf"] = document(
        b'{"subject": "acct:rosa@union.example"}', "application/jrd+json"
    )
    peer.answers["/wf"] = redirect(other.url("/wf"))
    narrow = Guard(allow_http=True, networks=("127.0.0.1/32",), ports=frozenset())

    found = await fetch_json(peer.url("/wf"), make_client())
    assert found == {"subject": "acct:rosa@union.example"}
    assert "Accept: application/jrd+json, application/json" in other.heads[0]

    with pytest.raises(Forbidden, match="not public"):
        await fetch_json(peer.url("/wf"), make_client(narrow))
    assert len(other.heads) == 1


@pytest.mark.parametrize("content_type", ["text/html", "", "text/plain"])
async def test_webfinger_in_another_type_is_refused(
    peer: Peer, client: Client, content_type: str
) -> None:
    peer.answers["/wf"] = document(b"{}", content_type)

    with pytest.raises(Forbidden):
        await fetch_json(peer.url("/wf"), client)


async def test_hops_share_one_deadline(peer: Peer, make_client: MakeClient) -> None:
    async def dawdle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        writer.write(redirect(f"/{len(peer.heads)}"))

    peer.speak = dawdle
    client = make_client(limits=Limits(total_seconds=0.5))

    with pytest.raises(Unreachable, match="in time"):
        await dereference(peer.url("/0"), client, unsigned)
    assert len(peer.heads) < 4
