"""Passages as the form of a declaration shows them: lines to copy, and what has other words now."""

from fediverse_coord.desk import inserting, passages
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.web.console.editor_views import PassagesForm
from fediverse_coord.web.console.form_views import Filled
from fediverse_coord.web.console.passages import place_of
from fediverse_coord.web.console.visits import Visit

LISTED = 30


async def passages_for(visit: Visit, actor: LocalActor, form: Filled) -> PassagesForm:
    """The first of them; and of a published text those that it holds in other words."""
    desk = visit.faces.desk
    found, _ = await passages.page(desk, visit.person, actor.name, limit=LISTED)
    out = form.before.released.versions if form.before else ()
    older = (await inserting.older(desk, actor, out)).values()
    return PassagesForm(
        slugs=tuple(one.slug for one in found),
        url=place_of(actor.name),
        older=tuple(dict.fromkeys(slug for slugs in older for slug in slugs)),
        take_up=form.typed.has("take_up"),
    )
