"""What the measurements share: a server's folder with followers, limits, results."""

import contextlib
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.names import DOMAIN
from bench.sink import SINK_PORT
from fediverse_coord import app
from fediverse_coord import config as settings
from fediverse_coord.app import Services
from fediverse_coord.protocol.keys import SigningKey, generate_rsa
from fediverse_coord.protocol.sealing import key_file_text
from fediverse_coord.protocol.signatures import Spec, digests_of, sign_post
from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage.database import Transaction

TLS = "https"
NAMED = "named"
SQLITE = "sqlite:///coord.db"
RESULTS = Path(__file__).parent / "results"

CONFIG = """
[server]
origin = "http://127.0.0.1:{port}"
port = {port}
key_file = "instance.key"
actors = "actors"
[database]
url = "{database}"
[media]
directory = "media"
[federation]
lab = true
allow_http = true
allow_networks = ["127.0.0.0/8"]
allow_ports = []
{more}
"""

ACTOR = """
username = "bench"
name = "Bench"
summary = "A coordination that is measured."
languages = ["en"]
contact = "press@bench.example"
default_form = "article"
revision = 1
"""

ARTICLE = {
    "title": "On the safety of the northern shafts",
    "summary": "The coordination sets out five demands after an inspection. " * 4,
    "content": "On this day the delegates inspected the shafts, and found what all knew.\n\n" * 20,
}


def write_folder(
    folder: Path, port: int, more: str = "", database: str = SQLITE
) -> settings.Config:
    (folder / "actors").mkdir(parents=True)
    (folder / "config.toml").write_text(CONFIG.format(port=port, more=more, database=database))
    (folder / "actors" / "bench.toml").write_text(ACTOR)
    (folder / "instance.key").write_text(key_file_text(os.urandom(32)))
    return settings.load(folder / "config.toml")


@contextlib.asynccontextmanager
async def world(
    folder: Path,
    *,
    hosts: int,
    per_host: int = 1,
    port: int = 18_000,
    scheme: str = "http",
    more: str = "",
    database: str = SQLITE,
) -> AsyncIterator[Services]:
    """Opened services with followers on so many hosts behind the sink.

    By `http` hosts are addresses; by anything else (`https`, `named`) they have names. `database`
    is empty.
    """
    async with app.opened(write_folder(folder, port, more, database)) as services:
        await add_followers(services, hosts, per_host, scheme)
        yield services


def host(number: int) -> str:
    """Distinct loopback addresses from 127.1.0.1 on."""
    return f"127.{1 + number // 62_500}.{(number // 250) % 250}.{1 + number % 250}"


def place(number: int, scheme: str) -> tuple[str, str]:
    """A host and its origin."""
    if scheme == "http":
        return host(number), f"http://{host(number)}:{SINK_PORT}"
    name = f"h{number}.{DOMAIN}"
    return name, f"{'https' if scheme == TLS else 'http'}://{name}:{SINK_PORT}"


async def add_followers(
    services: Services, hosts: int, per_host: int, scheme: str = "http"
) -> None:
    """Row by row as they are remembered, many in a transaction."""
    now = milliseconds(services.clock())
    for start in range(0, hosts, 500):
        numbers = range(start, min(start + 500, hosts))

        async def work(tx: Transaction, numbers: range = numbers) -> None:
            await _remember(tx, numbers, per_host, scheme, now)

        await services.db.write(work)


REMOTE = """
INSERT INTO remote_actors (id, actor_id, host, type, username, name, inbox_url, shared_inbox_url,
                           also_known_as, fetched_at)
VALUES (:id, :actor_id, :host, 'Person', 'f', 'F', :inbox, :shared, '[]', :now)
"""
INBOX = "INSERT INTO inboxes (id, url, origin) VALUES (:id, :url, :origin)"
FOLLOWER = """
INSERT INTO followers (actor, remote_actor, inbox, state, created_at)
VALUES (2, :remote, :inbox, 'follower', :now)
"""
AUDIENCE = "INSERT INTO audience (actor, inbox, followers) VALUES (2, :inbox, :followers)"


async def _remember(tx: Transaction, numbers: range, per_host: int, scheme: str, now: int) -> None:
    """Coordination 2, after the instance actor, is followed by `per_host` on each host."""
    people: list[dict[str, object]] = []
    inboxes: list[dict[str, object]] = []
    for number in numbers:
        name, origin = place(number, scheme)
        shared = f"{origin}/inbox"
        inboxes.append({"id": number + 1, "url": shared, "origin": origin})
        for one in range(per_host):
            actor_id = f"{origin}/users/{one}"
            row = number * per_host + one + 1
            people.append(
                {
                    "id": row,
                    "actor_id": actor_id,
                    "host": name,
                    "inbox": f"{actor_id}/inbox",
                    "shared": shared,
                    "now": now,
                }
            )
    await tx.execute_many(REMOTE, people)
    await tx.execute_many(INBOX, inboxes)
    follows = [
        {"remote": one["id"], "inbox": (int(str(one["id"])) - 1) // per_host + 1, "now": now}
        for one in people
    ]
    await tx.execute_many(FOLLOWER, follows)
    counts = [{"inbox": one["id"], "followers": per_host} for one in inboxes]
    await tx.execute_many(AUDIENCE, counts)


def signatures_a_second(seconds: float = 1.0) -> float:
    """The physical limit of one core: RSA-2048 signatures, nothing else."""
    key = SigningKey("https://bench.example/a#main-key", generate_rsa())
    digests = digests_of(b"{}")
    now, done, end = datetime.now(UTC), 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        sign_post(Spec.CAVAGE, "https://far.example/inbox", digests, key, now)
        done += 1
    return done / seconds


def result(name: str, **figures: Any) -> dict[str, Any]:
    """Printed, and with --save written down with date, machine and commit."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    found = {
        "name": name,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python "
        + platform.python_version(),
        "commit": commit,
        **figures,
    }
    print(json.dumps(found, indent=1))
    if "--save" in sys.argv:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n")
    return found
