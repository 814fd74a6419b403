"""Every address of ours and what answers there.  INTERFACE: Paths. Busy ones come first."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Lifespan

from fediverse_coord.errors import CoordError
from fediverse_coord.web import discovery, federation
from fediverse_coord.web.console.routes import console_routes
from fediverse_coord.web.coordinator import api_routes
from fediverse_coord.web.inbox import post_inbox
from fediverse_coord.web.kept import KeptAnswers
from fediverse_coord.web.middleware import (
    CommonHeaders,
    on_coord_error,
    on_departure,
    on_fault,
    on_http_exception,
)
from fediverse_coord.web.pages import pages_routes
from fediverse_coord.web.zero_bytes import NoAddress

OBJECT = "/actors/{name}/objects/{key}"


def inbox_routes() -> Sequence[BaseRoute]:
    paths = ("/inbox", "/actor/inbox", "/actors/{name}/inbox")
    return [Route(path, post_inbox, methods=["POST"]) for path in paths]


def federation_routes() -> Sequence[BaseRoute]:
    return [
        Route("/actor", federation.get_instance_actor),
        Route("/actor/outbox", federation.get_instance_outbox),
        Route("/actors/{name}", federation.get_actor),
        Route(OBJECT, federation.get_object),
        Route(f"{OBJECT}/activity", federation.get_create),
        Route(f"{OBJECT}/replies", federation.get_replies),
        Route(f"{OBJECT}/likes", federation.get_likes),
        Route(f"{OBJECT}/shares", federation.get_shares),
        Route(f"{OBJECT}/versions/{{lang}}", federation.get_version),
        Route("/actors/{name}/activities/{key}", federation.get_activity),
        Route("/actors/{name}/stamps/{key}", federation.get_stamp),
        Route("/actors/{name}/outbox", federation.get_outbox),
        Route("/actors/{name}/followers", federation.get_followers),
        Route("/actors/{name}/following", federation.get_following),
        Route("/actors/{name}/featured", federation.get_featured),
    ]


def discovery_routes() -> Sequence[BaseRoute]:
    return [
        Route("/.well-known/webfinger", discovery.get_webfinger),
        Route("/.well-known/host-meta", discovery.get_host_meta),
        Route("/.well-known/nodeinfo", discovery.get_nodeinfo_links),
        Route("/nodeinfo/{version}", discovery.get_nodeinfo),
        Route("/robots.txt", discovery.get_robots),
        Route("/livez", discovery.get_livez),
        Route("/readyz", discovery.get_readyz),
    ]


def web_app(lifespan: Lifespan[Starlette]) -> Starlette:
    """The whole web face; `lifespan` puts `faces` into the state."""
    app = Starlette(
        routes=[
            NoAddress(),
            *inbox_routes(),
            *federation_routes(),
            *discovery_routes(),
            *api_routes(),
            *pages_routes(),
            *console_routes(),
        ],
        middleware=[Middleware(CommonHeaders)],
        exception_handlers={
            CoordError: on_coord_error,
            HTTPException: on_http_exception,
            ClientDisconnect: on_departure,
            Exception: on_fault,
        },
        lifespan=lifespan,
    )
    _keep_answers(app)
    # It would send readers wherever the Host header says (security A4).
    app.router.redirect_slashes = False
    return app


def _keep_answers(app: Starlette) -> None:
    """Before everything that Starlette puts around an application, also what answers faults."""
    build = app.build_middleware_stack

    def built() -> ASGIApp:
        return KeptAnswers(build(), app.state._state)

    app.build_middleware_stack = built  # type: ignore[method-assign]
