"""How fast a coordination's years leave as files and come back, and what memory that takes.

`python -m bench.exports [--texts 10000] [--save]`: so many declarations are published to nobody,
exported, and brought back into an empty database, each in a process of its own, on SQLite. Told
are declarations a second and the most memory of the process, beside that for a tenth of them.
"""

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.imports import PORT, texts
from bench.world import result, write_folder
from fediverse_coord import app
from fediverse_coord.desk import drafts
from fediverse_coord.desk.people import OPERATOR


async def publish(folder: Path, number: int) -> None:
    async with app.opened(write_folder(folder, PORT)) as services:
        shutil.copytree(folder, folder.parent / "empty")
        for title, day, body in texts(number):
            fields = {"title": title, "content": body, "summary": title, "dated": str(day)}
            await drafts.create(services.desk, OPERATOR, "bench", fields, publish=True)


def measured(folder: Path, *words: str) -> tuple[float, float]:
    """Seconds, and MiB at most, of a command."""
    command = [sys.executable, "-m", "fediverse_coord", "--config", str(folder / "config.toml")]
    began = time.perf_counter()
    process = subprocess.Popen([*command, *words], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0, told
    return time.perf_counter() - began, used.ru_maxrss / 1024


def there_and_back(number: int) -> dict[str, tuple[float, float]]:
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        asyncio.run(publish(place / "server", number))
        there = measured(place / "server", "export", str(place / "out"))
        back = measured(place / "empty", "import", "export", str(place / "out"))
        return {"export": there, "return": back}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=10_000)
    parser.add_argument("--save", action="store_true")
    given = parser.parse_args()
    figures: dict[str, object] = {"declarations": given.texts}
    few, all_ = there_and_back(given.texts // 10), there_and_back(given.texts)
    for way, (seconds, memory) in all_.items():
        figures[f"{way}, declarations a second"] = round(given.texts / seconds)
        figures[f"{way} MiB, a tenth of them"] = round(few[way][1])
        figures[f"{way} MiB"] = round(memory)
    result("exports" if given.save else "", **figures)


if __name__ == "__main__":
    main()
