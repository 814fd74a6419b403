"""Discovery and operations: WebFinger, host-meta, NodeInfo, robots, liveness.

RFC 7033, RFC 6415, NodeInfo 2.1. An account that is not here is `404`; one that has ended is
`410`; a database that cannot be reached is `503`, which no server takes for an ending.
"""

import asyncio
import json

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from fediverse_coord import __version__
from fediverse_coord.errors import NotFound
from fediverse_coord.protocol import discovery
from fediverse_coord.protocol.documents import Document
from fediverse_coord.storage import actors, declaration_lists, instance
from fediverse_coord.web.faces import Faces, faces_of
from fediverse_coord.web.kept import FOR_EVER, keep
from fediverse_coord.web.responses import answer, body_of, problem

JRD = "application/jrd+json"
DAY = "public, max-age=86400"
MINUTES = "public, max-age=180"


def _json(request: Request, document: Document, media_type: str, age: str = DAY) -> Response:
    content = json.dumps(document, ensure_ascii=False).encode()
    return answer(
        request,
        body_of(content, media_type),
        Cache_Control=age,
        Access_Control_Allow_Origin="*",
    )


async def get_webfinger(request: Request) -> Response:
    """GET /.well-known/webfinger?resource=…"""
    faces = faces_of(request)
    resource = request.query_params.get("resource", "")
    if not resource:
        return problem(400, "Say which account", "Ask with ?resource=acct:name@host (RFC 7033).")
    if discovery.means_instance(resource, faces.uris):
        by_account = "@" in resource.rpartition("/")[2] or resource == faces.uris.instance_actor
        return _json(request, discovery.webfinger_instance(faces.uris, by_account=by_account), JRD)
    name = discovery.name_asked_for(resource, faces.uris)
    keep(request, f"actor:{name}")
    actor = await actors.by_name(faces.db, name) if name else None
    if actor is None or actor.role != "coordination":
        raise NotFound("there is no such account here")
    if actor.retired:
        return problem(410, "Gone", "This coordination has ended.")
    icon = json.loads(actor.document).get("icon") or {}
    picture = (icon["url"], icon["mediaType"]) if icon else None
    return _json(request, discovery.webfinger(faces.uris, actor.name, picture), JRD)


async def get_host_meta(request: Request) -> Response:
    """GET /.well-known/host-meta"""
    keep(request, FOR_EVER)
    content = discovery.host_meta(faces_of(request).uris).encode()
    return answer(request, body_of(content, "application/xrd+xml"), Cache_Control=DAY)


async def get_nodeinfo_links(request: Request) -> Response:
    """GET /.well-known/nodeinfo"""
    keep(request, FOR_EVER)
    return _json(request, discovery.nodeinfo_links(faces_of(request).uris), JRD)


async def get_nodeinfo(request: Request) -> Response:
    """GET /nodeinfo/2.0 and /nodeinfo/2.1"""
    faces, version = faces_of(request), request.path_params["version"]
    if version not in {"2.0", "2.1"}:
        raise NotFound("NodeInfo is served in versions 2.0 and 2.1")
    coordinations = [one for one in await actors.all_actors(faces.db) if _is_living(one)]
    posts = await declaration_lists.count_published(faces.db)
    document = discovery.nodeinfo(version, __version__, source_of(faces), len(coordinations), posts)
    media_type = f'application/json; profile="{discovery.NODEINFO}{version}#"'
    return _json(request, document, media_type, MINUTES)


def _is_living(actor: actors.LocalActor) -> bool:
    return actor.role == "coordination" and not actor.retired


def source_of(faces: Faces) -> str:
    """Where the source code of this server is: a configured place, or its own copy."""
    return faces.config.server.source_url or f"{faces.uris.origin}/source.zip"


async def get_robots(request: Request) -> Response:
    """GET /robots.txt: declarations are meant to be found; the desk is not."""
    keep(request, FOR_EVER)
    rules = "User-agent: *\nDisallow: /api/\nDisallow: /console\nDisallow: /interact\n"
    content = f"{rules}Sitemap: {faces_of(request).uris.origin}/sitemap.xml\n".encode()
    return answer(request, body_of(content, "text/plain; charset=utf-8"), Cache_Control=DAY)


async def get_livez(request: Request) -> Response:
    """GET /livez: the process answers, and says what the proxy let it see. For `doctor`."""
    client = request.client.host if request.client else ""
    trusted = client in faces_of(request).config.server.trusted_proxies
    seen = f"host={request.headers.get('host', '')}; scheme={request.url.scheme}; " + (
        "client=proxy" if trusted else "client=other"
    )
    return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store", "Coord-Seen": seen})


async def get_readyz(request: Request) -> Response:
    """GET /readyz: the database answers too, and takes what is written; else 503."""
    faces = faces_of(request)
    await instance.find(faces.db)
    await faces.readiness.check(faces.db, asyncio.get_running_loop().time())
    return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})
