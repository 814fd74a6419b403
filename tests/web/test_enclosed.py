"""Recordings and documents, sent by a coordinator and met on pages, in feeds and elsewhere."""

import json
from collections.abc import AsyncIterator

import leaflets
import photographs
import pytest
import pytest_asyncio
import soundtracks
from picturing import Picturing, picturing
from running_site import Site, problem_of, running_site

pytestmark = pytest.mark.asyncio(loop_scope="module")

HEARD = {"en": "The demands, read aloud", "de": "Die Forderungen, vorgelesen"}
TITLE = {"en": "Leaflet <of> May", "de": "Flugblatt"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running_site(tmp_path_factory.mktemp("enclosed"), "pits") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def here(site: Site) -> Picturing:
    return await picturing(site)


async def sent(here: Picturing, form: str = "M4A", pages: int = 3) -> tuple[dict, dict]:
    heard = await here.taken_in(soundtracks.told(form), alts=HEARD)
    read = await here.taken_in(leaflets.telling(pages), alts=TITLE)
    return heard, read


def text_with(heard: dict, read: dict) -> str:
    return (
        f"![{HEARD['en']}](media:{heard['key']})\n\nWe stop.\n\n"
        f"![Leaflet \\<of\\> May](media:{read['key']})\n"
    )


async def test_what_is_sent_is_told_with_its_length(here: Picturing) -> None:
    heard, read = await sent(here)
    assert (heard["kind"], read["kind"]) == ("recording", "document")
    told = heard["enclosed"]
    assert (told["media_type"], told["seconds"], told["pages"]) == ("audio/mpeg", 2, 0)
    assert (read["enclosed"]["media_type"], read["enclosed"]["pages"]) == ("application/pdf", 3)
    assert (await here.taken_in(photographs.plain()))["enclosed"] is None


async def test_a_page_plays_the_recording_and_names_the_document(here: Picturing) -> None:
    heard, read = await sent(here)
    made = await here.publish(content=text_with(heard, read))
    answer = await here.site.reader.get(made["url"])
    assert "media-src 'self'" in answer.headers["content-security-policy"]
    page = await here.page(made["url"])
    (player,) = page.all("audio")
    assert player["src"] == heard["enclosed"]["url"]
    assert (player["preload"], player["aria-label"]) == ("none", HEARD["en"])
    assert "Length" in page.text
    assert "0:02" in page.text
    assert "Pages: 3" in page.text
    links = [one["href"] for one in page.all("a") if one.get("type") == "application/pdf"]
    assert read["enclosed"]["url"] in links
    assert page.text.count("Leaflet <of> May") == 1
    assert page.text.count(HEARD["en"]) == 1


async def test_each_language_has_its_own(here: Picturing) -> None:
    heard, read = await sent(here)
    made = await here.publish(content=text_with(heard, read))
    german = {"title": "Das Tor", "summary": "Am Tor.", "content": "Ohne Ton."}
    path = f"/declarations/{made['key']}/versions/de"
    assert (await here.call("PUT", path, german, If_Match="*")).status_code in {200, 201}
    assert not (await here.page(f"{made['url']}?lang=de")).all("audio")
    assert (await here.page(made["url"])).all("audio")


@pytest.mark.parametrize("form", ["note", "article"])
async def test_other_servers_get_it_as_an_attachment_where_that_shows_more(
    here: Picturing, form: str
) -> None:
    heard, read = await sent(here)
    words = {"title": None, "summary": None} if form == "note" else {}
    made = await here.publish(content=text_with(heard, read), form=form, **words)
    document = await here.document(made["id"])
    audio = document["attachment"][0]
    assert audio == {
        "type": "Audio", "mediaType": "audio/mpeg", "url": heard["enclosed"]["url"],
        "name": HEARD["en"], "duration": "PT2S",
    }  # fmt: skip
    documents = [one for one in document["attachment"] if one["type"] == "Document"]
    assert [one["name"] for one in documents] == (["Leaflet <of> May"] if form == "note" else [])
    for one in (heard, read):
        assert f'href="{one["enclosed"]["url"]}"' in document["content"]
    assert "<audio" not in document["content"]


async def test_feeds_and_plain_text_carry_them(here: Picturing) -> None:
    heard, read = await sent(here)
    made = await here.publish(content=text_with(heard, read))
    reader = here.site.reader
    feed = json.loads((await reader.get("/@pits/feed.json")).content)
    (item,) = [one for one in feed["items"] if one["url"] == made["url"]]
    known = {one["url"]: one for one in item["attachments"]}
    assert known[heard["enclosed"]["url"]]["mime_type"] == "audio/mpeg"
    assert known[read["enclosed"]["url"]]["size_in_bytes"] == read["enclosed"]["bytes"]
    atom = (await reader.get("/@pits/feed.atom")).text
    assert f'href="{heard["enclosed"]["url"]}"' in atom
    assert f'length="{heard["enclosed"]["bytes"]}"' in atom
    plain = (await reader.get(f"{made['url']}.txt")).text
    assert f"{HEARD['en']}: {heard['enclosed']['url']}" in plain


async def test_a_recording_is_served_whole_and_in_parts(here: Picturing) -> None:
    heard, _ = await sent(here)
    url, size = heard["enclosed"]["url"], heard["enclosed"]["bytes"]
    reader = here.site.reader
    whole = await reader.get(url)
    assert (whole.status_code, len(whole.content)) == (200, size)
    assert whole.headers["accept-ranges"] == "bytes"
    assert "sandbox" in whole.headers["content-security-policy"]
    assert whole.headers["x-content-type-options"] == "nosniff"
    for asked, start, end in (
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        (f"bytes={size - 5}-", size - 5, size),
        ("bytes=-7", size - 7, size),
        (f"bytes=10-{size * 9}", 10, size),
    ):
        part = await reader.get(url, headers={"Range": asked})
        assert part.status_code == 206
        assert part.content == whole.content[start:end]
        assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{size}"
    for odd in ("bytes=5-1", "bytes=a-b", "bytes=0-1,3-4", "lines=1-2", "bytes=-"):
        assert (await reader.get(url, headers={"Range": odd})).status_code == 200
    late = await reader.get(url, headers={"Range": f"bytes={size}-"})
    assert (late.status_code, late.headers["content-range"]) == (416, f"bytes */{size}")
    other = await reader.get(url, headers={"Range": "bytes=0-4", "If-Range": '"other"'})
    assert (other.status_code, len(other.content)) == (200, size)
    known = await reader.get(url, headers={"If-None-Match": whole.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    head = await reader.head(url)
    assert (head.headers["content-length"], head.content) == (str(size), b"")


async def test_a_document_is_kept_by_browsers_not_opened_in_our_name(here: Picturing) -> None:
    _, read = await sent(here)
    answer = await here.site.reader.get(read["enclosed"]["url"])
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == "attachment"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.content.startswith(b"%PDF-1.4")


async def test_a_text_that_is_withdrawn_takes_them_along(here: Picturing) -> None:
    heard, read = await sent(here, "AMR", 4)  # files of no other text
    made = await here.publish(content=text_with(heard, read))
    path = f"/declarations/{made['key']}/withdraw"
    assert (await here.call("POST", path, {"reason": "Wrong."})).status_code == 200
    for one in (heard, read):
        assert await here.status(one["enclosed"]["url"]) == 404
    assert not (await here.page(made["url"])).all("audio")


async def test_what_lies_there_without_a_row_is_not_served(here: Picturing) -> None:
    for ending in ("mp3", "pdf", "jpg", "png"):
        stray = here.folder / f"{'e' * 64}.{ending}"
        stray.write_bytes(b"stray")
        assert await here.status(f"/media/{stray.name}") == 404


async def test_without_words_for_it_nothing_is_published(here: Picturing) -> None:
    heard, _ = await sent(here)
    refused = await here.refused(content=f"![](media:{heard['key']})\n\nWe stop.")
    assert refused.status_code == 422
    assert [one["field"] for one in problem_of(refused)["errors"]] == ["content"]


async def test_only_a_picture_stands_above_a_text(here: Picturing) -> None:
    heard, read = await sent(here)
    for one in (heard, read):
        refused = await here.refused(hero=one["key"])
        (fault,) = problem_of(refused)["errors"]
        assert (fault["field"], "has to be a picture" in fault["detail"]) == ("hero", True)


async def test_what_nothing_shows_is_deleted_with_its_file(here: Picturing) -> None:
    heard, _ = await sent(here)
    other = await here.taken_in(soundtracks.told("FLAC", 1), alts=HEARD)
    gone = await here.call("DELETE", f"/media/{other['key']}", If_Match="*")
    assert gone.status_code == 204
    assert await here.status(other["enclosed"]["url"]) == 404
    assert await here.status(heard["enclosed"]["url"]) == 200
