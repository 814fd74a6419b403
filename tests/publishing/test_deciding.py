"""Following and holding, cell by cell."""

import pytest

from fediverse_coord.protocol.addressing import Visibility
from fediverse_coord.publishing.following import TRANSITIONS, State, after, after_follow
from fediverse_coord.publishing.moderation import (
    Decision,
    approves_followers,
    decide,
    decide_again,
    hold_of,
    narrower,
)

VISIBILITIES: list[Visibility] = ["public", "unlisted", "followers", "direct"]


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("type_", ["Follow", "Accept", "Reject", "Undo", "Block", "Like", ""])
def test_what_is_not_in_the_table_changes_nothing(state: State, type_: str) -> None:
    assert after(state, type_) is TRANSITIONS.get((state, type_), state)


@pytest.mark.parametrize("type_", ["Reject", "Undo", "Block"])
@pytest.mark.parametrize("state", State)
def test_everything_that_ends_a_following_ends_it(state: State, type_: str) -> None:
    assert after(state, type_) is State.NOBODY


@pytest.mark.parametrize(
    ("state", "by_hand", "expected"),
    [
        (State.NOBODY, False, State.FOLLOWER),
        (State.NOBODY, True, State.REQUESTED),
        (State.REQUESTED, False, State.FOLLOWER),
        (State.REQUESTED, True, State.REQUESTED),
        (State.FOLLOWER, False, State.FOLLOWER),
        (State.FOLLOWER, True, State.FOLLOWER),
    ],
)
def test_a_follow_is_answered_at_once_or_waits(
    state: State, by_hand: bool, expected: State
) -> None:
    assert after_follow(state, by_hand=by_hand) is expected


@pytest.mark.parametrize("visibility", VISIBILITIES)
@pytest.mark.parametrize("hold", ["all", "strangers", "none", "", "ALL", "unknown"])
@pytest.mark.parametrize("stranger", [True, False])
def test_where_a_new_response_goes(visibility: Visibility, hold: str, stranger: bool) -> None:
    decision = decide(visibility, hold, stranger=stranger)
    if visibility in {"followers", "direct"}:
        assert decision == "mailbox"
    elif hold == "none" or (hold == "strangers" and not stranger):
        assert decision == "approved"
    else:
        assert decision == "held"


@pytest.mark.parametrize("state", ["held", "approved", "rejected", "mailbox"])
@pytest.mark.parametrize("visibility", VISIBILITIES)
@pytest.mark.parametrize("hold", ["all", "strangers", "none"])
@pytest.mark.parametrize("changed", [True, False])
def test_an_edit_never_shows_more_than_before(
    state: Decision, visibility: Visibility, hold: str, changed: bool
) -> None:
    decision = decide_again(state, visibility, hold, text_changed=changed)
    if state == "mailbox" or visibility in {"followers", "direct"}:
        assert decision == "mailbox"
    elif state == "approved" and changed and hold != "none":
        assert decision == "held"
    else:
        assert decision == state


@pytest.mark.parametrize("one", VISIBILITIES)
@pytest.mark.parametrize("other", VISIBILITIES)
def test_the_narrower_reading_counts(one: Visibility, other: Visibility) -> None:
    expected = VISIBILITIES[max(VISIBILITIES.index(one), VISIBILITIES.index(other))]
    assert narrower(one, other) == expected


@pytest.mark.parametrize(
    ("profile", "hold"),
    [
        ({"policies": {"hold": "none"}}, "none"),
        ({"policies": {"hold": "strangers"}}, "strangers"),
        ({"policies": {"hold": "nothing"}}, "all"),
        ({"policies": None}, "all"),
        ({}, "all"),
    ],
)
def test_an_unclear_policy_holds_everything(profile: dict[str, object], hold: str) -> None:
    assert hold_of(profile) == hold


def test_followers_are_approved_by_hand_only_where_it_says_so() -> None:
    assert approves_followers({"policies": {"approve_followers": True}})
    assert not approves_followers({"policies": {"approve_followers": "yes"}})
    assert not approves_followers({})
