"""Every public answer of a server, as somebody sees it who asks for everything.

Begins where anybody would, adds what only a guesser would ask for (every id pattern with every
key in the database), and follows every address of ours that stands in an answer.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
from besieged import Besieged
from pypdf import PdfReader

ACCEPTS = ("text/html", "application/activity+json", "application/json", "*/*")
BELOW_ACTOR = (
    "",
    "/inbox",
    "/outbox",
    "/outbox?page=first",
    "/followers",
    "/following",
    "/featured",
)
BELOW_OBJECT = (
    "", "/activity", "/replies", "/replies?page=first", "/likes", "/shares",
    "/versions/en", "/versions/de",
)  # fmt: skip
BELOW_PROFILE = (
    "archive", "feed.atom", "feed.json", "feed.atom?language=de", "archive?language=de",
)  # fmt: skip
BELOW_PAGE = (".txt", ".txt?lang=de", "?lang=de", ".pdf", ".pdf?lang=de", ".json", ".zip")
ENTRANCES = (
    "/", "/about", "/robots.txt", "/.well-known/host-meta", "/.well-known/nodeinfo",
    "/nodeinfo/2.0", "/nodeinfo/2.1", "/actor", "/actor/outbox", "/livez", "/readyz",
    "/api/v1/openapi.json", "/api/v1/responses/x/approve", "/console", "/metrics", "/inbox",
    "/interact", "/.well-known/webfinger", "/.git/config", "/coord.db", "/config.toml",
    "/instance.key", "/media/../config.toml", "/static/../config.toml", "/source.zip",
    "/sitemap.xml",
)  # fmt: skip
MOST = 1500


@dataclass(slots=True)
class Crawl:
    """What was said: one text for each request, with its status and headers."""

    here: Besieged
    answers: dict[tuple[str, str], str] = field(default_factory=dict)
    statuses: dict[tuple[str, str], int] = field(default_factory=dict)

    async def everywhere(self) -> "Crawl":
        waiting = [*ENTRANCES, *self._guessed()]
        seen = set(waiting)
        while waiting and len(seen) < MOST:
            path = waiting.pop()
            for accept in ACCEPTS if path in ENTRANCES else ACCEPTS[:2]:
                for link in await self._ask(path, accept):
                    if link not in seen:
                        seen.add(link)
                        waiting.append(link)
        return self

    def _guessed(self) -> list[str]:
        here = self.here
        names = here.column("SELECT name FROM actors")
        paths = [f"/actors/{name}{end}" for name in names for end in BELOW_ACTOR]
        paths += [f"/@{name}" for name in names]
        paths += [f"/@{name}/{one}" for name in names for one in BELOW_PROFILE]
        paths += [f"/.well-known/webfinger?resource=acct:{name}@127.0.0.1" for name in names]
        paths += [f"/.well-known/webfinger?resource={here.actor(name)}" for name in names]
        works = "SELECT a.name, d.key, d.slug FROM declarations d JOIN actors a ON a.id = d.actor"
        for row in here.rows(works):
            place = f"/actors/{row['name']}/objects/{row['key']}"
            paths += [place + end for end in BELOW_OBJECT]
            page = f"/@{row['name']}/{row['slug']}"
            paths += [page, f"/@{row['name']}/{row['key']}"]
            paths += [f"{page}{end}" for end in BELOW_PAGE]
            paths.append(f"/interact?uri={here.origin}{place}")
        paths += here.column("SELECT activity_id FROM activities")
        keys = here.column("SELECT key FROM responses")
        paths += [f"/actors/{names[0]}/responses/{key}" for key in keys]
        return [one.removeprefix(here.origin) for one in paths]

    async def _ask(self, path: str, accept: str) -> set[str]:
        answer = await self.here.get(path, accept=accept)
        headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
        self.statuses[path, accept] = answer.status_code
        self.answers[path, accept] = f"{answer.status_code}\n{headers}\n\n{said_in(answer)}"
        assert answer.status_code < 500, (path, accept)
        ours = re.findall(
            re.escape(self.here.origin) + r"([^\s\"'<>\\;)]*)", self.answers[path, accept]
        )
        local = re.findall(r"(?:href|src)=\"(/[^\"/][^\"]*)\"", answer.text)
        return {one.replace("&amp;", "&").partition("#")[0] or "/" for one in [*ours, *local]}

    def where(self, secret: str) -> list[tuple[str, str]]:
        """Who says it, in any case."""
        return [at for at, text in self.answers.items() if secret.casefold() in text.casefold()]


def said_in(answer: httpx.Response) -> str:
    """All words of an answer: also those that are packed, and those on paper.

    But for the packed source, whose words are the program's.
    """
    if answer.url.path == "/source.zip":
        return answer.text
    return "\n".join(_said(answer.content, answer.text))


def _said(content: bytes, text: str) -> Iterator[str]:
    yield text
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for name in packed.namelist():
                inner = packed.read(name)
                yield name
                yield from _said(inner, inner.decode("utf-8", "replace"))
    elif content.startswith(b"%PDF"):
        paper = PdfReader(io.BytesIO(content))
        yield str(paper.metadata)
        yield from (page.extract_text() for page in paper.pages)
        for files in paper.attachments.values():
            yield from (one.decode("utf-8", "replace") for one in files)
