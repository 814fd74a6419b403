"""Documents that claim to be another's.  security A1–A6, inbound.md 3.

Each test is an attack on a running server: afterwards nothing may have changed, or only what
the honest origin itself says.
"""

from typing import Any

import pytest
from besieged import PUBLICLY, Besieged, reply
from peers import JRD_JSON, PUBLIC, Peer, Person

from fediverse_coord.protocol.keys import SigningKey

ACTIVITY_JSON = "application/activity+json"


@pytest.fixture
async def word(here: Besieged) -> dict[str, Any]:
    """Something of ours to be answered."""
    return await here.publish("dockers")


def to_dockers(here: Besieged) -> dict[str, Any]:
    return {"to": [PUBLIC, here.actor("dockers")], "cc": []}


# --- A1: a fetched document's own id ------------------------------------------------------


async def test_a_post_served_under_anothers_id_is_not_taken(
    here: Besieged, far: Peer, evil: Peer, word: dict[str, Any]
) -> None:
    ann, mallory = far.person("ann"), evil.person("mallory")
    forged = reply(ann, word["id"], "1", content="<p>I resign.</p>")
    lure = f"{mallory.actor_id}/statuses/lure"
    evil.serve(lure, forged)
    before = here.everything()

    create = mallory.activity("Create", lure, id=f"{lure}/activity", **to_dockers(here))
    assert await here.told(mallory, create) == 202

    assert here.everything() == before
    assert [one.target for one in evil.asked].count("/users/mallory/statuses/lure") == 1


async def test_a_post_with_another_id_of_its_own_origin_is_asked_for_exactly_once_more(
    here: Besieged, evil: Peer, word: dict[str, Any]
) -> None:
    mallory = evil.person("mallory")
    note = reply(mallory, word["id"], "real")
    alias = f"{mallory.actor_id}/statuses/alias"
    evil.serve(alias, note)

    create = mallory.activity("Create", alias, id=f"{alias}/activity", **to_dockers(here))
    assert await here.told(mallory, create) == 202

    targets = [one.target for one in evil.asked]
    assert [targets.count(f"/users/mallory/statuses/{key}") for key in ("alias", "real")] == [1, 1]
    assert here.column(
        "SELECT object_id FROM responses WHERE object_id LIKE ?", f"{evil.origin}%"
    ) == [note["id"]]


async def test_an_actor_document_with_anothers_id_speaks_for_nobody(
    here: Besieged, far: Peer, evil: Peer
) -> None:
    ann, mallory = far.person("ann"), evil.person("mallory")
    taken = {**ann.document, "publicKey": mallory.public_key}
    evil.serve(mallory.actor_id, taken)
    before = here.everything()

    follow = ann.activity("Follow", here.actor())
    assert await here.told(mallory, follow) == 401

    assert here.everything() == before
    assert here.rows("SELECT * FROM remote_actors WHERE actor_id = ?", ann.actor_id) == []


# --- A2: embedded copies ------------------------------------------------------------------


async def test_anothers_post_inside_a_create_is_read_at_its_origin(
    here: Besieged, far: Peer, evil: Peer, word: dict[str, Any]
) -> None:
    ann, mallory = far.person("ann"), evil.person("mallory")
    said = reply(ann, word["id"], "2", content="<p>We stay out.</p>")
    copy = {**said, "content": "<p>We go back to work.</p>"}

    create = mallory.activity("Create", copy, **PUBLICLY)
    assert await here.told(mallory, create) == 202

    stored = here.column("SELECT html FROM responses WHERE object_id = ?", said["id"])
    assert "We go back" not in "".join(stored)
    assert "We go back" not in await here.page(word["url"])


async def test_nobody_puts_their_words_under_anothers_post(
    here: Besieged, far: Peer, evil: Peer, word: dict[str, Any]
) -> None:
    """A neighbour passes Ann's post off; Mallory claims an id on Ann's server for his own."""
    ann, neighbour, mallory = far.person("ann"), far.person("mal"), evil.person("mallory")
    said = reply(ann, word["id"], "5", content="<p>We stay out.</p>")
    before = here.everything()
    claimed = {**said, "attributedTo": mallory.actor_id, "content": "<p>We go back.</p>"}
    for who, note in (
        (neighbour, {**said, "content": "<p>We go back.</p>"}),
        (mallory, claimed),
        (mallory, {**claimed, "id": f"{far.origin}/users/ann/statuses/never"}),
    ):
        create = who.create(note, id=f"{who.actor_id}/{note['id'][-1]}", **PUBLICLY)
        assert await here.told(who, create) == 202
        assert here.everything() == before


async def test_anothers_post_inside_an_announce_is_read_at_its_origin(
    here: Besieged, far: Peer, evil: Peer, word: dict[str, Any]
) -> None:
    ann, group = far.person("ann"), evil.person("group")
    said = reply(ann, word["id"], "3", content="<p>We stay out.</p>")
    copy = {**said, "content": "<p>We go back to work.</p>"}

    wrapped = {**ann.create(copy), "object": copy}
    assert await here.told(group, group.activity("Announce", wrapped, **PUBLICLY)) == 202

    stored = here.column("SELECT html FROM responses WHERE object_id = ?", said["id"])
    assert stored == ["<p>We stay out.</p>"]


# --- A3: documents that are files ---------------------------------------------------------


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/json",
        "application/ld+json",
        'application/ld+json; profile="https://evil.example/ns"',
        "text/html; x=application/activity+json",
        "image/png",
        "application/activity+json, text/html",
        "",
    ],
)
async def test_a_perfect_actor_in_an_uploaded_file_is_nobody(
    here: Besieged, far: Peer, content_type: str
) -> None:
    """Somebody may put files on the victim's host, but not choose their ActivityPub type."""
    ann = far.person("ann")
    upload = f"{far.origin}/media/upload.json"
    thief = Person(far, "thief", number=12)
    actor = {**thief.document, "id": upload}
    actor["publicKey"] = {**thief.public_key, "id": f"{upload}#main-key", "owner": upload}
    far.serve(upload, actor, content_type=content_type)
    before = here.everything()

    key = SigningKey(f"{upload}#main-key", thief.key.private_key)
    follow = ann.activity("Follow", here.actor(), actor=upload, id=f"{upload}#follow")
    assert await here.told(thief, follow, key=key) == 401

    assert here.everything() == before
    assert here.rows("SELECT * FROM remote_actors WHERE actor_id = ?", upload) == []


async def test_nothing_of_ours_is_sniffed_or_run(here: Besieged, word: dict[str, Any]) -> None:
    for path in ("/actors/pits", word["id"], "/nodeinfo/2.1", "/media/none.png", "/@pits"):
        answer = await here.get(path, accept=ACTIVITY_JSON)
        assert answer.headers["x-content-type-options"] == "nosniff"
        if answer.headers.get("content-type", "").startswith(ACTIVITY_JSON):
            assert "sandbox" in answer.headers["content-security-policy"]


# --- A4, A5: redirects and links ----------------------------------------------------------


async def test_a_redirect_to_another_host_speaks_for_nobody(
    here: Besieged, far: Peer, evil: Peer, word: dict[str, Any]
) -> None:
    """An open redirect on the victim's host leads to the attacker's document."""
    far.person("ann")
    mallory = evil.person("mallory")
    stolen = f"{far.origin}/redirect"
    forged = {**mallory.note("4"), "id": stolen, "attributedTo": f"{far.origin}/users/ann"}
    evil.serve(f"{evil.origin}/forged", forged | {"inReplyTo": word["id"]})
    far.serve(stolen, b"", status=302, headers=(("Location", f"{evil.origin}/forged"),))
    before = here.everything()

    announce = mallory.activity("Announce", {"type": "Create", "object": stolen}, **PUBLICLY)
    announce["object"]["to"] = [here.actor("dockers")]
    assert await here.told(mallory, announce) == 202

    assert here.everything() == before
    assert "/forged" not in [one.target for one in evil.asked]


@pytest.mark.parametrize("place", ["/loop", "http://127.0.0.1:1/", "ftp://127.0.0.2/", "//", ""])
async def test_a_key_that_redirects_without_end_or_away_is_asked_for_a_few_times(
    here: Besieged, evil: Peer, place: str
) -> None:
    mallory = evil.person("mallory")
    evil.serve(f"{evil.origin}/loop", b"", status=302, headers=(("Location", place),))
    key = SigningKey(f"{evil.origin}/loop#key", mallory.key.private_key)

    assert await here.told(mallory, mallory.activity("Follow", here.actor()), key=key) == 401

    assert 1 <= len(evil.asked) <= 4
    assert here.rows("SELECT * FROM remote_keys WHERE key_id = ?", key.key_id) == []


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example/",
        "//evil.example/%2e%2e",
        "/%2f%2fevil.example",
        "/\\evil.example/",
        "/actors/pits/",
        "/@pits/",
        "/@PITS",
        "/about/",
        "/interact?uri=https://evil.example/",
        "/interact?uri=//evil.example/&handle=@a@evil.example",
        "/.well-known/webfinger/",
        "/@pits//evil.example",
    ],
)
async def test_we_redirect_nobody_to_another_host(here: Besieged, path: str) -> None:
    for accept in ("text/html", ACTIVITY_JSON):
        answer = await here.get(path, accept=accept, Host="evil.example")
        place = answer.headers.get("location", here.origin)
        assert place.startswith(f"{here.origin}/") or place == here.origin, (path, place)


async def test_the_form_for_readers_sends_nobody_to_a_third_host(
    here: Besieged, evil: Peer, far: Peer
) -> None:
    mallory = evil.person("mallory")
    away = {"rel": "http://ostatus.org/schema/1.0/subscribe"}
    for template in (
        f"{far.origin}/?u={{uri}}",
        "javascript:alert({uri})",
        "//evil.example/{uri}",
        f"http://127.0.0.2@{far.authority}/{{uri}}",
    ):
        jrd = {**mallory.jrd, "links": [*mallory.jrd["links"], {**away, "template": template}]}
        evil.serve("/.well-known/webfinger?mallory", jrd, content_type=JRD_JSON)
        form = {"uri": here.actor(), "handle": mallory.handle}
        answer = await here.http.post(f"{here.origin}/interact", data=form)
        assert answer.status_code == 422, template


async def test_pages_that_point_at_each_other_are_not_followed(here: Besieged, evil: Peer) -> None:
    mallory = evil.person("mallory")
    link = f'<link rel="alternate" type="{ACTIVITY_JSON}" href="{evil.origin}/b">'
    other = link.replace("/b", "/a")
    evil.serve(f"{evil.origin}/a", link.encode(), content_type="text/html")
    evil.serve(f"{evil.origin}/b", other.encode(), content_type="text/html")

    answer = await here.api("POST", "/actors/pits/boosts", {"url": f"{evil.origin}/a"})

    assert answer.status_code == 422
    assert len(evil.asked) == 1
    assert mallory.actor_id not in answer.text


# --- A6: ids of others --------------------------------------------------------------------


async def test_nobody_occupies_the_id_of_anothers_activity(
    here: Besieged, far: Peer, evil: Peer, word: dict[str, Any]
) -> None:
    ann, neighbour, mallory = far.person("ann"), far.person("mal"), evil.person("mallory")
    said = reply(ann, word["id"], "6")
    future = ann.create(said)

    assert await here.told(mallory, mallory.activity("Create", "x", id=future["id"])) == 400
    occupied = neighbour.create(neighbour.note("6"), id=future["id"])
    assert await here.told(neighbour, occupied) == 202
    assert await here.told(ann, future) == 202

    assert here.column("SELECT object_id FROM responses WHERE object_id = ?", said["id"])
