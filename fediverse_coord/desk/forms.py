"""Note or Article: as what a coordination's titled texts go out, asked once and remembered.

INTERFACE: Wire choices. A file that writes `default_form` has decided; where it leaves it open the
console asks whoever may publish. Each text may still choose for itself.
"""

from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.people import MAY, Duty, Person, require
from fediverse_coord.errors import FieldFault, Refusal
from fediverse_coord.publishing.declarations import Form
from fediverse_coord.storage import actors, audit
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Transaction


def is_asked(person: Person, actor: LocalActor) -> bool:
    """Whether this person is to be asked: nobody chose yet, and they may."""
    profile = actor.profile
    is_open = profile.get("asks_form", False) and not profile.get("chosen_form")
    return bool(is_open) and person.role in MAY[Duty.PUBLISH]


async def choose(desk: Desk, person: Person, actor_name: str, form: str) -> None:
    """Raises NotAllowed, NotFound, Refusal for what is no form."""
    require(person, Duty.PUBLISH, actor_name)
    actor, now = await coordination(desk, actor_name), desk.clock()
    if form not in tuple(Form):
        reason = f"must be one of: {', '.join(Form)}"
        raise Refusal(f"form {reason}", faults=[FieldFault("form", reason)])

    async def work(tx: Transaction) -> None:
        await actors.choose_form(tx, actor.row, form)
        await audit.record(tx, person.row, "choose form", f"actor:{actor.name}", now)

    await desk.db.write(work)
