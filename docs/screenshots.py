"""`make screenshots`: the pictures of the papers, of a real server with texts written for it.

The console is looked at by somebody who followed a link.

Runs in `.judges`, where `make judges` has put Playwright; the browser is Debian's Chromium. The
server believes that it is http://coord.example, and the browser is told where that is. Replies,
counts and followers are put down as the road in would leave them; nothing is sent to anybody.
"""

import asyncio
import contextlib
import io
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from fediverse_coord.app import Services, opened, write_key_file
from fediverse_coord.config import load
from fediverse_coord.desk import drafts, pins
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.storage import actors, followers, inboxes, objects, remote_actors, responses
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.declarations import Work
from fediverse_coord.storage.remote_actors import ActorProfile, RemoteActor
from fediverse_coord.storage.responses import NewResponse

ROOT = Path(__file__).parent.parent
IMAGES = Path(__file__).parent / "images"
LARGEST_BYTES = 250_000
NAME, HOST = "icg", "coord.example"
FIRST_DAY = datetime(2026, 4, 13, 6, 30, tzinfo=UTC)
FOLLOWERS = 214

CONFIG = """
[server]
origin = "http://{host}"
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
"""

LETTER: dict[str, object] = {
    "title": "To the workforce of the northern copper mines",
    "summary": "For nine days you have stopped the northern pits because the company wants to "
    "halve the ventilation shift. We have read your four demands in our own wash-houses. "
    "They are ours too, and here is what we do about it.",
    "kind": "solidarity",
    "language": "en",
    "tags": ["Solidarity", "MineSafety"],
    "addressees": ["The workforce of the northern copper mines and their families"],
    "signatories": [
        {"name": "Amara Voss", "office": "for the delegates", "display": "initials"},
        {"name": "International Miners’ Coordination", "display": "full"},
    ],
    "content": """\
Dear colleagues,

for nine days no cage has gone down at the northern copper mines. The company wants half the
ventilation shift gone; you want to come up again in the evening. **You are right, and you are not
alone.**

We have read your demands aloud in our own wash-houses:

1. Four people on every ventilation shift, day and night.
2. Gas readings posted at the shaft, where everybody sees them.
3. No dismissal for those who refuse to go down.
4. Talks with the delegates whom you elected.

> What they take from you this year they will ask of us the next.

## What we do

On Friday at the change of shift, collections are held at eleven pits in five countries. Delegates
from two coalfields are on their way to you with what was collected in the first week.

Send us news of every day. We print it and put it up where people dress.
""",
}
BRIEF_AN: dict[str, object] = {
    "language": "de",
    "title": "An die Belegschaft der nördlichen Kupferminen",
    "summary": "Seit neun Tagen steht bei euch der Berg still. Eure vier Forderungen sind auch "
    "unsere.",
    "content": "Liebe Kolleginnen und Kollegen,\n\nseit neun Tagen fährt bei euch kein Korb ein. "
    "Ihr habt recht, und ihr seid nicht allein.",
}
CARTA: dict[str, object] = {
    "language": "es",
    "title": "A la plantilla de las minas de cobre del norte",
    "summary": "Hace nueve días que la mina está parada. Sus cuatro demandas son también nuestras.",
    "content": "Compañeras y compañeros:\n\nhace nueve días que no baja ninguna jaula. Tienen "
    "razón, y no están solos.",
}
OTHERS: tuple[dict[str, object], ...] = (
    {
        "title": "Seven demands for the conference of delegates",
        "summary": "Delegates of nineteen pits met for two days. They agreed on seven demands "
        "which each workforce puts to its own company on the same morning.",
        "kind": "declaration",
        "language": "en",
        "content": "Delegates of nineteen pits met for two days and agreed on seven demands.",
    },
    {
        "content": "The inspectors came at six and left at seven. Nobody showed them the east "
        "drift. We ask in public: who decided that? #MineSafety",
        "language": "en",
    },
)
REPLIES = (
    ("ines", "Inés", "harbour.example", "es", "Desde el puerto: el viernes no cargamos su cobre."),
    ("tomasz", "Tomasz", "mastodon.example", "en", "Read aloud at our pit this morning. The hat "
     "went round twice."),
)  # fmt: skip


@dataclass(slots=True)
class Clock:
    """Tells the moment it was set to."""

    now: datetime = field(default=FIRST_DAY)

    def __call__(self) -> datetime:
        return self.now


def write_folder(folder: Path, port: int) -> Path:
    """Settings and the example coordinations, which are allowed to appear under this name."""
    (folder / "config.toml").write_text(CONFIG.format(host=HOST, port=port), encoding="utf-8")
    write_key_file(folder / "instance.key")
    shutil.copytree(ROOT / "actors", folder / "actors")
    for path in (folder / "actors").glob("*.toml"):
        text = path.read_text(encoding="utf-8").replace("example = true\n", "")
        path.write_text(text, encoding="utf-8")
    return folder / "config.toml"


async def tell(config: Path) -> tuple[str, str]:
    """Publishes the texts and what came back; the letter's page, and a draft's in the console."""
    clock = Clock()
    async with opened(load(config)) as services:
        desk = replace(services.desk, clock=clock)
        for fields in (*OTHERS, LETTER):
            translations = [BRIEF_AN, CARTA] if fields is LETTER else []
            saved = await drafts.create(
                desk, OPERATOR, NAME, fields, translations=translations, publish=True
            )
            clock.now += timedelta(days=3, hours=5, minutes=17)
        work = saved.work
        await pins.pin(desk, OPERATOR, work.declaration.key, on=True)
        await _answered(services, work, clock.now)
        draft = await drafts.create(
            desk, OPERATOR, NAME, LETTER | {"slug": None}, translations=[BRIEF_AN, CARTA]
        )
        key = draft.work.declaration.key
        return f"/@{NAME}/{work.declaration.slug}", f"/console/declarations/{key}"


def login_link(config: Path) -> str:
    """As the operator hands it over."""
    command = [sys.executable, "-m", "fediverse_coord", "--config", str(config), "login-link"]
    done = subprocess.run(  # noqa: S603
        [*command, "Rosa", "--role", "publisher"], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


async def _answered(services: Services, work: Work, now: datetime) -> None:
    found = await objects.by_declaration(services.db, work.row)
    actor = await actors.by_name(services.db, NAME)
    if found is None or actor is None:
        raise LookupError("the letter was not published")
    about, ours = found, actor.row

    async def write(tx: Transaction) -> None:
        for likes in range(61):
            await objects.count(tx, about.row, "like", 1)
            if likes % 3:
                await objects.count(tx, about.row, "boost", 1)
        for number, (username, name, host, language, text) in enumerate(REPLIES):
            author = await _known(tx, username, name, host, now)
            reply = NewResponse(
                key=f"reply{number}",
                actor=ours,
                remote_actor=author.row,
                object=about.row,
                object_id=f"https://{host}/posts/{number}",
                in_reply_to=about.object_id,
                visibility="public",
                state="approved",
                language=language,
                html=f"<p>{text}</p>",
                url=f"https://{host}/@{username}/{number}",
                published_at=now + timedelta(minutes=31 + number),
            )
            await responses.insert(tx, reply, now + timedelta(minutes=40))
        for number in range(FOLLOWERS):
            one = await _known(tx, f"f{number}", f"F {number}", "mastodon.example", now)
            inbox = await inboxes.row_for(tx, "https://mastodon.example/inbox")
            await followers.save(
                tx, actor=ours, remote_actor=one.row, inbox=inbox, follow_id=None,
                state="follower", now=now,
            )  # fmt: skip

    await services.db.write(write)


async def _known(
    tx: Transaction, username: str, name: str, host: str, now: datetime
) -> RemoteActor:
    profile = ActorProfile(
        actor_id=f"https://{host}/users/{username}",
        host=host,
        type="Person",
        username=username,
        name=name,
        handle=f"@{username}@{host}",
        inbox_url=f"https://{host}/users/{username}/inbox",
        shared_inbox_url=f"https://{host}/inbox",
    )
    return await remote_actors.remember(tx, profile, now)


@contextlib.contextmanager
def serving(config: Path, port: int) -> Iterator[None]:
    """A server process that answers and sends nothing; ended by its own number."""
    command = [sys.executable, "-m", "fediverse_coord", "--config", str(config), "serve"]
    process = subprocess.Popen([*command, "--no-work"], cwd=config.parent)  # noqa: S603
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(OSError):
                if urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz").status == 200:
                    break
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(15)


def take(browser: Browser, path: str, width: int, scheme: str, name: str, height: int) -> None:
    """One picture, on narrow screens as sharp as a phone's."""
    narrow = width < 600
    page = browser.new_page(
        viewport={"width": width, "height": height},
        device_scale_factor=2 if narrow else 1,
        color_scheme="dark" if scheme == "dark" else "light",
        locale="en-GB",
    )
    page.goto(f"http://{HOST}{path}", wait_until="networkidle")
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        raise SystemExit(f"{path} is {wide} pixels wide on a screen of {width}")
    whole = name == "declaration" and not narrow  # with the answers below it
    save(page.screenshot(full_page=whole), IMAGES / f"{name}-{width}-{scheme}.png")
    page.close()


def take_console(browser: Browser, link: str, work: str) -> None:
    """The form and the page of a declaration, side by side as on two phones."""
    page = browser.new_page(
        viewport={"width": 360, "height": 740}, device_scale_factor=2, locale="en-GB"
    )
    page.goto(link)
    page.click("main button")
    pictures = []
    for path in (work, f"{work}/edit"):
        page.goto(f"http://{HOST}{path}", wait_until="networkidle")
        pictures.append(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
    page.close()
    gap = 40
    both = Image.new("RGB", (2 * pictures[0].width + gap, pictures[0].height), "#857d70")
    for place, one in enumerate(pictures):
        both.paste(one, (place * (one.width + gap), 0))
    out = io.BytesIO()
    both.save(out, "PNG")
    save(out.getvalue(), IMAGES / "console-360-light.png")


def save(png: bytes, file: Path) -> None:
    """With as many colours as fit into the limit."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in (256, 128, 64, 32):
        out = io.BytesIO()
        picture.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() < LARGEST_BYTES:
            break
    file.write_bytes(out.getvalue())
    print(f"{file.relative_to(ROOT)}: {out.tell():,} bytes, {colours} colours")


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory() as folder:
        config = write_folder(Path(folder), port)
        letter, draft = asyncio.run(tell(config))
        with serving(config, port), sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"),
                args=["--no-sandbox", f"--host-resolver-rules=MAP {HOST} 127.0.0.1:{port}"],
            )
            for scheme in ("light", "dark"):
                for name, path in (("profile", f"/@{NAME}"), ("declaration", letter)):
                    take(browser, path, 1200, scheme, name, 900)
                    take(browser, path, 360, scheme, name, 740)
            take_console(browser, login_link(config), draft)
            browser.close()


if __name__ == "__main__":
    main()
