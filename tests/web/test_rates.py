"""A token's bucket: so many at once, as many again within a minute, and nobody else's."""

from fediverse_coord.web.rates import Rates


def test_a_token_may_ask_its_share_at_once_and_then_waits() -> None:
    rates = Rates(60)
    assert [rates.wait(1, 0.0) for _ in range(60)] == [0.0] * 60
    assert rates.wait(1, 0.0) == 1.0
    assert rates.wait(2, 0.0) == 0.0


def test_the_bucket_fills_evenly_and_never_over() -> None:
    rates = Rates(60)
    for _ in range(60):
        rates.wait(1, 0.0)
    assert rates.wait(1, 0.5) == 0.5
    assert rates.wait(1, 1.0) == 0.0
    assert [rates.wait(1, 10_000.0) for _ in range(60)] == [0.0] * 60
    assert rates.wait(1, 10_000.0) > 0


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    rates = Rates(1)
    assert rates.wait(1, 100.0) == 0.0
    assert rates.wait(1, 50.0) > 0


def test_whom_it_has_not_seen_for_longest_it_forgets_first() -> None:
    rates = Rates(2, most=2)
    assert [rates.wait("a", 0.0) > 0 for _ in range(3)] == [False, False, True]
    assert rates.wait("b", 0.0) == 0.0
    assert rates.wait("c", 0.0) == 0.0
    assert rates.wait("a", 0.0) == 0.0  # it was forgotten
