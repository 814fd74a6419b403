"""Names are looked up once at a time, remembered for a while and never waited for too long."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from fediverse_coord.errors import Unreachable
from fediverse_coord.network.resolver import Memory, Resolver


class Names:
    """A name server: counts what it is asked, and can be made to wait."""

    def __init__(self) -> None:
        self.known: dict[str, list[str]] = {}
        self.asked: list[str] = []
        self.silent: dict[str, threading.Event] = {}

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        if host in self.silent:
            self.silent[host].wait(30)
        if host not in self.known:
            raise socket.gaierror(socket.EAI_NONAME, "not known")
        return self.known[host]


@pytest.fixture
def names() -> Iterator[Names]:
    made = Names()
    yield made
    for event in made.silent.values():
        event.set()


@pytest.fixture
def make(names: Names) -> Iterator[Callable[..., Resolver]]:
    made: list[Resolver] = []

    def resolver(**settings: object) -> Resolver:
        made.append(Resolver(names, **settings))  # type: ignore[arg-type]
        return made[-1]

    yield resolver
    for one in made:
        one.close()


async def test_a_name_is_remembered_until_its_time_is_up(names: Names, make) -> None:
    names.known["union.example"] = ["192.0.2.1"]
    now = [0.0]
    resolver = make(clock=lambda: now[0], memory=Memory(good_seconds=60))

    for moment in (0.0, 59.9, 60.1):
        now[0] = moment
        assert await resolver.addresses("union.example", 443) == ["192.0.2.1"]
    assert names.asked == ["union.example"] * 2


async def test_an_unknown_name_is_remembered_more_briefly(names: Names, make) -> None:
    now = [0.0]
    resolver = make(clock=lambda: now[0], memory=Memory(bad_seconds=15))

    for moment in (0.0, 14.0, 16.0):
        now[0] = moment
        with pytest.raises(Unreachable):
            await resolver.addresses("nobody.example", 443)
    assert len(names.asked) == 2


async def test_many_who_ask_for_one_name_share_one_lookup(names: Names, make) -> None:
    names.known["union.example"] = ["192.0.2.1"]
    names.silent["union.example"] = threading.Event()
    resolver = make()
    askers = [asyncio.create_task(resolver.addresses("union.example", 443)) for _ in range(20)]
    await asyncio.sleep(0)
    askers[0].cancel()
    names.silent["union.example"].set()

    results = await asyncio.gather(*askers, return_exceptions=True)

    assert results[1:] == [["192.0.2.1"]] * 19
    assert names.asked == ["union.example"]


async def test_a_dead_name_keeps_one_thread_and_nobody_waits_past_the_deadline(
    names: Names, make
) -> None:
    names.silent["dead.example"] = threading.Event()
    names.known["union.example"] = ["192.0.2.1"]
    resolver = make(threads=2, deadline_seconds=0.5)

    for _ in range(5):
        with pytest.raises(Unreachable):
            await resolver.addresses("dead.example", 443)
        assert await resolver.addresses("union.example", 443) == ["192.0.2.1"]
    assert names.asked.count("dead.example") == 1


async def test_a_name_that_only_waited_for_a_thread_is_not_taken_for_dead(
    names: Names, make
) -> None:
    names.silent["dead.example"] = threading.Event()
    names.known["union.example"] = ["192.0.2.1"]
    resolver = make(threads=1, deadline_seconds=0.05)
    await asyncio.gather(
        *(resolver.addresses(name, 443) for name in ("dead.example", "union.example")),
        return_exceptions=True,
    )
    names.silent["dead.example"].set()
    resolver._deadline = 5

    assert await resolver.addresses("union.example", 443) == ["192.0.2.1"]


async def test_work_and_memory_are_bounded(names: Names, make) -> None:
    for name in ("a", "b"):
        names.silent[f"{name}.example"] = threading.Event()
    resolver = make(threads=1, waiting=2, deadline_seconds=5)
    waiting = [asyncio.create_task(resolver.addresses(f"{n}.example", 443)) for n in "ab"]
    await asyncio.sleep(0)

    with pytest.raises(Unreachable, match="too many"):
        await resolver.addresses("c.example", 443)

    for event in names.silent.values():
        event.set()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_the_oldest_names_are_forgotten_first(names: Names, make) -> None:
    resolver = make(memory=Memory(entries=2))
    for name in "abc":
        names.known[f"{name}.example"] = ["192.0.2.1"]
        await resolver.addresses(f"{name}.example", 443)
    await resolver.addresses("c.example", 443)
    await resolver.addresses("a.example", 443)

    assert names.asked == ["a.example", "b.example", "c.example", "a.example"]


async def test_a_literal_is_not_looked_up(names: Names, make) -> None:
    assert await make().addresses("192.0.2.1", 443) == ["192.0.2.1"]
    assert await make().addresses("2001:db8::1", 443) == ["2001:db8::1"]
    assert names.asked == []


async def test_a_lookup_that_breaks_is_a_name_that_does_not_resolve() -> None:
    def broken(host: str, port: int) -> list[str]:
        raise RuntimeError("a bug")

    resolver = Resolver(broken)
    with pytest.raises(Unreachable):
        await resolver.addresses("union.example", 443)
    resolver.close()


async def test_the_system_knows_loopback() -> None:
    resolver = Resolver()
    assert "127.0.0.1" in await resolver.addresses("localhost", 80)
    resolver.close()
