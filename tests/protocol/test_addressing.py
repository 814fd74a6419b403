"""Whom an activity is for, and how far it may be seen."""

import pytest

from fediverse_coord.protocol.addressing import (
    Recipient,
    Visibility,
    address,
    addressees,
    inboxes_for,
    is_public,
    visibility_of,
)
from fediverse_coord.protocol.vocabulary import PUBLIC

US = "https://here.example/coordinator"
FOLLOWERS = "https://far.example/ann/followers"
ANN = Recipient(
    "https://far.example/ann", "https://far.example/ann/inbox", "https://far.example/inbox"
)
BEN = Recipient(
    "https://far.example/ben", "https://far.example/ben/inbox", "https://far.example/inbox"
)
CLO = Recipient("https://small.example/clo", "https://small.example/clo/inbox")


def test_two_followers_on_one_server_share_a_delivery() -> None:
    assert inboxes_for([ANN, BEN], sender_id=US) == {"https://far.example/inbox"}


def test_a_server_without_a_shared_inbox_gets_the_personal_one() -> None:
    assert inboxes_for([CLO], sender_id=US) == {"https://small.example/clo/inbox"}


def test_the_sender_is_never_a_recipient() -> None:
    assert inboxes_for([ANN, CLO], sender_id=CLO.actor_id) == {"https://far.example/inbox"}


@pytest.mark.parametrize("spelling", ["Public", "as:Public", PUBLIC])
def test_every_spelling_of_public_counts(spelling: str) -> None:
    assert is_public({"type": "Create", "cc": spelling})


def test_blind_copies_and_embedded_objects_are_addressees_too() -> None:
    activity = {"to": "a", "cc": [{"id": "b"}, 7, None], "bto": ["c"], "audience": {"id": "d"}}
    assert addressees(activity) == {"a", "b", "c", "d"}


@pytest.mark.parametrize(
    "to, cc, expected",
    [
        ([PUBLIC], [FOLLOWERS], "public"),
        ([FOLLOWERS], [PUBLIC], "unlisted"),
        (FOLLOWERS, [], "followers"),
        ([], [FOLLOWERS], "followers"),
        ([US], [], "direct"),
        ([], [], "direct"),
        ("as:Public", None, "public"),
        ({"id": "Public"}, None, "public"),
        ([3, {"no": "id"}], "x", "direct"),
    ],
)
def test_visibility_is_read_from_to_and_cc(to: object, cc: object, expected: str) -> None:
    assert visibility_of({"to": to, "cc": cc}, followers_id=FOLLOWERS) == expected


@pytest.mark.parametrize("visibility", ["public", "unlisted", "followers", "direct"])
def test_what_we_address_reads_back_as_meant(visibility: Visibility) -> None:
    to, cc = address(visibility, FOLLOWERS, ["https://far.example/ann"])
    assert visibility_of({"to": to, "cc": cc}, followers_id=FOLLOWERS) == visibility
    assert "https://far.example/ann" in to + cc
