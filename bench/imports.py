"""How fast years of texts come in, and what memory that takes.

`python -m bench.imports [--texts 10000] [--database URL] [--save]`: a Markdown folder and an Atom
feed of made-up texts are imported by the command, each in a process of its own. Told are texts a
second, planning included, and the most memory of the process, beside that for a tenth of them.
PostgreSQL is measured in the empty database that the URL names.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from bench.world import result, write_folder

PORT = 18_070
FIRST = date(2009, 1, 1)
COUNTRIES = ("Chile", "Ghana", "Peru", "India", "Poland", "Kenya")
KINDS = ("Letter to", "Call from", "Declaration of solidarity with", "Report from")
WORDS = tuple(
    "the night shift at pit {n} stopped the belts and went up together because the air was bad "  # noqa: SIM905
    "again and the company had counted {m} masks where there were {k} people".split()
)


def texts(number: int) -> Iterator[tuple[str, date, str]]:
    """Title, day and text: three paragraphs of about four hundred letters each."""
    chance = random.Random(7)
    for one in range(number):
        title = f"{chance.choice(COUNTRIES)}: {chance.choice(KINDS)} the hoist crew of shaft {one}"
        paragraphs = [" ".join(chance.choices(WORDS, k=70)) for _ in range(3)]
        body = "\n\n".join(paragraphs).format(n=one, m=one % 89, k=one % 97)
        yield title, FIRST + timedelta(days=one // 2), body


def folder_of(number: int, place: Path) -> Path:
    for count, (title, day, body) in enumerate(texts(number)):
        file = place / f"{count % 100:02d}" / f"{count}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"---\ntitle: '{title}'\ndate: {day}\n---\n\n{body}\n", encoding="utf-8")
    return place


def feed_of(number: int, place: Path) -> Path:
    place.mkdir()
    file = place / "feed.atom"
    with file.open("w", encoding="utf-8") as out:
        out.write('<feed xmlns="http://www.w3.org/2005/Atom"><title>Shafts</title>')
        for count, (title, day, body) in enumerate(texts(number)):
            html = "".join(f"&lt;p&gt;{one}&lt;/p&gt;" for one in body.split("\n\n"))
            out.write(
                f"<entry><id>urn:shaft:{count}</id><title>{title}</title>"
                f"<updated>{day}T00:00:00Z</updated><content type='html'>{html}</content></entry>"
            )
        out.write("</feed>")
    return file


MAKERS = {"markdown": folder_of, "feed": feed_of}


def imported(form: str, number: int, database: str | None) -> tuple[float, float]:
    """Seconds, and MiB at most."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_folder(folder / "server", PORT)
        source = MAKERS[form](number, folder / "source")
        config = folder / "server" / "config.toml"
        if database:
            text = config.read_text("utf-8").replace("sqlite:///coord.db", database)
            config.write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "fediverse_coord", "--config", str(config)]
        subprocess.run([*command, "list"], check=True, capture_output=True)  # keys take their time
        words = ["import", form, str(source), "--actor", "bench", "--yes"]
        began = time.perf_counter()
        process = subprocess.Popen([*command, *words], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        told = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        assert status == 0, told
        assert f"imported {number} works" in told, told
        return time.perf_counter() - began, used.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=10_000)
    parser.add_argument("--database")
    parser.add_argument("--only", choices=sorted(MAKERS))
    parser.add_argument("--save", action="store_true")
    given = parser.parse_args()
    figures: dict[str, object] = {"texts": given.texts}
    for form in [given.only] if given.only else MAKERS:
        if not given.database:
            figures[f"{form} MiB, a tenth of the texts"] = round(
                imported(form, given.texts // 10, None)[1]
            )
        seconds, memory = imported(form, given.texts, given.database)
        figures[f"{form} texts a second"] = round(given.texts / seconds)
        figures[f"{form} MiB"] = round(memory)
    print(result("imports" if given.save else "", **figures))


if __name__ == "__main__":
    main()
