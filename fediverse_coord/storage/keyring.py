"""The keys of local actors: sealed in rows, loaded once, handed out ready to sign.

Loading a private PEM costs as much as a hundred signatures, so a process keeps the loaded
objects. Rotation adds a row with a new key id and retires the old one, which signs nothing
any more but the news of its own end (signatures.md 2.10).
"""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from fediverse_coord.errors import ConfigError, StorageUnavailable
from fediverse_coord.protocol.keys import (
    PrivateKey,
    PublicKey,
    SigningKey,
    load_private_pem,
    private_pem,
    public_pem,
)
from fediverse_coord.protocol.sealing import Seal
from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage.database import Reader, Row, Transaction

log = logging.getLogger(__name__)

AFTER_FAULT_SECONDS = 2.0

INSERT = """
INSERT INTO keys (actor, key_id, algorithm, private_key, public_key, created_at)
VALUES (:actor, :key_id, :algorithm, :private_key, :public_key, :now)
"""

ALL = """
SELECT actors.name, actors.role, keys.key_id, keys.algorithm, keys.private_key, keys.retired_at
  FROM keys JOIN actors ON actors.id = keys.actor ORDER BY keys.id
"""

LIVING = """
SELECT id, name, profile FROM actors WHERE role = 'coordination' AND retired_at IS NULL ORDER BY id
"""

RETIRE = "UPDATE keys SET retired_at = :now WHERE key_id = :key_id AND retired_at IS NULL"

LISTED = """
SELECT actors.name, keys.key_id, keys.algorithm, keys.public_key, keys.created_at, keys.retired_at
  FROM keys JOIN actors ON actors.id = keys.actor ORDER BY actors.id, keys.id
"""

MOST_RETIRED = 7  # peers read ten keys of an actor at most


@dataclass(frozen=True, slots=True)
class EditionActor:
    """An actor that speaks one language of a coordination; it signs with keys of its own."""

    language: str
    name: str
    row: int


@dataclass(slots=True)
class Keyring:
    """Loaded keys by actor name: RSA for HTTP signatures, Ed25519 for proofs."""

    _http: dict[str, SigningKey] = field(default_factory=dict, repr=False)
    _proof: dict[str, SigningKey] = field(default_factory=dict, repr=False)
    _named: dict[str, SigningKey] = field(default_factory=dict, repr=False)
    _retired: dict[str, list[SigningKey]] = field(default_factory=dict, repr=False)
    _instance: str | None = None
    _seal: Seal | None = None
    _editions: dict[str, tuple[EditionActor, ...]] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def http(self, name: str) -> SigningKey:
        """The RSA key that signs the actor's requests."""
        return self._http[name]

    def proof(self, name: str) -> SigningKey:
        """The Ed25519 key that proves the actor's documents."""
        return self._proof[name]

    def instance(self) -> SigningKey:
        """The instance actor's RSA key, which signs our GETs."""
        return self._http[self._instance or ""]

    def editions(self, name: str) -> tuple[EditionActor, ...]:
        """The living actors of the coordination's languages."""
        return self._editions.get(name, ())

    @property
    def seal(self) -> Seal:
        """What this server's secrets are sealed with. Raises ConfigError before it was opened."""
        if self._seal is None:
            raise ConfigError("confidential names need the key file: name it in server.key_file")
        return self._seal

    async def named(self, key_id: str, reader: Reader) -> SigningKey:
        """The key of that id, also a retired one; read anew where another process made it."""
        if key_id not in self._named and self._seal is not None:
            await self.load(reader, self._seal)
        return self._named[key_id]

    def public(self, name: str, actor_id: str) -> list[PublicKey]:
        """The public halves: the RSA key, then the Ed25519 keys, the present one first.

        Retired Ed25519 keys stay listed, or what they have proved could not be checked any more.
        """
        proofs = [self._proof[name]] if name in self._proof else []
        found = [self._http[name], *proofs, *self._retired.get(name, [])[-MOST_RETIRED:][::-1]]
        return [PublicKey(one.key_id, actor_id, one.private_key.public_key()) for one in found]

    def heard(self, key: str) -> None:
        """Somebody changed what `key` means (`storage/changes`): it may be an actor's keys."""
        if key.startswith("actor:"):
            self._changed.set()

    async def follow(self, reader: Reader, read: Callable[[], None] = lambda: None) -> None:
        """Reads the keys anew whenever an actor was changed, by whatever process. Endless.

        `read` is called afterwards: what was proved with the keys before may lie somewhere.
        """
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                if self._seal is not None:
                    await self.load(reader, self._seal)
                    read()
            except StorageUnavailable as error:
                log.warning("keys not read", extra={"reason": str(error)})
                await asyncio.sleep(AFTER_FAULT_SECONDS)
                self._changed.set()

    async def load(self, reader: Reader, seal: Seal) -> None:
        """Reads every key. Raises ConfigError where the key file is another's."""
        self._seal, retired = seal, dict[str, list[SigningKey]]()
        for row in await reader.fetch_all(ALL):
            key = self._named.get(row["key_id"]) or _opened(row, seal)
            self._named[key.key_id] = key
            is_rsa = row["algorithm"] == "rsa"
            if row["retired_at"] is None:
                (self._http if is_rsa else self._proof)[row["name"]] = key
            elif not is_rsa:
                retired.setdefault(row["name"], []).append(key)
            if row["role"] == "instance":
                self._instance = row["name"]
        self._retired = retired
        self._editions = await _editions(reader)
        if self._instance is None:
            raise ConfigError("the database holds no instance actor: restore it from a backup")


async def _editions(reader: Reader) -> dict[str, tuple[EditionActor, ...]]:
    found: dict[str, list[EditionActor]] = {}
    for row in await reader.fetch_all(LIVING):
        profile = json.loads(row["profile"])
        if profile.get("edition_of"):
            [language] = profile["languages"]
            actor = EditionActor(language, row["name"], row["id"])
            found.setdefault(profile["edition_of"], []).append(actor)
    return {name: tuple(actors) for name, actors in found.items()}


def _opened(row: Row, seal: Seal) -> SigningKey:
    pem = seal.open(row["private_key"], row["key_id"])
    return SigningKey(row["key_id"], load_private_pem(pem))


async def insert(
    tx: Transaction,
    actor: int,
    key_id: str,
    key: PrivateKey,
    seal: Seal,
    nonce: bytes,
    now: datetime,
) -> None:
    """Remembers a key, sealed for its own row."""
    public = key.public_key()
    await tx.execute(
        INSERT,
        actor=actor,
        key_id=key_id,
        algorithm="rsa" if hasattr(key, "key_size") else "ed25519",
        private_key=seal.close(private_pem(key), key_id, nonce),
        public_key=public_pem(public),
        now=milliseconds(now),
    )


async def retire(tx: Transaction, key_id: str, now: datetime) -> bool:
    """Another key takes its place; False where that had happened already."""
    return await tx.execute(RETIRE, key_id=key_id, now=milliseconds(now)) == 1


async def listed(reader: Reader) -> list[dict[str, object]]:
    """Every key with its actor and age; the public half only."""
    return [dict(row) for row in await reader.fetch_all(LISTED)]
