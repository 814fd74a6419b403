"""Every cell of the table of states."""

import pytest

from fediverse_coord.errors import Conflict
from fediverse_coord.publishing.states import TRANSITIONS, State, Verb, next_state, verbs_in


@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize("state", State)
def test_every_verb_leads_on_or_says_what_is_possible(state: State, verb: Verb) -> None:
    if (state, verb) in TRANSITIONS:
        assert next_state(state, verb) is TRANSITIONS[state, verb]
        return
    with pytest.raises(Conflict) as refused:
        next_state(state, verb)
    assert all(possible in refused.value.reason for possible in verbs_in(state))


def test_what_is_deleted_stays_deleted() -> None:
    assert verbs_in(State.DELETED) == ()


def test_every_state_can_be_reached_from_a_draft() -> None:
    reached = {State.DRAFT}
    for _ in State:
        reached |= {end for (start, _), end in TRANSITIONS.items() if start in reached}
    assert reached == set(State)


def test_only_what_was_released_can_be_withdrawn() -> None:
    assert [state for state in State if Verb.WITHDRAW in verbs_in(state)] == [State.PUBLISHED]


def test_states_and_verbs_read_as_the_interface_writes_them() -> None:
    assert next_state(State("draft"), Verb("submit")) == "awaiting_approval"
