"""The document behind an id, believed only as far as its server may speak.  ActivityPub 3.2.

A document is what its own origin says under its own id, in a type that nobody gets by
uploading a file. So: exact content types, redirects only within the origin, the id equal
to the final URL, or else fetched once more under that id. WebFinger's answers, which have
no id, may be redirected to another host (RFC 7033 4.2). Checking what the document says
about others, and remembering it, is left to `remote`.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urljoin

from fediverse_coord.errors import Forbidden, Gone, MalformedDocument, Missing, Unreachable
from fediverse_coord.network.client import Answer, Client
from fediverse_coord.network.guard import shown
from fediverse_coord.protocol.documents import Document, ids_of
from fediverse_coord.protocol.uris import parse, same_origin, without_fragment
from fediverse_coord.protocol.vocabulary import ACTIVITY_JSON, AS2, LD_JSON
from fediverse_coord.protocol.wire import loads

Sign = Callable[[str], Mapping[str, str]]

REDIRECTS = 3
REDIRECTED = frozenset({301, 302, 303, 307, 308})
ACCEPT = f"{ACTIVITY_JSON}, {LD_JSON}"
JRD_TYPES = ("application/jrd+json", "application/json")

WORD = r"[!#$%&'*+.^_`|~0-9a-z-]+"
PARAMETER = rf";\s*({WORD})=(\"[^\"\\]*\"|{WORD})\s*"
MEDIA_TYPE = re.compile(rf"\s*({WORD}/{WORD})\s*((?:{PARAMETER})*)\Z", re.IGNORECASE)


async def dereference(iri: str, client: Client, sign: Sign) -> Document:
    """The document whose id is `iri`, or that answers there with an id of the same origin.

    `sign(url)` gives the headers of one GET and is called anew for each hop. Raises Gone
    (410), Missing (404), Forbidden (not asked there, or not what was asked for) and
    Unreachable (everything that may be otherwise later). 30 s in all.
    """
    async with _deadline(iri, client):
        answer = await _follow(without_fragment(iri), client, sign, leave_origin=False)
        document = _activity_document(answer)
        said = document["id"]
        if said != answer.url:
            # The id decides, not the address where somebody pointed: asked once, then equal.
            answer = await _follow(said, client, sign, leave_origin=False)
            document = _activity_document(answer)
            if document["id"] != said or answer.url != said:
                raise Forbidden(said, "the document does not stand at its own id")
    return document


async def fetch_json(url: str, client: Client, *, types: Sequence[str] = JRD_TYPES) -> Document:
    """A JSON object without an id, such as WebFinger's; redirects stay within https.

    `types` are the media types accepted, the best first. Raises as `dereference` does.
    """
    headers = {"Accept": ", ".join(types)}
    async with _deadline(url, client):
        answer = await _follow(url, client, lambda _: headers, leave_origin=True)
    if media_type(answer.headers.get("content-type", ""))[0] not in types:
        raise Forbidden(url, "the answer is not in the type asked for")
    return _loaded(answer)


def is_activity_json(content_type: str) -> bool:
    """Whether it is one of the two types of ActivityPub 3.2, and nothing that looks like it."""
    name, parameters = media_type(content_type)
    if parameters.get("charset", "utf-8").lower() != "utf-8":
        return False
    if name == "application/ld+json":
        return AS2 in parameters.get("profile", "").split()
    return name == ACTIVITY_JSON


def media_type(content_type: str) -> tuple[str, dict[str, str]]:
    """Type and parameters, names in lower case; an empty type for what cannot be read."""
    found = MEDIA_TYPE.match(content_type) if len(content_type) <= 500 else None
    if found is None:
        return "", {}
    pairs = re.findall(PARAMETER, found[2], re.IGNORECASE)
    parameters = {name.lower(): value.strip('"') for name, value in pairs}
    return (found[1].lower(), parameters) if len(parameters) == len(pairs) else ("", {})


@asynccontextmanager
async def _deadline(iri: str, client: Client) -> AsyncIterator[None]:
    """Bounds a whole fetch, with all its hops, by the client's total."""
    try:
        async with asyncio.timeout(client.limits.total_seconds):
            yield
    except TimeoutError:
        raise Unreachable(shown(iri), "no answer in time") from None


async def _follow(url: str, client: Client, sign: Sign, *, leave_origin: bool) -> Answer:
    """The answer at the end of at most three redirects, each vetted as if named by itself."""
    start = url
    for _ in range(1 + REDIRECTS):
        answer = await client.get(url, _accepting(sign(url)))
        if answer.status not in REDIRECTED:
            return _usable(answer)
        url = _next_hop(answer)
        if not leave_origin and not same_origin(url, start):
            raise Forbidden(start, "redirected to another origin")
    raise Forbidden(start, "too many redirects")


def _next_hop(answer: Answer) -> str:
    try:
        hop = without_fragment(urljoin(answer.url, answer.headers.get("location", "")))
        scheme = parse(hop).scheme
    except (ValueError, MalformedDocument):
        raise Forbidden(answer.url, "redirected to what is no URL") from None
    if scheme != "https" and answer.url.startswith("https:"):
        raise Forbidden(answer.url, "redirected away from https")
    return hop


def _usable(answer: Answer) -> Answer:
    match answer.status:
        case 200:
            return answer
        case 404:
            raise Missing(answer.url, "its server does not know it")
        case 410:
            raise Gone(answer.url, "its server has deleted it")
        case status:
            raise Unreachable(answer.url, f"answered {status}")


def _activity_document(answer: Answer) -> Document:
    if not is_activity_json(answer.headers.get("content-type", "")):
        raise Forbidden(answer.url, "the answer is not ActivityPub")
    document = _loaded(answer)
    said = document.get("id")
    if not isinstance(said, str) or not same_origin(said, answer.url):
        raise Forbidden(answer.url, "the document claims an id of another origin")
    named = [*ids_of(document.get("attributedTo")), *ids_of(document.get("actor"))]
    if not all(same_origin(one, said) for one in named):
        raise Forbidden(answer.url, "the document is attributed to another origin")
    return document


def _loaded(answer: Answer) -> Document:
    try:
        return loads(answer.body)
    except MalformedDocument as fault:
        raise Forbidden(answer.url, f"the document is malformed, {fault}") from None


def _accepting(headers: Mapping[str, str]) -> dict[str, str]:
    named = {name.lower() for name in headers}
    return dict(headers) if "accept" in named else {"Accept": ACCEPT, **headers}
