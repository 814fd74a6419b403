"""Durable write transactions a second, as a ratio to what SQLite itself can do here.

`python -m bench.writes [--seconds 3] [--callers 256] [--save]` prints one JSON object: three runs,
the one with the median ratio told. Every run measures the limits beside ours:

* `fsyncs`: a transaction a COMMIT, stdlib `sqlite3` in one thread: what no grouping would allow;
* `grouped`: the same statements in savepoints, 256 a COMMIT, one thread: what the engine allows;
* `ours`: `Database.write` from one event loop with many callers, and with a single one.
"""

import argparse
import asyncio
import json
import os
import platform
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from fediverse_coord.storage.database import Database, Transaction, open_database
from fediverse_coord.storage.sqlite import WRITER_PRAGMAS
from fediverse_coord.storage.sqlite_writer import GROUP_SIZE

RESULTS = Path(__file__).parent / "results"

TABLES = (
    "CREATE TABLE facts (id INTEGER PRIMARY KEY, said TEXT NOT NULL)",
    "CREATE TABLE duties (id INTEGER PRIMARY KEY, fact BIGINT NOT NULL, due_at BIGINT NOT NULL)",
)
FACT = "INSERT INTO facts (said) VALUES (:said) RETURNING id"
DUTY = "INSERT INTO duties (fact, due_at) VALUES (:fact, :due_at)"
SAID = "An injury to one is an injury to all. " * 10


async def make_tables(tx: Transaction) -> None:
    for table in TABLES:
        await tx.execute(table)


async def one_write(tx: Transaction) -> None:
    """A fact, and the row that leads on from it."""
    row = await tx.fetch_one(FACT, said=SAID)
    if row is not None:
        await tx.execute(DUTY, fact=row["id"], due_at=1)


def raw(path: Path, seconds: float, group: int) -> float:
    """Transactions a second of stdlib sqlite3 alone, `group` savepoints a COMMIT."""
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in ("PRAGMA journal_mode = WAL", *WRITER_PRAGMAS, *TABLES):
        connection.execute(statement).close()
    run = connection.execute

    def commit_group() -> int:
        run("BEGIN IMMEDIATE")
        for _ in range(group):
            run("SAVEPOINT work")
            (row,) = run(FACT, {"said": SAID}).fetchall()
            run(DUTY, {"fact": row[0], "due_at": 1})
            run("RELEASE work")
        run("COMMIT")
        return group

    rate = rate_of(commit_group, seconds)
    connection.close()
    return rate


def rate_of(step: Callable[[], int], seconds: float) -> float:
    """How many a second, when every step does as many as it returns."""
    begun, done = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        done += step()
    return done / (time.perf_counter() - begun)


async def ours(path: Path, seconds: float, callers: int) -> dict[str, float]:
    """Transactions a second and how long callers waited, in milliseconds."""
    db = await open_database(f"sqlite:///{path}")
    await db.write(make_tables)
    waits: list[float] = []
    begun = time.perf_counter()
    await asyncio.gather(*(call(db, begun + seconds, waits) for _ in range(callers)))
    rate = len(waits) / (time.perf_counter() - begun)
    await db.close()
    waits.sort()
    return {
        "a_second": round(rate),
        "p50_ms": round(1000 * waits[len(waits) // 2], 2),
        "p99_ms": round(1000 * waits[len(waits) * 99 // 100], 2),
        "max_ms": round(1000 * waits[-1], 2),
    }


async def call(db: Database, until: float, waits: list[float]) -> None:
    """One caller, asking again as soon as it was answered."""
    while (now := time.perf_counter()) < until:
        await db.write(one_write)
        waits.append(time.perf_counter() - now)


@dataclass(frozen=True, slots=True)
class Run:
    """One run's figures: the limits and ours, transactions a second and waits."""

    limits: dict[str, int]
    ours: dict[str, dict[str, float]]
    ratios: dict[str, float]


def measure(folder: Path, seconds: float, callers: int) -> Run:
    """The limits, ours, and ours as a share of the limits."""
    fsyncs = raw(folder / "fsyncs.db", seconds, 1)
    grouped = raw(folder / "grouped.db", seconds, GROUP_SIZE)
    many = asyncio.run(ours(folder / "many.db", seconds, callers))
    single = asyncio.run(ours(folder / "single.db", seconds, 1))
    return Run(
        limits={"fsyncs": round(fsyncs), "grouped": round(grouped)},
        ours={f"{callers} callers": many, "1 caller": single},
        ratios={
            "many_to_grouped": round(many["a_second"] / grouped, 2),
            "many_to_fsyncs": round(many["a_second"] / fsyncs, 2),
            "single_to_fsyncs": round(single["a_second"] / fsyncs, 2),
        },
    )


def median_of_three(place: Path | None, seconds: float, callers: int) -> dict[str, object]:
    """The middle run by `many_to_grouped`, with the spread of that ratio."""
    runs: list[Run] = []
    for _ in range(3):
        with tempfile.TemporaryDirectory(dir=place) as folder:
            runs.append(measure(Path(folder), seconds, callers))
    runs.sort(key=lambda run: run.ratios["many_to_grouped"])
    return {**asdict(runs[1]), "spread": [run.ratios["many_to_grouped"] for run in runs]}


def circumstances() -> dict[str, object]:
    """When, on what, and at which commit."""
    git = ["git", "rev-parse", "--short", "HEAD"]
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "commit": subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="durable writes, as ratios")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--callers", type=int, default=256)
    parser.add_argument("--folder", type=Path, help="on the disk to measure; default: temporary")
    parser.add_argument("--save", action="store_true", help="also write results/writes.json")
    options = parser.parse_args()
    figures = median_of_three(options.folder, options.seconds, options.callers)
    text = json.dumps({**circumstances(), **figures}, indent=2)
    print(text)
    if options.save:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "writes.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
