"""Under which address a new declaration's page is found."""

from fediverse_coord.errors import FieldFault
from fediverse_coord.publishing.declarations import Draft, InvalidDraft
from fediverse_coord.publishing.slugs import numbered, slug_from
from fediverse_coord.storage import declarations
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Reader


async def free_slug(reader: Reader, actor: LocalActor, draft: Draft, key: str) -> str:
    """The asked-for slug, or one made from the title; numbered where others have it."""
    wanted = draft.slug or slug_from(draft.title, key)
    slug, number = wanted, 1
    while not await declarations.slug_is_free(reader, actor.row, slug):
        if draft.slug:
            reason = f"'{wanted}' is the address of another declaration; choose another"
            raise InvalidDraft(f"slug {reason}", faults=[FieldFault("slug", reason)])
        number += 1
        slug = numbered(wanted, number)
    return slug
