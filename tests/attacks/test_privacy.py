"""Nothing of the people behind, before, or addressed in private is ever public.  security F1, F2.

Everything that must stay inside is planted with words found nowhere else; then every public
address is asked in every form, and all that was said is searched, with the log and what other
servers were sent.
"""

import json
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import leaflets
import photographs
import pytest
import soundtracks
from besieged import PUBLICLY, Besieged, coordinator, reply
from crawling import Crawl
from peers import PUBLIC, Peer, Person, Request

DIRECT, FOLLOWERS, HELD = "egret at midnight", "bittern at dawn", "curlew unapproved"
REJECTED, DRAFT, SCHEDULED = "sandpiper refused", "godwit unwritten", "turnstone on friday"
ANSWERED, DELETED, BODY = "dunlin in confidence", "plover taken back", "knot in a broken body"
ADDRESS = "192.0.2.177"
AGENT = "Coordinator-Telephone/7"
# Of signatories: known to the editors, by initials, not before its day; a version that waits.
ENCLOSED = "dunlin in the reeds"
HIDDEN, INITIALS, LATER, WAITING = (
    "Whimbrel Ostler",
    "Avocet Brand",
    "Ruff Tanner",
    "dotterel waits",
)
NAMED = "Pratincole Openly"
HOLDS = {"pits": "all", "weavers": "strangers", "dockers": "none"}


@dataclass(slots=True)
class Planted:
    """A server full of secrets, and where they may not be."""

    here: Besieged
    works: dict[str, dict[str, Any]] = field(default_factory=dict)
    narrow_ids: list[str] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    sent: list[Request] = field(default_factory=list)
    answers: list[Request] = field(default_factory=list)


@pytest.fixture(scope="session")
def garden() -> list[Planted]:
    """Planted once, searched many times."""
    return []


@pytest.fixture
async def planted(quiet: Besieged, far: Peer, evil: Peer, garden: list[Planted]) -> Planted:
    if not garden:
        garden.append(await plant(quiet, far, evil))
    return replace(garden[0], here=quiet)


async def plant(here: Besieged, far: Peer, evil: Peer) -> Planted:
    here.client = ADDRESS
    here.http.headers["User-Agent"] = AGENT
    made = Planted(here, secrets={ADDRESS, AGENT, *here.tokens.values()})
    made.secrets |= {coordinator(role) for role in here.tokens} | {"Quillfeather"}
    made.secrets |= {DIRECT, FOLLOWERS, HELD, REJECTED, DRAFT, SCHEDULED, ANSWERED, DELETED, BODY}
    watchers = [evil.person(f"zz{name}") for name in ("follower", "liker", "booster", "writer")]
    for name in HOLDS:
        made.works[name] = await here.publish(name, content=f"Public words of {name}.")
        await plant_people(made, name, watchers)
        await plant_responses(made, name, far.person(f"open{name}"), watchers[3])
    await plant_drafts(made)
    await plant_signatories(made)
    await plant_enclosures(made)
    made.secrets |= {HIDDEN, INITIALS, LATER, WAITING}
    made.secrets |= {word for one in (HIDDEN, INITIALS, LATER) for word in one.split()}
    made.secrets |= {text for who in watchers for text in (who.actor_id, who.name, who.handle)}
    friend = far.person("friend")
    assert await here.told(friend, friend.activity("Follow", here.actor())) == 202
    await here.publish("pits", content="A last word.")
    made.sent = list(await far.wait_for(2))
    made.answers = list(evil.received)
    return made


async def plant_people(made: Planted, name: str, watchers: list[Person]) -> None:
    """Who follows, likes and boosts."""
    here, word = made.here, made.works[name]
    follower, liker, booster, _ = watchers
    for who, type_, about in (
        (follower, "Follow", here.actor(name)),
        (liker, "Like", word["id"]),
        (booster, "Announce", word["id"]),
    ):
        told = {} if type_ == "Follow" else PUBLICLY
        activity = who.activity(type_, about, id=f"{who.actor_id}/{type_}/{name}", **told)
        assert await here.told(who, activity) == 202


async def plant_responses(made: Planted, name: str, known: Person, writer: Person) -> None:
    """Messages of every visibility, by somebody approved before and by a stranger."""
    here, word = made.here, made.works[name]
    first = reply(known, word["id"], f"{name}-open", content="<p>An open word.</p>")
    await here.told(known, known.create(first))
    if HOLDS[name] != "none":
        await here.approve(first["id"])
    for who in (known, writer):
        told = {"direct": [here.actor(name)], "followers": [f"{who.actor_id}/followers"]}
        for kind, text in (("direct", DIRECT), ("followers", FOLLOWERS)):
            note = reply(
                who, word["id"], f"{name}-{kind}", to=told[kind], cc=[], content=f"<p>{text}</p>"
            )
            made.narrow_ids.append(note["id"])
            assert await here.told(who, who.create(note)) == 202
            # The activity alone says "to everybody": the narrower reading counts.
            wide = {**note, "id": f"{note['id']}-wide"}
            made.narrow_ids.append(wide["id"])
            assert await here.told(who, who.create(wide, to=[PUBLIC], cc=[])) == 202
    if HOLDS[name] != "none":
        held = reply(writer, word["id"], f"{name}-held", content=f"<p>{HELD}</p>")
        refused = reply(writer, word["id"], f"{name}-refused", content=f"<p>{REJECTED}</p>")
        for note in (held, refused):
            await here.told(writer, writer.create(note))
        key = here.column("SELECT key FROM responses WHERE object_id = ?", refused["id"])[0]
        assert (await here.api("POST", f"/responses/{key}/reject")).status_code == 200
    note = made.narrow_ids[-4]
    key = here.column("SELECT key FROM responses WHERE object_id = ?", note)[0]
    answer = await here.api("POST", f"/responses/{key}/answer", {"content": f"Yes: {ANSWERED}."})
    assert answer.status_code == 201, answer.text
    await here.settled()


async def plant_signatories(made: Planted) -> None:
    """People who sign and are not named, in every form a text can have, corrected and edited."""
    here = made.here
    signatories = [
        {"name": HIDDEN, "office": "Ostlery", "display": "hidden", "country": "TR"},
        {"name": INITIALS, "display": "initials"},
        {"name": LATER, "from": "2099-01-01"},
        {"name": NAMED, "country": "ES"},
    ]
    made.secrets.add("Ostlery")
    fields = {"title": "Signed", "summary": "By four.", "content": "We sign.", "kind": "letter"}
    work = await here.publish("pits", **fields, signatories=signatories, form="article")
    path = f"/declarations/{work['key']}"
    change = {"content": "We do sign.", "correction": {"what": "A word."}}
    done = await here.api("PATCH", path, change, If_Match="*")
    assert done.status_code == 200, done.text
    version = {"title": WAITING, "summary": WAITING, "content": WAITING, "state": "draft"}
    put = await here.api("PUT", f"{path}/versions/de", version, If_Match="*")
    assert put.status_code == 200, put.text
    assert not any(word in done.text for word in (HIDDEN, INITIALS, LATER))


async def plant_enclosures(made: Planted) -> None:
    """A recording, a document and a photograph that tell who made them, where and with what."""
    here, lines = made.here, list[str]()
    for content in (soundtracks.told("MP3"), leaflets.telling(), photographs.telling()):
        sent = await here.http.post(
            f"{here.origin}/api/v1/media",
            data={"actor": "pits", "alt[en]": ENCLOSED},
            files={"file": ("phonemaker-quillfeather", content)},
            headers={"Authorization": f"Bearer {here.tokens['publisher']}"},
            timeout=60,
        )
        assert sent.status_code == 201, sent.text
        lines.append(f"![{ENCLOSED}](media:{sent.json()['key']})")
    await here.publish("pits", content="\n\n".join(["Listen and read.", *lines]))
    told = (*soundtracks.SECRETS, *leaflets.SECRETS, *photographs.SECRETS)
    made.secrets |= {one.decode() for one in told} - {"XMP"}  # too short to be looked for


async def plant_drafts(made: Planted) -> None:
    """Texts that are not there yet, or no longer."""
    here = made.here
    path = "/actors/pits/declarations"
    fields = {"content": f"A {DRAFT} text.", "form": "note", "tags": ["godwittery"]}
    assert (await here.api("POST", path, fields, role="editor")).status_code == 201
    later = await here.api("POST", path, {"content": f"A {SCHEDULED} text.", "form": "note"})
    key = later.json()["key"]
    moment = {"at": (datetime.now(UTC) + timedelta(days=30)).isoformat()}
    assert (await here.api("POST", f"/declarations/{key}/schedule", moment)).status_code == 200
    gone = await here.publish("pits", content=f"A {DELETED} text.")
    tag = (await here.api("GET", f"/declarations/{gone['key']}")).headers["etag"]
    done = await here.api("DELETE", f"/declarations/{gone['key']}", If_Match=tag)
    assert done.status_code == 204, done.text
    broken = f'{{"type": "{BODY}", "actor'.encode()
    assert (await here.http.post(here.inbox, content=broken)).status_code == 400
    await here.api("POST", path, {"title": BODY, "nonsense": BODY}, role="publisher")
    await here.api("GET", "/responses/none", role="editor")
    await here.get("/@pits", authorization=f"Bearer {here.tokens['admin']}")


async def test_nothing_that_is_private_stands_in_any_public_answer(planted: Planted) -> None:
    crawl = await Crawl(planted.here).everywhere()
    answered = [at for at, status in crawl.statuses.items() if status == 200]
    assert len(answered) > 100
    assert crawl.where("An open word.")  # what was approved is there: the crawl sees pages
    forms = {path.rpartition(".")[2] for path, _ in crawl.where(NAMED)}
    assert {"txt", "atom", "json", "pdf", "zip"} <= forms
    assert crawl.where(ENCLOSED)
    served = {path.rpartition(".")[2] for path, _ in answered if path.startswith("/media/")}
    assert {"mp3", "pdf", "jpg"} <= served
    leaks = {one: crawl.where(one)[:3] for one in planted.secrets if crawl.where(one)}
    assert leaks == {}
    assert {one: crawl.where(one)[:3] for one in planted.narrow_ids if crawl.where(one)} == {}
    assert not crawl.where("PRIVATE KEY")


async def test_the_log_names_no_person_no_address_and_no_words(planted: Planted) -> None:
    log = planted.here.server.log()
    assert "activity received" in log
    assert [one for one in planted.secrets if one.casefold() in log.casefold()] == []
    assert "/users/" not in log
    assert "PRIVATE KEY" not in log
    assert "Traceback" not in log


async def test_the_database_keeps_no_addresses_and_no_secrets(planted: Planted) -> None:
    here = planted.here
    kept = b"".join(
        (here.server.folder / name).read_bytes()
        for name in ("coord.db", "coord.db-wal")
        if (here.server.folder / name).exists()
    )
    for name in (HIDDEN, INITIALS, LATER):
        assert name.encode() not in kept, name
    for secret in (ADDRESS, AGENT, DELETED, "PRIVATE KEY", *here.tokens.values()):
        if secret != DELETED:  # the write-ahead log holds old pages until it is folded in
            assert secret.encode() not in kept, secret
    for token in here.tokens.values():
        _, _, secret = token.removeprefix("coord_").partition("_")
        assert len(secret) > 30
        assert secret.encode() not in kept
    for table in ("declarations", "declaration_versions", "objects", "activities"):
        assert DELETED not in str(here.rows(f"SELECT * FROM {table}"))
    mode = (here.server.folder / "coord.db").stat().st_mode & 0o777
    assert mode == 0o600


async def test_followers_hear_only_what_is_meant_for_them(planted: Planted) -> None:
    """What one server is sent tells nothing of the people on another."""
    said = "\n".join(one.body.decode() for one in planted.sent).casefold()
    assert "a last word" in said
    assert [one for one in planted.secrets if one.casefold() in said] == []
    answers = [one for one in planted.answers if ANSWERED.encode() in one.body]
    assert {one.target for one in answers} == {"/users/zzwriter/inbox"}
    assert len(answers) == len(HOLDS)


@pytest.mark.parametrize("name", HOLDS)
async def test_a_private_message_is_in_the_mailbox_and_nowhere_else(
    planted: Planted, name: str
) -> None:
    here, word = planted.here, planted.works[name]
    rows = here.rows(
        "SELECT r.object_id, r.state, r.visibility FROM responses r JOIN actors a ON a.id = r.actor"
        " WHERE a.name = ? AND (r.html LIKE ? OR r.html LIKE ?)",
        name,
        f"%{DIRECT}%",
        f"%{FOLLOWERS}%",
    )
    assert len(rows) >= 4
    assert {row["state"] for row in rows} == {"mailbox"}
    assert {row["visibility"] for row in rows} == {"direct", "followers"}
    shown = (await here.document(f"{word['id']}/replies?page=first"))["items"]
    assert not set(shown) & set(planted.narrow_ids)
    assert len(shown) == (await here.document(f"{word['id']}/replies"))["totalItems"]
    for role, status in (("editor", 403), ("publisher", 403), ("moderator", 200)):
        asked = await here.api("GET", f"/actors/{name}/responses?state=mailbox", role=role)
        assert asked.status_code == status
        listed = await here.api("GET", f"/actors/{name}/responses", role=role)
        assert (DIRECT in listed.text) == (role == "moderator")
    for key in here.column("SELECT key FROM responses WHERE state = 'mailbox'"):
        assert (await here.api("POST", f"/responses/{key}/approve")).status_code == 409


async def test_nobody_can_tell_a_draft_from_nothing(planted: Planted) -> None:
    """F1: neither the words nor that they exist."""
    here = planted.here
    hidden = here.rows(
        "SELECT a.name, d.key, d.slug FROM declarations d JOIN actors a ON a.id = d.actor"
        " WHERE d.state IN ('draft', 'scheduled') OR d.visibility IN ('followers', 'direct')"
    )
    assert len(hidden) >= 5
    for row in hidden:
        for accept in ("text/html", "application/activity+json"):
            for place, nothing in (
                (f"/actors/{row['name']}/objects/{row['key']}", "aaaaaaaaaaaaaaaa"),
                (f"/actors/{row['name']}/objects/{row['key']}/activity", "aaaaaaaaaaaaaaaa"),
                (f"/@{row['name']}/{row['slug']}", "no-such-thing"),
                (f"/@{row['name']}?before={row['key']}", "aaaaaaaaaaaaaaaa"),
                (f"/interact?uri={here.actor(row['name'])}/objects/{row['key']}", "aaaaaaaa"),
            ):
                there = await here.get(place, accept=accept)
                other = place.replace(row["key"], nothing).replace(row["slug"], nothing)
                absent = await here.get(other, accept=accept)
                assert there.status_code == absent.status_code != 200, place
                assert plain(there.text) == plain(absent.text), place


def plain(text: str) -> str:
    """Without the address asked for, which a page may repeat."""
    return re.sub(r"https?://\S+", "", text)


async def test_what_is_said_to_one_person_changes_no_public_count(
    planted: Planted,
) -> None:
    here = planted.here
    counted = (await here.get("/nodeinfo/2.1")).json()["usage"]["localPosts"]
    public = here.column(
        "SELECT count(*) FROM declarations WHERE state = 'published'"
        " AND visibility IN ('public', 'unlisted')"
    )
    assert [counted] == public
    for name, word in planted.works.items():
        document = await here.document(word["id"])
        assert document["likes"]["totalItems"] == document["shares"]["totalItems"] == 1
        assert set(document["likes"]) == {"id", "type", "totalItems"}
        followers = await here.document(f"{here.actor(name)}/followers")
        assert "items" not in json.dumps(followers).replace("totalItems", "")
