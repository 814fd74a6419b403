"""The keys of local actors: sealed in rows, loaded once, handed out ready to sign.

Loading a private PEM costs as much as a hundred signatures, so a process keeps the loaded
objects. Rotation adds a row with a new key id and retires the old one.
"""

from dataclasses import dataclass, field
from datetime import datetime

from fediverse_coord.errors import ConfigError
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
from fediverse_coord.storage.database import Reader, Transaction

INSERT = """
INSERT INTO keys (actor, key_id, algorithm, private_key, public_key, created_at)
VALUES (:actor, :key_id, :algorithm, :private_key, :public_key, :now)
"""

CURRENT = """
SELECT actors.name, actors.actor_id, actors.role, keys.key_id, keys.algorithm, keys.private_key
  FROM keys JOIN actors ON actors.id = keys.actor
 WHERE keys.retired_at IS NULL ORDER BY keys.id
"""

RETIRE = "UPDATE keys SET retired_at = :now WHERE key_id = :key_id"

LISTED = """
SELECT actors.name, keys.key_id, keys.algorithm, keys.public_key, keys.created_at, keys.retired_at
  FROM keys JOIN actors ON actors.id = keys.actor ORDER BY actors.id, keys.id
"""


@dataclass(slots=True)
class Keyring:
    """Loaded keys by actor name: RSA for HTTP signatures, Ed25519 for proofs."""

    _http: dict[str, SigningKey] = field(default_factory=dict, repr=False)
    _proof: dict[str, SigningKey] = field(default_factory=dict, repr=False)
    _instance: str | None = None

    def http(self, name: str) -> SigningKey:
        """The RSA key that signs the actor's requests."""
        return self._http[name]

    def proof(self, name: str) -> SigningKey:
        """The Ed25519 key that proves the actor's documents."""
        return self._proof[name]

    def instance(self) -> SigningKey:
        """The instance actor's RSA key, which signs our GETs."""
        return self._http[self._instance or ""]

    def public(self, name: str, actor_id: str) -> list[PublicKey]:
        """The public halves, RSA first."""
        found = [self._http[name], *([self._proof[name]] if name in self._proof else [])]
        return [PublicKey(one.key_id, actor_id, one.private_key.public_key()) for one in found]

    async def load(self, reader: Reader, seal: Seal) -> None:
        """Reads every key in use. Raises ConfigError where the key file is another's."""
        for row in await reader.fetch_all(CURRENT):
            pem = seal.open(row["private_key"], row["key_id"])
            key = SigningKey(row["key_id"], load_private_pem(pem))
            ring = self._http if row["algorithm"] == "rsa" else self._proof
            ring[row["name"]] = key
            if row["role"] == "instance":
                self._instance = row["name"]
        if self._instance is None:
            raise ConfigError("the database holds no instance actor: restore it from a backup")


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


async def retire(tx: Transaction, key_id: str, now: datetime) -> None:
    await tx.execute(RETIRE, key_id=key_id, now=milliseconds(now))


async def listed(reader: Reader) -> list[dict[str, object]]:
    """Every key with its actor and age; the public half only."""
    return [dict(row) for row in await reader.fetch_all(LISTED)]
