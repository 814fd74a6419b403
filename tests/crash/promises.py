"""What was promised, held against what there is once everything has come to rest."""

import asyncio
import itertools
import time
from collections import Counter
from datetime import UTC, datetime

from crowd import Crowd, Load
from households import Household

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage import catalogue, deliveries, followers, inbox
from fediverse_coord.storage.database import Transaction

PATIENCE_SECONDS = 400  # where the machine is so busy that a far server seems to hang twice
HURRIED_EVERY = 50

UNDONE = """
SELECT (SELECT count(*) FROM fan_outs) AS fan_outs,
       (SELECT count(*) FROM deliveries WHERE state = 'waiting') AS deliveries,
       (SELECT count(*) FROM inbox) AS inbox
"""

# A declaration with its words, its object, and the one Create that tells of it; or none of them.
HALF = """
SELECT d.key, d.state, count(DISTINCT v.language) AS versions, count(DISTINCT o.id) AS objects,
       count(DISTINCT a.id) AS creates
  FROM declarations d
  LEFT JOIN declaration_versions v ON v.declaration = d.id
  LEFT JOIN objects o ON o.declaration = d.id
  LEFT JOIN activities a ON a.object = o.id AND a.type = 'Create'
 GROUP BY d.id, d.key, d.state
HAVING d.state <> 'published' OR count(DISTINCT v.language) <> 1 OR count(DISTINCT o.id) <> 1
    OR count(DISTINCT a.id) <> 1
"""

HURRY_INBOX = """
UPDATE inbox SET due_at = :now
 WHERE parked_at IS NULL AND leased_until IS NULL AND due_at > :now
"""

STUCK = "SELECT type, attempts, due_at, leased_until, fault FROM inbox"

LOST = """
SELECT a.activity_id, i.url, d.state, d.attempts, d.due_at, d.leased_until, d.fault
  FROM deliveries d
  JOIN activities a ON a.id = d.activity JOIN inboxes i ON i.id = d.inbox
 WHERE d.state <> 'delivered'
"""

INTERACTIONS = """
SELECT r.actor_id, o.object_id FROM interactions x
  JOIN remote_actors r ON r.id = x.remote_actor JOIN objects o ON o.id = x.object
 WHERE x.kind = :kind
"""


async def rest(house: Household) -> None:
    """Waits until nothing is left to be sent or done; what is put off is brought forward."""
    until = time.monotonic() + PATIENCE_SECONDS
    for look in itertools.count(1):
        if (left := (await house.rows(UNDONE))[0]) == (0, 0, 0):
            return
        if time.monotonic() > until:
            raise AssertionError((left, await house.rows(STUCK), await house.rows(LOST)))
        if look % HURRIED_EVERY == 0:
            await _hurry(house)
        await asyncio.sleep(0.1)


async def _hurry(house: Household) -> None:
    """Where this machine was so busy that others seemed to hang; they are well, all of them."""
    now = datetime.now(UTC)
    origins = [str(one) for (one,) in await house.rows("SELECT DISTINCT origin FROM inboxes")]

    async def work(tx: Transaction) -> None:
        for origin in origins:
            await deliveries.hurry(tx, origin, now)
        await tx.execute(HURRY_INBOX, now=milliseconds(now))
        for one in await inbox.parked(tx):
            await inbox.unpark(tx, one.row, now)

    await (await house.look()).write(work)


async def are_kept(house: Household, crowd: Crowd, load: Load) -> None:
    """Every promise, each with what is against it."""
    await nothing_is_half(house, load)
    await everything_has_arrived(house, crowd, load)
    await everything_has_happened_once(house, crowd, load)


async def nothing_is_half(house: Household, load: Load) -> None:
    assert await house.rows(HALF) == []
    rows = await house.rows("SELECT v.source FROM declaration_versions v")
    said = Counter(source for (source,) in rows)
    assert [source for source, count in said.items() if count > 1] == []
    assert len(load.published) <= sum(said.values()) <= len(load.published) + len(load.unsure)
    assert len(set(load.published.values())) == len(load.published)


async def everything_has_arrived(house: Household, crowd: Crowd, load: Load) -> None:
    assert await house.rows(LOST) == []
    inboxes = {crowd.inbox_of(one) for one in crowd.followers}
    creates = {
        str(object_id): str(activity_id)
        for object_id, activity_id in await house.rows(
            "SELECT object_id, activity_id FROM activities WHERE type = 'Create'"
        )
    }
    missing = [
        (inbox, object_id)
        for object_id in load.published.values()
        for inbox in inboxes
        if not crowd.arrived[inbox, creates[object_id]]
    ]
    assert missing == []
    # An id stands for the same words wherever and however often it arrives.
    assert {id_: found for id_, found in crowd.bodies.items() if len(found) > 1} == {}
    for object_id in list(load.published.values())[-3:]:
        document = {"Accept": "application/activity+json"}
        assert (await house.http.get(object_id, headers=document)).json()["id"] == object_id


async def everything_has_happened_once(house: Household, crowd: Crowd, load: Load) -> None:
    assert await _interactions(house, "like") == Counter(load.likes)
    assert await _interactions(house, "boost") == Counter(load.boosts)
    replies = await house.rows("SELECT object_id FROM responses")
    assert Counter(object_id for (object_id,) in replies) == Counter(load.replies)
    assert await house.rows("SELECT id FROM followers WHERE state <> 'follower'") == []
    assert await house.number("SELECT count(*) FROM followers") == len(load.follows)
    # Whoever sends a Follow twice is accepted twice; nobody is more often.
    answered = {follow: len(crowd.accepts.get(follow, ())) for follow in load.follows}
    wrong = {one: n for one, n in answered.items() if not 1 <= n <= load.follows[one]}
    assert wrong == {}
    assert await followers.recount(await house.look()) == []
    assert await catalogue.recount(await house.look()) == []


async def _interactions(house: Household, kind: str) -> Counter[tuple[str, str]]:
    return Counter((str(a), str(o)) for a, o in await house.rows(INTERACTIONS, kind=kind))
