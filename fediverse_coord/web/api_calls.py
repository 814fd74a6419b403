"""What surrounds every call of the coordinators' API: who asks, how often, with what body.

A call is a row of a table: method, path, models, handler. The same row makes the route and its
entry in the OpenAPI document. RFC 6750 (bearer tokens), RFC 9110 13 (conditions), RFC 6585.
"""

import contextlib
import hashlib
import json
import math
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from pydantic import BaseModel, ValidationError
from python_multipart.multipart import parse_options_header
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fediverse_coord.config import Config
from fediverse_coord.desk import repetitions, tokens
from fediverse_coord.desk.people import Person
from fediverse_coord.desk.repetitions import Answered
from fediverse_coord.errors import CoordError, FieldFault, Refusal, Unauthenticated
from fediverse_coord.publishing.declarations import InvalidDraft
from fediverse_coord.web.faces import Faces, faces_of
from fediverse_coord.web.inbox import UPLOAD_SECONDS, after_too_much, bounded_body, give_time
from fediverse_coord.web.middleware import TITLES, problem_from
from fediverse_coord.web.rates import Rates, rates_of
from fediverse_coord.web.responses import NO_STORE, problem
from fediverse_coord.web.zero_bytes import ZERO, ZERO_BYTE

PREFIX = "/api/v1"
JSON = "application/json"
BODY_TYPES = frozenset({JSON, "application/merge-patch+json"})
FORM = "multipart/form-data"
FORM_BYTES = 400_000  # what a form has beside its file
MOMENT = "must be a moment that can be, such as 2026-05-01T18:00:00+02:00"
REASONS = {
    "missing": "is needed",
    "extra_forbidden": "is no field of this call",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "datetime_type": MOMENT,
    "datetime_parsing": MOMENT,
    "datetime_from_date_parsing": MOMENT,
}
"""Of a body's fields, by what the library calls a fault; it words all others itself."""
NO_REVISION = -1  # what no thing has: whoever names it is out of date
SEVERAL_PLACES = 18  # digits in a cursor

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, as a handler needs it: who, what, and on which revision."""

    request: Request
    faces: Faces
    person: Person
    body: bytes
    revision: int | None

    def part(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def query(self, name: str) -> str | None:
        """What is asked for behind the path. Raises Refusal for what no text can be."""
        found = self.request.query_params.get(name) or None
        if found is not None and ZERO in found:
            raise Refusal(f"{name} {ZERO_BYTE}", faults=[FieldFault(name, ZERO_BYTE)])
        return found

    def cursor(self) -> int | None:
        return self._number("cursor")

    def limit(self, default: int = 50) -> int:
        given = self._number("limit")
        return default if given is None else given

    def _number(self, name: str) -> int | None:
        text = self.query(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= SEVERAL_PLACES):
            reason = "must be a number, as an earlier answer gave it"
            raise Refusal(f"{name} {reason}", faults=[FieldFault(name, reason)])
        return int(text)

    def read(self, model: type[Model]) -> Model:
        """The body. Raises Refusal naming every field that is not of the model."""
        try:
            return model.model_validate_json(self.body or b"{}")
        except ValidationError as error:
            found = [(".".join(map(str, one["loc"])), _reason(one)) for one in error.errors()]
            if any(one["type"] == "json_invalid" for one in error.errors()):
                raise HTTPException(400, f"The body is not JSON: {found[0][1]}") from None
            faults = [FieldFault(field or "body", reason) for field, reason in found]
            raise Refusal("the body does not fit", faults=faults) from None


def _reason(fault: Mapping[str, Any]) -> str:
    """What a validator of ours says, or our word for what the library found; else its own."""
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    return str(REASONS.get(fault["type"], fault["msg"]))


Handler: TypeAlias = Callable[[Ask], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Call:
    """A row of the API. `takes` and `gives` are models; `status` is that of success."""

    method: str
    path: str
    handler: Handler
    summary: str
    takes: type[BaseModel] | None = None
    gives: type[BaseModel] | None = None
    status: int = 200
    query: tuple[str, ...] = ()
    body_type: str = JSON

    @property
    def address(self) -> str:
        """As it is told: that a last part may hold slashes (`:path`) is for the routes alone."""
        return PREFIX + self.path.replace(":path", "")

    @property
    def needs_match(self) -> bool:
        """Whether it changes what others may be changing too (RFC 6585 3)."""
        return self.method in {"PATCH", "PUT", "DELETE"}


def routes_for(calls: Sequence[Call]) -> list[Route]:
    """One route for each path, so that a wrong method is told every right one."""
    paths = dict.fromkeys(call.path for call in calls)
    return [_route(path, [call for call in calls if call.path == path]) for path in paths]


def _route(path: str, calls: Sequence[Call]) -> Route:
    by_method = {call.method: call for call in calls}

    async def endpoint(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        try:
            return await _answer(request, by_method[method])
        except InvalidDraft as error:
            return _with_suggestion(error)
        except HTTPException as error:
            title = TITLES.get(error.status_code, "Error")
            return problem(error.status_code, title, error.detail, headers=error.headers)

    return Route(PREFIX + path, endpoint, methods=list(by_method))


async def _answer(request: Request, call: Call) -> Response:
    faces = faces_of(request)
    try:
        person = await tokens.authenticate(faces.db, _bearer(request))
    except Unauthenticated as error:
        headers = {"WWW-Authenticate": 'Bearer realm="coordinators"'}
        return problem(401, TITLES[401], error.reason, headers=headers)
    wait = _rates(request, faces).wait(person.token or 0, faces.clock().timestamp())
    if wait:
        told = {"Retry-After": str(math.ceil(wait))}
        raise HTTPException(429, "This token asks too often; wait a little.", told)
    with _place(faces, call):
        return await _asked(request, call, faces, person)


@contextlib.contextmanager
def _place(faces: Faces, call: Call) -> Iterator[None]:
    """Files are held in memory: few at once. Whoever finds no place has not been read yet."""
    if call.body_type != FORM:
        yield
        return
    with faces.desk.darkroom.place() as free:
        if not free:
            told = "Others are sending pictures at this moment; send it again."
            raise HTTPException(503, told, {"Retry-After": "5"})
        yield


async def _asked(request: Request, call: Call, faces: Faces, person: Person) -> Response:
    body = await _body(request, call, faces.config)
    ask = Ask(request, faces, person, body, _revision(request, call))
    key = request.headers.get(repetitions.NAME) if call.method == "POST" else None
    return await call.handler(ask) if key is None else await _once(ask, call, key)


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _rates(request: Request, faces: Faces) -> Rates:
    return rates_of(request, "api", faces.config.limits.api_per_token_per_minute)


async def _body(request: Request, call: Call, config: Config) -> bytes:
    if call.method == "GET":
        return b""
    is_form = call.body_type == FORM
    if is_form:
        give_time(request, UPLOAD_SECONDS)
    limit = config.media.most_bytes + FORM_BYTES if is_form else config.limits.request_bytes
    body = await bounded_body(request, limit)
    if body is None:
        told = f"A request may have {limit:,} bytes."
        if is_form:
            told = f"A file may have {config.media.most_bytes:,} bytes: make it smaller."
        raise HTTPException(413, told, after_too_much(request))
    media_type = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    allowed = {FORM} if is_form else BODY_TYPES
    if (body or is_form) and call.takes is not None and media_type not in allowed:
        raise HTTPException(415, f"Send the body as {call.body_type}.")
    return body


def _revision(request: Request, call: Call) -> int | None:
    """The revision the person saw. None: any. Raises 428 where it must be named and is not."""
    given = request.headers.get("if-match", "").strip()
    if not given and call.needs_match:
        raise HTTPException(428, "Send If-Match with the ETag that you read, or '*'.")
    if given in {"", "*"}:
        return None
    # RFC 9110 13.1.1: compared strongly; a weak validator matches nothing.
    number = given.strip('"')
    is_ours = given == f'"{number}"' and number.isascii() and number.isdigit()
    return int(number) if is_ours and len(number) <= SEVERAL_PLACES else NO_REVISION


async def _once(ask: Ask, call: Call, key: str) -> Response:
    """Does it the first time, and later gives the answer of the first time."""
    desk, person = ask.faces.desk, ask.person
    before = await repetitions.begin(desk, person, key, _fingerprint(ask))
    if before is not None:
        return _response(before, replayed=True)
    try:
        made = await call.handler(ask)
    except (CoordError, HTTPException):
        await repetitions.give_up(desk, person, key)
        raise
    location = made.headers.get("location")
    answered = Answered(made.status_code, location, bytes(made.body))
    await repetitions.finish(desk, person, key, answered)
    return made


def _fingerprint(ask: Ask) -> bytes:
    path = f"{ask.request.method} {ask.request.url.path} {ask.revision}\n".encode()
    # Whoever sends a form again separates its parts by other words.
    boundary = parse_options_header(ask.request.headers.get("content-type"))[1].get(b"boundary")
    body = ask.body.replace(boundary, b"") if boundary else ask.body
    return hashlib.sha256(path + body).digest()


def _response(answered: Answered, *, replayed: bool) -> Response:
    headers = {"Cache-Control": NO_STORE}
    if answered.location is not None:
        headers["Location"] = answered.location
    if replayed:
        headers["Idempotency-Replayed"] = "true"
    revision = json.loads(answered.body).get("revision") if answered.body else None
    if revision is not None:
        headers["ETag"] = f'"{revision}"'
    return Response(answered.body, answered.status, headers, JSON)


def told(model: BaseModel, *, status: int = 200, location: str | None = None) -> Response:
    """The model as an answer; its `revision`, where it has one, is its ETag."""
    body = model.model_dump_json().encode()
    return _response(Answered(status, location, body), replayed=False)


def _with_suggestion(error: InvalidDraft) -> Response:
    """The refusal, with the summary that could be taken."""
    refused = problem_from(error)
    if error.suggested_summary is None:
        return refused
    content = json.loads(bytes(refused.body)) | {"suggested_summary": error.suggested_summary}
    headers = {"Cache-Control": NO_STORE}
    media_type = "application/problem+json"
    text = json.dumps(content, ensure_ascii=False)
    return Response(text, refused.status_code, headers, media_type)
