"""Forms with a file in them, over HTTP: how much is read, how much is kept, what is no form."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import photographs
import pytest
import pytest_asyncio
from desk_album import LARGEST, TYPED, WRITE, kept, send
from desk_browser import OURS, Desk, at_desk
from running_site import BROWSER, Site, running_site

from fediverse_coord.web.console import parts

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    folder = tmp_path_factory.mktemp("album")
    async with running_site(folder, "pits", "quays", largest=LARGEST) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def desk(site: Site) -> AsyncIterator[Desk]:
    async with at_desk(site) as entered:
        yield entered


async def test_200_megabytes_are_let_go_and_the_form_comes_back_with_every_word(
    site: Site, desk: Desk
) -> None:
    await desk.get(WRITE)
    form, boundary = desk.form("/write"), "b" * 20
    pairs = [one for one in form.filled(alt__en="A gate", **TYPED) if one[0] != "picture"]

    def part(name: str, value: str) -> bytes:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        return f"{head}{value}\r\n".encode()

    async def body() -> AsyncIterator[bytes]:
        yield f'--{boundary}\r\nContent-Disposition: form-data; name="picture"; '.encode()
        yield b'filename="x.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n\x1a\n'
        megabyte = bytes(1_000_000)
        for _ in range(200):
            yield megabyte
        yield b"\r\n"
        for name, value in [*pairs, ("do", "picture")]:
            yield part(name, value)
        yield f"--{boundary}--\r\n".encode()

    tracemalloc.start()
    try:
        desk.answer = await desk.client.post(
            form.action,
            content=body(),
            headers={
                **BROWSER, **OURS, "Content-Type": f"multipart/form-data; boundary={boundary}",
            },
            timeout=120,
        )  # fmt: skip
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 20_000_000
    assert desk.answer.status_code == 422
    assert "more than 2 MB" in desk.alerts
    assert kept(desk.form("/write")) == TYPED


async def test_more_than_is_let_go_is_not_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "LET_GO", 1_000_000)
    await desk.get(WRITE)
    await send(desk, bytes(9_000_000), alt__en="x", **TYPED)
    assert desk.answer.status_code == 413


async def test_a_picture_that_waits_behind_too_many_is_asked_for_again(
    site: Site, desk: Desk
) -> None:
    darkroom = site.services.desk.darkroom
    await desk.get(WRITE)
    places, darkroom.places = darkroom.places, 0
    try:
        await send(desk, photographs.plain(), alt__en="A gate", **TYPED)
    finally:
        darkroom.places = places
    assert "in a minute" in desk.alerts
    assert kept(desk.form("/write")) == TYPED


def broken() -> Iterator[tuple[str, bytes]]:
    head = b'--b\r\nContent-Disposition: form-data; name="do"\r\n\r\npicture\r\n'
    yield "multipart/form-data; boundary=b", head
    yield "multipart/form-data; boundary=other", head + b"--b--\r\n"
    yield "multipart/form-data", head + b"--b--\r\n"
    yield "multipart/form-data; boundary=" + "b" * 500, head
    yield "multipart/form-data; boundary=b", b"--b\r\n" + b"X: " + b"y" * 9_000 + b"\r\n\r\n"
    yield "multipart/form-data; boundary=b", b""
    fields = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n\r\n' for _ in range(9_001)
    )
    yield "multipart/form-data; boundary=b", fields + b"--b--\r\n"


@pytest.mark.parametrize("case", list(broken()), ids=lambda one: f"{one[0][:40]} {len(one[1])}")
async def test_a_form_that_is_cut_off_or_none_is_refused(
    desk: Desk, case: tuple[str, bytes]
) -> None:
    headers = {**BROWSER, **OURS, "Content-Type": case[0]}
    answer = await desk.client.post(WRITE, content=case[1], headers=headers)
    assert answer.status_code == 422
    assert "This form could not be read" in answer.text


async def test_who_is_logged_in_may_send_a_picture_over_a_slow_line_and_nobody_else(
    tmp_path: Path,
) -> None:
    async with running_site(tmp_path, "pits", patience=0.5) as site, at_desk(site) as desk:
        await desk.get(WRITE)
        pairs = [*desk.form("/write").filled(alt__en="A gate", **TYPED), ("do", "picture")]
        files = [("picture", ("a.jpg", photographs.plain()))]
        whole = desk.client.build_request("POST", WRITE, data=dict(pairs), files=files)

        async def slowly() -> AsyncIterator[bytes]:
            content = whole.read()
            yield content[:500]
            await asyncio.sleep(1.2)
            yield content[500:]

        kind = {"Content-Type": whole.headers["Content-Type"]}
        answer = await desk.client.post(WRITE, content=slowly(), headers=BROWSER | OURS | kind)
        assert answer.status_code == 200
        assert "The file is here" in answer.text
        with pytest.raises(httpx.HTTPError):  # answered 408 and ended, while it still sends
            await desk.client.post(
                "/console/leave", content=slowly(), headers=BROWSER | OURS | kind
            )
        desk.client.cookies.clear()
        with pytest.raises(httpx.HTTPError):
            await desk.client.post(WRITE, content=slowly(), headers=BROWSER | OURS | kind)
