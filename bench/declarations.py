"""What a coordinator and a first reader wait for: a work of seven languages, and its forms.

`python -m bench.declarations [--works 20] [--save]`: one `serve` process on SQLite, asked over HTTP
by one client. Told are medians: the call that publishes seven versions at once, a page, a feed, an
archive and a PDF that nobody has asked for before, and a PDF that is kept. Every other work is ten
times as long as the tests' sample (`_long`).
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from bench.server import Serving, serving
from bench.world import result
from fediverse_coord.publishing import frontmatter

SAMPLE = Path(__file__).parent.parent / "tests" / "samples" / "letter"
LANGUAGES = ("en", "ar", "es", "fr", "hi", "uk", "zh")
PORT = 18_060


def token(server: Serving) -> str:
    command = [sys.executable, "-m", "fediverse_coord", "--config", f"{server.folder}/config.toml"]
    words = ["token", "create", "--coordinator", "Ana", "--role", "publisher"]
    done = subprocess.run([*command, *words], capture_output=True, check=True)
    return done.stdout.decode().strip()


def texts(times: int) -> dict[str, dict[str, object]]:
    found = {}
    for language in LANGUAGES:
        fields, content = frontmatter.parse((SAMPLE / f"letter.{language}.md").read_text("utf-8"))
        fields.pop("original", None)
        found[language] = {**fields, "content": "\n\n".join([content] * times)}
    return found


def drafted(api: httpx.Client, times: int) -> str:
    """The key of a draft of seven languages."""
    whole = texts(times)
    made = api.post("/actors/bench/declarations", json=whole["en"]).raise_for_status().json()
    for language in LANGUAGES[1:]:
        path = f"/declarations/{made['key']}/versions/{language}"
        api.put(path, json=whole[language], headers={"If-Match": "*"}).raise_for_status()
    return str(made["key"])


def waited(act: Callable[[], httpx.Response]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    act().raise_for_status()
    return (time.perf_counter() - began) * 1000


def measured(server: Serving, works: int) -> dict[str, float]:
    waits: dict[str, list[float]] = {}
    told = {"Authorization": f"Bearer {token(server)}"}
    with (
        httpx.Client(base_url=f"{server.origin}/api/v1", headers=told, timeout=60) as api,
        httpx.Client(base_url=server.origin, headers={"Accept": "text/html"}, timeout=60) as reader,
    ):

        def asked(what: str, path: str) -> None:
            waits.setdefault(what, []).append(waited(lambda: reader.get(path)))

        for number in range(works):
            times = 10 if number % 2 else 1
            long = "_long" if number % 2 else ""
            key = drafted(api, times)
            publish = lambda key=key: api.post(f"/declarations/{key}/publish")  # noqa: E731
            waits.setdefault(f"publish_seven{long}_ms", []).append(waited(publish))
            page = "/" + api.get(f"/declarations/{key}").json()["url"].split("/", 3)[3]
            for language in LANGUAGES:
                asked(f"page{long}_ms", f"{page}?lang={language}")
                asked(f"pdf{long}_ms", f"{page}.pdf?lang={language}")
                asked("pdf_kept_ms", f"{page}.pdf?lang={language}")
                asked("feed_ms", f"/@bench/feed.atom?language={language}")
                asked("archive_ms", f"/@bench/archive?language={language}")
    return {name: round(statistics.median(found), 1) for name, found in waits.items()}


def main(works: int) -> None:
    with tempfile.TemporaryDirectory() as name, serving(Path(name) / "server", PORT) as server:
        found = measured(server, works)
        result("declarations", works=works, languages=len(LANGUAGES), **found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--works", type=int, default=20)
    parser.add_argument("--save", action="store_true")
    main(parser.parse_args().works)
