"""`/@{name}/{slug}.zip`: a declaration as text, JSON with proofs and PDF, in all its languages.

Whatever the paper answers with (unknown, moved, gone), the ZIP answers with too. It holds nothing
that cannot be fetched one by one: what `.txt` and `.pdf` give, and the documents as they are kept.
"""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from fediverse_coord.errors import NotFound
from fediverse_coord.press.bundle import zipped
from fediverse_coord.storage import declarations, objects
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.declarations import Work
from fediverse_coord.web.faces import Faces, faces_of
from fediverse_coord.web.kept import keep
from fediverse_coord.web.page_answers import NOTHING
from fediverse_coord.web.papers import headers_of, paper_made, work_or_detour
from fediverse_coord.web.plain_text import text_of
from fediverse_coord.web.responses import DATA_POLICY, Body, answer, body_of

ZIP = "application/zip"


async def get_bundle(request: Request) -> Response:
    """GET /@{name}/{slug}.zip"""
    faces = faces_of(request)
    found = await work_or_detour(request, ".zip")
    if isinstance(found, Response):
        return found
    actor, work = found
    one = work.declaration
    keys = (f"declaration:{one.key}", f"actor:{actor.name}")
    keep(request, *keys)
    name = f"bundle {one.key} {one.revision} {actor.revision}"
    body = await faces.cache.get(name, keys, lambda: _made(faces, actor, work))
    if body is None:
        raise NotFound(NOTHING)
    headers = headers_of(faces, work, one.language) | {
        "Content_Disposition": f'attachment; filename="{one.slug}.zip"',
        "Content_Security_Policy": DATA_POLICY,
    }
    return answer(request, body, status=200, **headers)


async def _made(faces: Faces, actor: LocalActor, work: Work) -> Body | None:
    """Nothing where the object is not there (any more)."""
    found = await objects.by_declaration(faces.db, work.row)
    if found is None or found.deleted:
        return None
    files = {"object.json": found.document}
    for version in work.declaration.released.versions:
        files |= await _of_language(faces, actor, work, version.language)
    return body_of(await asyncio.to_thread(zipped, files), ZIP)


async def _of_language(
    faces: Faces, actor: LocalActor, work: Work, language: str
) -> dict[str, bytes]:
    name = f"{work.declaration.slug}.{language}"
    document = await declarations.version_document(faces.db, work.row, language)
    return {
        f"{name}.txt": text_of(faces, actor, work, language).encode(),
        **({f"{name}.json": document} if document is not None else {}),
        f"{name}.pdf": await paper_made(faces, actor, work, language),
    }
