"""Bounds on what strangers can make us ask: never more than so many, never more memory."""

from datetime import timedelta

import pytest

from fediverse_coord.remote.limits import Buckets, NewHosts, Recent, registrable_domain


def test_a_bucket_gives_its_capacity_and_then_its_rate() -> None:
    buckets = Buckets(capacity=3, per_second=1)
    assert [buckets.take("a", 0) for _ in range(4)] == [True, True, True, False]
    assert buckets.take("b", 0)
    assert [buckets.take("a", 2) for _ in range(3)] == [True, True, False]


def test_a_fine_takes_more_but_never_below_nothing() -> None:
    buckets = Buckets(capacity=3, per_second=1)
    buckets.fine("a", 0, 100)
    assert not buckets.take("a", 0.5)
    assert buckets.take("a", 1)


def test_a_clock_that_goes_back_fills_no_bucket() -> None:
    buckets = Buckets(capacity=1, per_second=1)
    assert buckets.take("a", 100)
    assert not buckets.take("a", 50)


def test_a_hundred_thousand_names_do_not_fill_the_memory() -> None:
    buckets, recent = Buckets(5, 1, entries=100), Recent[int](entries=100)
    hosts = NewHosts()
    for number in range(100_000):
        buckets.take(str(number), 0)
        recent.put(str(number), 1, 0, timedelta(hours=1))
        if number % 10 == 0:
            hosts.admit(f"a.h{number}.example", 0)
    assert len(recent) == 100
    assert len(buckets._levels) == 100
    assert len(hosts._seen) == 10_000


def test_what_is_remembered_is_forgotten_in_time() -> None:
    recent = Recent[int]()
    recent.put("a", 1, 0, timedelta(seconds=10))
    assert recent.get("a", 9) == 1
    assert recent.get("a", 10) is None


def test_ten_new_hosts_of_a_domain_an_hour() -> None:
    hosts = NewHosts()
    admitted = [hosts.admit(f"h{number}.wild.example", 0) for number in range(1000)]
    assert admitted.count(True) == 10
    assert hosts.admit("h3.wild.example", 10)  # one of the ten
    assert not hosts.admit("h11.wild.example", 3599)
    assert hosts.admit("h11.wild.example", 3600)
    assert hosts.admit("other.example", 0)


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("far.example", "far.example"),
        ("a.b.far.example", "far.example"),
        ("a.far.co.uk", "far.co.uk"),
        ("a.b.gob.mx", "b.gob.mx"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_about_what_one_owner_can_register(host: str, domain: str) -> None:
    assert registrable_domain(host) == domain


def test_a_clock_that_is_set_back_makes_nobody_wait_for_it() -> None:
    buckets = Buckets(capacity=2, per_second=1)
    assert [buckets.take("far.example", 5000.0) for _ in range(3)] == [True, True, False]
    assert not buckets.take("far.example", 1000.0)
    assert buckets.take("far.example", 1001.0)

    failed: Recent[str] = Recent()
    failed.put("far.example", "no answer", 5000.0, timedelta(minutes=10))
    assert failed.get("far.example", 4999.0) == "no answer"
    assert failed.get("far.example", 1000.0) is None
