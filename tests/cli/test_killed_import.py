"""An import that is killed in its midst and begun again: nothing twice, nothing lost."""

import os
import signal
import sqlite3
import subprocess
import time
from contextlib import closing

from running_command import Place, command, environment
from test_exporting import exported, whole

TEXTS = 1_200
WORDS = ("import", "markdown", "texts", "--yes", "--json")
PATIENCE_SECONDS = 60


def counted(place: Place, table: str) -> int:
    (file,) = place.folder.glob("data/*.db")
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
        return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def written(place: Place) -> None:
    for number in range(TEXTS):
        language = "en" if number % 2 else "de"
        text = f"---\ntitle: Text {number // 2}\ndate: 2011-01-02\n---\n\nOf shift {number // 2}.\n"
        place.write(f"texts/{number // 2}.{language}.md", text)


def killed_after(place: Place, works: int) -> None:
    """Starts the import and kills it once so many works are there."""
    process = subprocess.Popen(
        command(*WORDS), cwd=place.folder, env=environment(), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + PATIENCE_SECONDS
    while counted(place, "declarations") < works and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def test_an_import_that_was_killed_goes_on_and_brings_each_text_once(place: Place) -> None:
    written(place)
    killed_after(place, 1)
    first = counted(place, "declarations")
    killed_after(place, first + 1)
    second = counted(place, "declarations")
    assert 0 < first < second < TEXTS // 2

    done = place.run(*WORDS).json
    assert (done["known"], done["works"]) == (2 * second, TEXTS // 2 - second)
    assert counted(place, "declarations") == TEXTS // 2
    for table in ("declaration_versions", "declaration_revisions", "imported_entries", "search"):
        assert counted(place, table) == TEXTS, table
    assert counted(place, "slugs") == TEXTS // 2
    assert place.run(*WORDS).json["works"] == 0


def test_a_return_that_was_killed_leaves_nothing_and_begins_again(
    place: Place, other: Place
) -> None:
    written(place)
    assert place.run(*WORDS).code == 0
    out = exported(place)
    process = subprocess.Popen(
        command("import", "export", out), cwd=other.folder, env=environment(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + PATIENCE_SECONDS
    busy = 0  # looks in a row at which somebody was writing: no other transaction is that long
    while busy < 10 and process.poll() is None:
        assert time.monotonic() < deadline
        busy = busy + 1 if is_written(other) else 0
        time.sleep(0.02)
    assert process.poll() is None, "it was over before it could be killed"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    for table in ("declarations", "declaration_versions", "imported_entries"):
        assert counted(other, table) == 0
    assert other.run("import", "export", out).line.startswith(f"{TEXTS // 2} declarations are back")
    assert whole(exported(other)) == whole(out)


def is_written(place: Place) -> bool:
    """Whether a transaction that writes is open."""
    (file,) = place.folder.glob("data/*.db")
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as db:
        try:
            db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        db.execute("ROLLBACK")
        return False
