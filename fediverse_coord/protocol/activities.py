"""Activities we send.  ActivityPub 6 and 7, FEP-8b32, FEP-044f.

Each is a whole document with its own `@context`, ready for its proof; `sealed` adds the
proof and makes the bytes that are stored, delivered and answered. Ids come ready made.
"""

from dataclasses import dataclass
from datetime import datetime

from fediverse_coord.protocol.documents import Document
from fediverse_coord.protocol.keys import SigningKey
from fediverse_coord.protocol.signatures.integrity import prove
from fediverse_coord.protocol.times import as2_datetime
from fediverse_coord.protocol.vocabulary import AS2, DATA_INTEGRITY_V2, PUBLIC
from fediverse_coord.protocol.wire import dumps

CONTEXT = [AS2, DATA_INTEGRITY_V2]

QUOTE_CONTEXT = [
    AS2,
    DATA_INTEGRITY_V2,
    {
        "gts": "https://gotosocial.org/ns#",
        "QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest",
        "QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
        "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
        "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"},
    },
]


@dataclass(frozen=True, slots=True)
class Target:
    """A collection that something is added to or removed from, and the followers to tell."""

    collection_id: str
    followers_id: str


def sealed(document: Document, key: SigningKey, now: datetime) -> bytes:
    """The document with its proof, as the bytes that stand for it from now on."""
    return dumps(prove(document, key, now))


def create(activity_id: str, proved_object: Document) -> Document:
    """Create, addressed as its object is (ActivityPub 6.2); the object keeps its own proof."""
    return _with_object(activity_id, "Create", proved_object, proved_object["published"])


def update(activity_id: str, proved_object: Document, now: datetime) -> Document:
    """Update carries the whole new object (6.3)."""
    return _with_object(activity_id, "Update", proved_object, as2_datetime(now))


def _with_object(activity_id: str, type_: str, proved: Document, published: str) -> Document:
    return {
        "@context": proved["@context"],
        "id": activity_id,
        "type": type_,
        "actor": proved["attributedTo"],
        "published": published,
        "to": proved["to"],
        "cc": proved["cc"],
        "object": proved,
    }


def update_actor(activity_id: str, actor_document: Document, now: datetime) -> Document:
    """Update of an actor, to everyone: servers that know it fetch or take the copy."""
    return {
        "@context": actor_document["@context"],
        "id": activity_id,
        "type": "Update",
        "actor": actor_document["id"],
        "published": as2_datetime(now),
        "to": [PUBLIC],
        "cc": [actor_document["followers"]],
        "object": actor_document,
    }


def tombstone(object_id: str, former_type: str, deleted: datetime) -> Document:
    """What answers 410 in the place of a deleted object (6.4)."""
    return {
        "@context": CONTEXT,
        "id": object_id,
        "type": "Tombstone",
        "formerType": former_type,
        "deleted": as2_datetime(deleted),
    }


def delete(
    activity_id: str, actor_id: str, grave: Document, to: list[str], cc: list[str], now: datetime
) -> Document:
    """Delete with its Tombstone (6.4)."""
    return {
        "@context": CONTEXT,
        "id": activity_id,
        "type": "Delete",
        "actor": actor_id,
        "published": as2_datetime(now),
        "to": to,
        "cc": cc,
        "object": {k: v for k, v in grave.items() if k not in {"@context", "proof"}},
    }


def follow(activity_id: str, actor_id: str, object_id: str) -> Document:
    return {
        "@context": CONTEXT,
        "id": activity_id,
        "type": "Follow",
        "actor": actor_id,
        "object": object_id,
        "to": [object_id],
    }


def rebuilt_follow(follow_id: str | None, follower_id: str, object_id: str) -> Document:
    """A Follow from its four strings: nothing foreign enters what we sign."""
    rebuilt = {"id": follow_id, "type": "Follow", "actor": follower_id, "object": object_id}
    return {k: v for k, v in rebuilt.items() if v is not None}


def accept(activity_id: str, actor_id: str, accepted: Document) -> Document:
    """Accept of a Follow, to the one who asked (7.5)."""
    return _answer("Accept", activity_id, actor_id, accepted)


def reject(activity_id: str, actor_id: str, rejected: Document) -> Document:
    """Reject of a Follow or a QuoteRequest."""
    return _answer("Reject", activity_id, actor_id, rejected)


def _answer(type_: str, activity_id: str, actor_id: str, request: Document) -> Document:
    return {
        "@context": QUOTE_CONTEXT if request["type"] == "QuoteRequest" else CONTEXT,
        "id": activity_id,
        "type": type_,
        "actor": actor_id,
        "to": [request["actor"]],
        "object": request,
    }


def announce(
    activity_id: str,
    actor_id: str,
    followers_id: str,
    object_id: str,
    author_id: str,
    now: datetime,
) -> Document:
    """Announce of another's public object: a boost (7.11). Its author is told."""
    return {
        "@context": CONTEXT,
        "id": activity_id,
        "type": "Announce",
        "actor": actor_id,
        "published": as2_datetime(now),
        "to": [PUBLIC],
        "cc": [followers_id, author_id],
        "object": object_id,
    }


def add(activity_id: str, actor_id: str, object_id: str, target: Target, now: datetime) -> Document:
    """Add to a collection of our own (6.6): Mastodon pins what is added to `featured`."""
    return _moved("Add", activity_id, actor_id, object_id, target, now)


def remove(
    activity_id: str, actor_id: str, object_id: str, target: Target, now: datetime
) -> Document:
    """Remove from a collection of our own (6.7)."""
    return _moved("Remove", activity_id, actor_id, object_id, target, now)


def _moved(
    type_: str, activity_id: str, actor_id: str, object_id: str, target: Target, now: datetime
) -> Document:
    return {
        "@context": CONTEXT,
        "id": activity_id,
        "type": type_,
        "actor": actor_id,
        "published": as2_datetime(now),
        "to": [PUBLIC],
        "cc": [target.followers_id],
        "object": object_id,
        "target": target.collection_id,
    }


def undo(activity_id: str, undone: Document, now: datetime) -> Document:
    """Undo of our own Follow, Announce or Like, addressed as that was (6.10)."""
    kept = {k: v for k, v in undone.items() if k not in {"@context", "proof"}}
    return {
        "@context": CONTEXT,
        "id": activity_id,
        "type": "Undo",
        "actor": undone["actor"],
        "published": as2_datetime(now),
        **{name: undone[name] for name in ("to", "cc") if name in undone},
        "object": kept,
    }


def rebuilt_quote_request(request_id: str, actor_id: str, object_id: str, quoting: str) -> Document:
    """A QuoteRequest from its strings, as an Accept or Reject names it (FEP-044f)."""
    return {
        "type": "QuoteRequest",
        "id": request_id,
        "actor": actor_id,
        "object": object_id,
        "instrument": quoting,
    }


def quote_accept(activity_id: str, actor_id: str, request: Document, stamp_id: str) -> Document:
    """Accept of a QuoteRequest: `result` is where the stamp can be fetched (FEP-044f)."""
    return {**accept(activity_id, actor_id, request), "result": stamp_id}


def quote_authorization(stamp_id: str, actor_id: str, quoting: str, quoted: str) -> Document:
    """The stamp: that this post may quote that one (FEP-044f)."""
    return {
        "@context": QUOTE_CONTEXT,
        "id": stamp_id,
        "type": "QuoteAuthorization",
        "attributedTo": actor_id,
        "interactingObject": quoting,
        "interactionTarget": quoted,
    }
