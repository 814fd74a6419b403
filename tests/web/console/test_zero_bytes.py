"""A zero byte, which PostgreSQL keeps in no text, in every part of every address and body.

Whatever it stands for is not there or cannot be taken: `404` or a refusal, never a fault of ours.
"""

import copy
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from desk_browser import FORM, OURS, at_desk
from engines import Place
from running_site import BROWSER, Site, picture, running_site
from starlette.routing import Route

from fediverse_coord.desk import passages, tokens
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.web.api_calls import Call
from fediverse_coord.web.console.routes import console_routes
from fediverse_coord.web.coordinator import CALLS, api_routes
from fediverse_coord.web.pages import pages_routes
from fediverse_coord.web.routes import discovery_routes, federation_routes, inbox_routes

pytestmark = pytest.mark.both_engines

OFTEN = "[limits]\napi_per_token_per_minute = 100000\n"
ZERO = "a%00b"
ASKED = (
    "q", "lang", "language", "kind", "country", "topic", "organisation", "year", "tag", "state",
    "cursor", "limit", "before", "page", "resource", "responses", "uri",
)  # fmt: skip
WORDING = {"texts": {"en": "We stop."}, "source": {"name": "Us", "url": "https://us.example/"}}
DECLARATION = {
    "title": "Word", "content": "We stop.", "summary": "We stop at noon.", "language": "en",
    "kind": "call", "form": "article", "slug": "word", "tags": ["air"], "translator": "Ben",
    "state": "draft", "visibility": "public", "in_reply_to": "https://far.example/1",
    "hero": "abcdefghijklmnop", "dated": "2026-05-01", "addressees": ["All"], "countries": ["ES"],
    "organisations": ["Union"], "topics": ["Wages"], "sources": WORDING["source"],
    "signatories": [
        {"name": "Ana", "office": "Chair", "organisation": "Union", "country": "ES",
         "display": "full", "from": "2027-05-01", "sealed": "x"}
    ],
}  # fmt: skip
BODIES: dict[str, dict[str, Any]] = {
    "NewDeclaration": DECLARATION | {"versions": [DECLARATION | {"language": "de"}]},
    "Changes": DECLARATION | {"correction": {"what": "A day.", "why": "It was wrong."}},
    "VersionFields": DECLARATION,
    "AnswerFields": DECLARATION,
    "Release": {"languages": ["en"]},
    "Schedule": {"at": "2030-05-01T10:00:00", "time_zone": "Europe/Madrid", "languages": ["en"]},
    "Withdrawal": {"reason": "It was wrong."},
    "Redaction": {"name": "Ana Ruiz"},
    "Pin": {"pinned": True},
    "Resend": {"server": "far.example"},
    "BoostOf": {"url": "https://far.example/1"},
    "MediaChanges": {"alt": {"en": "A gate"}},
    "PassageFields": WORDING,
    "IntroductionFields": {"texts": {"en": "We stop."}},
    "Spellings": {"names": ["Krivoy Rog", "Kryvyi Rih"]},
}


@pytest.fixture
async def site(place: Place, tmp_path: Path) -> AsyncIterator[Site]:
    async with running_site(tmp_path, "pits", place=place, more=OFTEN) as running:
        yield running


@pytest.fixture
async def client(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who may do everything, by the API and at the console."""
    token = await tokens.create(site.services.desk, OPERATOR, "Ana", "admin", ())
    async with at_desk(site) as desk:
        desk.client.headers["Authorization"] = f"Bearer {token}"
        desk.client.follow_redirects = False
        yield desk.client


def routes() -> list[Route]:
    every = (inbox_routes, federation_routes, discovery_routes, api_routes, pages_routes)
    found = [one for made in (*every, console_routes) for one in made()]
    return [one for one in found if isinstance(one, Route)]


def addresses(route: Route, known: dict[str, str]) -> Iterator[str]:
    """The route's address with a zero byte in each part that is free, and in what is asked."""
    for part in route.param_convertors:
        parts = {name: known.get(name, "a") for name in route.param_convertors} | {part: ZERO}
        yield filled(route, parts)
    parts = {name: known.get(name, "a") for name in route.param_convertors}
    asked = ASKED if "GET" in (route.methods or ()) else ASKED[:2]
    yield from (f"{filled(route, parts)}?{name}={ZERO}" for name in asked)


def filled(route: Route, parts: dict[str, str]) -> str:
    path = route.path
    for name, value in parts.items():
        path = path.replace(f"{{{name}:path}}", value).replace(f"{{{name}}}", value)
    return path


async def things(site: Site) -> dict[str, str]:
    work = (await site.publish("Old letter", kind="letter")).declaration
    await passages.put(site.services.desk, OPERATOR, "pits", "held", WORDING)
    return {"name": "pits", "key": work.key, "slug": work.slug, "lang": "en", "id": "held"}


async def test_no_address_with_a_zero_byte_is_a_fault_of_ours(
    site: Site, client: httpx.AsyncClient
) -> None:
    known, faults = await things(site), []
    for route in routes():
        for method in sorted((route.methods or {"GET"}) - {"HEAD"}):
            for address in addresses(route, known):
                given = await ask(client, method, address)
                if given.status_code >= 500:
                    faults.append(f"{method} {route.path}: {address}: {given.status_code}")
    assert not faults, "\n".join(faults)


async def ask(client: httpx.AsyncClient, method: str, address: str) -> httpx.Response:
    if method == "GET":
        return await client.get(address, headers=BROWSER)
    if address.startswith("/console"):
        headers = {**BROWSER, **OURS, "Content-Type": FORM}
        return await client.request(method, address, content=b"name=a%00b", headers=headers)
    headers = {"If-Match": "*", "Content-Type": "application/json"}
    return await client.request(method, address, content=b"{}", headers=headers)


@pytest.mark.parametrize("call", CALLS, ids=lambda c: c.path)
def test_every_body_of_the_api_is_known_here(call: Call) -> None:
    if call.takes is not None and call.body_type == "application/json":
        assert call.takes.__name__ in BODIES


async def test_no_body_with_a_zero_byte_is_a_fault_of_ours(
    site: Site, client: httpx.AsyncClient
) -> None:
    known, faults = await things(site), []
    calls = (one for one in CALLS if one.takes)
    for call in calls:
        sample = BODIES.get(call.takes.__name__ if call.takes else "", {})
        address = call.address
        for name, value in {**known, "subject": "topic", "about": "Air"}.items():
            address = address.replace(f"{{{name}}}", value)
        for body in with_zeros(sample):
            headers = {"If-Match": "*", "Content-Type": "application/json"}
            text = json.dumps(body)
            given = await client.request(call.method, address, content=text, headers=headers)
            if given.status_code >= 500:
                faults.append(f"{call.method} {call.path}: {text[:300]}: {given.status_code}")
    assert not faults, "\n".join(faults)


def with_zeros(sample: Any) -> Iterator[Any]:
    """The sample with a zero byte in one of its texts or names at a time."""
    for place in places(sample):
        changed = copy.deepcopy(sample)
        inner = changed
        for step in place[:-1]:
            inner = inner[step]
        if isinstance(inner[place[-1]], str):
            inner[place[-1]] += "\0"
            yield changed
        if isinstance(inner, dict):
            inner[f"{place[-1]}\0"] = inner.pop(place[-1])
            yield changed


def places(sample: Any) -> Iterator[tuple[Any, ...]]:
    inner = sample.items() if isinstance(sample, dict) else enumerate(sample)
    for name, value in inner:
        yield (name,)
        if isinstance(value, dict | list):
            yield from ((name, *rest) for rest in places(value))


async def test_the_field_with_a_zero_byte_is_named(site: Site, client: httpx.AsyncClient) -> None:
    given = await client.post("/api/v1/spellings", json={"names": ["Ana\0", "Anna"]})
    assert given.status_code == 422
    assert given.json()["errors"] == [{"field": "names", "detail": "must not hold a zero byte"}]


async def test_no_form_with_a_zero_byte_is_a_fault_of_ours(
    site: Site, client: httpx.AsyncClient
) -> None:
    file = {"file": ("a.png", picture(40, 30), "image/png")}
    for fields in ({"actor": "pits\0"}, {"actor": "pits", "alt[en]": "A \0 gate"}):
        given = await client.post("/api/v1/media", data={"alt[en]": "A gate"} | fields, files=file)
        assert given.status_code in {201, 422}
    field = {"actor": "pits", "alt[e\0n]": "A gate"}
    assert (await client.post("/api/v1/media", data=field, files=file)).status_code == 422


async def test_a_key_of_an_answer_may_hold_none_either(
    site: Site, client: httpx.AsyncClient
) -> None:
    known = await things(site)
    pin = f"/api/v1/declarations/{known['key']}/pin"
    for header in ("Idempotency-Key", "If-Match"):
        given = await client.post(pin, json={"pinned": True}, headers={header: "a%00b"})
        assert given.status_code < 500
