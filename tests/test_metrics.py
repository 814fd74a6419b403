"""Figures over HTTP, of real servers: they move with what happens, and tell of nobody.

The far server is a peer on loopback that follows, is written to and signs wrongly.
"""

import asyncio
import contextlib
import re
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from peers import Peer, running_peer
from prometheus_client.parser import text_string_to_metric_families
from servers import COMMAND, ServerProcess, environment, free_port, server

from fediverse_coord.config import load
from fediverse_coord.counts import Histogram, Tally
from fediverse_coord.errors import ConfigError
from fediverse_coord.metrics import PREFIX
from fediverse_coord.network.client import Client
from fediverse_coord.network.guard import Guard
from fediverse_coord.network.resolver import Resolver

LAB = Guard(allow_http=True, networks=("127.0.0.0/8",), ports=frozenset())
ROOT = Path(__file__).parent.parent


def figures(port: int) -> dict[str, float]:
    """Every sample by its name without our prefix, with its label's value: `queue_rows/parked`."""
    return samples_of(httpx.get(f"http://127.0.0.1:{port}/metrics"))


def samples_of(answer: httpx.Response) -> dict[str, float]:
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = {}
    for family in text_string_to_metric_families(answer.text):
        for one in family.samples:
            name = "/".join([one.name.removeprefix(PREFIX), *one.labels.values()])
            found[name] = one.value
    return found


@dataclass(frozen=True, slots=True)
class Told:
    """A server, where it tells its figures, and who writes to it."""

    server: ServerProcess
    port: int
    peer: Peer
    client: Client
    reader: httpx.AsyncClient

    @property
    def pits(self) -> str:
        return self.server.actor_id("pitsnote")

    async def text(self) -> httpx.Response:
        return await self.reader.get(f"http://127.0.0.1:{self.port}/metrics")

    async def figures(self) -> dict[str, float]:
        return samples_of(await self.text())

    async def until(self, name: str, wanted: float) -> dict[str, float]:
        """The figures, once this one has reached the value."""
        async with asyncio.timeout(20):
            while True:
                found = await self.figures()
                if found[name] >= wanted:
                    assert found[name] == wanted
                    return found
                await asyncio.sleep(0.05)

    async def follow(self) -> None:
        rosa = self.peer.person("rosa")
        follow = rosa.activity("Follow", self.pits)
        await rosa.deliver(self.client, f"{self.pits}/inbox", follow)

    async def post(self, inbox: str, body: bytes, headers: dict[str, str]) -> int:
        return (await self.reader.post(inbox, content=body, headers=headers)).status_code


@contextlib.contextmanager
def told_by(folder: Path) -> Iterator[tuple[ServerProcess, int]]:
    port = free_port()
    more = f'[metrics]\nlisten = "127.0.0.1:{port}"\n'
    with server(folder, "pitsnote", more=more, start=False) as made:
        yield made, port


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[Told]:
    with told_by(tmp_path / "here") as (made, port):
        await asyncio.to_thread(made.start)
        client = Client(LAB, Resolver(), "fediverse-coord tests")
        async with running_peer() as peer, httpx.AsyncClient() as reader:
            yield Told(made, port, peer, client, reader)
        await client.aclose()


async def test_a_follow_and_a_delivery_are_counted(told: Told) -> None:
    before = await told.figures()
    assert before["inbox_requests_total/accepted"] == before["deliveries_total/delivered"] == 0
    await told.follow()
    after = await told.until("deliveries_total/delivered", 1)

    assert after["inbox_requests_total/accepted"] == after["inbox_seconds_count"] == 1
    assert after["side_effects_total/done"] == after["delivery_seconds_count"] == 1
    assert after["write_seconds_count"] > before["write_seconds_count"]
    assert after["write_group_size_count"] > before["write_group_size_count"]

    await asyncio.to_thread(told.server.run, "publish", "--actor", "pitsnote", "-", text="Strike!")
    last = await told.until("deliveries_total/delivered", 2)
    assert (last["queue_rows/fan_out"], last["queue_rows/side_effects"]) == (0, 0)


async def test_refusals_are_counted_by_their_verdict(told: Told) -> None:
    rosa, inbox = told.peer.person("rosa"), f"{told.pits}/inbox"
    follow = rosa.activity("Follow", told.pits)
    forged = rosa.signed(inbox, follow, now=datetime(2020, 1, 1, tzinfo=UTC))
    headers = dict(forged.headers)
    assert await told.post(inbox, forged.body, headers) == 401
    assert await told.post(inbox, b"{", headers) == 400
    assert await told.post(inbox, b" " * 1_000_001, headers) == 413
    assert await told.post(told.server.actor_id("nobody") + "/inbox", b"{}", headers) == 404

    found = await told.figures()
    verdicts = ("signature_refused", "malformed", "too_large", "no_inbox")
    assert [found[f"inbox_requests_total/{one}"] for one in verdicts] == [1, 1, 1, 1]
    assert found["inbox_requests_total/accepted"] == found["side_effects_total/done"] == 0


async def test_what_cannot_be_delivered_waits_in_the_queue(told: Told) -> None:
    told.peer.answer = 503
    await told.follow()
    found = await told.until("deliveries_total/later", 1)
    assert found["queue_rows/deliveries"] == 1
    assert found["deliveries_total/delivered"] == 0


async def test_an_answer_that_is_kept_is_a_hit(told: Told) -> None:
    page = told.server.run("publish", "--actor", "pitsnote", "-", text="Strike!")
    for _ in range(3):
        answer = await told.reader.get(page, headers={"Accept": "application/activity+json"})
        assert answer.is_success
    found = await told.figures()
    assert found["cache_answers_total/hit"] == 2
    assert found["cache_answers_total/miss"] == 1


async def test_figures_tell_of_nobody(told: Told) -> None:
    await told.follow()
    await told.until("deliveries_total/delivered", 1)
    text = (await told.text()).text
    for secret in ("rosa", "pits", "127.0.0", "localhost", "://", told.peer.authority):
        assert secret not in text


async def test_the_guide_names_every_figure_and_no_other(told: Told) -> None:
    answer = (await told.text()).text
    ours = set(re.findall(rf"^# TYPE ({PREFIX}\w+)", answer, re.M))
    guide = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
    assert ours == set(re.findall(rf"^\| `({PREFIX}\w+)`", guide, re.M))
    assert "process_resident_memory_bytes" in answer


def test_only_the_path_of_the_figures_answers_and_only_on_its_own_listener(tmp_path: Path) -> None:
    with told_by(tmp_path / "here") as (made, port):
        made.start()
        own = f"http://127.0.0.1:{port}"
        assert httpx.get(f"{made.origin}/metrics").status_code == 404
        assert httpx.get(f"{own}/").status_code == 404
        assert httpx.get(f"{own}/actor").status_code == 404
        assert httpx.get(f"{own}/metrics/").status_code == 404
        assert httpx.post(f"{own}/metrics").status_code == 405
        head = httpx.head(f"{own}/metrics")
        assert (head.status_code, head.content) == (200, b"")


def test_an_overlong_head_is_no_answer_and_harms_nobody(tmp_path: Path) -> None:
    with told_by(tmp_path / "here") as (made, port):
        made.start()
        with pytest.raises(httpx.TransportError):  # reset, or ended, as the kernel is quick
            httpx.get(f"http://127.0.0.1:{port}/metrics", headers={"X-Long": "a" * 100_000})
        assert figures(port)["database_up"] == 1


def test_every_process_of_a_machine_tells_its_own(tmp_path: Path) -> None:
    with told_by(tmp_path / "here") as (made, port):
        made.start("--no-work")
        command = [*COMMAND, "--config", str(made.config), "work"]
        with open(tmp_path / "work.log", "wb") as log:
            work = subprocess.Popen(
                command, cwd=made.folder, env=environment(), stdout=log, stderr=log
            )
        try:
            found = [figures(one) for one in (port, _first_open(range(port + 1, port + 100)))]
        finally:
            work.terminate()
            assert work.wait(30) == 0
    roles = [name.split("/")[1:] for one in found for name in one if "process_info" in name]
    assert [set(one) & {"serve", "work"} for one in roles] == [{"serve"}, {"work"}]


def _first_open(ports: range) -> int:
    """The port on which figures are told, once they are."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for port in ports[:5]:
            with contextlib.suppress(httpx.HTTPError):
                if "fediverse_coord" in httpx.get(f"http://127.0.0.1:{port}/metrics").text:
                    return port
        time.sleep(0.1)
    raise AssertionError("no process tells figures")


def configured(folder: Path, listen: str, **server: Any) -> Path:
    words = [f'[metrics]\nlisten = "{listen}"', "[server]", 'origin = "http://localhost:8000"']
    file = folder / "config.toml"
    file.write_text("\n".join([*words, *(f"{name} = {value}" for name, value in server.items())]))
    return file


@pytest.mark.parametrize(
    "listen",
    [
        "0.0.0.0:9464", "[::]:9464", "8.8.8.8:9464", "[2606:4700::1111]:9464", "224.0.0.1:9464",
        "[::ffff:8.8.8.8]:9464", "[::ffff:0.0.0.0]:9464",
    ],
)  # fmt: skip
def test_an_address_for_everybody_is_refused(tmp_path: Path, listen: str) -> None:
    with pytest.raises(ConfigError, match=r"metrics\.listen.*loopback or a private address"):
        load(configured(tmp_path, listen))


@pytest.mark.parametrize(
    "listen",
    [
        "9464", ":9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536",
        "127.0.0.1:٣", "coord.example:9464", "::1:9464", "[127.0.0.1]:9464", "127.0.0.1:-1",
        "http://127.0.0.1:9464", "127.0.0.1:" + "9" * 5000, "127.0.0.1:0000099999999",
    ],
)  # fmt: skip
def test_what_is_no_place_to_listen_is_refused(tmp_path: Path, listen: str) -> None:
    with pytest.raises(ConfigError, match=r"metrics\.listen.*must look like"):
        load(configured(tmp_path, listen))


@pytest.mark.parametrize(
    "listen, address",
    [
        ("127.0.0.1:9464", ("127.0.0.1", 9464)),
        ("localhost:9464", ("127.0.0.1", 9464)),
        ("[::1]:9464", ("::1", 9464)),
        ("10.1.2.3:9464", ("10.1.2.3", 9464)),
        ("[fd00::1]:9464", ("fd00::1", 9464)),
        ("", None),
    ],
)
def test_loopback_and_private_addresses_are_taken(
    tmp_path: Path, listen: str, address: tuple[str, int] | None
) -> None:
    assert load(configured(tmp_path, listen)).metrics.address == address


def test_the_servers_own_port_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="another port"):
        load(configured(tmp_path, "127.0.0.1:8000"))
    config = load(configured(tmp_path, "127.0.0.1:9464", port=9000))
    with pytest.raises(ConfigError, match="another port"):
        config.served_at(None, 9464)
    assert config.served_at("127.0.0.2", None).server.port == 9000


def test_an_address_of_another_machine_is_one_line(tmp_path: Path) -> None:
    with server(
        tmp_path / "here", start=False, more='[metrics]\nlisten = "10.255.255.1:9464"'
    ) as s:
        with pytest.raises(AssertionError, match="name an address of this machine"):
            s.start()
        assert "Traceback" not in s.log()


def test_a_tally_knows_its_words_from_the_beginning() -> None:
    tally = Tally(("kept", "made"))
    tally.add("made", 2)
    assert tally.read() == {"kept": 0, "made": 2}
    with pytest.raises(KeyError):
        tally.add("rosa@far.example")


def test_a_histogram_counts_a_bound_as_below_it() -> None:
    found = Histogram((1, 10))
    for value in (0.5, 1, 2, 11):
        found.add(value)
    assert found.read() == ([2, 1, 1], 14.5)
