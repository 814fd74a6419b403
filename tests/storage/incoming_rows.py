"""Rows that the storage tests of the road in begin with: two coordinations, some remote actors."""

from datetime import UTC, datetime

from fediverse_coord.storage import actors, inboxes, objects, remote_actors
from fediverse_coord.storage.database import Database, Transaction
from fediverse_coord.storage.remote_actors import ActorProfile, RemoteActor

NOW = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)
MINERS, PORTERS = 1, 2
DECLARATION = "https://here.example/actors/miners/objects/abc"


def profile(name: str, host: str = "far.example", shared: bool = True) -> ActorProfile:
    actor_id = f"https://{host}/users/{name}"
    return ActorProfile(
        actor_id=actor_id,
        host=host,
        type="Person",
        username=name,
        name=name.title(),
        inbox_url=f"{actor_id}/inbox",
        shared_inbox_url=f"https://{host}/inbox" if shared else None,
        followers_id=f"{actor_id}/followers",
    )


async def settle_in(db: Database) -> None:
    """Two coordinations, and one declaration of the first."""

    async def work(tx: Transaction) -> None:
        for name in ("miners", "porters"):
            await actors.insert(
                tx,
                name=name,
                actor_id=f"https://here.example/actors/{name}",
                type_="Organization",
                role="coordination",
                profile={},
                revision=1,
                document=b"{}",
                now=NOW,
            )
        await objects.insert(
            tx,
            actor=MINERS,
            declaration=None,
            object_id=DECLARATION,
            type_="Note",
            document=b"{}",
            now=NOW,
        )

    await db.write(work)


async def known(db: Database, name: str, host: str = "far.example") -> RemoteActor:
    return await db.write(lambda tx: remote_actors.remember(tx, profile(name, host), NOW))


async def inbox_row(db: Database, url: str) -> int:
    return await db.write(lambda tx: inboxes.row_for(tx, url))
