"""Who comes to the console, and whether what they send was sent from a page of ours.

The cookie proves the session. A form carries a token that is made from the cookie's secret, and
`Sec-Fetch-Site` or `Origin` must not name anybody else (Fetch, 3.1 and Fetch Metadata). What was
typed is never lost: where the session has ended, the database is away, or what it was about is
gone, it is shown again.
"""

import functools
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from fediverse_coord.desk import sessions
from fediverse_coord.desk.people import MAY, Duty, Person
from fediverse_coord.desk.sessions import Session
from fediverse_coord.errors import NotFound, Refusal, StorageUnavailable, Unauthenticated
from fediverse_coord.protocol.text import encodable
from fediverse_coord.protocol.uris import Uris
from fediverse_coord.publishing import languages
from fediverse_coord.web.console import parts
from fediverse_coord.web.console import typed as forms
from fediverse_coord.web.console.paper import console_page
from fediverse_coord.web.console.typed import Typed
from fediverse_coord.web.console.views import ClosedView, LostView, Who
from fediverse_coord.web.console.words import console_words
from fediverse_coord.web.error_pages import reader_language
from fediverse_coord.web.faces import Faces, faces_of
from fediverse_coord.web.inbox import UPLOAD_SECONDS, after_too_much, bounded_body, give_time
from fediverse_coord.web.reading import site_of
from fediverse_coord.web.views import Language
from fediverse_coord.web.zero_bytes import ZERO

HOME = "/console"
FIELD = "csrf"
ROOM = 4  # a letter of another script takes up to nine bytes in a form, three in JSON
TOO_LARGE = "the file has more than {} MB: make it smaller, then choose it again"
NO_PLACE = "too many files are being worked on: choose it again in a minute"
LOST_VALUE = 200  # characters; longer ones are shown to be read


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of somebody who is logged in."""

    request: Request
    faces: Faces
    session: Session
    secret: str = field(repr=False)

    @property
    def person(self) -> Person:
        return self.session.person

    @property
    def language(self) -> Language:
        return reader_language(self.request)

    @property
    def token(self) -> str:
        """What the forms of this session carry."""
        return token_of(self.secret)

    @property
    def who(self) -> Who:
        return Who(self.person.name or "", self.person.role.value, self.token)

    def part(self, name: str) -> str:
        return str(self.request.path_params[name])

    def query(self, name: str) -> str:
        """Empty where there is none. Raises NotFound for a zero byte."""
        value = self.request.query_params.get(name, "")
        if ZERO in value:
            raise NotFound("there is nothing at this address")
        return encodable(value)

    def may(self, duty: Duty) -> bool:
        return self.person.role in MAY[duty]


Page: TypeAlias = Callable[[Visit], Awaitable[Response]]
Action: TypeAlias = Callable[[Visit, Typed], Awaitable[Response]]
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


def token_of(secret: str) -> str:
    return hmac.digest(secret.encode("utf-8", "replace"), b"form", hashlib.sha256).hex()


def cookie_name(uris: Uris) -> str:
    """With a prefix browsers hold to https and this host; on loopback without both."""
    return "__Host-coord" if is_secure(uris) else "coord"


def is_secure(uris: Uris) -> bool:
    return uris.origin.startswith("https://")


def page(handler: Page) -> Endpoint:
    """A page for people who are logged in; others are told how that is done."""

    @functools.wraps(handler)
    async def endpoint(request: Request) -> Response:
        visit = await visit_of(request)
        return closed(request) if visit is None else await handler(visit)

    return endpoint


def action(handler: Action, again: Action | None = None, *, takes_file: bool = False) -> Endpoint:
    """What a form does. `again` shows it once more where its token is of an earlier session."""

    @functools.wraps(handler)
    async def endpoint(request: Request) -> Response:
        if is_foreign(request):
            return closed(request, 403, "foreign")
        if not (takes_file and parts.is_form(request.headers)):
            return await _acted(request, _plain(request), handler, again)
        with faces_of(request).desk.darkroom.place() as free:
            return await _acted(request, _with_file(request, free=free), handler, again)

    return endpoint


async def _acted(
    request: Request, reading: Awaitable[Typed | None], handler: Action, again: Action | None
) -> Response:
    try:
        typed = await reading
    except Refusal:
        return closed(request, 422, "no_form")
    if typed is None:
        return closed(request, 413, "too_long", after_too_much(request))
    try:
        return await _done(request, typed, handler, again)
    except StorageUnavailable:
        return lost(request, typed, 503, "lost_database")
    except NotFound:
        if not typed.has_text():
            raise
        return lost(request, typed, 404, "lost_gone")


async def _plain(request: Request) -> Typed | None:
    body = await bounded_body(request, _most_text(request))
    return None if body is None else forms.read(body, request.headers.get("content-type", ""))


def _most_text(request: Request) -> int:
    return ROOM * faces_of(request).config.limits.request_bytes


async def _with_file(request: Request, *, free: bool) -> Typed | None:
    """Files are held in memory: few at once, and those of people who are logged in."""
    text, largest = _most_text(request), faces_of(request).config.media.most_bytes
    if is_known := await _is_known(request):
        give_time(request, UPLOAD_SECONDS)
    return await parts.read(
        request,
        parts.Bounds(
            text,
            file=largest if free and is_known else 0,
            read=text + (parts.LET_GO if is_known else largest),
            why=TOO_LARGE.format(largest // 1_000_000 or 1) if free else NO_PLACE,
        ),
    )


async def _is_known(request: Request) -> bool:
    try:
        return await visit_of(request) is not None
    except StorageUnavailable:
        return False


async def _done(request: Request, typed: Typed, handler: Action, again: Action | None) -> Response:
    visit = await visit_of(request)
    if visit is None:
        return lost(request, typed, 401, "lost_session")
    inner = typed.without(FIELD)
    if hmac.compare_digest(typed.get(FIELD).encode(), visit.token.encode()):
        return await handler(visit, inner)
    return closed(request, 403, "stale_form") if again is None else await again(visit, inner)


async def visit_of(request: Request) -> Visit | None:
    """Whoever the cookie proves; nothing without one that holds."""
    faces = faces_of(request)
    secret = request.cookies.get(cookie_name(faces.uris), "")
    try:
        session = await sessions.authenticate(faces.desk, secret)
    except Unauthenticated:
        return None
    return Visit(request, faces, session, secret)


def is_foreign(request: Request) -> bool:
    """Whether another site sent this. Under `no-referrer` browsers write `Origin: null`."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin", "null")
    return site != "same-origin" or origin not in {"null", faces_of(request).uris.origin}


def closed(
    request: Request, status: int = 401, why: str = "closed", headers: object = None
) -> Response:
    """Nothing was done, and why."""
    view = ClosedView(
        site=site_of(faces_of(request)),
        language=reader_language(request),
        why=why,
        again_url=request.url.path if request.method in {"GET", "HEAD"} else HOME,
    )
    more = dict(headers) if isinstance(headers, dict) else {}
    return console_page("closed", view, status, more)


def lost(request: Request, typed: Typed, status: int, why: str) -> Response:
    """What was typed, to be sent again; without any text, how to log in."""
    if not typed.has_text():
        return closed(request, status, "closed" if status == 401 else why)
    kept = typed.without(FIELD).pairs
    language = reader_language(request)
    labels = console_words(language.tag).phrases
    is_gone = why == "lost_gone"
    limit = forms.LONG if is_gone else LOST_VALUE
    view = LostView(
        site=site_of(faces_of(request)),
        language=language,
        why=why,
        action=None if is_gone else request.url.path,
        short=tuple(pair for pair in kept if not _is_long(pair[1], limit)),
        long=tuple(
            (name, label_of(labels, name), value) for name, value in kept if _is_long(value, limit)
        ),
    )
    return console_page("lost", view, status)


def label_of(phrases: Mapping[str, str], control: str) -> str:
    """What a field is called, with its language: `Text (Deutsch)`."""
    head, _, rest = control.partition(".")
    label = phrases.get(f"field_{head}", head)
    return f"{label} ({languages.native_name(rest)})" if rest else label


def _is_long(value: str, limit: int) -> bool:
    return len(value) > limit or "\n" in value
