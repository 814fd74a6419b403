"""Answers to what came in: a Note that mentions whom it answers.  INTERFACE: Wire choices.

From then on an answer is a declaration like others (`drafts`, `releases`), of moderators.
"""

from collections.abc import Mapping

from fediverse_coord.desk import composing, drafts
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.drafts import Saved
from fediverse_coord.desk.people import Duty, Person, require
from fediverse_coord.errors import Conflict, NotFound
from fediverse_coord.storage import actors, remote_actors
from fediverse_coord.storage.responses import Response


async def create(
    desk: Desk,
    person: Person,
    response: Response,
    fields: Mapping[str, object],
    *,
    visibility: str | None = None,
) -> Saved:
    """Answers a response: a Note that mentions its author, never wider unless asked."""
    actor = await actors.by_row(desk.db, response.actor)
    author = await remote_actors.by_row(desk.db, response.remote_actor)
    if actor is None or author is None:
        raise NotFound("this response is not here any more")
    require(person, Duty.MODERATE, actor.name)
    actor = await coordination(desk, actor.name)
    if author.gone:
        raise Conflict("whoever wrote this has left; there is nobody to answer")
    draft = composing.checked(
        actor,
        {
            **fields,
            "form": "note",
            "in_reply_to": response.object_id,
            "visibility": visibility or _no_wider(response.visibility),
        },
    )
    draft, people = await composing.answering(desk, author, draft)
    return await drafts.make(desk, person, actor, draft, people, publish=True)


def _no_wider(visibility: str) -> str:
    """Their followers are not ours: what was said to those is answered to its author alone."""
    return "direct" if visibility == "followers" else visibility
