"""The form that pictures come in: its fields, its bounds, and the same form sent twice."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx
import photographs
import pytest
import pytest_asyncio
from picturing import ALTS, Picturing, picturing
from running_site import Site, problem_of, running_site

from fediverse_coord.storage import media

pytestmark = pytest.mark.asyncio(loop_scope="module")

LARGEST = 300_000
SMALL = photographs.plain()
FORM = {"Content-Type": "multipart/form-data; boundary=b"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    folder = tmp_path_factory.mktemp("forms")
    async with running_site(folder, "pits", largest=LARGEST) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def here(site: Site) -> Picturing:
    return await picturing(site)


def part(name: str, content: bytes, more: str = "") -> bytes:
    head = f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def form(**fields: bytes) -> bytes:
    parts = [part("file", SMALL, '; filename="a.jpg"')]
    parts += [part(name, content) for name, content in fields.items()]
    return b"".join(parts) + b"--b--\r\n"


async def told(here: Picturing, content: bytes, **headers: str) -> dict[str, str]:
    """The faulty fields of a form that is refused."""
    named = FORM | {"Authorization": f"Bearer {here.token}"} | headers
    answer = await here.site.reader.post("/api/v1/media", content=content, headers=named)
    assert answer.status_code == 422, answer.text
    return {one["field"]: one["detail"] for one in answer.json()["errors"]}


async def test_every_missing_or_unknown_field_is_named(here: Picturing) -> None:
    before = here.pictures()
    assert "say what the picture shows" in (await told(here, form(actor=b"pits")))["alt"]
    assert set(await told(here, form(**{"alt[en]": b"A gate"}))) == {"actor"}
    wrong = form(actor=b"pits", **{"alt[english]": b"x", "alt[en]": b"x" * 1_501})
    assert set(await told(here, wrong)) == {"alt.english", "alt.en"}
    assert set(await told(here, form(actor=b"pits", alt=b"x"))) == {"alt"}
    as_text = part("file", SMALL) + part("actor", b"pits") + b"--b--\r\n"
    assert set(await told(here, as_text)) == {"file"}
    assert here.pictures() == before


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (form(actor=b"pits"), "application/json", 415),
        (b"", "multipart/form-data", 400),
        (b"", "multipart/form-data; boundary=b", 400),
        (b"nonsense", "multipart/form-data; boundary=b", 400),
        (form(actor=b"pits")[:300], "multipart/form-data; boundary=b", 400),
        (part("file", b"") * 3 + b"--b--\r\n", "multipart/form-data; boundary=b", 422),
        (part("file", b"", '; filename="a"') * 3, "multipart/form-data; boundary=b", 400),
        (part("x", b"") * 500 + b"--b--\r\n", "multipart/form-data; boundary=b", 400),
    ],
)
async def test_what_is_no_form_is_refused(
    here: Picturing, content: bytes, content_type: str, status: int
) -> None:
    headers = {"Content-Type": content_type, "Authorization": f"Bearer {here.token}"}
    answer = await here.site.reader.post("/api/v1/media", content=content, headers=headers)
    assert answer.status_code == status, answer.text
    assert problem_of(answer)["detail"]


async def test_a_picture_over_the_limit_is_refused_by_its_size(here: Picturing) -> None:
    answer = await here.send(photographs.plain(size=(60, 40)) + bytes(LARGEST))
    assert (answer.status_code, f"{LARGEST:,} bytes" in answer.text) == (413, True)
    answer = await here.send(photographs.plain() + bytes(LARGEST - len(SMALL)))
    assert answer.status_code == 201


async def test_two_hundred_megabytes_are_not_read(here: Picturing) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield part("actor", b"pits")
        for _ in range(200):
            sent += 1
            yield bytes(1_000_000)

    headers = FORM | {"Authorization": f"Bearer {here.token}"}
    path = "/api/v1/media"
    # Whoever goes on sending after the answer may find the connection closed (RFC 9112 9.6).
    with contextlib.suppress(httpx.ReadError, httpx.WriteError):
        answer = await here.site.reader.post(path, content=endless(), headers=headers)
        assert answer.status_code == 413
    assert sent < 100


async def test_two_hundred_megabytes_that_are_told_are_not_waited_for(here: Picturing) -> None:
    port = int(here.site.origin.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    fields = FORM | {"Host": "pits", "Authorization": f"Bearer {here.token}"}
    head = [f"{name}: {value}" for name, value in fields.items()]
    head = ["POST /api/v1/media HTTP/1.1", *head, "Content-Length: 200000000", "", ""]
    writer.write("\r\n".join(head).encode())
    answer = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"connection: close" in answer.lower()


async def test_the_same_form_sent_again_is_one_picture(here: Picturing, site: Site) -> None:
    """Whoever sends it again separates its parts by other words."""
    first = await here.send(SMALL, Idempotency_Key="gate")
    again = await here.send(SMALL, Idempotency_Key="gate")
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json()
    other = await here.send(SMALL, alts=ALTS | {"fr": "La porte"}, Idempotency_Key="gate")
    assert other.status_code == 422
    one = await media.by_key(site.services.db, first.json()["key"])
    assert one is not None


async def test_who_finds_no_place_is_asked_to_come_back(here: Picturing, site: Site) -> None:
    darkroom = site.services.desk.darkroom
    places = [darkroom.place() for _ in range(darkroom.places)]
    assert [one.__enter__() for one in places] == [True] * darkroom.places
    answer = await here.send(SMALL)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    for one in places:
        one.__exit__(None, None, None)
    assert (await here.send(SMALL)).status_code == 201
