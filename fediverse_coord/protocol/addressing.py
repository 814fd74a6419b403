"""Addressing: whom an activity is for.  ActivityPub 5.6, 6, 7.1 and 7.1.3.

Works on documents already read and looks nobody up: turning a collection such
as `followers` into people belongs to storage and happens before `inboxes_for`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from fediverse_coord.protocol.documents import Document, ids_of
from fediverse_coord.protocol.vocabulary import PUBLIC, PUBLIC_ALIASES

ADDRESSING = ("to", "cc", "audience", "bto", "bcc")

Visibility: TypeAlias = Literal["public", "unlisted", "followers", "direct"]


@dataclass(frozen=True, slots=True)
class Recipient:
    """A remote actor and where it is reached."""

    actor_id: str
    inbox_url: str
    shared_inbox_url: str | None = None


def addressees(activity: Document) -> set[str]:
    """Every id the activity names, blind copies included."""
    return {one for name in ADDRESSING if name in activity for one in ids_of(activity[name])}


def is_public(activity: Document) -> bool:
    """Peers spell Public in three ways (5.6); all three count."""
    return not PUBLIC_ALIASES.isdisjoint(addressees(activity))


def visibility_of(document: Document, *, followers_id: str | None) -> Visibility:
    """As Mastodon reads it: Public in `to`, Public in `cc`, the author's followers, or people."""
    to, cc = set(ids_of(document.get("to"))), set(ids_of(document.get("cc")))
    if not PUBLIC_ALIASES.isdisjoint(to):
        return "public"
    if not PUBLIC_ALIASES.isdisjoint(cc):
        return "unlisted"
    return "followers" if followers_id is not None and followers_id in to | cc else "direct"


def address(
    visibility: Visibility, followers_id: str, people: Iterable[str] = ()
) -> tuple[list[str], list[str]]:
    """`to` and `cc` of what we send, so that every reader finds the same visibility."""
    named = list(dict.fromkeys(people))
    match visibility:
        case "public":
            return [PUBLIC], [followers_id, *named]
        case "unlisted":
            return [followers_id], [PUBLIC, *named]
        case "followers":
            return [followers_id], named
        case "direct":
            return named, []


def inboxes_for(recipients: Iterable[Recipient], *, sender_id: str) -> set[str]:
    """One inbox per server where it offers a shared one; never the sender's own.

    7.1: "Servers MUST de-duplicate the final recipient list."
    """
    return {
        recipient.shared_inbox_url or recipient.inbox_url
        for recipient in recipients
        if recipient.actor_id != sender_id
    }
