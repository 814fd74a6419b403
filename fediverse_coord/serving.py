"""The faces on top of the world: the web application and the process that serves it.

Construction only, as in `app`; apart from it so that a command does not load a web server.
"""

import contextlib
import gc
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import TypeAlias

import uvicorn
from starlette.applications import Starlette

from fediverse_coord.app import Services, opened, roads, running, telling, watching
from fediverse_coord.config import Config
from fediverse_coord.direct import direct
from fediverse_coord.errors import ConfigError, CoordError
from fediverse_coord.incoming.receive import Received, receive, signer_of
from fediverse_coord.protocol.signatures import InboundRequest
from fediverse_coord.web.cache import Cache
from fediverse_coord.web.faces import Faces
from fediverse_coord.web.routes import web_app
from fediverse_coord.web.warming import warm

Ready: TypeAlias = Callable[[Services], Awaitable[None]]


def face(config: Config, *, with_roads: bool = True, ready: Ready | None = None) -> Starlette:
    """The web application, which opens its services when it starts."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with opened(config) as services, contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(telling(services, "serve"))
            wake = None
            if with_roads:
                worker, wake = roads(services)
                await stack.enter_async_context(running(worker.run()))
            app.state.faces = faces = faces_from(services, wake)
            await stack.enter_async_context(
                watching(services, faces.cache.changed, faces.cache.clear)
            )
            if ready is not None:
                await ready(services)
            yield

    return web_app(lifespan)


def faces_from(services: Services, wake: Callable[[], None] | None) -> Faces:
    """What the faces are handed; a change made through them wakes the roads."""
    desk = replace(services.desk, wake=wake) if wake else services.desk

    async def received(request: InboundRequest, client: str) -> Received:
        answer = await receive(request, services.incoming, client)
        if wake and answer.status == 202:
            wake()
        return answer

    async def signed_by(request: InboundRequest, client: str) -> str | None:
        return await signer_of(request, services.incoming, client)

    return Faces(
        config=services.config,
        uris=services.config.uris,
        db=services.db,
        keyring=services.keyring,
        receive=received,
        signer_of=signed_by,
        desk=desk,
        cache=Cache(counts=services.counts.cache),
        clock=services.clock,
        inbox_counts=services.counts.inbox,
    )


BACKLOG = 2048


class _Announced(uvicorn.Server):
    """Tells that it listens: what waits for us may begin, and what the first reader waits for."""

    def __init__(self, config: uvicorn.Config, told: Callable[[], None]) -> None:
        super().__init__(config)
        self.told = told

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            # What is there by now stays to the end. To walk through it for garbage takes 50 ms,
            # again and again, in which nobody is answered.
            gc.freeze()
            self.told()
            warm()


def say_ready() -> None:
    """Tells whoever manages services, if anybody does."""
    # sd_notify(3): a datagram; "@" begins the name of an abstract socket.
    manager = os.environ.get("NOTIFY_SOCKET", "")
    if not manager:
        return
    place = "\0" + manager[1:] if manager.startswith("@") else manager
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        door.sendto(b"READY=1", place)


def serve(
    config: Config,
    *,
    host: str | None = None,
    port: int | None = None,
    with_roads: bool = True,
    ready: Ready | None = None,
    listens: socket.socket | None = None,
    told: Callable[[], None] = say_ready,
) -> None:
    """Answers until it is told to end (SIGTERM, SIGINT); `ready` is told before it listens.

    `listens` is a socket that several processes share; `told` is called once it is listened to.

    Raises ConfigError, IdentityError or StorageUnavailable where it cannot begin, and SystemExit
    where it cannot listen.
    """
    config = config.served_at(host, port)
    faults: list[CoordError] = []
    app = face(config, with_roads=with_roads, ready=ready)
    server = _Announced(
        uvicorn.Config(
            _keeping(faults, app),
            http=direct(app.state._state),
            host=config.server.host,
            port=config.server.port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=True,
            forwarded_allow_ips=list(config.server.trusted_proxies),
            timeout_graceful_shutdown=10,
            limit_concurrency=1000,
        ),
        told,
    )
    try:
        server.run([listens] if listens is not None else None)
    except SystemExit:
        if not faults:
            raise
    if faults:
        raise faults[0]
    if not server.started:
        sys.exit(1)


def _keeping(faults: list[CoordError], app: Starlette) -> Starlette:
    """The ASGI server turns what goes wrong at the start into a log line; people need the words."""
    lifespan = app.router.lifespan_context

    @contextlib.asynccontextmanager
    async def kept(app: Starlette) -> AsyncIterator[object]:
        try:
            async with lifespan(app) as state:
                yield state
        except CoordError as fault:
            faults.append(fault)
            raise

    app.router.lifespan_context = kept  # type: ignore[assignment]
    return app


def listening(config: Config) -> socket.socket:
    """A socket for several processes to share. Raises ConfigError where nobody can listen there."""
    host, port = config.server.host, config.server.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listens = socket.socket(family, socket.SOCK_STREAM)
    try:
        listens.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listens.bind((host, port))
        listens.listen(BACKLOG)
    except OSError as error:
        listens.close()
        raise ConfigError(
            f"cannot listen on {host} port {port} ({error.strerror}): another server may run there"
        ) from None
    listens.setblocking(False)
    return listens


def shared_socket(descriptor: int) -> socket.socket:
    """The socket that whoever began us has left open."""
    return socket.socket(fileno=descriptor)
