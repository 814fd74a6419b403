"""`serve`, `work`, `migrate`, `demo`: the processes of a server.

They start what `app` builds. That everything can be opened is seen before anything listens,
so that what is wrong is one line and no log.
"""

import asyncio
import contextlib
import logging
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fediverse_coord.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from fediverse_coord.app import Services
    from fediverse_coord.config import Config

ENDINGS = (signal.SIGINT, signal.SIGTERM)


@click.command()
@click.option("--host", help="Where to listen; else as the settings say.")
@click.option("--port", type=click.IntRange(0, 65_535), help="0: any that is free.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes that answer requests.")
@click.option("--no-work", is_flag=True, help="Only answer: `work` runs the roads elsewhere.")
@click.option(
    "--shared", type=(int, int, int), hidden=True, help="Socket and pipes of who began us."
)
def serve(
    host: str | None,
    port: int | None,
    workers: int | None,
    no_work: bool,
    shared: tuple[int, int, int] | None,
) -> None:
    """Answer requests and run the roads, in one process or several."""
    from fediverse_coord.cli import logs, session
    from fediverse_coord.cli import workers as several

    config = session.settings().served_at(host, port)
    count = workers or config.server.workers
    logs.start(config.logging)
    if shared is not None:
        several.answer(config, shared, with_roads=not no_work)
    elif count > 1:
        asyncio.run(_openable(config))
        begun = several.Workers(config, session.chosen_file(), count, with_roads=not no_work)
        asyncio.run(_until_told(begun.run()))
    else:
        _alone(config, session.chosen_file(), with_roads=not no_work)


def _alone(config: "Config", file: Path | None, *, with_roads: bool) -> None:
    from fediverse_coord import serving

    opening = Opening(config, file)
    logger = logging.getLogger("uvicorn.error")
    logger.handlers[:], logger.propagate = [opening], False
    logger.setLevel(logging.INFO)
    for one in ENDINGS:
        signal.signal(one, lambda *_: None)  # uvicorn raises it once more when it has ended
    try:
        serving.serve(config, with_roads=with_roads, ready=opening.is_opened)
    except SystemExit:
        raise ConfigError(f"the server did not start: {opening.fault}") from None


async def _openable(config: "Config") -> list[str]:
    """The coordinations that will be served. Raises ConfigError, StorageUnavailable."""
    from fediverse_coord.app import opened
    from fediverse_coord.cli.session import coordination_names
    from fediverse_coord.cli.telling import say

    async with opened(config) as services:
        for warning in services.applied.warnings:
            say(warning)
        return await coordination_names(services.desk)


class Opening(logging.Handler):
    """Hears from uvicorn whether it listens: then people are told what to do next.

    Before that, errors are kept for the one line of the command; afterwards they are logged.
    """

    def __init__(self, config: "Config", file: Path | None) -> None:
        super().__init__()
        self.config, self.names, self.file = config, list[str](), file
        self.fault, self.listens = "the log says no reason", False

    async def is_opened(self, services: "Services") -> None:
        """Before it listens: what people should know, and whom it serves."""
        from fediverse_coord.cli.session import coordination_names
        from fediverse_coord.cli.telling import say

        for warning in services.applied.warnings:
            say(warning)
        self.names = await coordination_names(services.desk)

    def emit(self, record: logging.LogRecord) -> None:
        if not self.listens and "running on" in record.getMessage():
            self.listens = True
            self._tell(record.getMessage())
        elif not self.listens and record.levelno >= logging.ERROR:
            self.fault = record.getMessage().strip().rpartition("\n")[2]
        elif record.levelno >= max(logging.WARNING, logging.getLogger().level):
            logging.getLogger().handle(record)

    def _tell(self, message: str) -> None:
        from fediverse_coord.cli.calling import itself
        from fediverse_coord.cli.telling import say

        place = message.partition("running on ")[2].split(" ")[0]
        uris, own = self.config.uris, itself(self.file)
        say(f"serving {uris.origin}, listening on {place}; stop with Ctrl-C")
        if not self.config.is_local or not self.names:
            return
        name = self.names[0]
        say("next, in another terminal, in this folder:")
        say(f"  {own} token create --coordinator YOUR_NAME --role publisher  # for the API")
        say(f"  echo 'We stand with the crews on strike.' | {own} publish --actor {name} -")
        say("and look at:")
        for one in self.names:
            say(f"  {uris.profile(one)}")


@click.command()
@click.option("--processes", type=click.IntRange(1, 64), help="How many; else as the settings say.")
@click.option("--beside", type=click.IntRange(1, 64), default=1, hidden=True)
def work(processes: int | None, beside: int) -> None:
    """Run the roads alone: deliveries, side effects, schedules."""
    import uvloop

    from fediverse_coord import app
    from fediverse_coord.cli import logs, session

    config = session.settings()
    logs.start(config.logging)
    asyncio.run(_openable(config))
    count = processes or config.delivery.processes
    roads = (
        app.work(config, beside=beside) if count == 1 else _several(count, session.chosen_file())
    )
    uvloop.run(_until_told(roads, f"working for {config.server.origin}; stop with Ctrl-C"))


async def _until_told(roads: "Coroutine[object, object, None]", begun: str = "") -> None:
    """Runs it until SIGINT or SIGTERM; says `begun` once these are heard."""
    from fediverse_coord.cli.telling import say

    task = asyncio.ensure_future(roads)
    for one in ENDINGS:
        asyncio.get_running_loop().add_signal_handler(one, task.cancel)
    if begun:
        say(begun)
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def _several(processes: int, file: Path | None) -> None:
    """So many of ourselves. When one ends, all end: whoever started us starts us again."""
    settings = ["--config", str(file)] if file else []
    one = ["work", "--processes", "1", "--beside", str(processes)]
    command = [sys.executable, "-m", "fediverse_coord", *settings, *one]
    children: list[asyncio.subprocess.Process] = []
    try:
        for _ in range(processes):
            children.append(await asyncio.create_subprocess_exec(*command))
        ends = [asyncio.ensure_future(one.wait()) for one in children]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        raise ConfigError("one of the working processes ended; its last line says why")
    finally:  # also where we are told to end while they begin
        for child in children:
            if child.returncode is None:
                child.terminate()
        await asyncio.gather(*(child.wait() for child in children))


@click.command()
@click.option("--keep", is_flag=True, help="Leave both servers' folders, to look around.")
@click.pass_context
def demo(context: click.Context, keep: bool) -> None:
    """Let two servers and many followers meet on this machine, and tell what happened."""
    from fediverse_coord.cli import logs
    from fediverse_coord.demo.world import run

    logs.silence()
    context.exit(run(keep))


@click.command()
@click.option("--to", "target", metavar="URL", help="Carry SQLite over to postgresql://…")
@click.option("--json", "as_json", is_flag=True)
def migrate(target: str | None, as_json: bool) -> None:
    """Bring the database to the shape that this version knows, or over to PostgreSQL."""
    from fediverse_coord.cli import logs, moving, session
    from fediverse_coord.cli.telling import result, result_json, say

    logs.silence()
    if target is not None:
        moving.carry_over(target, as_json)
        return
    config = session.settings()
    applied = asyncio.run(_migrated(config.database_url))
    if as_json:
        result_json(applied)
    for name in () if as_json else applied:
        result(name)
    say(f"{len(applied)} applied" if applied else "nothing to do: the database is up to date")


async def _migrated(url: str) -> list[str]:
    from fediverse_coord.storage import migrate as migrations
    from fediverse_coord.storage.database import open_database

    db = await open_database(url)
    try:
        return await migrations.migrate(db)
    finally:
        await db.close()
