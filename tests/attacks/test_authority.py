"""Who may do what at the API, and how private keys are kept.  security F4, F5.

Every call of the published table, without a token, with a token that is none, and with each
role that does not cover it: refused, and nothing has changed.
"""

from collections.abc import Iterable
from typing import Any

import pytest
from besieged import Besieged, reply
from peers import Peer

from fediverse_coord.desk import drafts, tokens
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.storage import amendments
from fediverse_coord.storage.amendments import Proposed

LOOKING = {"editor", "publisher", "moderator", "admin"}
DRAFTING, PUBLISHING = {"editor", "publisher", "admin"}, {"publisher", "admin"}
MODERATING = {"moderator", "admin"}
MAY = {
    ("GET", "declarations"): LOOKING,
    ("GET", "deliveries"): LOOKING,
    ("GET", "responses"): LOOKING,
    ("GET", "followers"): LOOKING,
    ("GET", "edits"): LOOKING,
    ("GET", "passages"): LOOKING,
    ("GET", "uses"): LOOKING,
    ("GET", "introductions"): LOOKING,
    ("PUT", "passages"): DRAFTING,
    ("DELETE", "passages"): DRAFTING,
    ("GET", "spellings"): LOOKING,
    ("POST", "spellings"): {"admin"},
    ("DELETE", "spellings"): {"admin"},
    ("POST", "declarations"): DRAFTING,
    ("PATCH", "declarations"): DRAFTING,
    ("PUT", "versions"): DRAFTING,
}
BODIES: dict[str, Any] = {
    "passages": {"texts": {"en": "Six hours."}},
    "introductions": {"texts": {"en": "What was said."}},
    "spellings": {"names": ["Krivoy Rog", "Kryvyi Rih"]},
    "boosts": {"url": "https://nothing.example/1"},
    "answer": {"content": "No."},
    "withdraw": {"reason": "None."},
    "schedule": {"at": "2026-12-01T00:00:00Z"},
    "pin": {"pinned": True},
    "resend": {"server": "far.example"},
    "publish": {"languages": ["en"]},
    "redact": {"name": "Nobody"},
}


PLACES = {"{id}": "demands", "{subject}": "country", "{about}": "ES", "{spelling}": "Rog"}


async def calls(here: Besieged) -> list[tuple[str, str]]:
    """(method, path) of everything that the server says it offers."""
    table = (await here.get("/api/v1/openapi.json")).json()["paths"]
    return [
        (method.upper(), path.removeprefix("/api/v1"))
        for path, methods in table.items()
        for method in methods
        if method in {"get", "post", "put", "patch", "delete"} and not path.endswith("openapi.json")
        # Who may take in, tell and remove a picture is tried where there are pictures.
        if "/media" not in path
    ]


def name_of(path: str) -> str:
    """The last part that is no placeholder."""
    return [part for part in path.split("/") if not part.startswith("{")][-1]


def filled(path: str, key: str, response: str) -> str:
    named = path.replace("/responses/{key}", f"/responses/{response}")
    named = named.replace("/edits/{key}", f"/edits/edit{key}")
    for place, word in PLACES.items():
        named = named.replace(place, word)
    return named.replace("{name}", "dockers").replace("{key}", key).replace("{lang}", "de")


@pytest.fixture
async def at(here: Besieged, far: Peer) -> tuple[str, str]:
    """The keys of a declaration and of a response to it; an edit of it waits, too."""
    word, ann = await here.publish("dockers"), far.person("ann")
    note = reply(ann, word["id"], "1")
    await here.told(ann, ann.create(note))
    key = here.column("SELECT key FROM responses WHERE object_id = ?", note["id"])[0]
    async with here.desk() as services:
        work = await drafts.find(services.desk, OPERATOR, word["key"])
        edit, revision = f"edit{word['key']}", work.declaration.revision
        wish = Proposed(work.declaration, work.url_revision, False, (), ())
        await services.db.write(
            lambda tx: amendments.insert(tx, work.row, revision, edit, wish, services.desk.clock())
        )
    return word["key"], key


def wrong_tokens(known: Iterable[str]) -> list[str]:
    one = next(iter(known))
    handle, _, secret = one.removeprefix("coord_").partition("_")
    return [
        "-", "x", "coord_", f"coord_{handle}_", f"coord_{handle}_{secret[:-1]}x", f"{one}x",
        f"coord_aaaaaaaa_{secret}", one.upper(), f"coord_{handle}' OR 1=1 --_{secret}",
    ]  # fmt: skip


async def test_nothing_is_offered_without_a_valid_token(
    here: Besieged, at: tuple[str, str]
) -> None:
    before = here.everything()
    table = await calls(here)
    assert len(table) >= 15
    for method, path in table:
        for token in wrong_tokens(here.tokens.values())[: 2 if method == "GET" else 9]:
            headers = {"Authorization": f"Bearer {token}", "If-Match": "*"}
            url = f"{here.origin}/api/v1{filled(path, *at)}"
            answer = await here.http.request(method, url, headers=headers, json={})
            assert answer.status_code == 401, (method, path)
            assert answer.headers["www-authenticate"].startswith("Bearer")
    assert here.everything() == before


async def test_each_role_does_only_what_it_covers(here: Besieged, at: tuple[str, str]) -> None:
    before = here.everything()
    for method, path in await calls(here):
        name = name_of(path)
        usual = MODERATING if path.startswith("/responses") else PUBLISHING
        for role in LOOKING - MAY.get((method, name), usual):
            body = BODIES.get(name, {"content": "Said.", "form": "note", "publish": True})
            answer = await here.api(method, filled(path, *at), body, role=role, If_Match="*")
            assert answer.status_code == 403, (method, path, role, answer.text)
    assert here.everything() == before


async def test_a_token_speaks_for_its_own_coordinations_only(
    here: Besieged, at: tuple[str, str]
) -> None:
    async with here.desk() as services:
        token = await tokens.create(services.desk, OPERATOR, "Somebody", "admin", ["pits"])
    before = here.everything()
    for method, path in await calls(here):
        url = f"{here.origin}/api/v1{filled(path, *at)}"
        headers = {"Authorization": f"Bearer {token}", "If-Match": "*"}
        body = BODIES.get(name_of(path), {"content": "Said.", "form": "note"})
        answer = await here.http.request(method, url, headers=headers, json=body)
        assert answer.status_code in {403, 404}, (method, path, answer.text)
    assert here.everything() == before


async def test_a_revoked_token_is_none(here: Besieged) -> None:
    async with here.desk() as services:
        token = await tokens.create(services.desk, OPERATOR, "Somebody", "admin")
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{here.origin}/api/v1/actors/pits/declarations"
        assert (await here.http.get(url, headers=headers)).status_code == 200
        await tokens.revoke(services.desk, OPERATOR, token)
    assert (await here.http.get(url, headers=headers)).status_code == 401


async def test_tokens_roles_and_blocks_are_not_offered_over_the_net(here: Besieged) -> None:
    for path in ("/tokens", "/blocks", "/keys", "/audit", "/people", "/actors/pits/tokens"):
        for method in ("GET", "POST", "DELETE"):
            answer = await here.api(method, path, {"role": "admin"})
            assert answer.status_code == 404, path


async def test_private_keys_lie_sealed_and_only_for_us(here: Besieged) -> None:
    keys = here.rows("SELECT private_key FROM keys")
    assert keys
    assert all(b"PRIVATE" not in bytes(row["private_key"]) for row in keys)
    for name in ("instance.key", "coord.db"):
        assert (here.server.folder / name).stat().st_mode & 0o077 == 0, name
