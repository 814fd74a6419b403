"""Who may ask, how often, how much, and that the same request twice is done once."""

import json

import httpx
import pytest
from api_server import Api
from far_people import FarServer

from fediverse_coord.desk import tokens
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.web.coordinator import CALLS

NOTE = {"content": "The quay is shut, and stays shut."}
DECLARATIONS = "/actors/dockers/declarations"


async def keys_of(client: httpx.AsyncClient) -> list[str]:
    return [one["key"] for one in (await client.get(DECLARATIONS)).json()["items"]]


def place(path: str) -> str:
    return path.replace("{name}", "dockers").replace("{key}", "k").replace("{lang}", "de")


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer coord_aaaaaaaa_" + "A" * 43, "Basic x"])
async def test_without_a_valid_token_every_call_is_refused(api: Api, header: str | None) -> None:
    async with api.client(None) as client:
        headers = {"Authorization": header} if header else {}
        for call in CALLS:
            answer = await client.request(call.method, place(call.path), headers=headers)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert answer.headers["content-type"] == "application/problem+json"


async def test_a_revoked_token_is_refused(api: Api) -> None:
    token = await api.token("admin")
    async with api.client(token) as client:
        assert (await client.get(DECLARATIONS)).status_code == 200
        await tokens.revoke(api.services.desk, OPERATOR, token)
        assert (await client.get(DECLARATIONS)).status_code == 401


async def test_a_token_of_another_coordination_sees_and_changes_nothing(
    api: Api, publisher: httpx.AsyncClient
) -> None:
    key = (await publisher.post(DECLARATIONS, json=NOTE)).json()["key"]
    async with api.client(await api.token("admin", "smelters")) as other:
        tries = [
            await other.get(DECLARATIONS),
            await other.post(DECLARATIONS, json=NOTE),
            await other.get(f"/declarations/{key}"),
            await other.patch(f"/declarations/{key}", json=NOTE, headers={"If-Match": "*"}),
            await other.delete(f"/declarations/{key}", headers={"If-Match": "*"}),
            await other.post(f"/declarations/{key}/publish"),
            await other.get(f"/declarations/{key}/deliveries"),
            await other.get("/actors/dockers/responses"),
            await other.get("/actors/dockers/followers"),
            await other.post("/actors/dockers/boosts", json={"url": "https://far.example/1"}),
        ]
    assert {one.status_code for one in tries} == {403}
    assert (await publisher.get(f"/declarations/{key}")).json()["revision"] == 1


@pytest.mark.parametrize(
    "role, draft, release", [("editor", 201, 403), ("publisher", 201, 200), ("moderator", 403, 403)]
)
async def test_roles_hold_over_the_api(
    api: Api, publisher: httpx.AsyncClient, role: str, draft: int, release: int
) -> None:
    key = (await publisher.post(DECLARATIONS, json=NOTE)).json()["key"]
    async with api.client(await api.token(role, "dockers")) as client:
        assert (await client.post(DECLARATIONS, json=NOTE)).status_code == draft
        assert (await client.post(f"/declarations/{key}/publish")).status_code == release


async def test_the_same_key_and_request_are_done_once_and_answered_alike(
    publisher: httpx.AsyncClient,
) -> None:
    headers = {"Idempotency-Key": "walk-to-the-gate"}
    first = await publisher.post(DECLARATIONS, json=NOTE, headers=headers)
    again = await publisher.post(DECLARATIONS, json=NOTE, headers=headers)

    assert (again.status_code, again.content) == (first.status_code, first.content)
    for name in ("location", "etag", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert again.headers["idempotency-replayed"] == "true"
    assert await keys_of(publisher) == [first.json()["key"]]


async def test_the_same_key_for_another_request_is_refused(publisher: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "k"}
    await publisher.post(DECLARATIONS, json=NOTE, headers=headers)
    other = await publisher.post(DECLARATIONS, json={"content": "Else."}, headers=headers)
    elsewhere = await publisher.post("/declarations/none/publish", json=NOTE, headers=headers)
    assert (other.status_code, elsewhere.status_code) == (422, 422)
    assert other.json()["errors"][0]["field"] == "Idempotency-Key"
    assert len(await keys_of(publisher)) == 1


async def test_one_persons_key_says_nothing_about_anothers(
    api: Api, publisher: httpx.AsyncClient
) -> None:
    headers = {"Idempotency-Key": "k"}
    await publisher.post(DECLARATIONS, json=NOTE, headers=headers)
    async with api.client(await api.token("editor", "dockers", name="Karl")) as karl:
        own = await karl.post(DECLARATIONS, json=NOTE, headers=headers)
    assert "idempotency-replayed" not in own.headers
    assert len(await keys_of(publisher)) == 2


async def test_a_refused_request_leaves_its_key_free(publisher: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "k"}
    refused = await publisher.post(DECLARATIONS, json={}, headers=headers)
    done = await publisher.post(DECLARATIONS, json=NOTE, headers=headers)
    assert (refused.status_code, done.status_code) == (422, 201)


@pytest.mark.parametrize("key", ["", "x" * 256, "é"])
async def test_a_key_that_is_none_is_refused(publisher: httpx.AsyncClient, key: str) -> None:
    headers = [(b"Idempotency-Key", key.encode("latin-1"))]
    answer = await publisher.post(DECLARATIONS, json=NOTE, headers=headers)
    assert answer.status_code == 422
    assert await keys_of(publisher) == []


async def test_a_token_that_asks_too_often_is_told_when_to_come_back(
    api: Api, moderator: httpx.AsyncClient, publisher: httpx.AsyncClient
) -> None:
    allowed = api.services.config.limits.api_per_token_per_minute
    for _ in range(allowed + 5):
        answer = await publisher.get("/declarations/none")
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert (await moderator.get("/declarations/none")).status_code == 404


async def test_a_body_over_the_limit_is_not_read(api: Api, publisher: httpx.AsyncClient) -> None:
    largest = api.services.config.limits.request_bytes
    answer = await publisher.post(DECLARATIONS, json={"content": "x" * largest})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "body, status",
    [
        (b"{", 400),
        (b"[]", 422),
        (b"null", 422),
        (b'"text"', 422),
        (b"\xff\xfe", 400),
        (b'{"content": "\\ud800"}', 400),
        (b"[" * 50_000, 400),
        (b'{"content": NaN}', 422),
        (b'{"publish": "yes", "content": "x"}', 422),
    ],
)
async def test_what_is_no_body_of_ours_is_refused_by_name(
    publisher: httpx.AsyncClient, body: bytes, status: int
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await publisher.post(DECLARATIONS, content=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert await keys_of(publisher) == []


async def test_a_body_that_says_it_is_no_json_is_refused(publisher: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "text/plain"}
    answer = await publisher.post(DECLARATIONS, content=json.dumps(NOTE), headers=headers)
    assert answer.status_code == 415


async def test_a_wrong_method_is_told_every_right_one(publisher: httpx.AsyncClient) -> None:
    answer = await publisher.put("/declarations/k")
    assert answer.status_code == 405
    allowed = {one.strip() for one in answer.headers["allow"].split(",")}
    assert allowed == {"GET", "HEAD", "PATCH", "DELETE"}


async def test_tokens_and_blocks_are_not_on_the_api(publisher: httpx.AsyncClient) -> None:
    for path in ("/tokens", "/blocks", "/people", "/audit", "/keys"):
        assert (await publisher.get(path)).status_code == 404
        assert (await publisher.post(path, json={})).status_code == 404


async def test_the_openapi_document_names_every_call_and_every_reference_holds(
    api: Api,
) -> None:
    async with api.client(None) as client:
        answer = await client.get("/openapi.json")
    document = answer.json()
    named = {(method.upper(), path) for path, one in document["paths"].items() for method in one}
    assert answer.status_code == 200
    assert document["openapi"].startswith("3.1")
    assert named == {(call.method, call.address) for call in CALLS}
    for reference in references(document):
        found = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        assert found


def references(value: object) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*map(references, value.values()))
    return set().union(*map(references, value)) if isinstance(value, list) else set()


async def test_a_post_is_boosted_over_the_api(publisher: httpx.AsyncClient, far: FarServer) -> None:
    far.person("ann")
    body = {"url": far.post("ann")}
    first = await publisher.post("/actors/dockers/boosts", json=body)
    again = await publisher.post("/actors/dockers/boosts", json=body)
    assert (first.status_code, again.json()) == (201, first.json())
    nothing = await publisher.post("/actors/dockers/boosts", json={"url": f"{far.origin}/none"})
    assert (nothing.status_code, nothing.json()["errors"][0]["field"]) == (422, "url")
    away = await publisher.post("/actors/dockers/boosts", json={"url": "http://127.0.0.1:1/x"})
    assert away.status_code == 503
