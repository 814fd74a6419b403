"""How following begins and ends, as a table.  ActivityPub 6.5, 7.5 to 7.7, inbound.md 4.

Reads like the drawing: what is not in the table changes nothing. Whether a coordination
answers by itself or a person does is the caller's `by_hand`.
"""

from enum import Enum


class State(Enum):
    """How one actor stands to another that it follows, or does not."""

    NOBODY = "nobody"
    REQUESTED = "requested"
    FOLLOWER = "follower"


NOBODY, REQUESTED, FOLLOWER = State.NOBODY, State.REQUESTED, State.FOLLOWER

TRANSITIONS = {
    (NOBODY, "Follow"): REQUESTED,
    (REQUESTED, "Follow"): REQUESTED,
    (FOLLOWER, "Follow"): FOLLOWER,  # repeated: whoever forgot hears it again
    (REQUESTED, "Accept"): FOLLOWER,
    (FOLLOWER, "Accept"): FOLLOWER,
    (REQUESTED, "Reject"): NOBODY,
    (FOLLOWER, "Reject"): NOBODY,  # a follower removed, however late
    (REQUESTED, "Undo"): NOBODY,
    (FOLLOWER, "Undo"): NOBODY,
    (REQUESTED, "Block"): NOBODY,
    (FOLLOWER, "Block"): NOBODY,
}


def after(state: State, activity_type: str) -> State:
    """The state that an activity leads to."""
    return TRANSITIONS.get((state, activity_type), state)


def after_follow(state: State, *, by_hand: bool) -> State:
    """The state once a Follow came: accepted at once, unless a person answers."""
    asked = after(state, "Follow")
    return asked if by_hand else after(asked, "Accept")
