"""A coordination with something in every table that comes back, and how to compare two."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import soundtracks
from desk_rows import follow_us, respond
from desk_world import CONFIG, NOW, SEAL, coordination_file
from earlier_site import Web
from photographs import plain

from fediverse_coord.desk import (
    coordinations,
    drafts,
    edits,
    import_plans,
    imports,
    introductions,
    passages,
    pictures,
    pins,
    releases,
    spellings,
)
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.import_sources import Source
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.protocol.activities import announce, sealed
from fediverse_coord.publishing.coordinations import coordination_from
from fediverse_coord.storage import (
    blocks,
    boosts,
    declarations,
    following,
    interactions,
    named,
    objects,
    outbox,
    remote_actors,
    stamps,
)
from fediverse_coord.storage.database import Database, Reader, Transaction
from fediverse_coord.storage.interactions import Interaction
from fediverse_coord.storage.outbox import Outgoing
from fediverse_coord.storage.remote_actors import ActorProfile, RemoteActor
from fediverse_coord.storage.sheets import PUT_REACH
from fediverse_coord.storage.stamps import Stamp

SECRET = "Ana Ruiz"
FOLLOWER = "quietfollower"
LETTER = "between-us"
MAILBOX = "for-your-eyes"


async def found_spoken(db: Database) -> None:
    """The dockers with a German edition, and the porters."""
    from fediverse_coord.storage.migrate import migrate

    dockers = coordination_file("dockers") | {
        "languages": ["en", "de"],
        "texts": {"de": {"name": "Hafenarbeiter", "summary": "Wir schreiben."}},
        "editions": {"de": "dockers_de"},
    }
    files = [
        coordination_from(one, file_name="x.toml")
        for one in (dockers, coordination_file("porters"))
    ]
    await migrate(db)
    await coordinations.apply(db, CONFIG, SEAL, files, NOW)


async def fill(desk: Desk, folder: Path) -> dict[str, str]:
    """Keys of the declarations, by what they are."""
    ann, ben = await _somebody(desk, "ann"), await _somebody(desk, FOLLOWER)
    keys = await _written(desk, ann, folder)
    await _answered(desk, ann, keys["published"])
    await _followed(desk, ann, ben)
    await _noticed(desk, ann, ben, keys["published"])
    await spellings.add(desk, OPERATOR, ["Krivoy Rog", "Kryvyi Rih"])
    about = {"texts": {"en": "What the quay says.", "de": "Was der Kai sagt."}}
    await introductions.put(desk, OPERATOR, "dockers", "topic", "Quay", about)
    return keys


async def _somebody(desk: Desk, name: str) -> RemoteActor:
    actor_id = f"https://far.example/users/{name}"
    profile = ActorProfile(
        actor_id=actor_id, host="far.example", type="Person", username=name, name=name.title(),
        inbox_url=f"{actor_id}/inbox", shared_inbox_url="https://far.example/inbox",
        followers_id=f"{actor_id}/followers", also_known_as=("https://old.example/u",),
        url=f"https://far.example/@{name}", handle=f"@{name}@far.example",
    )  # fmt: skip
    return await desk.db.write(lambda tx: remote_actors.remember(tx, profile, NOW))


async def _write(desk: Desk, content: str, **fields: Any) -> str:
    saved = await drafts.create(desk, OPERATOR, "dockers", {"content": content, **fields})
    return saved.work.declaration.key


async def _written(desk: Desk, ann: RemoteActor, folder: Path) -> dict[str, str]:
    known = await pictures.take_in(
        desk, OPERATOR, "dockers", plain(), {"en": "A crane", "de": "Ein Kran"}
    )
    picture = known.media.image.key
    signed = [{"name": SECRET, "display": "hidden"}, {"name": "Bo Wu", "country": "GB"}]
    first = {
        "title": "What was said", "summary": "We stop.", "hero": picture, "tags": ["Quay"],
        "countries": ["GH"], "organisations": ["Port Union"], "kind": "letter",
        "signatories": signed[1:], "addressees": ["The board"],
    }  # fmt: skip
    hours = {"texts": {"en": "Eight hours.", "de": "Acht Stunden."}, "source": {"name": "Hamburg"}}
    await passages.put(desk, OPERATOR, "dockers", "hours", hours)
    spoken = await pictures.take_in(
        desk, OPERATOR, "dockers", soundtracks.told(), {"en": "Read aloud", "de": "Vorgelesen"}
    )
    heard = f"![Read aloud](media:{spoken.media.image.key})"
    shown = f"{heard}\n\n![still](media:{picture})\n\nWe stop.\n\n{{{{passage: hours}}}}"
    keys = {"published": await _write(desk, shown, **first)}
    whole = {"title": "We stop", "content": f"{shown}\n\nAll of us.", "signatories": signed}
    await edits.edit(desk, OPERATOR, keys["published"], whole)
    german = {"title": "Wir halten an", "summary": "Wir halten an.", "content": "Wir halten an."}
    await edits.put_version(desk, OPERATOR, keys["published"], "de", german)
    await releases.publish(desk, OPERATOR, keys["published"])
    told = {"en": {"what": "The hour was wrong.", "why": "We misread it."}}
    corrected = {"content": f"{shown}\n\nAt six, all of us."}
    await edits.edit(desk, OPERATOR, keys["published"], corrected, correction=told)
    await pins.pin(desk, OPERATOR, keys["published"])
    keys["draft"] = await _write(desk, "Not yet.", title="Later", summary="Later.")
    keys["scheduled"] = await _write(desk, "At six.", title="At six", summary="At six.")
    at = NOW + timedelta(days=7)
    await releases.schedule(desk, OPERATOR, keys["scheduled"], at, zone="Europe/Madrid")
    keys["withdrawn"] = await _published(desk, "Once said.")
    await releases.withdraw(desk, OPERATOR, keys["withdrawn"], "It was wrong.", keep_text=True)
    keys["deleted"] = await _published(desk, "Never said.", title="Never", summary="Never.")
    german = {"title": "Nie", "summary": "Nie.", "content": "Nie gesagt."}
    await edits.put_version(desk, OPERATOR, keys["deleted"], "de", german)
    await releases.delete(desk, OPERATOR, keys["deleted"])
    keys["followers"] = await _published(desk, "Among us.", visibility="followers")
    keys["letter"] = await _published(desk, LETTER, visibility="direct")
    keys["mention"] = await _write(desk, "To ann, with thanks.")
    work = await declarations.by_key(desk.db, keys["mention"])
    assert work is not None
    named_here = [(str(ann.handle), ann.row)]
    await desk.db.write(lambda tx: named.put(tx, work.row, named_here))
    await releases.publish(desk, OPERATOR, keys["mention"])
    await _imported(desk, folder)
    return keys


async def _published(desk: Desk, content: str, **fields: Any) -> str:
    key = await _write(desk, content, **fields)
    await releases.publish(desk, OPERATOR, key)
    return key


async def _imported(desk: Desk, folder: Path) -> None:
    texts, unpacked = folder / "texts", folder / "unpacked"
    texts.mkdir()
    unpacked.mkdir()
    front = "---\ntitle: Of old\ndate: 2015-02-03\npermalink: /a/b\n---\n"
    (texts / "one.md").write_text(f"{front}Old words.\n", encoding="utf-8")
    source = Source("markdown", str(texts), Web({}).get, unpacked)
    plan = await import_plans.plan_of(desk, "dockers", source)
    await imports.carry_out(desk, OPERATOR, plan, source)


async def _answered(desk: Desk, ann: RemoteActor, key: str) -> None:
    found = await objects.by_id(desk.db, desk.uris.object("dockers", key))
    assert found is not None
    quoted = '<p><strong>&quot;Yes&quot;</strong></p><p>We stand with "you".</p>'
    for name, state in (("held", "held"), ("approved", "approved"), ("rejected", "rejected")):
        await respond(
            desk, ann, _key(name), state=state, object=found.row, html=quoted,
            in_reply_to=found.object_id, url=f"https://far.example/@ann/{name}",
        )  # fmt: skip
    await respond(desk, ann, _key("nothing"), html="<p>You are right.</p>", visibility="unlisted")
    await respond(desk, ann, _key("direct"), state="mailbox", visibility="direct", html=MAILBOX)
    await respond(desk, ann, _key("closed"), state="mailbox", visibility="followers", html=MAILBOX)


def _key(name: str) -> str:
    """Sixteen letters of base32, as keys have them."""
    return (name * 16)[:16]


async def _followed(desk: Desk, ann: RemoteActor, ben: RemoteActor) -> None:
    await follow_us(desk, ann)
    await follow_us(desk, ben)
    await follow_us(desk, ben, "porters")

    async def work(tx: Transaction) -> None:
        dockers = int(str(await tx.fetch_value("SELECT id FROM actors WHERE name = 'dockers'")))
        german = int(str(await tx.fetch_value("SELECT id FROM actors WHERE name = 'dockers_de'")))
        await following.begin(tx, dockers, ann.row, desk.uris.activity("dockers", "f"), NOW)
        await tx.execute(
            "INSERT INTO followers (actor, remote_actor, inbox, state, created_at)"
            " SELECT :actor, remote_actor, inbox, 'requested', :now FROM followers LIMIT 1",
            actor=german,
            now=1_000,
        )
        await blocks.add(tx, "domain", "worse.example", "Spam.", NOW)
        await blocks.add(tx, "actor", "https://far.example/users/bad", None, NOW)

    await desk.db.write(work)


async def _noticed(desk: Desk, ann: RemoteActor, ben: RemoteActor, key: str) -> None:
    """Likes, boosts both ways, a quote, and where the text has been."""
    ours = [desk.uris.object(name, key) for name in ("dockers", "dockers_de")]
    activity_id = desk.uris.activity("dockers", desk.new_key())
    post = "https://far.example/users/ann/posts/9"
    followers_id = desk.uris.followers("dockers")
    told = announce(activity_id, desk.uris.actor("dockers"), followers_id, post, ann.actor_id, NOW)
    document = sealed(told, desk.publisher.keyring.proof("dockers"), NOW)
    quote = _key("quote")
    stamp = {"id": desk.uris.stamp("dockers", quote), "type": "QuoteAuthorization",
             "attributedTo": desk.uris.actor("dockers"), "interactionTarget": ours[0]}  # fmt: skip
    proved = sealed(stamp, desk.publisher.keyring.proof("dockers"), NOW)

    async def work(tx: Transaction) -> None:
        found = [one for one in [await objects.by_id(tx, iri) for iri in ours] if one is not None]
        assert len(found) == 2
        for one in found:
            like = Interaction(one.row, ben.row, f"{ben.actor_id}/likes/{one.row}")
            await interactions.add(tx, "like", [like], NOW)
            await tx.execute(
                PUT_REACH,
                object_id=one.object_id,
                inbox=_first(await _inboxes(tx)),
                reached_at=5_000,
            )
        await interactions.add(tx, "boost", [Interaction(found[0].row, ben.row, None)], NOW)
        mine = Outgoing(
            found[0].actor, activity_id, "Announce", document, None, post, fetchable=True,
            listed=True,
        )  # fmt: skip
        await boosts.add(tx, found[0].actor, post, await outbox.append(tx, mine, NOW), NOW)
        given = Stamp(
            key=quote, actor=found[0].actor, object=found[0].row, remote_actor=ben.row,
            quoting_id=f"{ben.actor_id}/posts/5", document=proved,
        )  # fmt: skip
        await stamps.insert(tx, given, NOW)

    await desk.db.write(work)


async def _inboxes(reader: Reader) -> list[int]:
    return [int(row["id"]) for row in await reader.fetch_all("SELECT id FROM inboxes ORDER BY id")]


def _first(found: list[int]) -> int:
    return found[0]


async def late(desk: Desk) -> str:
    """A draft."""
    return await _write(desk, "Not yet.", title="Later", summary="Later.")


async def imported_again(desk: Desk, folder: Path) -> tuple[int, int]:
    """(how many texts were known, how many works came in)"""
    source = Source("markdown", str(folder / "texts"), Web({}).get, folder / "unpacked")
    plan = await import_plans.plan_of(desk, "dockers", source)
    return plan.known, (await imports.carry_out(desk, OPERATOR, plan, source)).works


async def told_too_much(desk: Desk) -> str:
    """A draft whose first words said a name that is confidential since."""
    shown = [{"name": SECRET}]
    key = await _write(
        desk, "We heard.", title=f"What {SECRET} said", summary="We heard.", signatories=shown
    )
    hidden = {"title": "What was said", "slug": "said", "content": "We heard it."}
    changed = hidden | {"signatories": [{"name": SECRET, "display": "hidden"}]}
    await edits.edit(desk, OPERATOR, key, changed)
    return key
