"""`/sitemap.xml`: every page that may be found, with its languages.  press/sitemaps.

Up to 1,000 declarations are one file; beyond that the first address answers with an index of
files. Each is a slice of the keys, which are chance: all are of much the same size, are found
without counting, and tell nothing of drafts, as row numbers would.
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
# The letters of keys (`protocol/chance`) in the order in which a database sorts them.
LETTERS = "234567abcdefghijklmnopqrstuvwxyz"
BEHIND_ALL = "z" * 17


async def get_sitemap(request: Request) -> Response:
    """GET /sitemap.xml: the only file, or the index of them."""
    faces = faces_of(request)
    names = [one.name for one in await living(faces)]
    keep(request, *(f"list:{name}" for name in names), *(f"actor:{name}" for name in names))
    files = await _files(faces)
    if files > 1:
        urls = [f"{faces.uris.origin}/sitemap-{n + 1}.xml" for n in range(files)]
        return _answer(request, sitemap_index(urls))
    return _answer(request, await _portion(faces, 1, files, names))


async def get_sitemap_portion(request: Request) -> Response:
    """GET /sitemap-{number}.xml: one file of several."""
    faces, number = faces_of(request), request.path_params["number"]
    names = [one.name for one in await living(faces)]
    files = await _files(faces)
    if not 0 < number <= files:
        raise NotFound(NOTHING)
    return _answer(request, await _portion(faces, number, files, names))


async def _files(faces: Faces) -> int:
    """A power of two, so that what is in which file changes seldom."""
    portions = -(-await archive.count_everywhere(faces.db) // PORTION)
    return 1 << max(portions - 1, 0).bit_length()


async def _portion(faces: Faces, number: int, files: int, names: list[str]) -> bytes:
    profiles = [SitePage(faces.uris.profile(name)) for name in names] if number == 1 else []
    found = await archive.addresses(faces.db, edge(number - 1, files), edge(number, files))
    return sitemap([*profiles, *(page for one in found for page in _pages(faces, one))])


def edge(number: int, files: int) -> str:
    """The first letters of the keys that so many of all files are before."""
    if number in (0, files):
        return BEHIND_ALL if number else ""
    place = number * 32**4 // files
    return "".join(LETTERS[place >> shift & 31] for shift in (15, 10, 5, 0))


def _pages(faces: Faces, one: Address) -> list[SitePage]:
    page = faces.uris.page(one.actor_name, one.slug)
    urls = {tag: f"{page}?lang={tag}" if n else page for n, tag in enumerate(one.languages)}
    languages = tuple(urls.items()) if len(urls) > 1 else ()
    return [SitePage(url, one.changed_at, languages) for url in urls.values()]


def _answer(request: Request, content: bytes) -> Response:
    return answer(request, body_of(content, MEDIA_TYPE), Content_Security_Policy=DATA_POLICY)
