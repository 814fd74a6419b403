"""Whose turn it is: one server's thousands keep nobody else waiting."""

from datetime import UTC, datetime

from fediverse_coord.outgoing.lanes import Lanes, Place
from fediverse_coord.storage.claims import Delivery, Message

NOW = datetime(2026, 10, 14, 12, tzinfo=UTC)
MESSAGE = Message(1, None, b"{}", "https://here.example/actors/pits#main-key")


def to(host: str, row: int) -> Delivery:
    origin = f"https://{host}"
    return Delivery(row, "token", MESSAGE, row, f"{origin}/inbox", origin, 1, NOW, None, None)


def test_a_server_has_so_many_under_way_and_a_few_behind_them() -> None:
    lanes = Lanes(per_host=2)
    places = [lanes.offer(to("far.example", row)) for row in range(12)]
    assert places == [Place.GOES] * 2 + [Place.WAITS] * 8 + [Place.FULL] * 2
    assert lanes.offer(to("other.example", 99)) is Place.GOES


def test_who_waits_goes_in_the_order_in_which_they_came() -> None:
    lanes = Lanes(per_host=1)
    for row in range(4):
        lanes.offer(to("far.example", row))
    rows = [one.row if (one := lanes.ended("https://far.example")) else None for _ in range(4)]
    assert rows == [1, 2, 3, None]
    assert lanes.offer(to("far.example", 5)) is Place.GOES


def test_a_lane_that_refused_asks_for_more_once_it_runs_short() -> None:
    lanes = Lanes(per_host=1)
    for row in range(6):
        lanes.offer(to("far.example", row))
    assert lanes.short == set()
    for _ in range(3):
        lanes.ended("https://far.example")
    assert lanes.short == {"https://far.example"}


def test_a_lane_that_took_all_it_was_offered_asks_for_nothing() -> None:
    lanes = Lanes(per_host=1)
    for row in range(3):
        lanes.offer(to("far.example", row))
    for _ in range(3):
        lanes.ended("https://far.example")
    assert lanes.short == set()


def test_nothing_is_remembered_of_a_server_that_has_nothing() -> None:
    lanes = Lanes(per_host=2)
    for row in range(50):
        lanes.offer(to(f"h{row}.example", row))
        lanes.ended(f"https://h{row}.example")
    assert lanes._lanes == {}
