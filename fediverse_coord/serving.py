"""The faces on top of the world: the web application and the process that serves it.

Construction only, as in `app`; apart from it so that a command does not load a web server.
"""

import contextlib
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import uvicorn
from starlette.applications import Starlette

from fediverse_coord.app import Services, opened, roads, running, watching
from fediverse_coord.config import Config
from fediverse_coord.incoming.receive import Received, receive, signer_of
from fediverse_coord.protocol.signatures import InboundRequest
from fediverse_coord.web.cache import Cache
from fediverse_coord.web.faces import Faces
from fediverse_coord.web.routes import web_app


def face(
    config: Config, *, with_roads: bool = True, ready: Callable[[Services], None] | None = None
) -> Starlette:
    """The web application, which opens its services when it starts."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with opened(config) as services, contextlib.AsyncExitStack() as stack:
            wake = None
            if with_roads:
                worker, wake = roads(services)
                await stack.enter_async_context(running(worker.run()))
            app.state.faces = faces = faces_from(services, wake)
            await stack.enter_async_context(
                watching(services, faces.cache.changed, faces.cache.clear)
            )
            if ready is not None:
                ready(services)
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
        cache=Cache(),
        clock=services.clock,
    )


def serve(
    config: Config,
    *,
    host: str | None = None,
    port: int | None = None,
    with_roads: bool = True,
    ready: Callable[[Services], None] | None = None,
) -> None:
    """Answers until it is told to end (SIGTERM, SIGINT). Raises ConfigError before it begins."""
    server = uvicorn.Server(
        uvicorn.Config(
            face(config, with_roads=with_roads, ready=ready),
            host=host or config.server.host,
            port=config.server.port if port is None else port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=True,
            forwarded_allow_ips=list(config.server.trusted_proxies),
            timeout_graceful_shutdown=10,
            limit_concurrency=1000,
            h11_max_incomplete_event_size=32_768,
        )
    )
    server.run()
    if not server.started:
        sys.exit(1)
