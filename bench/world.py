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

from bench.sink import SINK_PORT
from fediverse_coord import app
from fediverse_coord import config as settings
from fediverse_coord.app import Services
from fediverse_coord.protocol.keys import SigningKey, generate_rsa
from fediverse_coord.protocol.sealing import key_file_text
from fediverse_coord.protocol.signatures import Spec, digests_of, sign_post
from fediverse_coord.storage import followers, inboxes, remote_actors
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.remote_actors import ActorProfile

RESULTS = Path(__file__).parent / "results"

CONFIG = """
[server]
origin = "http://127.0.0.1:{port}"
port = {port}
key_file = "instance.key"
actors = "actors"
[database]
url = "sqlite:///coord.db"
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


def write_folder(folder: Path, port: int, more: str = "") -> settings.Config:
    (folder / "actors").mkdir(parents=True)
    (folder / "config.toml").write_text(CONFIG.format(port=port, more=more))
    (folder / "actors" / "bench.toml").write_text(ACTOR)
    (folder / "instance.key").write_text(key_file_text(os.urandom(32)))
    return settings.load(folder / "config.toml")


@contextlib.asynccontextmanager
async def world(
    folder: Path, *, hosts: int, per_host: int = 1, port: int = 18_000
) -> AsyncIterator[Services]:
    """Opened services with followers on so many hosts behind the sink."""
    async with app.opened(write_folder(folder, port)) as services:
        await add_followers(services, hosts, per_host)
        yield services


def host(number: int) -> str:
    """Distinct loopback addresses from 127.1.0.1 on."""
    return f"127.{1 + number // 62_500}.{(number // 250) % 250}.{1 + number % 250}"


async def add_followers(services: Services, hosts: int, per_host: int) -> None:
    actor = 2  # after the instance actor
    now = services.clock()
    for start in range(0, hosts, 200):

        async def work(tx: Transaction, start: int = start) -> None:
            for number in range(start, min(start + 200, hosts)):
                origin = f"http://{host(number)}:{SINK_PORT}"
                inbox = await inboxes.row_for(tx, f"{origin}/inbox")
                for one in range(per_host):
                    profile = ActorProfile(
                        actor_id=f"{origin}/users/{one}",
                        host=host(number),
                        type="Person",
                        username=f"f{one}",
                        name=f"F {one}",
                        inbox_url=f"{origin}/users/{one}/inbox",
                        shared_inbox_url=f"{origin}/inbox",
                    )
                    known = await remote_actors.remember(tx, profile, now)
                    await followers.save(
                        tx,
                        actor=actor,
                        remote_actor=known.row,
                        inbox=inbox,
                        follow_id=None,
                        state="follower",
                        now=now,
                    )

        await services.db.write(work)


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
