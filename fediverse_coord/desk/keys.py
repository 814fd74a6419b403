"""A coordination's keys: listed, and changed so that followers go along.  signatures.md 2.10.

The new keys get new ids, `publicKey` stays a single object, and the Update that tells of them
is signed with the old keys, which is how other servers know that it is no theft. From then on
the new ones sign; who missed the Update finds an unknown key id and asks for the actor. Old
Ed25519 keys stay listed, so that what they have proved can still be checked.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from fediverse_coord.desk import profiles
from fediverse_coord.desk.coordinations import actor_update, tell
from fediverse_coord.desk.desk import Desk, speaking
from fediverse_coord.desk.people import Duty, Person, require
from fediverse_coord.errors import Conflict
from fediverse_coord.protocol.keys import PrivateKey, PublicKey, generate_ed25519, generate_rsa
from fediverse_coord.protocol.sealing import NONCE_BYTES, Seal
from fediverse_coord.protocol.times import from_milliseconds
from fediverse_coord.storage import actors, audit, keyring
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.outbox import Outgoing

RSA_NAME, ED25519_NAME = "main-key", "ed25519-key"


@dataclass(frozen=True, slots=True)
class Listed:
    """A key as people see it: never the private half."""

    actor: str
    key_id: str
    algorithm: str
    public_key: str
    created: datetime
    retired: datetime | None


@dataclass(frozen=True, slots=True)
class Rotated:
    """The ids of the keys that ended and of those that took their place."""

    old: tuple[str, str]
    new: tuple[str, str]


async def listed(desk: Desk, person: Person) -> list[Listed]:
    """Every key there is or was, oldest first."""
    require(person, Duty.ADMINISTER, None)
    return [
        Listed(
            str(row["name"]),
            str(row["key_id"]),
            str(row["algorithm"]),
            str(row["public_key"]),
            from_milliseconds(int(str(row["created_at"]))),
            from_milliseconds(int(str(row["retired_at"]))) if row["retired_at"] else None,
        )
        for row in await keyring.listed(desk.db)
    ]


async def rotate(desk: Desk, seal: Seal, person: Person, name: str) -> Rotated:
    """New keys for a coordination, told to followers and everyone its words have reached.

    Raises Conflict when somebody else was faster.
    """
    require(person, Duty.ADMINISTER, name)
    actor, now = await speaking(desk, name), desk.clock()
    ring = desk.publisher.keyring
    await ring.load(desk.db, seal)
    old = ring.http(actor.name).key_id, ring.proof(actor.name).key_id
    taken = {one.key_id for one in await listed(desk, person)}
    made: dict[str, PrivateKey] = {
        next_id(actor.actor_id, RSA_NAME, taken): generate_rsa(),
        next_id(actor.actor_id, ED25519_NAME, taken): generate_ed25519(),
    }
    public = [PublicKey(key_id, actor.actor_id, key.public_key()) for key_id, key in made.items()]
    document = _document(desk, actor, public, now)
    told = _told(desk, actor, document, old[0], now)

    async def write(tx: Transaction) -> None:
        for key_id in old:
            if not await keyring.retire(tx, key_id, now):
                raise Conflict("the keys were changed meanwhile: look at `keys list`")
        for key_id, key in made.items():
            nonce = secrets.token_bytes(NONCE_BYTES)
            await keyring.insert(tx, actor.row, key_id, key, seal, nonce, now)
        await actors.revise(tx, actor, actor.profile, actor.revision, document, now)
        await tell(tx, told, now)
        await audit.record(tx, person.row, "rotate keys", f"actor:{actor.name}", now)

    await desk.db.write(write)
    await ring.load(desk.db, seal)
    desk.wake()
    first, second = made
    return Rotated(old, (first, second))


def next_id(actor_id: str, name: str, taken: Iterable[str]) -> str:
    """`#main-key`, `#main-key-2` …: an id never comes back with another key.

    Some peers choose a key whose id contains "main" (signatures.md 2.10).
    """
    known, number = set(taken), 1
    while (key_id := f"{actor_id}#{name}" + (f"-{number}" if number > 1 else "")) in known:
        number += 1
    return key_id


def _document(desk: Desk, actor: LocalActor, new: list[PublicKey], now: datetime) -> bytes:
    """The actor with its new keys, proved by the old one: peers know that one already."""
    ring = desk.publisher.keyring
    _, *proofs_before = ring.public(actor.name, actor.actor_id)
    return profiles.document_of(
        desk.uris,
        actor.name,
        actor.type,
        actor.profile,
        [*new, *proofs_before],
        ring.proof(actor.name),
        actor.created_at,
        now,
    )


def _told(desk: Desk, actor: LocalActor, document: bytes, old: str, now: datetime) -> Outgoing:
    proof_key = desk.publisher.keyring.proof(actor.name)
    return replace(actor_update(desk.uris, actor, document, proof_key, now), signed_by=old)
