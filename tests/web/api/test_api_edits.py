"""Edits that wait for a second coordinator, over HTTP: read, agreed to, rejected, got past."""

from collections.abc import AsyncIterator

import httpx
import pytest
from api_server import Api

NOTE = {"content": "The furnace is cold.", "language": "en"}
WARM = {"content": "The furnace is warm."}
ANY = {"If-Match": "*"}


@pytest.fixture
async def rosa(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    async with api.client(await api.token("publisher", name="Rosa")) as client:
        yield client


@pytest.fixture
async def karl(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    async with api.client(await api.token("publisher", name="Karl")) as client:
        yield client


@pytest.fixture
async def key(rosa: httpx.AsyncClient, karl: httpx.AsyncClient) -> str:
    """A text that two published."""
    first = await rosa.post("/actors/smelters/declarations", json={**NOTE, "publish": True})
    key = str(first.json()["key"])
    assert (await karl.post(f"/declarations/{key}/publish")).json()["state"] == "published"
    return key


async def text_of(client: httpx.AsyncClient, key: str) -> str:
    return str((await client.get(f"/declarations/{key}")).json()["versions"][0]["content"])


async def test_an_edit_waits_where_its_location_says_and_another_agrees(
    rosa: httpx.AsyncClient, karl: httpx.AsyncClient, key: str
) -> None:
    waits = await rosa.patch(f"/declarations/{key}", json=WARM, headers=ANY)
    assert (waits.status_code, await text_of(karl, key)) == (202, NOTE["content"])
    edit = waits.headers["location"].rpartition("/")[2]
    assert waits.headers["location"].endswith(f"/api/v1/edits/{edit}")

    told = (await karl.get(f"/edits/{edit}")).json()
    assert (told["declaration"], told["missing"], told["agreed"]) == (key, 1, False)
    assert told["result"]["versions"][0]["content"] == WARM["content"]
    listed = (await karl.get("/actors/smelters/edits")).json()
    assert listed == {"items": [told], "next": None}

    assert (await rosa.post(f"/edits/{edit}/approve")).status_code == 409
    agreed = await karl.post(f"/edits/{edit}/approve")
    assert agreed.status_code == 200
    assert await text_of(karl, key) == WARM["content"]
    assert (await karl.post(f"/edits/{edit}/approve")).status_code == 404


async def test_a_translation_waits_likewise(
    rosa: httpx.AsyncClient, karl: httpx.AsyncClient, key: str
) -> None:
    german = {"content": "Der Ofen ist kalt.", "state": "published"}
    waits = await rosa.put(f"/declarations/{key}/versions/de", json=german, headers=ANY)
    assert waits.status_code == 202
    edit = waits.headers["location"].rpartition("/")[2]
    assert (await karl.post(f"/edits/{edit}/approve")).json()["languages"] == ["en", "de"]


async def test_a_void_edit_is_refused_and_told_as_such(
    rosa: httpx.AsyncClient, karl: httpx.AsyncClient, key: str
) -> None:
    edits = []
    for content in ("The furnace is warm.", "The furnace is hot."):
        waits = await rosa.patch(f"/declarations/{key}", json={"content": content}, headers=ANY)
        edits.append(waits.headers["location"].rpartition("/")[2])
    assert (await karl.post(f"/edits/{edits[0]}/approve")).status_code == 200
    void = await karl.post(f"/edits/{edits[1]}/approve")
    assert (void.status_code, "take it up anew" in void.text) == (412, True)
    assert (await karl.get(f"/edits/{edits[1]}")).json()["outdated"] is True
    assert (await karl.post(f"/edits/{edits[1]}/reject")).status_code == 204
    assert (await karl.get("/actors/smelters/edits")).json()["items"] == []


async def test_edits_are_listed_in_pages(rosa: httpx.AsyncClient, key: str) -> None:
    for number in range(3):
        await rosa.patch(
            f"/declarations/{key}", json={"content": f"Furnace {number}."}, headers=ANY
        )
    first = (await rosa.get("/actors/smelters/edits?limit=2")).json()
    rest = (await rosa.get(f"/actors/smelters/edits?limit=2&cursor={first['next']}")).json()
    keys = [one["key"] for one in (*first["items"], *rest["items"])]
    assert (len(set(keys)), rest["next"]) == (3, None)


@pytest.mark.parametrize(("role", "name"), [("editor", "Ines"), ("moderator", "Omar")])
async def test_who_may_not_publish_may_not_agree(
    api: Api, rosa: httpx.AsyncClient, key: str, role: str, name: str
) -> None:
    waits = await rosa.patch(f"/declarations/{key}", json=WARM, headers=ANY)
    edit = waits.headers["location"].rpartition("/")[2]
    async with api.client(await api.token(role, "smelters", name=name)) as other:
        for verb in ("approve", "reject"):
            assert (await other.post(f"/edits/{edit}/{verb}")).status_code == 403
    assert await text_of(rosa, key) == NOTE["content"]


async def test_another_coordinations_publisher_neither_reads_nor_decides(
    rosa: httpx.AsyncClient, publisher: httpx.AsyncClient, key: str
) -> None:
    waits = await rosa.patch(f"/declarations/{key}", json=WARM, headers=ANY)
    edit = waits.headers["location"].rpartition("/")[2]
    answers = [
        await publisher.get(f"/edits/{edit}"),
        await publisher.get("/actors/smelters/edits"),
        await publisher.post(f"/edits/{edit}/approve"),
        await publisher.post(f"/edits/{edit}/reject"),
    ]
    assert {one.status_code for one in answers} == {403}
    assert not any("warm" in one.text for one in answers)


async def test_two_tokens_of_one_person_do_not_make_two(
    api: Api, rosa: httpx.AsyncClient, key: str
) -> None:
    waits = await rosa.patch(f"/declarations/{key}", json=WARM, headers=ANY)
    edit = waits.headers["location"].rpartition("/")[2]
    async with api.client(await api.token("publisher", name="Rosa")) as phone:
        assert (await phone.post(f"/edits/{edit}/approve")).status_code == 409
        assert (
            await phone.patch(f"/declarations/{key}", json=WARM, headers=ANY)
        ).status_code == 202
    assert await text_of(rosa, key) == NOTE["content"]
