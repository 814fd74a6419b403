"""Signed Likes, replies and Follows a second into the inbox, answered after they are durable.

`python -m bench.inbox [--count 10000] [--runs 3] [--only likes] [--save]`: distinct activities by
many actors on many hosts whose keys are known, so that no limit against floods is met; 32
connections. Once with one process that answers and one that works, once with one that does both.
"Processed" is the time until the last side effect is done as well. Beside it, from the same run:
what one core can verify (RSA-2048), how often the disk can be asked to keep what was written, and
what the load generator reaches against a responder that does nothing. A thousand domains are
blocked, as on any server of some age; answers to Follows are written and not delivered.
"""

import argparse
import asyncio
import json
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from bench.get import publish
from bench.load import bare, load
from bench.server import Running, Serving, serving, working
from bench.world import result
from fediverse_coord.protocol.keys import SigningKey, generate_rsa, public_pem
from fediverse_coord.protocol.signatures import Spec, digests_of, sign_post

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
KEYS = 16
OBJECTS = 5
PORT, BARE_PORT = 18_040, 18_041

Make = Callable[["Scene", int], dict[str, object]]


class Scene:
    """Whom the activities come from, and what they are about: `actors` people on as many hosts."""

    def __init__(self, server: Serving, actors: int) -> None:
        self.server, self.actors = server, actors
        self.keys = [generate_rsa() for _ in range(KEYS)]
        self.objects = [server.origin + publish(server) for _ in range(OBJECTS)]
        self.people = [f"https://{host(n)}/users/far" for n in range(actors)]
        self.coordination = self.objects[0].partition("/objects/")[0]

    def remember(self) -> None:
        """As if the actors had been fetched before: the server is not asked to go and look."""
        now = int(time.time() * 1000)
        pems = [public_pem(key.public_key()) for key in self.keys]
        with sqlite3.connect(self.server.database) as db:
            db.execute("UPDATE instance SET sending = 'held'")
            db.executemany(
                "INSERT INTO blocks (kind, value, created_at) VALUES ('domain', ?, ?)",
                [(f"blocked{n}.example", now) for n in range(1000)],
            )
            db.executemany(
                "INSERT INTO remote_actors (actor_id, host, type, username, name, inbox_url,"
                " also_known_as, fetched_at, handle)"
                " VALUES (?, ?, 'Person', 'far', 'Far', ?, '[]', ?, ?)",
                [
                    (one, host(n), f"{one}/inbox", now, f"@far@{host(n)}")
                    for n, one in enumerate(self.people)
                ],
            )
            db.executemany(
                "INSERT INTO remote_keys (key_id, owner_id, public_key, fetched_at)"
                " VALUES (?, ?, ?, ?)",
                [
                    (f"{one}#main-key", one, pems[n % KEYS], now)
                    for n, one in enumerate(self.people)
                ],
            )

    def request(self, make: Make, number: int) -> bytes:
        """The activity as it comes in: the whole request, signed."""
        activity = make(self, number)
        body = json.dumps(activity).encode()
        key = SigningKey(f"{activity['actor']}#main-key", self.keys[number % self.actors % KEYS])
        url = f"{self.server.origin}/inbox"
        fields = sign_post(Spec.CAVAGE, url, digests_of(body), key, datetime.now(UTC))
        fields |= {"Host": f"127.0.0.1:{self.server.port}", "Content-Length": str(len(body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"POST /inbox HTTP/1.1\r\n{head}\r\n".encode() + body


def host(number: int) -> str:
    return f"far{number}.example"


def like(scene: Scene, number: int) -> dict[str, object]:
    person = scene.people[number % scene.actors]
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{person}#likes/{number}",
        "type": "Like",
        "actor": person,
        "object": scene.objects[number // scene.actors % OBJECTS],
    }


def reply(scene: Scene, number: int) -> dict[str, object]:
    person, answered = scene.people[number % scene.actors], scene.objects[number % OBJECTS]
    note = {
        "id": f"{person}/statuses/{number}",
        "type": "Note",
        "attributedTo": person,
        "inReplyTo": answered,
        "content": f"<p>We stand with you, number {number}.</p>",
        "to": [PUBLIC],
        "cc": [scene.coordination],
        "published": "2026-10-14T12:00:00Z",
    }
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{person}/statuses/{number}/activity",
        "type": "Create",
        "actor": person,
        "to": note["to"],
        "cc": note["cc"],
        "object": note,
    }


def follow(scene: Scene, number: int) -> dict[str, object]:
    person = scene.people[number]
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{person}#follows/{number}",
        "type": "Follow",
        "actor": person,
        "object": scene.coordination,
    }


SCENARIOS: dict[str, Make] = {"likes": like, "replies": reply, "follows": follow}
LEFT_BEHIND = {
    "likes": "SELECT sum(likes) FROM objects",
    "replies": "SELECT count(*) FROM responses",
    "follows": "SELECT count(*) FROM deliveries JOIN activities ON activities.id = activity"
    " WHERE activities.type = 'Accept'",
}


def waits(db: sqlite3.Connection) -> bool:
    return db.execute("SELECT 1 FROM inbox LIMIT 1").fetchone() is not None


async def measured(
    server: Serving, processes: Sequence[Running], what: str, requests: list[bytes]
) -> dict[str, Any]:
    """One scenario, from the first request to the last row's end."""
    with sqlite3.connect(server.database) as db:
        before = db.execute(LEFT_BEHIND[what]).fetchone()[0]
        began, used = time.perf_counter(), [one.cpu_seconds() for one in processes]
        found = await asyncio.to_thread(load, "127.0.0.1", server.port, requests)
        slept = time.perf_counter() - began - found["seconds"]  # the generator's own start
        while waits(db):  # noqa: ASYNC110 - it is another process that we wait for
            await asyncio.sleep(0.02)
        took = time.perf_counter() - began - slept
        made = db.execute(LEFT_BEHIND[what]).fetchone()[0] - before
    if found["statuses"] != {"202": len(requests)} or made != len(requests):
        raise SystemExit(f"{what}: {found['statuses']}, and {made} of {len(requests)} took effect")
    thousands = len(requests) / 1000
    return {
        "answered_a_second": found["a_second"],
        "processed_a_second": round(len(requests) / took),
        **{name: found[name] for name in ("p50_ms", "p99_ms", "max_ms")},
        "cpu_seconds_per_1000": {
            one.role: round((one.cpu_seconds() - then) / thousands, 3)
            for one, then in zip(processes, used, strict=True)
        },
        "generator_cpu_seconds_per_1000": round(found["cpu_seconds"] / thousands, 3),
    }


def verifications_a_second(seconds: float = 1.0) -> int:
    """The physical limit of one core: RSA-2048 verifications, nothing else."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    private = generate_rsa()
    signature, public = private.sign(b"x", PKCS1v15(), SHA256()), private.public_key()
    done, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        public.verify(signature, b"x", PKCS1v15(), SHA256())
        done += 1
    return round(done / seconds)


def fsyncs_a_second(folder: Path, seconds: float = 1.0) -> int:
    """How often 4 KiB, written at the end of a file, can be made durable one after the other."""
    done, end = 0, time.perf_counter() + seconds
    with open(folder / "fsync", "wb", buffering=0) as file:
        while time.perf_counter() < end:
            file.write(bytes(4096))
            os.fdatasync(file.fileno())
            done += 1
    return round(done / seconds)


def generator_limit(requests: list[bytes]) -> int:
    with bare(BARE_PORT):
        return int(load("127.0.0.1", BARE_PORT, requests)["a_second"])


def run(names: Sequence[str], count: int, *, apart: bool) -> dict[str, Any]:
    """Each scenario once, on a new server."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "server"
        with serving(folder, PORT) as server:
            scene = Scene(server, count)
            scene.remember()
        with (
            serving(folder, PORT, prepared=True, alone=not apart) as server,
            working(folder, apart=apart) as workers,
        ):
            figures: dict[str, Any] = {}
            for what in names:
                requests = [scene.request(SCENARIOS[what], one) for one in range(count)]
                limits = {
                    "generator_a_second": generator_limit(requests),
                    "verifications_a_second_a_core": verifications_a_second(),
                    "fsyncs_a_second": fsyncs_a_second(folder),
                }
                found = asyncio.run(measured(server, [server, *workers], what, requests))
                figures[what] = found | limits | _shares(found, limits)
            return figures


def _shares(found: dict[str, Any], limits: dict[str, int]) -> dict[str, float]:
    """Of what was measured to be possible a moment before."""
    answered = found["answered_a_second"]
    return {
        "share_of_verifying": round(answered / limits["verifications_a_second_a_core"], 3),
        "share_of_generator": round(answered / limits["generator_a_second"], 3),
    }


def median(runs: Sequence[Any]) -> Any:
    """The same figures, each the median of its runs."""
    if isinstance(runs[0], dict):
        return {name: median([one[name] for one in runs]) for name in runs[0]}
    found = statistics.median(runs)
    return round(found) if all(isinstance(one, int) for one in runs) else round(found, 3)


def main(count: int, runs: int, only: str | None) -> None:
    names = [only] if only else list(SCENARIOS)
    found = {
        label: median([once(apart=apart) for _ in range(runs)])
        for once in [partial(run, names, count)]
        for label, apart in (("two_processes", True), ("one_process", False))
    }
    result("inbox", count=count, runs=runs, **found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--only", choices=list(SCENARIOS))
    parser.add_argument("--save", action="store_true")
    told = parser.parse_args()
    main(told.count, told.runs, told.only)
