"""The doctor sees what is wrong from outside: each fault has its own line."""

import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from desk_world import CONFIG
from object_store import SECRET, ObjectStore
from peers import Page, Peer, running_peer
from servers import free_port

from fediverse_coord.config import Config, Federation, Media, Server
from fediverse_coord.desk import stores
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.doctor import Check, State, worst
from fediverse_coord.desk.doctor_media import of_media
from fediverse_coord.desk.doctor_outside import of_outside
from fediverse_coord.network.client import Client
from fediverse_coord.network.guard import Guard
from fediverse_coord.network.resolver import Resolver
from fediverse_coord.protocol.times import http_date
from fediverse_coord.storage import inboxes

LAB = Guard(allow_http=True, networks=("127.0.0.0/8",), ports=frozenset())


@pytest.fixture
async def front() -> AsyncIterator[Peer]:
    """Whatever answers under our public name."""
    async with running_peer() as peer:
        seen = f"host={peer.authority}; scheme=http; client=other"
        peer.pages["/livez"] = Page(b"ok", "text/plain", headers=(("Coord-Seen", seen),))
        peer.answer = 401
        yield peer


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    made = Client(LAB, Resolver(), "t/1", ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    yield made
    await made.aclose()


async def examined(front: Peer, desk: Desk, client: Client) -> dict[str, Check]:
    federation = Federation(lab=True, allow_http=True)
    config = Config(server=Server(origin=front.origin), federation=federation)
    return {one.name: one for one in await of_outside(config, desk, client)}


async def test_what_is_well_is_said_without_a_remedy(
    front: Peer, desk: Desk, client: Client
) -> None:
    checks = await examined(front, desk, client)
    for name in ("origin", "proxy", "certificate", "inbox door"):
        assert (checks[name].state, checks[name].remedy) == (State.OK, "")


async def test_a_proxy_that_hides_the_name_is_seen(front: Peer, desk: Desk, client: Client) -> None:
    seen = (("Coord-Seen", "host=127.0.0.1:8000; scheme=https; client=proxy"),)
    front.pages["/livez"] = Page(b"ok", "text/plain", headers=seen)
    proxy = (await examined(front, desk, client))["proxy"]
    assert proxy.state is State.WARN
    assert proxy.finding.startswith("Host, X-Forwarded-Proto does not")


class Inside:
    """A name server that knows an address of this machine for every name."""

    async def __call__(self, host: str, port: int) -> list[str]:
        return ["127.0.1.1"]

    async def close(self) -> None: ...


async def test_a_name_that_leads_inside_is_no_question_of_the_firewall(desk: Desk) -> None:
    config = Config(server=Server(origin="https://coord.example"))
    inside = Client(Guard(), Resolver(Inside()), "t/1")
    origin, _ = await of_outside(config, desk, inside)
    await inside.aclose()
    assert (origin.name, origin.state) == ("origin", State.FAIL)
    assert "/etc/hosts" in origin.remedy
    assert "getent ahosts coord.example" in origin.remedy


async def test_somebody_else_under_our_name_is_seen(
    front: Peer, desk: Desk, client: Client
) -> None:
    front.pages["/livez"] = Page(b"It works!", "text/html")
    checks = await examined(front, desk, client)
    assert set(checks) == {"origin", "clock"}
    assert checks["origin"].state is State.FAIL


async def test_an_inbox_that_takes_unsigned_letters_is_seen(
    front: Peer, desk: Desk, client: Client
) -> None:
    front.answer = 202
    assert (await examined(front, desk, client))["inbox door"].state is State.FAIL


async def test_a_coordination_that_is_not_found_or_not_itself_is_seen(
    front: Peer, desk: Desk, client: Client
) -> None:
    front.pages["/.well-known/webfinger"] = Page(b'{"links": []}', "application/jrd+json")
    checks = await examined(front, desk, client)
    for name in ("WebFinger dockers", "actor dockers"):
        assert checks[name].state is State.FAIL
        assert checks[name].consequence
        assert checks[name].remedy
    assert worst(list(checks.values())) is State.FAIL


@pytest.mark.parametrize(
    "seconds, state", [(0, State.OK), (120, State.WARN), (-120, State.WARN), (3600, State.FAIL)]
)
async def test_a_clock_that_differs_from_other_servers_is_seen(
    front: Peer, desk: Desk, client: Client, seconds: int, state: State
) -> None:
    async with running_peer() as far:
        date = (("Date", http_date(desk.clock() + timedelta(seconds=seconds))),)
        far.pages["/.well-known/nodeinfo"] = Page(b"{}", "application/json", headers=date)
        await desk.db.write(lambda tx: inboxes.row_for(tx, f"{far.origin}/inbox"))
        assert (await examined(front, desk, client))["clock"].state is state


async def test_on_this_machine_alone_nobody_else_is_expected(desk: Desk, client: Client) -> None:
    [check] = await of_outside(Config(), desk, client)
    assert (check.name, check.state) == ("outside", State.WARN)


def kept_in(desk: Desk, folder: Path, **fields: object) -> Desk:
    config = CONFIG.model_copy(update={"folder": folder, "media": Media(**fields)})
    return replace(desk, shelf=stores.shelves(config))


async def test_a_folder_for_media_is_tried_and_left_as_it_was(desk: Desk, tmp_path: Path) -> None:
    (check,) = await of_media(kept_in(desk, tmp_path))
    assert (check.name, check.state) == ("media", State.OK)
    assert list((tmp_path / "data" / "media").iterdir()) == []


async def test_a_folder_that_cannot_be_written_is_told(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no folder")
    (check,) = await of_media(kept_in(desk, tmp_path))
    assert check.state is State.FAIL
    assert "belongs to the server's user" in check.remedy


async def test_an_object_store_is_put_to_and_read_from(
    desk: Desk, tmp_path: Path, object_store: ObjectStore
) -> None:
    store, name = object_store.bucket("examined"), "examined"
    named = {"endpoint": object_store.endpoint, "credentials": object_store.keys_file(tmp_path)}
    (check,) = await of_media(kept_in(desk, tmp_path, store=f"{store}/files", **named))
    assert (check.state, check.remedy) == (State.OK, "")
    assert object_store.names(name) == set()


async def test_an_object_store_that_cannot_be_used_is_told_with_what_to_do(
    desk: Desk, tmp_path: Path, object_store: ObjectStore
) -> None:
    keys = object_store.keys_file(tmp_path)
    named = {"endpoint": object_store.endpoint, "credentials": keys}
    (check,) = await of_media(kept_in(desk, tmp_path, store="s3://nowhere", **named))
    assert (check.state, "the bucket is there" in check.remedy) == (State.FAIL, True)
    assert SECRET not in str(check)

    silent = {"endpoint": f"http://127.0.0.1:{free_port()}", "credentials": keys}
    former = kept_in(desk, tmp_path, formerly="s3://examined", **silent)
    first, second = await of_media(former)
    assert (first.state, second.state) == (State.OK, State.WARN)
    assert second.name == "media formerly"
