"""A new declaration as one wish: kept as a draft, published, or handed to a second coordinator.

Where a coordination's policy asks for approvals, publishing at once would go round them: the
text then waits as a draft that its author has submitted.
"""

from collections.abc import Mapping

from fediverse_coord.desk import drafts, releases
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.drafts import Saved
from fediverse_coord.desk.people import Duty, Person, require


async def file(
    desk: Desk, person: Person, actor_name: str, fields: Mapping[str, object], *, publish: bool
) -> Saved:
    """Its state tells which of the three it became. Raises InvalidDraft, NotAllowed, NotFound."""
    require(person, Duty.PUBLISH if publish else Duty.DRAFT, actor_name)
    policies = (await coordination(desk, actor_name)).profile["policies"]
    if not (publish and policies["approvals"] and person.row is not None):
        return await drafts.create(desk, person, actor_name, fields, publish=publish)
    draft = await drafts.create(desk, person, actor_name, fields)
    submitted = await releases.publish(desk, person, draft.work.declaration.key)
    warnings = (*draft.warnings, *submitted.warnings)
    return Saved(submitted.work, warnings, named=submitted.named)
