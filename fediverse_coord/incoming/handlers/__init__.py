"""Which handler an activity type has.  inbound.md 4; FEDERATION.md tells others the same.

A type that is not in the table is politely ignored: View, Dislike, Join, Listen, Add, Remove
and whatever comes next. To add one: write its handler beside these, enter it here, add its
shapes to `tests/incoming/test_shapes.py` and its line to FEDERATION.md.
"""

from collections.abc import Mapping
from types import MappingProxyType

from fediverse_coord.incoming.context import Handler
from fediverse_coord.incoming.handlers.answers import accept, reject
from fediverse_coord.incoming.handlers.boosts import announce
from fediverse_coord.incoming.handlers.edits import delete, update
from fediverse_coord.incoming.handlers.follows import follow
from fediverse_coord.incoming.handlers.moderation import block, flag, move
from fediverse_coord.incoming.handlers.posts import create
from fediverse_coord.incoming.handlers.quotes import quote_request
from fediverse_coord.incoming.handlers.reactions import like
from fediverse_coord.incoming.handlers.undo import undo
from fediverse_coord.protocol.documents import as_list

HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {
        "Accept": accept,
        "Announce": announce,
        "Block": block,
        "Create": create,
        "Delete": delete,
        "EmojiReact": like,
        "EmojiReaction": like,
        "Flag": flag,
        "Follow": follow,
        "Like": like,
        "Move": move,
        "QuoteRequest": quote_request,
        "Reject": reject,
        "Undo": undo,
        "Update": update,
    }
)

# What is looked into when somebody else than its actor tells us of it.
NOTICED = frozenset({"Announce", "Create", "Delete", "Update"})


def kind_of(document: Mapping[str, object]) -> str | None:
    """The first of the document's types that we act on."""
    type_ = document.get("type")
    if isinstance(type_, str):
        return type_ if type_ in HANDLERS else None
    return next((one for one in as_list(document.get("type")) if _is_handled(one)), None)


def _is_handled(type_: object) -> bool:
    return isinstance(type_, str) and type_ in HANDLERS
