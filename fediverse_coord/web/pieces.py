"""Large files, handed on piece by piece, or the part of one that a player asks for.

RFC 9110, section 14: a single range of bytes; whatever else is asked for gets the whole file. Some
browsers play no sound without it. In memory is one piece at a time, wherever the file lies.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from fediverse_coord.errors import NotFound
from fediverse_coord.web.faces import faces_of
from fediverse_coord.web.responses import DATA_POLICY, IMMUTABLE, has_already

PIECE: Final = 1 << 20
RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})\Z", re.ASCII)
NOTHING: Final = "there is no such file here"


async def get_piece(request: Request, name: str, media_type: str) -> Response:
    """A recording or a document. What is read in a browser's own window is kept instead."""
    shelf = faces_of(request).desk.shelf
    size = await asyncio.to_thread(shelf.size, name)
    if size is None:
        raise NotFound(NOTHING)
    headers = {
        "ETag": f'"{name}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": IMMUTABLE,
        "Content-Security-Policy": DATA_POLICY,
        "Access-Control-Allow-Origin": "*",
        **({"Content-Disposition": "attachment"} if name.endswith(".pdf") else {}),
    }
    if has_already(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    part = _part(request, headers["ETag"], size)
    if part is not None and part[0] >= part[1]:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
    start, end = part or (0, size)
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    headers["Content-Length"] = str(end - start)
    if request.method == "HEAD":
        return Response(None, 206 if part else 200, headers, media_type)
    first = await _piece(request, name, start, end)
    pieces = _pieces(request, name, first, start, end)
    return StreamingResponse(pieces, 206 if part else 200, headers, media_type)


def _part(request: Request, etag: str, size: int) -> tuple[int, int] | None:
    """From where to where, the end left out; nothing where the whole file is wanted."""
    found = RANGE.match(request.headers.get("range", "").strip())
    if found is None or request.headers.get("if-range", etag) != etag:
        return None
    first, last = found.groups()
    if not first:
        return (max(0, size - int(last)), size) if last else None
    end = min(size, int(last) + 1) if last else size
    return None if last and int(last) < int(first) else (int(first), end)


async def _piece(request: Request, name: str, start: int, end: int) -> bytes:
    shelf = faces_of(request).desk.shelf
    found = await asyncio.to_thread(shelf.read, name, start, min(end, start + PIECE))
    if found is None:
        raise NotFound(NOTHING)
    return found


async def _pieces(
    request: Request, name: str, first: bytes, start: int, end: int
) -> AsyncIterator[bytes]:
    yield first
    place = start + len(first)
    while place < end:
        piece = await _piece(request, name, place, end)
        if not piece:
            return
        yield piece
        place += len(piece)
