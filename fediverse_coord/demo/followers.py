"""Synthetic followers: people with an actor document, keys and a handle, who live on a host.

What they say is built here by hand, as other software builds it, and signed by the judges'
libraries.
"""

import asyncio
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fediverse_coord.demo.asking import Reply, ask
from fediverse_coord.demo.hosts import Host
from fediverse_coord.demo.judges import signed_post
from fediverse_coord.protocol import multikey
from fediverse_coord.protocol.documents import Document
from fediverse_coord.protocol.times import as2_datetime
from fediverse_coord.protocol.vocabulary import AS2, PUBLIC, SECURITY_V1

NAMES = ("ana", "bo", "chi", "dara", "eli")


@dataclass(slots=True)
class Follower:
    """Somebody on a host: RSA keys sign by draft-cavage, Ed25519 keys by RFC 9421."""

    host: Host
    name: str
    key: RSAPrivateKey | Ed25519PrivateKey = field(repr=False)
    follow: Document = field(default_factory=dict)  # the one they sent
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def actor_id(self) -> str:
        return f"{self.host.origin}/users/{self.name}"

    @property
    def handle(self) -> str:
        return f"@{self.name}@{self.host.origin.removeprefix('http://')}"

    @property
    def inbox_url(self) -> str:
        return f"{self.actor_id}/inbox"

    @property
    def delivery_url(self) -> str:
        """Where posts for followers are to arrive."""
        return self.host.shared_inbox if self.host.shared else self.inbox_url

    @property
    def key_id(self) -> str:
        return f"{self.actor_id}#main-key"

    def settle(self) -> None:
        """Moves in: the host serves the document and knows the handle."""
        self.host.serve(self.actor_id, self._document())
        account = f"acct:{self.handle[1:]}"
        link = {"rel": "self", "type": "application/activity+json", "href": self.actor_id}
        self.host.name(account, {"subject": account, "links": [link]})

    def _document(self) -> Document:
        endpoints = {"endpoints": {"sharedInbox": self.host.shared_inbox}}
        return {
            "@context": [AS2, SECURITY_V1],
            "id": self.actor_id,
            "type": "Person",
            "preferredUsername": self.name,
            "name": self.name.title(),
            "inbox": self.inbox_url,
            "outbox": f"{self.actor_id}/outbox",
            "followers": f"{self.actor_id}/followers",
            **(endpoints if self.host.shared else {}),
            **self._public_key(),
        }

    def _public_key(self) -> Document:
        if isinstance(self.key, RSAPrivateKey):
            info = PublicFormat.SubjectPublicKeyInfo
            pem = self.key.public_key().public_bytes(Encoding.PEM, info).decode()
            named = {"id": self.key_id, "owner": self.actor_id, "publicKeyPem": pem}
            return {"publicKey": named}
        text = multikey.encode(self.key.public_key())
        named = {"id": self.key_id, "type": "Multikey", "controller": self.actor_id}
        return {"assertionMethod": [named | {"publicKeyMultibase": text}]}

    def activity(self, type_: str, object_: object, **more: object) -> Document:
        """An activity of theirs, with an id of its own."""
        return {
            "@context": AS2,
            "id": f"{self.actor_id}#{type_.lower()}-{next(self._numbers)}",
            "type": type_,
            "actor": self.actor_id,
            "object": object_,
            **more,
        }

    def note(self, text: str, to: Sequence[str] = (PUBLIC,), **more: object) -> Document:
        """A post of theirs, which their host serves as well."""
        note_id = f"{self.actor_id}/statuses/{next(self._numbers)}"
        note = {
            "@context": AS2,
            "id": note_id,
            "type": "Note",
            "attributedTo": self.actor_id,
            "content": f"<p>{text}</p>",
            "published": as2_datetime(datetime.now(UTC)),
            "to": list(to),
            "cc": [],
            **more,
        }
        self.host.serve(note_id, note)
        return note

    async def send(self, url: str, activity: Document) -> Reply:
        """Signs and delivers it."""
        body = json.dumps(activity).encode()
        headers = await asyncio.to_thread(signed_post, url, body, self.key, self.key_id)
        return await ask("POST", url, headers, body)


def keys_for(modern: Sequence[bool]) -> list[list[RSAPrivateKey | Ed25519PrivateKey]]:
    """Keys for the people of each host: seconds of computing where they are RSA."""
    return [[_key(one) for _ in NAMES] for one in modern]


def _key(modern: bool) -> RSAPrivateKey | Ed25519PrivateKey:
    if modern:
        return Ed25519PrivateKey.generate()
    return generate_private_key(public_exponent=65537, key_size=2048)


def settled(
    hosts: Sequence[Host], keys: Sequence[Sequence[RSAPrivateKey | Ed25519PrivateKey]]
) -> list[Follower]:
    """Five people on every host, ready to act."""
    found = [
        Follower(host, name, key)
        for host, its_keys in zip(hosts, keys, strict=True)
        for name, key in zip(NAMES, its_keys, strict=True)
    ]
    for one in found:
        one.settle()
    return found
