"""The first half: follows are accepted, and what is published arrives.

Each act does one thing through a public door (an inbox, the coordinators' API, an id) and says
what it expects of the rest of the world.
"""

import asyncio
import copy
import time
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote

from fediverse_coord.demo import samples
from fediverse_coord.demo.asking import Reply, ask, document_at
from fediverse_coord.demo.followers import Follower
from fediverse_coord.demo.hosts import Arrival, Host
from fediverse_coord.demo.judges import CAVAGE, RFC9421, proved_in
from fediverse_coord.demo.scene import Published, Scene, answered, until
from fediverse_coord.protocol.documents import Document


async def follow(scene: Scene) -> None:
    """Everybody finds the coordination by its handle, and follows it."""
    scene.told.heading("Follow → Accept")
    found = await asyncio.gather(*(_found(scene, host) for host in scene.hosts))
    scene.told.expect(
        all(one == scene.ours.actor_id for one in found),
        f"{len(found)} hosts ask WebFinger for {scene.ours.handle} and find the actor",
    )
    begun = time.monotonic()
    replies = await asyncio.gather(*(_follow(scene, one) for one in scene.people))
    taken = sum(one.status == 202 for one in replies)
    scene.told.expect(
        taken == len(scene.people),
        f"{taken} of {len(scene.people)} signed Follows are verified and answered 202, "
        f"in {time.monotonic() - begun:.1f} s",
    )
    await _accepted(scene)
    await _forged(scene)


async def _forged(scene: Scene) -> None:
    """Somebody signs in the name of somebody else."""
    victim, other = scene.people[0], scene.people[1]
    thief = Follower(victim.host, victim.name, other.key)
    url = f"{scene.ours.origin}/inbox"
    reply = await thief.send(url, victim.activity("Undo", victim.follow))
    scene.told.expect(
        reply.status == 401, f"an Undo signed with another one's key is answered {reply.status}"
    )


async def _found(scene: Scene, host: Host) -> str:
    account = quote(f"acct:{scene.ours.handle[1:]}")
    reply = await ask("GET", f"{scene.ours.origin}/.well-known/webfinger?resource={account}")
    links = reply.document.get("links", [])
    return next((str(one.get("href")) for one in links if one.get("rel") == "self"), "")


async def _follow(scene: Scene, one: Follower) -> Reply:
    one.follow = one.activity("Follow", scene.ours.actor_id)
    return await one.send(f"{scene.ours.actor_id}/inbox", one.follow)


async def _accepted(scene: Scene) -> None:
    def accepts() -> list[Arrival]:
        return [one for one in scene.arrivals() if one.type == "Accept"]

    await until(lambda: len(accepts()) >= len(scene.people))
    wanted = {(one.inbox_url, one.follow["id"]) for one in scene.people}
    got = [(one.url, one.object_id) for one in accepts()]
    scene.told.expect(
        set(got) == wanted and len(got) == len(wanted),
        f"{len(got)} Accepts came back, each to the right inbox and naming its Follow",
    )
    scene.expect_judged("Accept", accepts())


async def partner(scene: Scene) -> None:
    """The other server's coordination follows as well."""
    await scene.theirs.follow(scene.ours.handle)
    path = f"/actors/{scene.theirs.name}/followers"
    seen = await answered(
        lambda: scene.their_api.call("GET", path),
        lambda reply: reply.document.get("following") == 1,
    )
    scene.told.expect(
        seen.document.get("following") == 1,
        f"{scene.theirs.handle}, on our second server, follows and is accepted",
    )
    total = (await document_at(f"{scene.ours.actor_id}/followers")).document.get("totalItems")
    wanted = len(scene.people) + 1
    scene.told.expect(total == wanted, f"the collection of followers says {total}, and no names")


async def article(scene: Scene) -> None:
    """A titled declaration goes to everybody."""
    scene.told.heading("Publish an Article")
    content = {"title": samples.TITLE, "summary": samples.SUMMARY, "content": samples.ARTICLE}
    scene.article = await _publish(scene, content | {"form": "article"})
    inboxes = scene.inboxes()
    found = await scene.everywhere("Create", scene.letter.id, inboxes)
    scene.expect_everywhere("the Create", found, inboxes, scene.letter.at)
    scene.told.expect(
        all(one.document["object"]["type"] == "Article" for one in found),
        "each carries the whole Article, with a proof of its own beside the Create's",
    )
    await _receipts(scene, scene.letter, len(inboxes) + 1)
    _suspicious(scene, found)
    knocks = sum(host.refused for host in scene.hosts)
    deaf = [host for host in scene.hosts if host.only_9421]
    scene.told.expect(
        knocks > 0 and all(one.spec == RFC9421 for host in deaf for one in host.arrivals),
        f"{len(deaf)} hosts answered 401 to draft-cavage {knocks} times while we did not know "
        "them; then RFC 9421 was remembered",
    )


async def _publish(scene: Scene, content: Document) -> Published:
    begun = time.monotonic()
    path = f"/actors/{scene.ours.name}/declarations"
    reply = await scene.api.call("POST", path, content | {"publish": True, "language": "en"})
    took = (time.monotonic() - begun) * 1000
    scene.told.expect(reply.status == 201, f"the API answers {reply.status} in {took:.0f} ms")
    return Published(reply.document, begun)


async def _receipts(scene: Scene, published: Published, wanted: int) -> None:
    """What the coordinator is told: a receipt for each inbox, the partner's among them."""
    path = f"{published.path}/deliveries?limit=200&state=delivered"
    seen = await answered(
        lambda: scene.api.call("GET", path),
        lambda reply: len(reply.document.get("items", [])) >= wanted,
    )
    servers = [one["server"] for one in seen.document.get("items", [])]
    scene.told.expect(
        len(servers) == wanted and scene.theirs.origin in servers,
        f"the coordinator has {len(servers)} receipts, the second server's among them",
    )


def _suspicious(scene: Scene, found: Sequence[Arrival]) -> None:
    """A judge who says yes to everything would be none."""
    judge, changed = scene.judge, copy.deepcopy(found[0].document)
    changed["object"]["content"] += "!"
    accepted = [judge.proof_holds(one) for one in proved_in(changed)]
    for spec in (CAVAGE, RFC9421):
        message = next(one.message for one in found if one.spec == spec)
        accepted.append(judge.request_holds(replace(message, body=message.body + b" ")))
    scene.told.expect(
        not any(accepted),
        f"changed by one character they are false to the judges: "
        f"{accepted.count(False)} of {len(accepted)}",
    )


async def note(scene: Scene) -> None:
    """A short statement, while one of the hosts is down."""
    scene.told.heading("Publish a Note while one host is down")
    asleep = scene.hosts[0]
    await asleep.down()
    named = scene.people[-1]
    content = {"content": samples.NOTE.format(handle=named.handle), "form": "note"}
    published = await _publish(scene, content)
    awake = scene.inboxes(host for host in scene.hosts if host is not asleep)
    found = await scene.everywhere("Create", published.id, awake | {named.inbox_url})
    shared = [one for one in found if one.url != named.inbox_url]
    scene.expect_everywhere("the Note", shared, awake, published.at)
    scene.told.expect(
        any(one.url == named.inbox_url for one in found),
        f"{named.handle}, who is mentioned, has it in the personal inbox too",
    )
    await _back_again(scene, asleep, published)


async def _back_again(scene: Scene, asleep: Host, published: Published) -> None:
    path = f"{published.path}/deliveries?state=waiting"

    def only_it_waits(reply: Reply) -> bool:
        waiting = [(one["server"], bool(one["fault"])) for one in reply.document.get("items", [])]
        return waiting == [(asleep.origin, True)]

    seen = await answered(lambda: scene.api.call("GET", path), only_it_waits)
    scene.told.expect(
        only_it_waits(seen),
        "its receipt says that one server is waited for; nobody else was kept waiting",
    )
    await asleep.up()
    back = time.monotonic()
    await scene.api.call("POST", f"{published.path}/deliveries/resend")
    found = await scene.everywhere("Create", published.id, {asleep.shared_inbox})
    late = [one for one in found if one.url == asleep.shared_inbox]
    scene.expect_everywhere(
        "back at its address, the host gets what it missed: the Note",
        late,
        {asleep.shared_inbox},
        back,
    )


ACTS = (follow, partner, article, note)
