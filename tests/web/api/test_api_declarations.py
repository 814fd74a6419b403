"""Declarations over the API: made, read, edited under If-Match, released, listed, taken back."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from api_server import Api

NOTE = {"content": "The quay is shut, and stays shut."}
ARTICLE = {
    "title": "The quay is shut",
    "summary": "Why nothing moves on the quay today, and what would change that.",
    "content": "Nothing moves on the quay.\n\nThe lashers ask for two hands at every frame.",
    "kind": "declaration",
    "tags": ["quay"],
    "signatories": [{"name": "Rosa Lind", "display": "initials"}],
}


async def made(client: httpx.AsyncClient, **fields: object) -> dict[str, object]:
    answer = await client.post("/actors/dockers/declarations", json={**NOTE, **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_created_draft_is_told_with_its_place_and_revision(
    publisher: httpx.AsyncClient,
) -> None:
    answer = await publisher.post("/actors/dockers/declarations", json=ARTICLE)
    told = answer.json()

    assert answer.status_code == 201
    assert answer.headers["location"].endswith(f"/api/v1/declarations/{told['key']}")
    assert answer.headers["etag"] == f'"{told["revision"]}"'
    assert answer.headers["cache-control"] == "no-store"
    assert told["id"].endswith(f"/actors/dockers/objects/{told['key']}")
    assert told["url"].endswith("/@dockers/the-quay-is-shut")
    assert (told["state"], told["form"], told["published"]) == ("draft", "article", None)
    [signatory] = told["details"]["signatories"]
    assert (signatory["name"], signatory["display"]) == ("R. L.", "initials")
    assert "Lind" not in answer.text
    assert (await publisher.get(f"/declarations/{told['key']}")).json() == told


async def test_publish_true_releases_at_once(publisher: httpx.AsyncClient) -> None:
    told = await made(publisher, publish=True)
    assert (told["state"], told["revision"]) == ("published", 1)
    assert told["published"]


async def test_where_the_policy_asks_for_two_the_first_gets_202(
    api: Api, publisher: httpx.AsyncClient
) -> None:
    clients = [api.client(await api.token("publisher", name=name)) for name in ("Rosa", "Karl")]
    async with clients[0] as rosa, clients[1] as karl:
        first = await rosa.post("/actors/smelters/declarations", json={**NOTE, "publish": True})
        key = first.json()["key"]
        again = await rosa.post(f"/declarations/{key}/publish")
        second = await karl.post(f"/declarations/{key}/publish")

    assert (first.status_code, first.json()["state"]) == (202, "awaiting_approval")
    assert again.status_code == 409
    assert (second.status_code, second.json()["state"]) == (200, "published")


@pytest.mark.parametrize("how", [{}, {"from": "2999-01-01"}])
async def test_nobody_in_danger_is_named_today_or_later_whom_no_editor_cleared(
    publisher: httpx.AsyncClient, how: dict[str, str]
) -> None:
    who = {"name": "Ada Quell", "country": "TR", **how}
    told = await made(publisher, signatories=[who])
    refused = await publisher.post(f"/declarations/{told['key']}/publish")
    assert (refused.status_code, "`cleared`" in refused.text) == (409, True)
    assert "Quell" not in refused.text
    assert (await made(publisher, signatories=[who | {"cleared": True}], publish=True))["published"]


async def test_a_confidential_name_beside_the_text_is_refused_by_its_field(
    publisher: httpx.AsyncClient,
) -> None:
    who = {"name": "Ada Quell", "display": "hidden"}
    fields = {**NOTE, "signatories": [who], "addressees": ["For Ada Quell"]}
    refused = await publisher.post("/actors/dockers/declarations", json=fields)
    assert refused.status_code == 422
    assert "addressees.0" in refused.text
    assert "Quell" not in refused.text


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"content": "So says Ada&nbsp;Quell."}, "content"),
        ({"content": "So says [A](https://x.example)da Quell."}, "content"),
        ({"content": "In [it](https://x.example/%41da%20Quell)."}, "content"),
        ({"sources": [{"name": "It", "url": "https://x.example/Ada%20Quell"}]}, "sources.0"),
        ({"slug": "ada-quell-spoke"}, "slug"),
        ({"office": "for Ada Quell"}, "signatories.1.office"),
    ],
)
async def test_no_form_of_a_confidential_name_comes_by(
    publisher: httpx.AsyncClient, fields: dict[str, object], field: str
) -> None:
    other = {"name": "Ben Okafor", "office": fields.pop("office", "Clerk")}
    signed = {"signatories": [{"name": "Ada Quell", "display": "hidden"}, other]}
    given = {**NOTE, **signed, **fields, "publish": True}
    refused = await publisher.post("/actors/dockers/declarations", json=given)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
    assert (await publisher.get("/actors/dockers/declarations")).json()["items"] == []


async def test_every_faulty_field_is_named_in_one_answer_and_nothing_is_kept(
    publisher: httpx.AsyncClient,
) -> None:
    faulty = {"title": 7, "tags": ["two words"], "countries": ["Wales"], "colour": "red"}
    answer = await publisher.post("/actors/dockers/declarations", json=faulty)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    fields = {one["field"] for one in answer.json()["errors"]}
    assert fields == {"title", "tags", "countries.0", "colour", "content"}
    assert (await publisher.get("/actors/dockers/declarations")).json()["items"] == []


async def test_an_article_without_a_summary_is_offered_one(publisher: httpx.AsyncClient) -> None:
    fields = {name: value for name, value in ARTICLE.items() if name != "summary"}
    answer = await publisher.post("/actors/dockers/declarations", json=fields)
    assert answer.status_code == 422
    assert answer.json()["suggested_summary"].startswith("Nothing moves on the quay.")


@pytest.mark.parametrize(
    "method, path, body",
    [
        ("PATCH", "", {"content": "New."}),
        ("PUT", "/versions/de", {"content": "Der Kai ist zu."}),
        ("DELETE", "", None),
    ],
)
@pytest.mark.parametrize(
    "condition, status",
    [(None, 428), ('"7"', 412), ('W/"1"', 412), ("1", 412), ('"1", "2"', 412), ('"x"', 412)],
)
async def test_a_change_needs_the_revision_that_was_read(
    publisher: httpx.AsyncClient,
    method: str,
    path: str,
    body: object,
    condition: str | None,
    status: int,
) -> None:
    told = await made(publisher)
    headers = {"If-Match": condition} if condition else {}
    place = f"/declarations/{told['key']}"
    answer = await publisher.request(method, place + path, json=body, headers=headers)

    assert answer.status_code == status
    assert (await publisher.get(place)).json() == told


@pytest.mark.parametrize("condition", ['"1"', "*"])
async def test_an_edit_changes_what_it_names_and_nothing_else(
    publisher: httpx.AsyncClient, condition: str
) -> None:
    told = dict((await publisher.post("/actors/dockers/declarations", json=ARTICLE)).json())
    place = f"/declarations/{told['key']}"
    answer = await publisher.patch(
        place, json={"title": "The quay is open"}, headers={"If-Match": condition}
    )
    after = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert (after["title"], after["summary"]) == ("The quay is open", ARTICLE["summary"])
    stale = await publisher.patch(place, json={"title": "No"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412


async def test_what_only_a_new_declaration_knows_is_named_in_an_edit(
    publisher: httpx.AsyncClient,
) -> None:
    key = (await made(publisher))["key"]
    answer = await publisher.patch(
        f"/declarations/{key}", json={"publish": True}, headers={"If-Match": "*"}
    )
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "publish")


async def test_a_translation_is_put_beside_the_original(publisher: httpx.AsyncClient) -> None:
    told = dict((await publisher.post("/actors/dockers/declarations", json=ARTICLE)).json())
    german = {"title": "Der Kai ist zu", "summary": "Warum.", "content": "Nichts bewegt sich."}
    answer = await publisher.put(
        f"/declarations/{told['key']}/versions/DE", json=german, headers={"If-Match": '"1"'}
    )
    assert answer.status_code == 200
    assert answer.json()["languages"] == ["en", "de"]
    assert answer.json()["title"] == told["title"]


async def test_the_life_of_a_declaration(publisher: httpx.AsyncClient) -> None:
    key = (await made(publisher))["key"]
    place = f"/declarations/{key}"
    scheduled = await publisher.post(f"{place}/schedule", json={"at": "2126-01-01T00:00:00Z"})
    assert (scheduled.status_code, scheduled.json()["errors"][0]["field"]) == (422, "at")
    steps = [
        ("publish", None, "published"),
        ("pin", {}, "published"),
        ("pin", {"pinned": False}, "published"),
        ("withdraw", {"reason": "The figures were wrong."}, "withdrawn"),
    ]
    for step, body, state in steps:
        answer = await publisher.post(f"{place}/{step}", json=body)
        assert (answer.status_code, answer.json()["state"]) == (200, state), answer.text
    assert (await publisher.post(f"{place}/publish")).status_code == 409
    gone = await publisher.delete(place, headers={"If-Match": "*"})
    assert (gone.status_code, gone.content) == (204, b"")
    after = (await publisher.get(place)).json()
    assert (after["state"], after["title"], after["versions"]) == ("deleted", None, [])


async def test_a_withdrawal_without_a_reason_is_refused_by_field(
    publisher: httpx.AsyncClient,
) -> None:
    key = (await made(publisher, publish=True))["key"]
    answer = await publisher.post(f"/declarations/{key}/withdraw", json={"keep_text": "no"})
    assert answer.status_code == 422
    assert {one["field"] for one in answer.json()["errors"]} == {"reason", "keep_text"}


HIDDEN = {"signatories": [{"name": "Ada Quell", "display": "hidden"}]}


async def test_the_reason_of_a_withdrawal_tells_no_confidential_name(
    publisher: httpx.AsyncClient,
) -> None:
    key = (await made(publisher, publish=True, **HIDDEN))["key"]
    reason = {"reason": "Ada&nbsp;Quell had not agreed."}
    refused = await publisher.post(f"/declarations/{key}/withdraw", json=reason)
    assert [one["field"] for one in refused.json()["errors"]] == ["reason"]
    assert (await publisher.get(f"/declarations/{key}")).json()["state"] == "published"


async def test_nobody_becomes_confidential_whom_a_correction_has_named(
    publisher: httpx.AsyncClient,
) -> None:
    key = (await made(publisher, publish=True, signatories=[{"name": "Ada Quell"}]))["key"]
    place, any_ = f"/declarations/{key}", {"If-Match": "*"}
    told = {"content": "All of us stay.", "correction": {"what": "Ada Quell has joined us."}}
    assert (await publisher.patch(place, json=told, headers=any_)).status_code == 200
    refused = await publisher.patch(place, json=HIDDEN, headers=any_)
    assert [one["field"] for one in refused.json()["errors"]] == ["signatories.0.name"]


async def test_a_list_is_read_page_by_page_and_filtered(publisher: httpx.AsyncClient) -> None:
    keys = [(await made(publisher, publish=number == 1))["key"] for number in range(3)]
    first = (await publisher.get("/actors/dockers/declarations?limit=2")).json()
    rest = await publisher.get(f"/actors/dockers/declarations?limit=2&cursor={first['next']}")
    assert [one["key"] for one in first["items"]] == keys[:0:-1]
    assert [one["key"] for one in rest.json()["items"]] == keys[:1]
    assert rest.json()["next"] is None

    published = await publisher.get("/actors/dockers/declarations?state=published")
    assert [one["key"] for one in published.json()["items"]] == [keys[1]]
    nothing = await publisher.get("/actors/dockers/declarations?q=lighthouse")
    assert nothing.json()["items"] == []


@pytest.mark.parametrize("query", ["cursor=-1", "cursor=x", "limit=1e9", "state=lost"])
async def test_a_faulty_question_is_named(publisher: httpx.AsyncClient, query: str) -> None:
    answer = await publisher.get(f"/actors/dockers/declarations?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]


async def test_receipts_of_nothing_sent_are_an_empty_list(publisher: httpx.AsyncClient) -> None:
    key = (await made(publisher, publish=True))["key"]
    receipts = await publisher.get(f"/declarations/{key}/deliveries")
    assert receipts.json() == {"items": [], "next": None}
    assert (await publisher.post(f"/declarations/{key}/deliveries/resend")).json() == {"resent": 0}
    again = f"/declarations/{key}/deliveries/resend"
    nowhere = await publisher.post(again, json={"server": "far.example"})
    assert (nowhere.status_code, nowhere.json()["errors"][0]["field"]) == (422, "server")
    assert (await publisher.post(again, json={"host": "far.example"})).status_code == 422
    wrong = await publisher.get(f"/declarations/{key}/deliveries?state=lost")
    assert wrong.status_code == 422


async def test_a_body_that_does_not_fit_is_told_by_field_in_words(
    publisher: httpx.AsyncClient,
) -> None:
    told = await made(publisher)
    faulty = {"at": "2026-02-30T10:00:00Z", "when": "soon", "languages": "en"}
    answer = await publisher.post(f"/declarations/{told['key']}/schedule", json=faulty)
    assert answer.status_code == 422
    assert {one["field"]: one["detail"] for one in answer.json()["errors"]} == {
        "at": "must be a moment that can be, such as 2026-05-01T18:00:00+02:00",
        "when": "is no field of this call",
        "languages": "must be a list",
    }


HELD = {"content": "They hold Ahmet Yılmaz of Northern Copper Mines.", "countries": ["TR"]}


async def test_whom_a_text_may_name_is_told_before_and_while_it_goes_out(
    publisher: httpx.AsyncClient,
) -> None:
    told = await made(publisher, **HELD, organisations=["Northern Copper Mines"])
    [warning] = told["warnings"]  # type: ignore[misc]
    assert "(Ahmet Yılmaz)" in warning
    soon = {"at": (datetime.now(UTC) + timedelta(days=7)).isoformat()}
    for verb, body in (("schedule", soon), ("schedule", {"at": None}), ("publish", {})):
        answer = await publisher.post(f"/declarations/{told['key']}/{verb}", json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["warnings"] == ([] if body == {"at": None} else [warning])
    answer = await publisher.put(
        f"/declarations/{told['key']}/versions/de",
        json={"content": "Dort sitzt Ahmet Yılmaz mit Ayşe Demir."},
        headers={"If-Match": "*"},
    )
    [added] = answer.json()["warnings"]
    assert "(Ayşe Demir)" in added


@pytest.mark.parametrize(
    "change",
    [
        {"countries": ["ES"]},
        {"addressees": ["Ahmet Yılmaz"]},
        {"signatories": [{"name": "Ahmet Yılmaz", "country": "TR", "cleared": True}]},
    ],
)
async def test_nobody_is_asked_about_who_is_cleared_or_far_from_danger(
    publisher: httpx.AsyncClient, change: dict[str, object]
) -> None:
    fields = {**HELD, "organisations": ["Northern Copper Mines"], **change}
    assert (await made(publisher, **fields, publish=True))["warnings"] == []


async def test_whoever_agrees_to_a_text_and_whoever_hands_it_in_is_asked(api: Api) -> None:
    clients = [api.client(await api.token("publisher", name=name)) for name in ("Rosa", "Karl")]
    async with clients[0] as rosa, clients[1] as karl:
        fields = {**HELD, "organisations": ["Northern Copper Mines"], "publish": True}
        first = await rosa.post("/actors/smelters/declarations", json=fields)
        second = await karl.post(f"/declarations/{first.json()['key']}/publish")
    for answer, status in ((first, 202), (second, 200)):
        assert answer.status_code == status
        assert "(Ahmet Yılmaz)" in answer.json()["warnings"][0]


async def test_where_names_cannot_be_looked_for_it_says_so(publisher: httpx.AsyncClient) -> None:
    fields = {"content": "كتب أحمد من كركوك.", "language": "ar", "countries": ["TR"]}
    [warning] = (await made(publisher, **fields))["warnings"]  # type: ignore[misc]
    assert "'ar'" in warning
    assert "cannot be looked for" in warning


async def test_names_are_told_of_corrections_and_where_an_edit_takes_the_country_off(
    publisher: httpx.AsyncClient,
) -> None:
    key = (await made(publisher, **HELD, publish=True))["key"]
    change = {
        "content": "They hold him.",
        "countries": [],
        "correction": {"what": "Murat Kaya is free."},
    }
    answer = await publisher.patch(f"/declarations/{key}", json=change, headers={"If-Match": "*"})
    [warning] = answer.json()["warnings"]
    assert "(Murat Kaya)" in warning
