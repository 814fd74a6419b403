"""The actor document.  ActivityPub 4, FEP-521a, FEP-5feb, FEP-2c59, FEP-2677.

Only what we serve is named: `liked`, `featuredTags` and the like stay out until they
answer. `type`, ids and key names never change once published.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fediverse_coord.protocol import multikey
from fediverse_coord.protocol.documents import Document
from fediverse_coord.protocol.keys import PublicKey, public_pem
from fediverse_coord.protocol.times import as2_datetime
from fediverse_coord.protocol.uris import Uris
from fediverse_coord.protocol.vocabulary import AS2, CID_V1, DATA_INTEGRITY_V2, SECURITY_V1

ACTOR_CONTEXT = [
    AS2,
    SECURITY_V1,
    CID_V1,
    DATA_INTEGRITY_V2,
    {
        "toot": "http://joinmastodon.org/ns#",
        "schema": "http://schema.org#",
        "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
        "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
        "featured": {"@id": "toot:featured", "@type": "@id"},
        "discoverable": "toot:discoverable",
        "indexable": "toot:indexable",
        "attributionDomains": {"@id": "toot:attributionDomains", "@type": "@id"},
        "PropertyValue": "schema:PropertyValue",
        "value": "schema:value",
        "webfinger": {
            "@id": "https://purl.archive.org/socialweb/webfinger#webfinger",
            "@type": "xsd:string",
        },
    },
]

APPLICATION_CONTEXT = [
    AS2,
    SECURITY_V1,
    {
        "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
        "implements": {"@id": "https://w3id.org/fep/844e/implements", "@type": "@id"},
    },
]

RFC9421 = {
    "href": "https://datatracker.ietf.org/doc/html/rfc9421",
    "name": "RFC-9421: HTTP Message Signatures",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """An icon or header image: its address, media type and alternative text."""

    url: str
    media_type: str
    alt: str

    def document(self) -> Document:
        # Mastodon 4.6 reads the alternative text from `summary` or `name`.
        return {
            "type": "Image",
            "mediaType": self.media_type,
            "url": self.url,
            "name": self.alt,
        }


@dataclass(frozen=True, slots=True)
class Profile:
    """What an actor document says of a coordination. `summary` and field values are HTML."""

    name: str
    username: str
    type: str
    summary: str
    published: datetime
    fields: tuple[tuple[str, str], ...] = ()
    icon: Picture | None = None
    image: Picture | None = None
    aliases: tuple[str, ...] = ()
    attribution_domains: tuple[str, ...] = ()
    approves_followers: bool = False


def coordination_actor(uris: Uris, profile: Profile, keys: Sequence[PublicKey]) -> Document:
    """The document behind a coordination's id; `keys` are its RSA key, then its Ed25519 keys."""
    name = profile.username
    actor_id = uris.actor(name)
    rsa, *proof_keys = keys
    return {
        "@context": ACTOR_CONTEXT,
        "id": actor_id,
        "type": profile.type,
        "preferredUsername": name,
        "webfinger": f"{name}@{uris.handle_host}",
        "name": profile.name,
        "summary": profile.summary,
        "url": uris.profile(name),
        "inbox": uris.inbox(name),
        "outbox": uris.outbox(name),
        "followers": uris.followers(name),
        "following": uris.following(name),
        "endpoints": {"sharedInbox": uris.shared_inbox},
        "featured": uris.featured(name),
        # Pixelfed reads an absent value as "private".
        "manuallyApprovesFollowers": profile.approves_followers,
        "discoverable": True,
        "indexable": True,
        "published": as2_datetime(profile.published),
        **_pictures(profile),
        "attachment": [
            {"type": "PropertyValue", "name": label, "value": value}
            for label, value in profile.fields
        ],
        "alsoKnownAs": list(profile.aliases),
        "attributionDomains": list(profile.attribution_domains),
        "publicKey": public_key(rsa),
        "assertionMethod": [verification_method(one) for one in proof_keys],
    }


def instance_actor(uris: Uris, key: PublicKey) -> Document:
    """The Application that signs our GETs; readable unsigned, or two servers would deadlock."""
    actor_id = uris.instance_actor
    return {
        "@context": APPLICATION_CONTEXT,
        "id": actor_id,
        "type": "Application",
        "preferredUsername": uris.host,
        "name": uris.host,
        "url": f"{uris.origin}/about",
        "inbox": f"{actor_id}/inbox",
        "outbox": f"{actor_id}/outbox",
        "endpoints": {"sharedInbox": uris.shared_inbox},
        "manuallyApprovesFollowers": True,
        "implements": [RFC9421],
        "publicKey": public_key(key),
    }


def _pictures(profile: Profile) -> Document:
    pictures = {"icon": profile.icon, "image": profile.image}
    return {name: picture.document() for name, picture in pictures.items() if picture}


def public_key(key: PublicKey) -> Document:
    """`publicKey`, always a single object: Pixelfed reads its members directly."""
    return {"id": key.key_id, "owner": key.owner_id, "publicKeyPem": public_pem(key.key)}


def verification_method(key: PublicKey) -> Document:
    """A Multikey of `assertionMethod` (FEP-521a)."""
    return {
        "id": key.key_id,
        "type": "Multikey",
        "controller": key.owner_id,
        "publicKeyMultibase": multikey.encode(key.key),
    }
