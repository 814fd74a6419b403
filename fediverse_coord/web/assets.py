"""Files that never change under their name: stylesheet, script, pictures, our own source code.

A picture's type comes from its name alone, and the name from our own making (security A3);
nothing that is handed out here can be a page or a document. The source code is served as it
runs, changes included: the AGPL's section 13.
"""

import asyncio
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from importlib.resources import files
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from fediverse_coord.errors import NotFound
from fediverse_coord.storage import media
from fediverse_coord.storage.shelf import FILE, Shelf
from fediverse_coord.web.faces import faces_of
from fediverse_coord.web.kept import FOR_EVER, keep
from fediverse_coord.web.pieces import get_piece
from fediverse_coord.web.responses import DATA_POLICY, IMMUTABLE, Body, answer, body_of
from fediverse_coord.web.templating import StaticFile, place_script, stylesheet

SHORTLY = "public, max-age=300"
MEDIA_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "mp3": "audio/mpeg",
    "pdf": "application/pdf",
}
HEARD_OR_READ = ("mp3", "pdf")
MEDIA_NAME = re.compile(r"[0-9a-z]{8,64}\.(png|jpg|webp|gif|mp3|pdf)\Z", re.ASCII)
STATIC_NAME = re.compile(r"(style\.[0-9a-f]{12}\.css|place\.[0-9a-f]{12}\.js)\Z", re.ASCII)

BESIDE = ("pyproject.toml", "README.md", "LICENSE", "CHANGES.md", "Makefile", "requirements.lock")
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same files always make the same archive


def asset_routes() -> Sequence[BaseRoute]:
    return [
        Route("/media/{name}", get_media),
        Route("/static/{name}", get_static),
        Route("/source.zip", get_source),
        Route("/favicon.ico", get_favicon),
    ]


async def get_static(request: Request) -> Response:
    """GET /static/style.{hash}.css, place.{hash}.js. An old name, from a page kept elsewhere, gets
    today's.
    """
    name = request.path_params["name"]
    if not STATIC_NAME.match(name):
        raise NotFound("there is no such file here")
    file, media_type = _static_file(name)
    is_todays = file.path.endswith(f"/{name}")
    if is_todays:
        keep(request, FOR_EVER)
    body = body_of(file.body, f"{media_type}; charset=utf-8")
    return answer(request, body, Cache_Control=IMMUTABLE if is_todays else SHORTLY)


def _static_file(name: str) -> tuple[StaticFile, str]:
    if name.endswith(".js"):
        return place_script(), "text/javascript"
    return stylesheet(), "text/css"


async def get_media(request: Request) -> Response:
    """GET /media/{hash}.{ext}"""
    name = request.path_params["name"]
    found = MEDIA_NAME.match(name)
    if found is None:
        raise NotFound("there is no such file here")
    faces = faces_of(request)
    # What lies there without a row is on its way in, or to be cleared away.
    is_known = not FILE.match(name) or await media.has_file(faces.db, name)
    if not is_known or await media.is_hidden(faces.db, name):
        raise NotFound("there is no such file here")
    if found[1] in HEARD_OR_READ:
        return await get_piece(request, name, MEDIA_TYPES[found[1]])
    # What belongs to the coordinations' own files is made on each machine.
    beside = Shelf(faces.config.path(faces.config.media.directory))
    shelf = faces.desk.shelf if FILE.match(name) else beside
    size = await asyncio.to_thread(shelf.size, name)
    content = None if size is None else await asyncio.to_thread(shelf.read, name)
    if content is None:
        raise NotFound("there is no such file here")
    body = Body(content, MEDIA_TYPES[found[1]], f'"{name}"')
    return answer(
        request,
        body,
        Cache_Control=IMMUTABLE,
        Content_Security_Policy=DATA_POLICY,
        Access_Control_Allow_Origin="*",
    )


async def get_source(request: Request) -> Response:
    """GET /source.zip: this server's own source code."""
    body = await asyncio.to_thread(source_archive)
    return answer(
        request,
        body,
        Cache_Control=SHORTLY,
        Content_Disposition='attachment; filename="fediverse-coord-source.zip"',
        Content_Security_Policy=DATA_POLICY,
    )


@cache
def source_archive() -> Body:
    """The package as it lies on the disk, and what builds it; made once."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(_sources()):
            entry = zipfile.ZipInfo(f"fediverse-coord/{name}", LONG_AGO)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, content)
    return body_of(out.getvalue(), "application/zip")


def _sources() -> Iterator[tuple[str, bytes]]:
    package = Path(str(files("fediverse_coord")))
    for path in package.rglob("*"):
        inner = path.relative_to(package.parent)
        if path.is_file() and not any(_is_left_out(part) for part in inner.parts):
            yield inner.as_posix(), path.read_bytes()
    beside = [package.parent / name for name in BESIDE]
    if beside[0].is_file():  # a checkout; an installed package only knows its metadata
        yield from ((one.name, one.read_bytes()) for one in beside if one.is_file())
    else:
        yield "PKG-INFO", _metadata()


def _is_left_out(part: str) -> bool:
    return part.startswith(".") or part == "__pycache__" or part.endswith(".pyc")


def _metadata() -> bytes:
    try:
        return (distribution("fediverse-coord").read_text("METADATA") or "").encode()
    except PackageNotFoundError:
        return b""


async def get_favicon(request: Request) -> Response:
    """GET /favicon.ico: pages name their own icon; browsers that ask anyway get nothing."""
    return Response(status_code=204, headers={"Cache-Control": "public, max-age=86400"})
