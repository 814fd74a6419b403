"""What of a document may be believed.  inbound.md 3 and 5, FEP-fe34.

A verified actor speaks for itself and for what is its own on its own origin. Everything
else an activity carries is a hint where to ask; properties of a hint are never used.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from fediverse_coord.errors import Forbidden
from fediverse_coord.protocol.documents import Document, embedded, first_id, id_of, ids_of
from fediverse_coord.protocol.uris import same_origin

Fetch: TypeAlias = Callable[[str], Awaitable[Document]]

MAX_FETCHES = 5  # for one activity (security C9)


@dataclass(slots=True)
class Fetches:
    """Counts what one activity makes us ask for."""

    fetch: Fetch
    left: int = MAX_FETCHES

    async def __call__(self, iri: str) -> Document:
        """Raises DereferenceError, Forbidden when the activity has used up its share."""
        self.spend(iri)
        return await self.fetch(iri)

    def spend(self, iri: str) -> None:
        if self.left <= 0:
            raise Forbidden(iri, "one activity may not make us ask so often")
        self.left -= 1


def owners_of(document: Document) -> set[str]:
    """Whose an object says it is."""
    return set(ids_of(document.get("attributedTo")))


def vouched(value: object, actor_id: str) -> Document | None:
    """The embedded object, if the verified actor may speak for it: its own, on its own origin."""
    found = embedded(value)
    if found is None or not same_origin(found.get("id"), actor_id):
        return None
    return found if actor_id in owners_of(found) else None


async def resolve(value: object, actor_id: str, fetch: Fetch) -> Document | None:
    """The actor's object: as it is embedded where that is enough, else as its origin has it.

    Nothing where it is nobody's or somebody else's. Raises DereferenceError.
    """
    found = vouched(value, actor_id)
    if found is not None:
        return found
    object_id = first_id(value)
    if object_id is None or not same_origin(object_id, actor_id):
        return None
    document = await fetch(object_id)
    return document if actor_id in owners_of(document) else None


def same_actor(undone: Document, actor_id: str) -> bool:
    """Whether an embedded activity is the actor's own, as far as it says whose it is."""
    claimed = first_id(undone.get("actor"))
    return claimed is None or claimed == actor_id


def object_id_of(document: Document) -> str | None:
    """The id an activity is about, where it is about one thing."""
    value = document.get("object")
    return id_of(value) if not isinstance(value, list) else first_id(value)
