"""`/sitemap.xml`: every page that may be found, with its languages.  press/sitemaps.

Up to 1,000 declarations a file; beyond that the first address answers with an index of files.
They are numbered by their order: row numbers would tell of drafts.
"""

from starlette.requests import Request
from starlette.responses import Response

from fediverse_coord.errors import NotFound
from fediverse_coord.press.sitemaps import MEDIA_TYPE, SitePage, sitemap, sitemap_index
from fediverse_coord.storage import archive
from fediverse_coord.storage.archive import Address
from fediverse_coord.web.faces import Faces, faces_of
from fediverse_coord.web.kept import keep
from fediverse_coord.web.page_answers import NOTHING
from fediverse_coord.web.reading import living
from fediverse_coord.web.responses import DATA_POLICY, answer, body_of

PORTION = 1000


async def get_sitemap(request: Request) -> Response:
    """GET /sitemap.xml: the only file, or the index of them."""
    faces = faces_of(request)
    names = [one.name for one in await living(faces)]
    keep(request, *(f"list:{name}" for name in names), *(f"actor:{name}" for name in names))
    starts = await _starts(faces)
    if len(starts) > 1:
        urls = [f"{faces.uris.origin}/sitemap-{n + 1}.xml" for n in range(len(starts))]
        return _answer(request, sitemap_index(urls))
    return _answer(request, await _portion(faces, 0, names))


async def get_sitemap_portion(request: Request) -> Response:
    """GET /sitemap-{number}.xml: one file of several."""
    faces, number = faces_of(request), request.path_params["number"]
    names = [one.name for one in await living(faces)]
    starts = await _starts(faces)
    if not 0 < number <= len(starts):
        raise NotFound(NOTHING)
    return _answer(request, await _portion(faces, starts[number - 1], names))


async def _starts(faces: Faces) -> list[int]:
    """After which rows the files begin; the first after none."""
    return [0, *await archive.every_nth(faces.db, PORTION)]


async def _portion(faces: Faces, after: int, names: list[str]) -> bytes:
    profiles = [] if after else [SitePage(faces.uris.profile(name)) for name in names]
    found = await archive.addresses(faces.db, after=after, limit=PORTION)
    return sitemap([*profiles, *(page for one in found for page in _pages(faces, one))])


def _pages(faces: Faces, one: Address) -> list[SitePage]:
    page = faces.uris.page(one.actor_name, one.slug)
    urls = {tag: f"{page}?lang={tag}" if n else page for n, tag in enumerate(one.languages)}
    languages = tuple(urls.items()) if len(urls) > 1 else ()
    return [SitePage(url, one.changed_at, languages) for url in urls.values()]


def _answer(request: Request, content: bytes) -> Response:
    return answer(request, body_of(content, MEDIA_TYPE), Content_Security_Policy=DATA_POLICY)
