"""Passages, introductions and spellings over the API."""

import httpx
import pytest
from api_server import Api

DEMANDS = {
    "texts": {"en": "We want **six** hours.", "de": "Wir wollen sechs Stunden."},
    "source": {"name": "Programme", "url": "https://paper.example/programme"},
}
PASSAGES = "/actors/dockers/passages"
ANY = {"If-Match": "*"}


async def put(client: httpx.AsyncClient, slug: str = "demands", **more: object) -> httpx.Response:
    return await client.put(f"{PASSAGES}/{slug}", json={**DEMANDS, **more}, headers=ANY)


async def made(client: httpx.AsyncClient, **fields: object) -> dict[str, object]:
    given = {"content": "We stop.\n\n{{passage: demands}}", **fields}
    answer = await client.post("/actors/dockers/declarations", json=given)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_passage_is_put_read_listed_used_and_deleted(publisher: httpx.AsyncClient) -> None:
    told = await put(publisher)
    assert told.status_code == 200, told.text
    assert told.json()["texts"] == DEMANDS["texts"]
    assert told.headers["etag"] == '"1"'
    key = (await made(publisher, publish=True))["key"]
    read = await publisher.get(f"{PASSAGES}/demands")
    assert read.json() == {**told.json(), "uses": 1}
    listed = (await publisher.get(PASSAGES)).json()
    assert listed == {"items": [read.json()], "next": None}
    [use] = (await publisher.get(f"{PASSAGES}/demands/uses")).json()["items"]
    assert (use["declaration"], use["language"], use["older"]) == (key, "en", False)
    [version] = (await publisher.get(f"/declarations/{key}")).json()["versions"]
    assert version["passages"][0]["text"] == "We want **six** hours."

    await put(publisher, texts={"en": "We want four hours."})
    [use] = (await publisher.get(f"{PASSAGES}/demands/uses")).json()["items"]
    assert use["older"] is True
    one = f"/declarations/{key}"
    kept = await publisher.patch(one, json={"tags": ["six"]}, headers=ANY)
    assert kept.json()["versions"][0]["passages"][0]["text"] == "We want **six** hours."
    taken = await publisher.patch(one, json={"take_up": True}, headers=ANY)
    assert taken.json()["versions"][0]["passages"][0]["text"] == "We want four hours."

    refused = await publisher.delete(f"{PASSAGES}/demands", headers=ANY)
    assert refused.status_code == 409
    await publisher.delete(one, headers=ANY)
    assert (await publisher.delete(f"{PASSAGES}/demands", headers=ANY)).status_code == 204
    assert (await publisher.get(f"{PASSAGES}/demands")).status_code == 404


async def test_every_faulty_field_is_named(publisher: httpx.AsyncClient) -> None:
    wrong = {"texts": {"en": "", "x y": "z"}, "source": {"url": "javascript:1"}, "more": 1}
    answer = await publisher.put(f"{PASSAGES}/Demands!", json=wrong, headers=ANY)
    assert answer.status_code == 422
    named = {one["field"] for one in answer.json()["errors"]}
    assert named == {"id", "texts.x y", "source.url", "more"}
    given = {"content": "{{passage: nothing}}"}
    answer = await publisher.post("/actors/dockers/declarations", json=given)
    assert [one["field"] for one in answer.json()["errors"]] == ["content"]


async def test_what_is_changed_needs_the_revision_that_was_seen(
    publisher: httpx.AsyncClient,
) -> None:
    for call in (publisher.put, publisher.delete):
        body = {"json": DEMANDS} if call == publisher.put else {}
        bare = await call(f"{PASSAGES}/demands", **body)  # type: ignore[operator]
        assert bare.status_code == 428
    await put(publisher)
    for tag in ('"7"', 'W/"1"'):
        stale = {"If-Match": tag}
        answer = await publisher.put(f"{PASSAGES}/demands", json=DEMANDS, headers=stale)
        assert answer.status_code == 412
        gone = await publisher.delete(f"{PASSAGES}/demands", headers=stale)
        assert gone.status_code == 412


async def test_lists_are_leafed_through(publisher: httpx.AsyncClient) -> None:
    for slug in ("a", "b", "c"):
        await put(publisher, slug)
    first = (await publisher.get(f"{PASSAGES}?limit=2")).json()
    rest = (await publisher.get(f"{PASSAGES}?limit=2&cursor={first['next']}")).json()
    assert [one["id"] for one in (*first["items"], *rest["items"])] == ["a", "b", "c"]
    assert rest["next"] is None
    assert (await publisher.get(f"{PASSAGES}?cursor=x")).status_code == 422


async def test_roles_and_coordinations_hold(api: Api) -> None:
    place = "/actors/dockers/introductions/country/ES"
    texts = {"texts": {"en": "Of Spain."}}
    for role, passage, introduction, spelling in (
        ("moderator", 403, 403, 403),
        ("editor", 200, 403, 403),
        ("publisher", 200, 200, 403),
        ("admin", 200, 200, 200),
    ):
        async with api.client(await api.token(role, name=role.title())) as client:
            assert (await put(client)).status_code == passage, role
            answer = await client.put(place, json=texts, headers=ANY)
            assert answer.status_code == introduction, role
            names = {"names": ["Krivoy Rog", "Kryvyi Rih"]}
            assert (await client.post("/spellings", json=names)).status_code == spelling, role


async def test_introductions_are_put_read_listed_and_deleted(publisher: httpx.AsyncClient) -> None:
    place = "/actors/dockers/introductions/organisation/Union%20%2F%20Quays"
    texts = {"texts": {"en": "Of the quays.", "ar": "عن الأرصفة."}}
    told = await publisher.put(place, json=texts, headers=ANY)
    assert told.status_code == 200, told.text
    assert (told.json()["name"], told.json()["texts"]) == ("Union / Quays", texts["texts"])
    assert (await publisher.get(place)).json() == told.json()
    listed = await publisher.get("/actors/dockers/introductions?limit=1")
    assert listed.json()["items"] == [told.json()]
    stale = await publisher.put(place, json=texts, headers={"If-Match": '"9"'})
    assert stale.status_code == 412
    assert (await publisher.delete(place, headers=ANY)).status_code == 204
    assert (await publisher.get(place)).status_code == 404
    wrong = "/actors/dockers/introductions/country/Spain"
    answer = await publisher.put(wrong, json={"texts": {"en": 1}}, headers=ANY)
    assert {one["field"] for one in answer.json()["errors"]} == {"name", "texts.en"}


async def test_spellings_are_added_listed_found_by_and_removed(api: Api) -> None:
    async with api.client(await api.token("admin", name="Ada")) as admin:
        names = {"names": ["Krivoy Rog", "Kryvyi Rih"]}
        assert (await admin.post("/spellings", json=names)).json()["names"] == names["names"]
        more = {"names": ["Kryvyi Rih", "Кривий Ріг"]}
        assert len((await admin.post("/spellings", json=more)).json()["names"]) == 3
        await admin.post("/spellings", json={"names": ["Lodz", "Lodsch"]})
        first = (await admin.get("/spellings?limit=1")).json()
        rest = (await admin.get(f"/spellings?limit=1&cursor={first['next']}")).json()
        assert len(first["items"]) == len(rest["items"]) == 1
        assert rest["next"] is None
        given = {"content": "Miners of Кривий Ріг stop.", "publish": True}
        await admin.post("/actors/dockers/declarations", json=given)
        found = await admin.get("/actors/dockers/declarations?q=krivoy%20rog")
        assert len(found.json()["items"]) == 1
        assert (await admin.delete("/spellings/Krivoy%20Rog", headers=ANY)).status_code == 204
        assert (await admin.delete("/spellings/Nowhere", headers=ANY)).status_code == 404
        found = await admin.get("/actors/dockers/declarations?q=krivoy%20rog")
        assert found.json()["items"] == []
        wrong = await admin.post("/spellings", json={"names": ["?!", "Lodz"]})
        assert wrong.status_code == 422
    elsewhere = await api.token("admin", "smelters", name="Bo")
    async with api.client(elsewhere) as other:
        assert (await other.get("/spellings")).status_code == 403


async def test_a_sealed_name_cannot_get_out_by_way_of_a_passage(
    publisher: httpx.AsyncClient,
) -> None:
    await put(publisher, texts={"en": "Written by ROSA  *Lux*."})
    hidden = [{"name": "Rosa Lux", "display": "hidden"}]
    given = {"content": "We stop.", "signatories": hidden}
    key = (await publisher.post("/actors/dockers/declarations", json=given)).json()["key"]
    held = {"content": "{{passage: demands}}"}
    answer = await publisher.patch(f"/declarations/{key}", json=held, headers=ANY)
    assert [one["field"] for one in answer.json()["errors"]] == ["content"]
    answer = await publisher.put(f"/declarations/{key}/versions/de", json=held, headers=ANY)
    assert answer.status_code == 422
    answer = await publisher.post("/actors/dockers/declarations", json={**given, **held})
    assert answer.status_code == 422
    one = (await made(publisher))["key"]
    answer = await publisher.patch(
        f"/declarations/{one}", json={"signatories": hidden}, headers=ANY
    )
    assert answer.status_code == 422


async def test_redacting_tells_which_texts_hold_the_name_too(publisher: httpx.AsyncClient) -> None:
    await put(publisher, texts={"en": "Written by Rosa Lux."})
    one, other = (await made(publisher, publish=True))["key"], (await made(publisher))["key"]
    answer = await publisher.post(f"/declarations/{one}/redact", json={"name": "rosa lux"})
    assert answer.json()["texts"] == [other]
    assert "Lux" not in (await publisher.get(f"{PASSAGES}/demands")).text
    assert "Lux" not in (await publisher.get(f"/declarations/{one}")).text


async def test_nobody_alone_takes_up_words_where_two_must_agree(api: Api) -> None:
    place = "/actors/smelters/passages/demands"
    clients = [api.client(await api.token("publisher", name=name)) for name in ("Rosa", "Karl")]
    async with clients[0] as rosa, clients[1] as karl:
        await rosa.put(place, json=DEMANDS, headers=ANY)
        given = {"content": "{{passage: demands}}", "publish": True}
        key = (await rosa.post("/actors/smelters/declarations", json=given)).json()["key"]
        assert (await karl.post(f"/declarations/{key}/publish")).json()["state"] == "published"
        await rosa.put(place, json={"texts": {"en": "Four hours."}}, headers=ANY)
        take_up = {"json": {"take_up": True}, "headers": ANY}
        first = await rosa.patch(f"/declarations/{key}", **take_up)
        assert (first.status_code, "Four" in first.text) == (202, False)
        second = await karl.patch(f"/declarations/{key}", **take_up)
        assert second.status_code == 200
        [version] = second.json()["versions"]
        assert version["passages"][0]["text"] == "Four hours."


async def test_addresses_that_no_database_can_hold_lead_nowhere(
    publisher: httpx.AsyncClient,
) -> None:
    for path in ("passages/a%00b", "introductions/topic/%00", "introductions/organisation/%00%ff"):
        assert (await publisher.get(f"/actors/dockers/{path}")).status_code == 404
    texts = {"texts": {"en": "Of \x00 us."}}
    for name, status in (("a%00b", 404), ("ab", 200)):
        place = f"/actors/dockers/introductions/organisation/{name}"
        answer = await publisher.put(place, json=texts, headers=ANY)
        assert answer.status_code == status
    assert answer.json()["texts"]["en"] == "Of  us."


@pytest.mark.parametrize("path", [PASSAGES, "/actors/dockers/introductions", "/spellings"])
async def test_without_a_token_nothing_is_told(api: Api, path: str) -> None:
    async with api.client("coord_nothing") as nobody:
        assert (await nobody.get(path)).status_code == 401
