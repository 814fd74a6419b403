"""Our whole web face on a real socket, in the process of the test, so that it can write too.

The desk of the running server is the test's: what it changes is dropped from the cache at once,
as in any process that writes. Replies and counts are put down as the road in would leave them.
"""

import asyncio
import contextlib
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn
from engines import Place
from PIL import Image
from sample_pages import Page
from servers import free_port, write_folder

from fediverse_coord.app import Services
from fediverse_coord.config import load
from fediverse_coord.desk import drafts, edits, releases
from fediverse_coord.desk.desk import coordination
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.direct import PATIENCE_SECONDS, direct
from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.serving import face
from fediverse_coord.storage import actors, inboxes, objects, remote_actors, responses
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.declarations import Work
from fediverse_coord.storage.objects import LocalObject
from fediverse_coord.storage.remote_actors import ActorProfile
from fediverse_coord.storage.responses import NewResponse, Response

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
MASTODON = {"Accept": "application/activity+json, application/ld+json"}
PICTURES = """
[icon]
file = "lamp.png"
alt = "A lamp"

[image]
file = "hill.png"
alt = "A hill"
"""


@dataclass(slots=True)
class Site:
    """A running server and a reader of it."""

    services: Services
    reader: httpx.AsyncClient

    @property
    def origin(self) -> str:
        return self.services.config.server.origin

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """As a browser asks, unless other headers are given."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.reader.get(path, headers=BROWSER | named)

    async def page(self, path: str) -> Page:
        answer = await self.get(path)
        assert answer.status_code == 200, answer.text
        return Page(answer.text)

    async def draft(self, title: str | None = None, actor: str = "pits", **fields: object) -> Work:
        return await self._made(title, actor, fields, publish=False)

    async def publish(
        self, title: str | None = None, actor: str = "pits", **fields: object
    ) -> Work:
        return await self._made(title, actor, fields, publish=True)

    async def _made(
        self, title: str | None, actor: str, fields: dict[str, object], *, publish: bool
    ) -> Work:
        given: dict[str, object] = {"content": "Down tools at noon.", "language": "en"}
        if title is not None:
            given |= {"title": title, "summary": f"What we say about {title.lower()}."}
        saved = await drafts.create(
            self.services.desk, OPERATOR, actor, given | fields, publish=publish
        )
        return saved.work

    async def protect(self, *countries: str, actor: str = "pits") -> None:
        """As if the coordination's file listed them."""
        desk = self.services.desk
        known = await coordination(desk, actor)
        policies = {**known.profile["policies"], "protected_countries": list(countries)}
        profile = {**known.profile, "policies": policies}
        revision = known.revision + 1
        await desk.db.write(
            lambda tx: actors.revise(tx, known, profile, revision, known.document, desk.clock())
        )

    async def edit(self, work: Work, **fields: object) -> Work:
        return (await edits.edit(self.services.desk, OPERATOR, work.declaration.key, fields)).work

    async def withdraw(self, work: Work, reason: str, *, keep_text: bool = False) -> None:
        key = work.declaration.key
        await releases.withdraw(self.services.desk, OPERATOR, key, reason, keep_text=keep_text)

    async def delete(self, work: Work) -> None:
        await releases.delete(self.services.desk, OPERATOR, work.declaration.key)

    def path(self, work: Work) -> str:
        return f"/@{work.actor_name}/{work.declaration.slug}"

    def object_id(self, work: Work) -> str:
        return self.services.config.uris.object(work.actor_name, work.declaration.key)

    async def object(self, work: Work) -> LocalObject:
        found = await objects.by_declaration(self.services.db, work.row)
        assert found is not None
        return found

    async def respond(self, work: Work, key: str, **changed: object) -> Response:
        """A reply that came in, approved unless told otherwise."""
        services, found = self.services, await self.object(work)
        now = services.clock()
        author = ActorProfile(
            actor_id="https://far.example/users/rosa",
            host="far.example",
            type="Person",
            username="rosa",
            name="Rosa",
            inbox_url="https://far.example/users/rosa/inbox",
            handle=changed.pop("handle", None),  # type: ignore[arg-type]
        )
        remote = await services.db.write(lambda tx: remote_actors.remember(tx, author, now))
        fields: dict[str, object] = {
            "key": key,
            "actor": work.actor,
            "remote_actor": remote.row,
            "object": found.row,
            "object_id": f"https://far.example/posts/{key}",
            "in_reply_to": found.object_id,
            "visibility": "public",
            "state": "approved",
            "language": "en",
            "html": f"<p>Reply {key}.</p>",
            "url": f"https://far.example/@rosa/{key}",
            "published_at": now,
        }
        new = NewResponse(**(fields | changed))  # type: ignore[arg-type]
        await services.db.write(lambda tx: responses.insert(tx, new, now))
        made = await responses.by_key(services.db, key)
        assert made is not None
        return made

    async def receipts(self, work: Work, *, delivered: int = 0, refused: int = 0) -> None:
        """Deliveries of its Create to so many servers, as the road out would leave them."""
        states = ["delivered"] * delivered + ["refused"] * refused
        now = milliseconds(self.services.clock())

        async def write(tx: Transaction) -> None:
            activity = await tx.fetch_value(CREATE_OF, object_id=self.object_id(work))
            for number, state in enumerate(states):
                inbox = await inboxes.row_for(tx, f"https://host{number}.example/inbox")
                given = {"activity": activity, "inbox": inbox, "state": state, "now": now}
                await tx.execute(PUT_RECEIPT, **given)

        await self.services.db.write(write)


CREATE_OF = "SELECT id FROM activities WHERE object_id = :object_id AND type = 'Create'"
PUT_RECEIPT = """
INSERT INTO deliveries (activity, inbox, state, attempts, status, due_at, created_at, settled_at)
VALUES (:activity, :inbox, :state, 1, 200, :now, :now, :now)
"""


def picture(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(out, "PNG")
    return out.getvalue()


@contextlib.asynccontextmanager
async def running_site(
    folder: Path,
    *names: str,
    more: str = "",
    place: Place | None = None,
    tables: str = "",
    approvals: int = 0,
    patience: float = PATIENCE_SECONDS,
    most: int | None = None,
    largest: int | None = None,
) -> AsyncIterator[Site]:
    """The face on loopback, without the roads; the first coordination has pictures and `tables`."""
    port = free_port()
    write_folder(folder, port, names, more=more)
    if place is not None:
        place.settle(folder)
    if largest is not None:
        _bound_pictures(folder, largest)
    (folder / "actors" / "lamp.png").write_bytes(picture(64, 64))
    (folder / "actors" / "hill.png").write_bytes(picture(300, 100))
    with (folder / "actors" / f"{names[0]}.toml").open("a") as file:
        file.write(PICTURES + tables)
    if approvals:
        for path in (folder / "actors").glob("*.toml"):
            text = path.read_text().replace("[policies]", f"[policies]\napprovals = {approvals}")
            path.write_text(text)
    opened: asyncio.Future[Services] = asyncio.get_running_loop().create_future()

    async def told(services: Services) -> None:
        opened.set_result(services)

    app = face(load(folder / "config.toml"), with_roads=False, ready=told)
    settings = uvicorn.Config(
        app,
        http=direct(app.state._state, patience=patience),
        limit_concurrency=most,
        host="127.0.0.1",
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
    )
    server = uvicorn.Server(settings)
    task = asyncio.create_task(server.serve())
    try:
        services = await asyncio.wait_for(opened, 20)
        async with httpx.AsyncClient(base_url=services.config.server.origin) as reader:
            while not server.started:  # noqa: ASYNC110 its socket opens just after its lifespan
                await asyncio.sleep(0.01)
            yield Site(services, reader)
    finally:
        server.should_exit = True
        await task


def _bound_pictures(folder: Path, largest: int) -> None:
    file = folder / "config.toml"
    kinds = ("largest_bytes", "recording_bytes", "document_bytes")
    bounds = "\n".join(f"{one} = {largest}" for one in kinds)
    text = file.read_text().replace("[media]", f"[media]\n{bounds}")
    file.write_text(text)


def links_of(answer: httpx.Response) -> list[str]:
    """Every `Link` field as it was sent."""
    return [value.decode() for name, value in answer.headers.raw if name.lower() == b"link"]


def problem_of(answer: httpx.Response) -> dict[str, object]:
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, object] = json.loads(answer.text)
    return found
