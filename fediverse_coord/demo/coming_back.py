"""The second half: what followers do comes back, is decided about, and news follows the words."""

import asyncio
import time
from collections.abc import Sequence

from fediverse_coord.demo import samples
from fediverse_coord.demo.asking import Reply, document_at, page_at
from fediverse_coord.demo.followers import Follower
from fediverse_coord.demo.scene import Scene, answered, until
from fediverse_coord.protocol.documents import Document
from fediverse_coord.protocol.vocabulary import PUBLIC

LIKES, BOOSTS = 30, 12
QUOTE_CONTEXT = [
    "https://www.w3.org/ns/activitystreams",
    {"QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest"},
]


async def counted(scene: Scene) -> None:
    """Likes and boosts, the partner's among them, are counted."""
    scene.told.heading("Likes and boosts")
    object_id, inbox = scene.letter.id, f"{scene.ours.origin}/inbox"
    # Whoever likes twice likes once.
    liking = [*scene.people[:LIKES], scene.people[0]]
    likes = [(one, one.activity("Like", object_id)) for one in liking]
    boosts = [
        (one, one.activity("Announce", object_id, to=[PUBLIC])) for one in scene.people[-BOOSTS:]
    ]
    replies = await _sent(inbox, [*likes, *boosts])
    scene.told.expect(
        all(one.status == 202 for one in replies), f"{len(replies)} of them are answered 202"
    )
    await _boosted_by_partner(scene)
    seen = await answered(
        lambda: document_at(object_id), lambda one: _totals(one) == (LIKES, BOOSTS + 1)
    )
    scene.told.expect(
        _totals(seen) == (LIKES, BOOSTS + 1),
        f"the Article tells {_totals(seen)[0]} likes (one was sent twice) and "
        f"{_totals(seen)[1]} boosts, as numbers",
    )
    scene.told.expect(
        scene.judge.proof_holds(seen.document), "the Article with its counts is proved anew"
    )


async def _sent(inbox: str, pairs: Sequence[tuple[Follower, Document]]) -> list[Reply]:
    return await asyncio.gather(*(one.send(inbox, activity) for one, activity in pairs))


async def _boosted_by_partner(scene: Scene) -> None:
    path = f"/actors/{scene.theirs.name}/boosts"
    boost = await scene.their_api.call("POST", path, {"url": scene.letter.id})
    scene.told.expect(
        boost.status == 201, f"{scene.theirs.handle} reads the Article and passes it on"
    )


def _totals(reply: Reply) -> tuple[object, object]:
    likes, shares = (reply.document.get(name) or {} for name in ("likes", "shares"))
    return likes.get("totalItems"), shares.get("totalItems")


async def quoted(scene: Scene) -> None:
    """Whoever asks may quote: the stamp says so."""
    scene.told.heading("A quote")
    one, object_id = scene.people[3], scene.letter.id
    post = one.note("Read this.", quote=object_id)
    request = one.activity("QuoteRequest", object_id, instrument=post)
    request["@context"] = QUOTE_CONTEXT
    await one.send(f"{scene.ours.actor_id}/inbox", request)

    def accepts() -> list[Document]:
        news = (a.document for a in scene.arrivals() if a.type == "Accept")
        return [a for a in news if isinstance(a["object"], dict) and "instrument" in a["object"]]

    await until(lambda: bool(accepts()))
    stamp = await document_at(accepts()[0]["result"]) if accepts() else Reply(0, {}, b"")
    named = [stamp.document.get(name) for name in ("interactingObject", "interactionTarget")]
    scene.told.expect(
        named == [post["id"], object_id] and scene.judge.proof_holds(stamp.document),
        "the QuoteRequest is accepted; the stamp names both posts, and its proof holds",
    )


async def replied(scene: Scene) -> None:
    """A reply is held until somebody has read it; what was private stays so."""
    scene.told.heading("Replies")
    one, other, object_id = scene.people[0], scene.people[-1], scene.letter.id
    reply = one.note(samples.REPLY, inReplyTo=object_id)
    secret = other.note(samples.PRIVATE, [scene.ours.actor_id], inReplyTo=object_id)
    scene.reply_id = reply["id"]
    create = one.activity("Create", reply, to=reply["to"])
    whisper = other.activity("Create", secret, to=secret["to"])
    await _sent(f"{scene.ours.actor_id}/inbox", [(one, create), (other, whisper)])
    held = await _responses(scene, "held", scene.reply_id)
    scene.told.expect(len(held) == 1, f"a public reply by {one.handle} is held for a moderator")
    mailbox = await _responses(scene, "mailbox", secret["id"])
    scene.told.expect(len(mailbox) == 1, "a direct message lies in the moderators' mailbox")
    page = await page_at(str(scene.letter.told["url"]))
    scene.told.expect(
        await _shown(scene) == [] and page.status == 200 and not _says(page, samples.REPLY),
        "neither stands in `replies` or on the page",
    )
    await _approve(scene, str(held[0]["key"]), str(mailbox[0]["key"]))


async def _responses(scene: Scene, state: str, object_id: str) -> list[Document]:
    path = f"/actors/{scene.ours.name}/responses?state={state}"

    def among(reply: Reply) -> list[Document]:
        return [one for one in reply.document.get("items", []) if one["id"] == object_id]

    return among(await answered(lambda: scene.api.call("GET", path), lambda r: bool(among(r))))


async def _shown(scene: Scene) -> list[str]:
    """The ids on the first page of `replies`."""
    collection = (await document_at(f"{scene.letter.id}/replies")).document
    first = collection.get("first")
    page = first if isinstance(first, dict) else (await document_at(str(first))).document
    return [str(one) for one in page.get("items", [])]


def _says(page: Reply, text: str) -> bool:
    return text in page.body.decode(errors="replace")


async def _approve(scene: Scene, key: str, private: str) -> None:
    approved = await scene.api.call("POST", f"/responses/{key}/approve")
    refused = await scene.api.call("POST", f"/responses/{private}/approve")
    scene.told.expect(
        (approved.status, refused.status) == (200, 409),
        "the moderator approves the reply; the direct message cannot be approved",
    )
    page = await answered(
        lambda: page_at(str(scene.letter.told["url"])), lambda p: _says(p, samples.REPLY)
    )
    scene.told.expect(
        await _shown(scene) == [scene.reply_id] and _says(page, samples.REPLY),
        "the reply stands in `replies` and on the page",
    )
    scene.told.expect(not _says(page, samples.PRIVATE), "the direct message stands nowhere")
    await _answer(scene, key)


async def _answer(scene: Scene, key: str) -> None:
    one = scene.people[0]
    made = await scene.api.call("POST", f"/responses/{key}/answer", {"content": samples.ANSWER})
    answer_id = str(made.document.get("id"))
    wanted = scene.inboxes() | {one.inbox_url}
    found = await scene.everywhere("Create", answer_id, wanted)
    mentioned = [
        tag["href"]
        for arrival in found[:1]
        for tag in arrival.document["object"].get("tag", [])
        if tag["type"] == "Mention"
    ]
    scene.told.expect(
        wanted == {arrival.url for arrival in found}
        and mentioned == [one.actor_id]
        and found[0].document["object"]["inReplyTo"] == scene.reply_id,
        f"our answer is in {len(found)} inboxes, names {one.handle} and the reply it answers",
    )
    scene.expect_judged("the answer", found)


async def edited(scene: Scene) -> None:
    """An edit reaches everybody."""
    scene.told.heading("Edit → Update")
    begun, object_id = time.monotonic(), scene.letter.id
    changes = {"content": samples.ARTICLE + samples.CORRECTION}
    edit = await scene.api.change("PATCH", scene.letter.path, changes)
    scene.told.expect(edit.status == 200, "the edit is taken, from the revision that was read")
    inboxes = scene.inboxes()
    found = await scene.everywhere("Update", object_id, inboxes)
    scene.expect_everywhere("the Update", found, inboxes, begun)
    seen = (await document_at(object_id)).document
    scene.told.expect(
        samples.CORRECTED in str(seen.get("content"))
        and all(samples.CORRECTED in one.document["object"]["content"] for one in found),
        "everybody has the corrected text, and so has the Article's own id",
    )


async def deleted(scene: Scene) -> None:
    """What is deleted is taken back everywhere it went."""
    scene.told.heading("Delete → Tombstone")
    begun, object_id = time.monotonic(), scene.letter.id
    gone = await scene.api.change("DELETE", scene.letter.path)
    scene.told.expect(gone.status == 204, "the deletion is taken")
    inboxes = scene.inboxes()
    found = await scene.everywhere("Delete", object_id, inboxes)
    scene.expect_everywhere("the Delete", found, inboxes, begun)
    await _told_partner(scene)
    grave, page = await document_at(object_id), await page_at(str(scene.letter.told["url"]))
    scene.told.expect(
        (grave.status, grave.document.get("type"), page.status) == (410, "Tombstone", 410),
        "the id answers 410 with a Tombstone, and the page 410",
    )


async def _told_partner(scene: Scene) -> None:
    """The second server, which passed it on, is told as well."""
    path = f"{scene.letter.path}/deliveries?limit=200&state=delivered"

    def told(reply: Reply) -> bool:
        deletes = [one for one in reply.document.get("items", []) if one["activity"] == "Delete"]
        return scene.theirs.origin in {one["server"] for one in deletes}

    seen = await answered(lambda: scene.api.call("GET", path), told)
    scene.told.expect(told(seen), f"{scene.theirs.handle}, who passed it on, has it as well")


ACTS = (counted, quoted, replied, edited, deleted)
