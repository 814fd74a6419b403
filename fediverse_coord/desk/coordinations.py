"""Coordinations: taken from their files once, remembered for ever, ended only on purpose.

INTERFACE: "Identity can't be lost by accident". The database is the truth about origin,
usernames, types and keys; a file that says otherwise, or is missing, stops the server with a
sentence that says which it belongs to. What other servers believe is never put at risk.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from fediverse_coord.config import Config
from fediverse_coord.desk import handles, profiles
from fediverse_coord.desk.desk import Desk, speaking
from fediverse_coord.desk.people import Duty, Person, require
from fediverse_coord.errors import ConfigError, IdentityError
from fediverse_coord.outgoing.publish import actor_deleted
from fediverse_coord.protocol.activities import sealed, update_actor
from fediverse_coord.protocol.actor import instance_actor
from fediverse_coord.protocol.chance import random_key
from fediverse_coord.protocol.keys import (
    PrivateKey,
    PublicKey,
    SigningKey,
    generate_ed25519,
    generate_rsa,
)
from fediverse_coord.protocol.sealing import NONCE_BYTES, Seal
from fediverse_coord.protocol.uris import Uris
from fediverse_coord.protocol.wire import dumps, loads
from fediverse_coord.publishing.coordinations import Coordination, editions_of
from fediverse_coord.storage import actors, audit, deliveries, instance, keyring, outbox, search
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Database, Transaction
from fediverse_coord.storage.keyring import Keyring
from fediverse_coord.storage.outbox import Outgoing

INSTANCE_NAME = "instance.actor"  # no username can have a full stop
INSTANCE_PROFILE: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done with the files: names made and revised, and what people should know."""

    made: tuple[str, ...] = ()
    revised: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


async def apply(
    db: Database, config: Config, seal: Seal, files: Sequence[Coordination], now: datetime
) -> Applied:
    """Remembers what is new and applies higher revisions. Raises IdentityError, ConfigError."""
    files = [one for file in files for one in (file, *editions_of(file))]
    _no_examples_in_public(config, files)
    _each_once(files)
    await check_origin(db, config)
    known = {one.name: one for one in await actors.all_actors(db) if one.role == "coordination"}
    _check_files(config, known, files)
    if await instance.find(db) is None:
        await _remember_instance(db, config.uris, seal, now)
    ring = Keyring()
    await ring.load(db, seal)
    made, revised, warnings = [], [], []
    for one in files:
        actor = known.get(one.username)
        before = actor.profile if actor else {}
        profile = profiles.profile_of(one, *_folders(config), config.uris, before)
        if actor is None:
            if await _remember(db, config.uris, seal, one, profile, now):
                made.append(one.username)
        elif actor.retired:
            warnings.append(f"{one.username} has ended; its file is not used any more")
        elif one.revision > actor.revision:
            if await _revise(db, config.uris, ring, actor, profile, one.revision, now):
                revised.append(one.username)
        elif not profiles.same(profile, actor.profile):
            warnings.append(
                f"{one.username}.toml has changed but still says revision = {one.revision}: "
                f"write revision = {actor.revision + 1} to have it applied"
            )
    return Applied(tuple(made), tuple(revised), tuple(warnings))


def _each_once(files: Sequence[Coordination]) -> None:
    """Raises ConfigError where an edition has the name of another actor."""
    names = [one.username for one in files]
    for one in files:
        if one.edition_of is not None and names.count(one.username) > 1:
            raise ConfigError(
                f"{one.edition_of}.toml: editions.{one.language} is {one.username!r}, which is the "
                "username of another coordination or edition: choose one of its own"
            )


def _folders(config: Config) -> tuple[Path, Path]:
    return config.path(config.server.actors), config.path(config.media.directory)


def _no_examples_in_public(config: Config, files: Sequence[Coordination]) -> None:
    for one in files:
        if one.example and config.is_public:
            raise ConfigError(
                f"{one.username}.toml is an example (example = true) and cannot be used on "
                f"{config.server.origin}: write your own with `fediverse-coord init`"
            )


async def check_origin(db: Database, config: Config) -> None:
    """Raises IdentityError where the database was begun for another origin, or another serves."""
    found = await instance.find(db)
    if found is not None and found.moved_to is not None:
        raise IdentityError(
            f"this database was carried over to {found.moved_to}, which serves {found.origin} now: "
            "write its address into config.toml, [database] url. Only where nothing serves it any "
            "more does `fediverse-coord resume` let this one serve again"
        )
    if found is not None and found.origin != config.server.origin:
        raise IdentityError(
            f"this database belongs to {found.origin}, but server.origin says "
            f"{config.server.origin}: put the origin back, or use another database. "
            "An origin cannot be changed; its followers would be lost"
        )
    if found is not None:
        handles.check(found, config.uris)


def _check_files(
    config: Config, known: dict[str, LocalActor], files: Sequence[Coordination]
) -> None:
    present = {one.username: one for one in files}
    for name, actor in known.items():
        if actor.retired:
            continue
        if name not in present and "edition_of" in actor.profile:
            raise IdentityError(_edition_missing(actor))
        if name not in present:
            raise IdentityError(
                f"the file of the coordination '{name}' is missing from "
                f"{config.path(config.server.actors)}: put {name}.toml back. To end the "
                f"coordination for good there is `fediverse-coord actor retire {name}`"
            )
        if present[name].type != actor.type:
            raise IdentityError(
                f'{name}.toml says type = "{present[name].type}", but other servers know it as '
                f'{actor.type}: write type = "{actor.type}"'
            )


def _edition_missing(actor: LocalActor) -> str:
    [language] = actor.profile["languages"]
    return (
        f"{actor.profile['edition_of']}.toml does not name the edition '{actor.name}' any more: "
        f'write {language} = "{actor.name}" under [editions]. To end it for good there is '
        f"`fediverse-coord actor retire {actor.name}`"
    )


async def _remember_instance(db: Database, uris: Uris, seal: Seal, now: datetime) -> None:
    key_id = f"{uris.instance_actor}#main-key"
    rsa = generate_rsa()
    public = PublicKey(key_id, uris.instance_actor, rsa.public_key())
    document = dumps(instance_actor(uris, public))

    async def write(tx: Transaction) -> None:
        if await instance.find(tx) is not None:
            return  # another process was faster
        await instance.remember(tx, uris.origin, now, handle_domain=handles.kept(uris))
        row = await actors.insert(
            tx,
            name=INSTANCE_NAME,
            actor_id=uris.instance_actor,
            type_="Application",
            role="instance",
            profile=INSTANCE_PROFILE,
            revision=1,
            document=document,
            now=now,
        )
        await keyring.insert(tx, row, key_id, rsa, seal, _nonce(), now)

    await db.write(write)


def _nonce() -> bytes:
    return secrets.token_bytes(NONCE_BYTES)


async def _remember(
    db: Database,
    uris: Uris,
    seal: Seal,
    file: Coordination,
    profile: dict[str, Any],
    now: datetime,
) -> bool:
    """Whether it was this process that did it."""
    actor_id = uris.actor(file.username)
    made: dict[str, PrivateKey] = {
        f"{actor_id}#main-key": generate_rsa(),
        f"{actor_id}#ed25519-key": generate_ed25519(),
    }
    public = [PublicKey(key_id, actor_id, key.public_key()) for key_id, key in made.items()]
    proof_id = f"{actor_id}#ed25519-key"
    proof_key = SigningKey(proof_id, made[proof_id])
    document = profiles.document_of(
        uris, file.username, file.type, profile, public, proof_key, now, now
    )

    async def write(tx: Transaction) -> bool:
        if await actors.by_name(tx, file.username) is not None:
            return False
        row = await actors.insert(
            tx,
            name=file.username,
            actor_id=actor_id,
            type_=file.type,
            role="coordination",
            profile=profile,
            revision=file.revision,
            document=document,
            now=now,
        )
        for key_id, key in made.items():
            await keyring.insert(tx, row, key_id, key, seal, _nonce(), now)
        return True

    return await db.write(write)


async def _revise(
    db: Database,
    uris: Uris,
    ring: Keyring,
    actor: LocalActor,
    profile: dict[str, Any],
    revision: int,
    now: datetime,
) -> bool:
    """Whether it was this process that did it."""
    proof_key = ring.proof(actor.name)
    document = profiles.document_of(
        uris,
        actor.name,
        actor.type,
        profile,
        ring.public(actor.name, actor.actor_id),
        proof_key,
        actor.created_at,
        now,
    )
    told = actor_update(uris, actor, document, proof_key, now)

    async def write(tx: Transaction) -> bool:
        seen = await actors.by_row(tx, actor.row)
        if seen is None or seen.revision >= revision:
            return False  # another process was faster with the same file
        await actors.revise(tx, actor, profile, revision, document, now)
        await tell(tx, told, now)
        return True

    return await db.write(write)


async def tell(tx: Transaction, told: Outgoing, now: datetime) -> None:
    """Leaves the Update to be sent; an older one that still waits must not come after it."""
    await deliveries.supersede_about(tx, told.object_id or "", "Update", now)
    await outbox.append(tx, told, now)


def actor_update(
    uris: Uris, actor: LocalActor, document: bytes, proof_key: SigningKey, now: datetime
) -> Outgoing:
    """The Update that tells followers of a new actor document."""
    activity_id = uris.activity(actor.name, random_key())
    told = update_actor(activity_id, loads(document), now)
    return Outgoing(
        actor=actor.row,
        activity_id=activity_id,
        type="Update",
        document=sealed(told, proof_key, now),
        object_id=actor.actor_id,
        fetchable=True,
        to_followers=True,
        to_reach=True,
    )


async def retire(desk: Desk, person: Person, name: str) -> None:
    """Ends a coordination: its Tombstone answers 410, its followers are told. Final."""
    require(person, Duty.ADMINISTER, name)
    actor, now = await speaking(desk, name), desk.clock()
    with_it = [await actors.by_row(desk.db, one.row) for one in desk.editions(actor.name)]
    ended = [one for one in (actor, *with_it) if one is not None]
    endings = [(one, actor_deleted(desk.publisher, one, now)) for one in ended]

    async def write(tx: Transaction) -> None:
        for one, ending in endings:
            await actors.retire(tx, one, ending.grave, now)
            await deliveries.supersede_all_of(tx, one.row, now)
            await search.drop_actors(tx, one.row)
            await outbox.append(tx, ending.activity, now)
            await audit.record(tx, person.row, "retire", f"actor:{one.name}", now)

    await desk.db.write(write)
    desk.wake()
