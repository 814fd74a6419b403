"""Signed Likes and replies a second into the inbox, answered after they are durable.

`python -m bench.inbox [--count 2000] [--save]`: distinct activities by 50 actors on 50 servers
whose keys are known, so that no limit against floods is met; 32 connections. The limit beside it
is what one core can verify (RSA-2048) in the same run. "Processed" is the time until the last
side effect is done as well.
"""

import argparse
import asyncio
import json
import sqlite3
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.get import publish
from bench.load import load
from bench.server import Serving, serving
from bench.world import result
from fediverse_coord.protocol.keys import SigningKey, generate_rsa, public_pem
from fediverse_coord.protocol.signatures import Spec, digests_of, sign_post

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
ACTORS = 50


def far(number: int) -> str:
    """One of the actors, in turn."""
    return f"http://127.9.9.{1 + number % ACTORS}:18002/users/far"


def remember_actors(server: Serving, key: SigningKey) -> None:
    """As if the actors had been fetched before: the server is not asked to go and look."""
    now, pem = int(time.time() * 1000), public_pem(key.private_key.public_key())
    with sqlite3.connect(server.folder / "coord.db") as db:
        for number in range(ACTORS):
            one, host = far(number), f"127.9.9.{1 + number}"
            db.execute(
                "INSERT INTO remote_actors (actor_id, host, type, username, name, inbox_url,"
                " also_known_as, fetched_at, handle)"
                " VALUES (?, ?, 'Person', 'far', 'Far', ?, '[]', ?, ?)",
                (one, host, f"{one}/inbox", now, f"@far@{host}:18002"),
            )
            db.execute(
                "INSERT INTO remote_keys (key_id, owner_id, public_key, fetched_at)"
                " VALUES (?, ?, ?, ?)",
                (f"{one}#main-key", one, pem, now),
            )


def like(number: int, object_id: str) -> dict[str, object]:
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{far(number)}#likes/{number}",
        "type": "Like",
        "actor": far(number),
        "object": object_id,
    }


def reply(number: int, object_id: str) -> dict[str, object]:
    note = {
        "id": f"{far(number)}/statuses/{number}",
        "type": "Note",
        "attributedTo": far(number),
        "inReplyTo": object_id,
        "content": f"<p>We stand with you, number {number}.</p>",
        "to": [PUBLIC],
        "cc": [object_id.partition("/objects/")[0]],
        "published": "2026-10-14T12:00:00Z",
    }
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{far(number)}/statuses/{number}/activity",
        "type": "Create",
        "actor": far(number),
        "to": note["to"],
        "cc": note["cc"],
        "object": note,
    }


def request(server: Serving, key: SigningKey, activity: dict[str, object]) -> bytes:
    body = json.dumps(activity).encode()
    key = SigningKey(f"{activity['actor']}#main-key", key.private_key)
    url = f"{server.origin}/inbox"
    fields = sign_post(Spec.CAVAGE, url, digests_of(body), key, datetime.now(UTC))
    fields |= {"Host": f"127.0.0.1:{server.port}", "Content-Length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST /inbox HTTP/1.1\r\n{head}\r\n".encode() + body


def waiting(server: Serving) -> int:
    with sqlite3.connect(server.folder / "coord.db") as db:
        return int(db.execute("SELECT count(*) FROM inbox").fetchone()[0])


async def measured(server: Serving, requests: list[bytes]) -> dict[str, object]:
    began, cpu = time.perf_counter(), server.cpu_seconds()
    found = await asyncio.to_thread(load, "127.0.0.1", server.port, requests)
    while waiting(server):  # noqa: ASYNC110 - it is another process that we wait for
        await asyncio.sleep(0.05)
    took = time.perf_counter() - began
    return {
        "answered_a_second": found["a_second"],
        "processed_a_second": round(len(requests) / took),
        "cpu_seconds_per_1000": round((server.cpu_seconds() - cpu) / len(requests) * 1000, 2),
        "p99_ms": found["p99_ms"],
        "max_ms": found["max_ms"],
        "statuses": found["statuses"],
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


def main(count: int) -> None:
    limit = verifications_a_second()
    key = SigningKey("", generate_rsa())
    figures = {}
    with tempfile.TemporaryDirectory() as name, serving(Path(name) / "server") as server:
        object_id = server.origin + publish(server)
        remember_actors(server, key)
        for what, make in (("likes", like), ("replies", reply)):
            requests = [request(server, key, make(one, object_id)) for one in range(count)]
            figures[what] = asyncio.run(measured(server, requests))
    result("inbox", count=count, verifications_a_second_a_core=limit, **figures)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--save", action="store_true")
    main(parser.parse_args().count)
