"""Pictures as weapons: against the server, against readers, and against who took them."""

import asyncio
import struct
import zlib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import photographs
import pytest
from besieged import PAGE, Besieged, reply
from peers import Peer

ALT = {"alt[en]": "A gate"}
LATITUDE = b"".join(struct.pack("<II", *one) for one in ((51, 1), (33, 1), (49, 4)))


async def sent(
    here: Besieged, content: bytes, *, role: str = "editor", name: str = "photo.png", **more: str
) -> httpx.Response:
    return await here.http.post(
        f"{here.origin}/api/v1/media",
        data={"actor": "pits", **ALT, **more},
        files={"file": (name, content, "image/png")},
        headers={"Authorization": f"Bearer {here.tokens[role]}"},
    )


def kept(here: Besieged) -> set[str]:
    return {str(one) for one in (here.server.folder / "media").glob("*")}


WEAPONS = {
    "a program in an SVG": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "a page": b"<!doctype html><script>alert(1)</script>",
    "an archive": b"PK\x03\x04" + bytes(3_000),
    "an archive behind a PNG's first bytes": b"\x89PNG\r\n\x1a\nPK\x03\x04" + bytes(3_000),
    "a page behind a JPEG's first bytes": b"\xff\xd8\xff\xe0<html><script>alert(1)</script>",
    "a document of ours": b'{"type": "Person", "id": "https://here.example/actors/pits"}',
    "a bomb": photographs.bomb(),
    "a bomb that lies": photographs.bomb(7_000, 7_000),
    "half a picture": photographs.plain(size=(900, 900))[:2_000],
    "an endless head": b"\x89PNG\r\n\x1a\n" + b"\x7f\xff\xff\xffIHDR" + bytes(5_000),
    "a PostScript program": b"%!PS-Adobe-3.0 EPSF-3.0\n/x { x } def x\n",
    "an animation": photographs.moving("PNG"),
}


@pytest.mark.parametrize("weapon", WEAPONS.values(), ids=WEAPONS)
async def test_a_weapon_is_refused_in_a_sentence_and_leaves_nothing(
    here: Besieged, weapon: bytes
) -> None:
    before, rows = kept(here), here.rows("SELECT * FROM media")
    answer = await sent(here, weapon)
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert (fault["field"], len(fault["detail"]) > 20) == ("file", True)
    assert (kept(here), here.rows("SELECT * FROM media")) == (before, rows)


@pytest.mark.parametrize(
    "hidden", [b"<script>alert('heron')</script>", b"PK\x03\x04 heron", b"\xff\xd8 heron"]
)
async def test_what_rides_on_a_picture_does_not_arrive(here: Besieged, hidden: bytes) -> None:
    content = photographs.plain("PNG")
    carried = content[:33] + hidden_chunk(hidden) + content[33:] + hidden
    answer = await sent(here, carried, name="../../x.html")
    assert answer.status_code == 201, answer.text
    for url in answer.json()["urls"].values():
        file = await here.get(url)
        assert b"heron" not in file.content
        assert file.headers["content-type"] == "image/jpeg"


def hidden_chunk(content: bytes) -> bytes:
    body = b"tEXtComment\0" + content
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))


async def test_nobody_finds_out_where_a_picture_was_taken(here: Besieged) -> None:
    """Not on any page, in any document or file, and not on the server's disk."""
    content = photographs.telling(size=(1300, 800))
    assert photographs.SECRETS[0] in content
    (made,) = [(await sent(here, content)).json()]
    text = f"![A gate](media:{made['key']})"
    word = await here.publish(
        content=text, hero=made["key"], form="article", title="Gate", summary="Gate."
    )
    seen = [await here.get(word["url"], **PAGE), await here.get(f"/api/v1/media/{made['key']}")]
    seen += [await here.get(url) for url in made["urls"].values()]
    seen += [await here.get(word["id"], Accept="application/activity+json")]
    told = b"".join(one.content for one in seen) + on_the_disk(here.server.folder)
    secrets = [*photographs.SECRETS, LATITUDE]
    # Coordinators' names are in the database: those of the tests are of the same family.
    assert [one for one in secrets if one in told and one != b"Quillfeather"] == []


def on_the_disk(folder: Path) -> bytes:
    return b"".join(one.read_bytes() for one in folder.rglob("*") if one.is_file())


async def test_many_large_pictures_at_once_wait_or_come_back(here: Besieged) -> None:
    """Few are held in memory; the server answers others meanwhile."""
    content = photographs.plain(size=(5_000, 4_000))
    pictures = [asyncio.create_task(sent(here, content)) for _ in range(16)]
    pages = [await here.get("/about", **PAGE) for _ in range(5)]
    assert {one.status_code for one in pages} == {200}
    answers = [await one for one in pictures]
    assert {one.status_code for one in answers} <= {201, 503}
    assert 201 in {one.status_code for one in answers}
    assert all(one.headers["retry-after"] for one in answers if one.status_code == 503)


async def test_a_response_shows_no_picture_not_even_ours(here: Besieged, far: Peer) -> None:
    made = (await sent(here, photographs.plain())).json()
    url = made["urls"]["page"]
    word: dict[str, Any] = await here.publish("dockers")
    ann = far.person("ann")
    html = f'<p>Heron <img src="{url}" alt="at noon"> ![x](media:{made["key"]})</p>'
    picture = {"type": "Image", "url": url, "name": "Heron"}
    note = reply(ann, word["id"], "1", content=html, attachment=[picture], image=picture)
    assert await here.told(ann, ann.create(note)) == 202
    await here.until_page(word["url"], lambda page: "Heron at noon" in page)
    page = await here.page(word["url"])
    assert url not in page
    assert "<img" not in page[page.index("Heron at noon") :]


@pytest.mark.parametrize(
    "text",
    [
        '![A gate](media:{key}" onerror="alert(1))',
        "![<script>alert(1)</script>](media:{key})",
        '![A gate](media:{key} "<script>alert(1)</script>")',
        '![" onerror="alert(1)](media:{key})',
        "![A gate](javascript:alert(1))",
        "![A gate](data:image/svg+xml,<svg/onload=alert(1)>)",
        "![A gate](//evil.example/x.png)",
        '<img src="https://evil.example/x.png">',
    ],
)
async def test_words_around_a_picture_stay_words(here: Besieged, text: str) -> None:
    made = (await sent(here, photographs.plain())).json()
    content = text.replace("{key}", made["key"])
    body = {"form": "article", "title": "Gate", "summary": "Gate.", "content": content}
    answer = await here.api("POST", "/actors/pits/declarations", body | {"publish": True})
    assert answer.status_code in {201, 422}, answer.text
    if answer.status_code == 201:
        for tag, attributes in elements(await here.page(answer.json()["url"])):
            assert tag != "script"
            assert not [name for name in attributes if name.startswith("on")]
            assert tag != "img" or str(attributes["src"]).startswith(f"{here.origin}/media/")


def elements(page: str) -> list[tuple[str, dict[str, str | None]]]:
    """Each element with its attributes, as a browser reads them."""
    found: list[tuple[str, dict[str, str | None]]] = []
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, attrs: found.append((tag, dict(attrs)))  # type: ignore[method-assign]
    reader.feed(page)
    return found
