"""The life of a declaration as a table: (state, verb) → state.  INTERFACE: the API's states.

Whether the person may say the verb, and what follows from it, is decided elsewhere.
"""

from enum import StrEnum

from fediverse_coord.errors import Conflict


class State(StrEnum):
    DRAFT = "draft"
    AWAITING_APPROVAL = "awaiting_approval"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    DELETED = "deleted"


class Verb(StrEnum):
    SUBMIT = "submit"  # to a second coordinator
    APPROVE = "approve"
    REJECT = "reject"
    SCHEDULE = "schedule"
    UNSCHEDULE = "unschedule"
    PUBLISH = "publish"
    UPDATE = "update"
    CORRECT = "correct"  # an edit that readers are told of
    WITHDRAW = "withdraw"
    REDACT = "redact"  # take a name out, of what it says and said
    DELETE = "delete"


TRANSITIONS: dict[tuple[State, Verb], State] = {
    (State.DRAFT, Verb.UPDATE): State.DRAFT,
    (State.DRAFT, Verb.SUBMIT): State.AWAITING_APPROVAL,
    (State.DRAFT, Verb.SCHEDULE): State.SCHEDULED,
    (State.DRAFT, Verb.PUBLISH): State.PUBLISHED,
    **{(state, Verb.REDACT): state for state in State if state is not State.DELETED},
    (State.DRAFT, Verb.DELETE): State.DELETED,
    (State.AWAITING_APPROVAL, Verb.UPDATE): State.AWAITING_APPROVAL,
    (State.AWAITING_APPROVAL, Verb.APPROVE): State.PUBLISHED,
    (State.AWAITING_APPROVAL, Verb.REJECT): State.DRAFT,
    (State.AWAITING_APPROVAL, Verb.DELETE): State.DELETED,
    (State.SCHEDULED, Verb.UPDATE): State.SCHEDULED,
    (State.SCHEDULED, Verb.SCHEDULE): State.SCHEDULED,
    (State.SCHEDULED, Verb.UNSCHEDULE): State.DRAFT,
    (State.SCHEDULED, Verb.PUBLISH): State.PUBLISHED,
    (State.SCHEDULED, Verb.DELETE): State.DELETED,
    (State.PUBLISHED, Verb.UPDATE): State.PUBLISHED,
    (State.PUBLISHED, Verb.CORRECT): State.PUBLISHED,
    (State.PUBLISHED, Verb.WITHDRAW): State.WITHDRAWN,
    (State.PUBLISHED, Verb.DELETE): State.DELETED,
    (State.WITHDRAWN, Verb.DELETE): State.DELETED,
}


def verbs_in(state: State) -> tuple[Verb, ...]:
    """What can be done with a declaration in this state."""
    return tuple(verb for one, verb in TRANSITIONS if one is state)


def next_state(state: State, verb: Verb) -> State:
    """The state that follows. Raises Conflict, which names what is possible instead."""
    following = TRANSITIONS.get((state, verb))
    if following is None:
        possible = ", ".join(verbs_in(state)) or "nothing; it is final"
        told = state.replace("_", " ")
        raise Conflict(f"a declaration that is {told} cannot take '{verb}'; possible: {possible}")
    return following
