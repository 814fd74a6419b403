"""Collections as we serve them.  ActivityStreams 2.0 core 5, ActivityPub 5.

Collections of people tell counts, never names: without `first`, readers show that the
coordination hides its network, which is what protects the followers.
"""

from collections.abc import Sequence

from fediverse_coord.protocol.documents import Document
from fediverse_coord.protocol.vocabulary import AS2


def counted(collection_id: str, total: int, *, ordered: bool = True) -> Document:
    """A collection that tells only how many."""
    return {
        "@context": AS2,
        "id": collection_id,
        "type": "OrderedCollection" if ordered else "Collection",
        "totalItems": total,
    }


def paged(collection_id: str, total: int, *, ordered: bool = True) -> Document:
    """A collection whose items stand on pages; the first page is `?page=first`."""
    found = counted(collection_id, total, ordered=ordered)
    return {**found, "first": page_id(collection_id, None)} if total else found


def page(
    collection_id: str,
    cursor: str | None,
    items: Sequence[str],
    next_cursor: str | None,
    *,
    ordered: bool = True,
) -> Document:
    """One page of ids. `cursor` is the one it was asked for with."""
    found: Document = {
        "@context": AS2,
        "id": page_id(collection_id, cursor),
        "type": "OrderedCollectionPage" if ordered else "CollectionPage",
        "partOf": collection_id,
        "orderedItems" if ordered else "items": list(items),
    }
    return {**found, "next": page_id(collection_id, next_cursor)} if next_cursor else found


def whole(collection_id: str, items: Sequence[str]) -> Document:
    """All items in one answer: `featured`, which Mastodon reads only so."""
    return {**counted(collection_id, len(items)), "orderedItems": list(items)}


def page_id(collection_id: str, cursor: str | None) -> str:
    return f"{collection_id}?page={cursor or 'first'}"
