"""Names are looked up once at a time, remembered for a while and never waited for too long."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from typing import cast

import pytest
from aiodns.error import DNSError

from fediverse_coord.errors import Unreachable
from fediverse_coord.network.names import NameServers
from fediverse_coord.network.resolver import Memory, Resolver


class Names:
    """A name server: counts what it is asked, and can be made to wait."""

    def __init__(self) -> None:
        self.known: dict[str, list[str]] = {}
        self.asked: list[str] = []
        self.silent: dict[str, asyncio.Event] = {}
        self.closed = False

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        if host in self.silent:
            await self.silent[host].wait()
        if host not in self.known:
            raise socket.gaierror(socket.EAI_NONAME, "not known")
        return self.known[host]

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def names() -> Names:
    return Names()


@pytest.fixture
async def make(names: Names) -> AsyncIterator[Callable[..., Resolver]]:
    made: list[Resolver] = []

    def resolver(**settings: object) -> Resolver:
        made.append(Resolver(names, **settings))  # type: ignore[arg-type]
        return made[-1]

    yield resolver
    for one in made:
        await one.close()


async def test_a_name_is_remembered_until_its_time_is_up(names: Names, make) -> None:
    names.known["union.example"] = ["192.0.2.1"]
    now = [0.0]
    resolver = make(clock=lambda: now[0], memory=Memory(good_seconds=60))

    for moment in (0.0, 59.9, 60.1):
        now[0] = moment
        assert await resolver.addresses("union.example", 443) == ("192.0.2.1",)
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
    names.silent["union.example"] = asyncio.Event()
    resolver = make()
    askers = [asyncio.create_task(resolver.addresses("union.example", 443)) for _ in range(20)]
    await asyncio.sleep(0)
    askers[0].cancel()
    names.silent["union.example"].set()

    results = await asyncio.gather(*askers, return_exceptions=True)

    assert results[1:] == [("192.0.2.1",)] * 19
    assert names.asked == ["union.example"]


async def test_dead_names_hold_up_no_living_one_and_nobody_waits_past_the_deadline(
    names: Names, make
) -> None:
    names.known["union.example"] = ["192.0.2.1"]
    dead = [f"{number}.dead.example" for number in range(100)]
    names.silent |= {name: asyncio.Event() for name in dead}
    resolver = make(deadline_seconds=0.2)
    waiting = [asyncio.create_task(resolver.addresses(name, 443)) for name in dead]
    await asyncio.sleep(0)

    assert await resolver.addresses("union.example", 443) == ("192.0.2.1",)
    assert not any(one.done() for one in waiting)
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(one) for one in results} == {Unreachable}
    with pytest.raises(Unreachable):  # remembered: it is not asked again
        await resolver.addresses(dead[0], 443)
    assert names.asked.count(dead[0]) == 1


async def test_work_and_memory_are_bounded(names: Names, make) -> None:
    for name in ("a", "b"):
        names.silent[f"{name}.example"] = asyncio.Event()
    resolver = make(waiting=2, deadline_seconds=5)
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
    assert await make().addresses("192.0.2.1", 443) == ("192.0.2.1",)
    assert await make().addresses("2001:db8::1", 443) == ("2001:db8::1",)
    assert names.asked == []


async def test_a_lookup_that_breaks_is_a_name_that_does_not_resolve(names: Names, make) -> None:
    names.known["union.example"] = None  # type: ignore[assignment]
    with pytest.raises(Unreachable):
        await make().addresses("union.example", 443)


async def test_closing_ends_what_is_under_way(names: Names) -> None:
    names.silent["union.example"] = asyncio.Event()
    resolver = Resolver(names)
    waiting = asyncio.create_task(resolver.addresses("union.example", 443))
    await asyncio.sleep(0.01)
    await resolver.close()
    await asyncio.gather(waiting, return_exceptions=True)
    assert waiting.cancelled()
    assert names.closed


async def test_the_system_knows_loopback() -> None:
    resolver = Resolver()
    assert "127.0.0.1" in await resolver.addresses("localhost", 80)
    await resolver.close()


class Answering(asyncio.DatagramProtocol):
    """A real name server for one name: A 192.0.2.7, and says of all others that they are not."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)
        self.asked: list[bytes] = []
        self.losing = 0  # as many times each question is lost

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        end = data.index(b"\0", 12) + 5
        question, is_a = data[12:end], data[end - 4 : end - 2] == b"\0\1"
        self.asked.append(question)
        if self.asked.count(question) <= self.losing:
            return
        known = question.lower().startswith(b"\5union\7example\0")
        count = 1 if known and is_a else 0
        flags = b"\x81\x80" if known else b"\x81\x83"
        head = data[:2] + flags + b"\0\1" + count.to_bytes(2, "big") + b"\0\0\0\0"
        record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + bytes([192, 0, 2, 7])
        self.transport.sendto(head + question + record * count, addr)


@pytest.fixture
async def name_server() -> AsyncIterator[tuple[str, Answering]]:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(
        Answering, local_addr=("127.0.0.1", 0)
    )
    yield f"127.0.0.1:{transport.get_extra_info('sockname')[1]}", protocol
    transport.close()


async def test_named_servers_are_asked_over_the_network(
    name_server: tuple[str, Answering],
) -> None:
    address, protocol = name_server
    resolver = Resolver(NameServers([address]))
    assert await resolver.addresses("union.example", 443) == ("192.0.2.7",)
    with pytest.raises(Unreachable):
        await resolver.addresses("nobody.example", 443)
    assert protocol.asked
    await resolver.close()


async def test_c_ares_forgets_and_what_is_under_way_meanwhile_is_answered(
    name_server: tuple[str, Answering],
) -> None:
    address, protocol = name_server
    servers = NameServers([address], names_each=2)
    for _ in range(5):
        assert await servers("union.example", 443) == ["192.0.2.7"]
    assert len(protocol.asked) == 3 * 2  # by each of three, for both families
    found = await asyncio.gather(*(servers("union.example", 443) for _ in range(9)))
    assert found == [["192.0.2.7"]] * 9
    await servers.close()


async def test_a_question_lost_twice_is_asked_once_more_where_servers_are_quick(
    name_server: tuple[str, Answering],
) -> None:
    address, protocol = name_server
    servers = NameServers([address])
    for number in range(9):
        with pytest.raises(DNSError):
            await servers(f"nobody{number}.example", 443)
    protocol.losing = 2
    assert await servers("union.example", 443) == ["192.0.2.7"]
    await servers.close()
