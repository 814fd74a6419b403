"""Into the console and out of it: what links and cookies do, what other sites cannot do."""

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
import pytest_asyncio
from desk_browser import FORM, OURS, Desk, at_desk, faults_in
from running_site import BROWSER, Site, running_site
from starlette.responses import Response

from fediverse_coord.desk import drafts, sessions, tokens
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.protocol.uris import Uris
from fediverse_coord.web.console.doors import with_cookie
from fediverse_coord.web.console.paper import POLICY

pytestmark = pytest.mark.asyncio(loop_scope="module")

WRITE = "/console/@pits/write"
LONG = "A long letter that took an hour.\nWith a second line."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(tmp_path_factory.mktemp("doors"), "pits", "quays") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def desk(site: Site) -> AsyncIterator[Desk]:
    async with at_desk(site) as entered:
        yield entered


@pytest_asyncio.fixture(loop_scope="module")
async def stranger(site: Site) -> AsyncIterator[Desk]:
    async with httpx.AsyncClient(base_url=site.origin, follow_redirects=True) as client:
        yield Desk(site, client)


async def link(site: Site, name: str = "Rosa", role: str = "admin") -> str:
    return await sessions.login_link(site.services.desk, OPERATOR, name, role)


async def count(site: Site) -> int:
    return int(str(await site.services.db.fetch_value("SELECT COUNT(*) FROM declarations")))


async def test_looking_at_a_link_uses_nothing_up_and_its_button_works_once(
    site: Site, stranger: Desk
) -> None:
    secret = await link(site)
    for _ in range(3):
        page = await stranger.get(f"/console/enter/{secret}")
        assert stranger.answer.status_code == 200
        assert "set-cookie" not in stranger.answer.headers
        assert list(faults_in(stranger.answer.text)) == []
    head = await stranger.client.head(f"/console/enter/{secret}")
    assert head.status_code == 200
    form = stranger.form("/console/enter")
    await stranger.submit("/console/enter")
    assert stranger.answer.status_code == 200
    assert "Rosa" in stranger.page.text
    assert page.meta("robots") == "noindex"

    stranger.client.cookies.clear()
    await stranger.send(form.filled(), "/console/enter")
    assert (stranger.answer.status_code, len(stranger.client.cookies)) == (410, 0)
    await stranger.get(f"/console/enter/{secret}")
    assert stranger.answer.status_code == 410


async def test_a_link_that_is_too_old_opens_nothing(site: Site, stranger: Desk) -> None:
    desk = site.services.desk
    before = replace(desk, clock=lambda: desk.clock() - timedelta(minutes=15, seconds=1))
    secret = await sessions.login_link(before, OPERATOR, "Rosa", "admin")
    await stranger.get(f"/console/enter/{secret}")
    assert stranger.answer.status_code == 410
    await stranger.send([("secret", secret)], "/console/enter")
    assert (stranger.answer.status_code, len(stranger.client.cookies)) == (410, 0)


async def test_the_cookie_is_for_this_host_and_no_script(site: Site, stranger: Desk) -> None:
    stranger.client.follow_redirects = False
    await stranger.send([("secret", await link(site))], "/console/enter")
    cookie = stranger.answer.headers["set-cookie"]
    parts = {one.strip().lower() for one in cookie.split(";")[1:]}

    assert {"httponly", "samesite=strict", "path=/", "max-age=1209600"} <= parts
    assert not any(one.startswith("domain") for one in parts)
    assert cookie.startswith("coord=")  # http on loopback: no prefix, no Secure
    assert stranger.answer.headers["location"] == "/console"


async def test_over_https_the_cookie_is_bound_to_host_and_https() -> None:
    uris = Uris("https://coord.example")
    cookie = with_cookie(uris, Response(), "secret").headers["set-cookie"]
    parts = {one.strip().lower() for one in cookie.split(";")}

    assert {"__host-coord=secret", "secure", "httponly", "samesite=strict", "path=/"} <= parts
    assert "max-age=0" in with_cookie(uris, Response(), "").headers["set-cookie"].lower()


async def test_a_cookie_brought_along_is_not_taken_over(site: Site, stranger: Desk) -> None:
    stranger.client.cookies.set("coord", "chosen-by-somebody-else")
    await stranger.get(f"/console/enter/{await link(site)}")
    await stranger.submit("/console/enter")
    values = {one.value for one in stranger.client.cookies.jar if one.domain != ""}

    assert "chosen-by-somebody-else" not in values
    stranger.client.cookies.clear()
    stranger.client.cookies.set("coord", "chosen-by-somebody-else")
    await stranger.get("/console")
    assert stranger.answer.status_code == 401


PAGES = ("/console", "/console/@pits", WRITE, "/console/sessions", "/console/@pits/responses")


@pytest.mark.parametrize("path", PAGES)
async def test_without_a_session_every_page_tells_how_to_get_one(stranger: Desk, path: str) -> None:
    await stranger.get(path)
    assert stranger.answer.status_code == 401
    assert "Ask the person who runs your server" in stranger.page.text
    assert list(faults_in(stranger.answer.text)) == []


@pytest.mark.parametrize("path", PAGES)
async def test_no_page_is_kept_framed_or_run(desk: Desk, path: str) -> None:
    await desk.get(path)
    headers = desk.answer.headers
    assert headers["content-security-policy"] == POLICY
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert "etag" not in headers
    assert list(faults_in(desk.answer.text)) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1.evil.example"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
async def test_another_site_does_nothing_here_even_with_the_right_token(
    site: Site, desk: Desk, headers: dict[str, str]
) -> None:
    await desk.get(WRITE)
    before, form = await count(site), desk.form("/write")
    for pairs, path in (
        (form.filled(content__en=LONG), WRITE),
        ([("secret", await link(site))], "/console/enter"),
        ([("csrf", form.value("csrf"))], "/console/leave"),
    ):
        named = {name.replace("-", "_"): value for name, value in headers.items()}
        await desk.send(pairs, path, **named)
        assert desk.answer.status_code == 403
        assert LONG.splitlines()[0] not in desk.answer.text
    assert await count(site) == before
    await desk.get("/console")
    assert desk.answer.status_code == 200


@pytest.mark.parametrize("token", ["", "0" * 64, "é", None])
async def test_without_the_sessions_token_nothing_is_done(
    site: Site, desk: Desk, token: str | None
) -> None:
    work = await site.draft("Guarded")
    url = f"/console/declarations/{work.declaration.key}"
    await desk.get(url)
    for verb in ("publish", "pin", "names", "delete", "withdraw", "redact", "resend"):
        pairs = [("revision", "1"), ("sure", "yes"), ("reason", "x"), ("name", "Guarded")]
        await desk.send(pairs + ([] if token is None else [("csrf", token)]), f"{url}/{verb}")
        assert desk.answer.status_code == 403
    found = await drafts.find(site.services.desk, OPERATOR, work.declaration.key)
    assert found.declaration == work.declaration


async def test_a_token_of_another_session_is_none(site: Site, desk: Desk) -> None:
    async with at_desk(site, "Ana") as other:
        await other.get(WRITE)
        foreign = other.form("/write").value("csrf")
    await desk.get(WRITE)
    before = await count(site)
    await desk.submit("/write", csrf=foreign, content__en=LONG)
    assert (desk.answer.status_code, await count(site)) == (403, before)
    assert LONG in desk.form("/write").value("content.en")


async def test_what_was_typed_outlives_the_session(site: Site, desk: Desk) -> None:
    await desk.get(WRITE)
    form, before = desk.form("/write"), await count(site)
    await sessions.end_all_of(site.services.desk, OPERATOR, "Rosa")
    await desk.send([*form.filled(content__en=LONG, title__en="Kept"), ("do", "save")], form.action)
    assert desk.answer.status_code == 401
    assert "Your session has ended" in desk.alerts
    assert "Text (English)" in desk.page.text
    assert list(faults_in(desk.answer.text)) == []
    kept = desk.form("/write")

    await desk.enter()  # in another tab
    await desk.send(kept.filled(), kept.action)
    assert (desk.answer.status_code, await count(site)) == (403, before)
    assert "nothing was saved yet" in desk.alerts
    again = desk.form("/write")
    assert (again.value("title.en"), again.value("content.en")) == ("Kept", LONG)

    await desk.press("save", "/write", summary__en="A letter.")
    assert (desk.answer.status_code, await count(site)) == (200, before + 1)
    assert "Kept" in desk.page.text


async def test_ten_megabytes_are_refused_with_a_page(site: Site, desk: Desk) -> None:
    await desk.get(WRITE)
    csrf, before = desk.form("/write").value("csrf"), await count(site)
    await desk.send([("csrf", csrf), ("content.en", "x" * 10_000_000)], WRITE)
    assert (desk.answer.status_code, await count(site)) == (413, before)
    assert "your text is still there" in desk.page.text


@pytest.mark.parametrize(
    "content, media_type",
    [
        (b"{}", "application/json"),
        (b"a=b", "text/plain"),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x"),
        (b"&".join([b"a=b"] * 20_000), FORM),
        (b"\xff\xfe=%zz&&&=", FORM),
    ],
)
async def test_what_is_no_form_changes_nothing(desk: Desk, content: bytes, media_type: str) -> None:
    headers = BROWSER | OURS | {"Content-Type": media_type}
    answer = await desk.client.post(WRITE, content=content, headers=headers)
    assert answer.status_code in {403, 422}
    assert list(faults_in(answer.text)) == []


async def test_leaving_ends_the_session_on_the_server(site: Site, desk: Desk) -> None:
    cookie = {one.name: one.value or "" for one in desk.client.cookies.jar}
    await desk.get("/console/sessions")
    await desk.submit("/console/leave")
    assert desk.answer.status_code == 200
    assert "logged out" in desk.page.text
    desk.client.cookies.clear()
    for name, value in cookie.items():
        desk.client.cookies.set(name, value)
    await desk.get("/console")
    assert desk.answer.status_code == 401


async def test_one_sees_and_ends_ones_other_sessions(site: Site) -> None:
    async with at_desk(site, "Ida") as here, at_desk(site, "Ida") as there:
        await here.get("/console/sessions")
        assert here.page.text.count("opened") == 2
        await here.press("others", "/sessions")
        assert "Ended." in here.alerts
        await there.get("/console")
        assert there.answer.status_code == 401
        async with at_desk(site, "Eve") as foreign:
            await foreign.get("/console/sessions")
            handle = foreign.form("/sessions").buttons[0][1]
            csrf = here.form("/sessions").value("csrf")
            await here.send([("csrf", csrf), ("end", handle)], "/console/sessions")
            assert here.answer.status_code == 404
            await foreign.get("/console")
            assert foreign.answer.status_code == 200


async def test_a_revoked_token_takes_its_session_along(site: Site, stranger: Desk) -> None:
    desk = site.services.desk
    token = await tokens.create(desk, OPERATOR, "Nora", "editor")
    secret = await sessions.login_link(desk, OPERATOR, "Nora")
    await stranger.get(f"/console/enter/{secret}")
    await stranger.submit("/console/enter")
    assert stranger.answer.status_code == 200
    await tokens.revoke(desk, OPERATOR, token)
    await stranger.get("/console")
    assert stranger.answer.status_code == 401


async def test_a_secret_stands_in_no_log(
    site: Site, stranger: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    secret = await link(site, "Veryprivate")
    with caplog.at_level(logging.DEBUG, "fediverse_coord"):
        await stranger.get(f"/console/enter/{secret}")
        await stranger.submit("/console/enter")
        await stranger.get("/console/declarations/none")
    ours = [one.__dict__ for one in caplog.records if one.name.startswith("fediverse_coord")]
    cookies = [one.value or "?" for one in stranger.client.cookies.jar]
    assert [one for one in ("Veryprivate", secret, *cookies) if one in str(ours)] == []


async def test_what_was_typed_outlives_a_database_that_is_away(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    async with running_site(tmp_path_factory.mktemp("away"), "pits") as site, at_desk(site) as desk:
        await desk.get(WRITE)
        form = desk.form("/write")
        await site.services.db.close()
        await desk.send([*form.filled(content__en=LONG), ("do", "save")], form.action)
        assert desk.answer.status_code == 503
        assert "press the button in a minute" in desk.alerts
        assert desk.form("/write").value("content.en") == LONG
        await desk.get("/console")
        assert desk.answer.status_code == 503
