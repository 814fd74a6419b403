"""What tests of the desk begin with: a person of a role, a response that came in, what went out."""

from dataclasses import replace

from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.people import Person, Role
from fediverse_coord.protocol.documents import Document
from fediverse_coord.protocol.wire import loads
from fediverse_coord.storage import audit, followers, inboxes, people, responses
from fediverse_coord.storage.database import Database, Transaction
from fediverse_coord.storage.remote_actors import RemoteActor
from fediverse_coord.storage.responses import NewResponse, Response

GOING_OUT = """
SELECT a.type, a.document, a.listed, i.url FROM activities a
  LEFT JOIN deliveries d ON d.activity = a.id LEFT JOIN inboxes i ON i.id = d.inbox
 WHERE a.id > :after ORDER BY a.id
"""
FANNED_OUT = "SELECT count(*) FROM fan_outs WHERE to_followers = 1"


async def somebody(desk: Desk, role: Role, *actors: str) -> Person:
    """A person with a row, of that role, for these coordinations (none: all)."""
    row = await desk.db.write(lambda tx: people.ensure(tx, "Rosa", desk.clock()))
    return Person(row, "Rosa", role, frozenset(actors) or None, None)


async def respond(desk: Desk, author: RemoteActor, key: str = "r1", **changed: object) -> Response:
    """A held public response to the dockers."""
    actor = await coordination(desk, "dockers")
    new = NewResponse(
        key=key,
        actor=actor.row,
        remote_actor=author.row,
        object=None,
        object_id=f"{author.actor_id}/posts/{key}",
        in_reply_to=None,
        visibility="public",
        state="held",
        language="en",
        html="<p>We stand with you.</p>",
        url=None,
        published_at=desk.clock(),
    )
    changed_one = replace(new, **changed)  # type: ignore[arg-type]
    await desk.db.write(lambda tx: responses.insert(tx, changed_one, desk.clock()))
    found = await responses.by_key(desk.db, key)
    assert found is not None
    return found


async def follow_us(desk: Desk, author: RemoteActor, name: str = "dockers") -> None:
    actor = await coordination(desk, name)

    async def work(tx: Transaction) -> None:
        inbox = await inboxes.row_for(tx, author.delivery_url)
        await followers.save(
            tx,
            actor=actor.row,
            remote_actor=author.row,
            inbox=inbox,
            follow_id=None,
            state="follower",
            now=desk.clock(),
        )

    await desk.db.write(work)


async def went_out(db: Database) -> list[tuple[str, Document, str | None]]:
    """(type, document, inbox of a direct delivery) of every activity, in order."""
    rows = await db.fetch_all(GOING_OUT, after=0)
    return [(row["type"], loads(row["document"]), row["url"]) for row in rows]


async def fan_outs(db: Database) -> object:
    return await db.fetch_value(FANNED_OUT)


async def audited(db: Database) -> list[str]:
    """The verbs of the audit, oldest first."""
    return [one.verb for one in await audit.page(db)][::-1]
