"""Recordings and documents that are weapons: sent by somebody with a token, met by nobody."""

from collections.abc import Callable

import httpx
import leaflets
import photographs
import pytest
import soundtracks
from besieged import Besieged

ALT = {"alt[en]": "A recording"}
MP3, PDF = soundtracks.told("MP3"), leaflets.telling()
PAGE = b"<html><script>alert(document.domain)</script>"


async def sent(here: Besieged, content: bytes, name: str = "voice.mp3") -> httpx.Response:
    return await here.http.post(
        f"{here.origin}/api/v1/media",
        data={"actor": "pits", **ALT},
        files={"file": (name, content, "audio/mpeg")},
        headers={"Authorization": f"Bearer {here.tokens['editor']}"},
        timeout=120,
    )


def kept(here: Besieged) -> set[str]:
    return {str(one) for one in (here.server.folder / "media").glob("*")}


ROWS = ("media", "media_files", "media_enclosed", "media_texts")


def rows(here: Besieged) -> list[object]:
    return [tuple(one) for table in ROWS for one in here.rows(f"SELECT * FROM {table}")]


WEAPONS: dict[str, bytes | Callable[[], bytes]] = {
    "a page behind an ID3 tag": b"ID3\x03\x00\x00\x00\x00\x00\x10" + PAGE * 20,
    "a page behind an Ogg's first bytes": b"OggS" + PAGE * 20,
    "a page behind a PDF's first bytes": b"%PDF-1.7\n" + PAGE * 20,
    "an archive behind a WAV's first bytes": b"RIFF\xff\xff\xff\x7fWAVEPK\x03\x04" + bytes(900),
    "half an MP4": soundtracks.told("M4A")[:500],
    "an MP4 that names another file": b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00"
    b"\x00\x00\x00\x2cmoov\x00\x00\x00\x24rdrf\x00\x00\x00\x00url \x00\x00\x00\x0cfile:///etc/passwd",
    "a playlist": b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
    "three hours of silence": lambda: soundtracks.of_hours(3),
    "a WAV that says it is endless": b"RIFF\xff\xff\xff\xffWAVEfmt \x10\x00\x00\x00\x01\x00\xff\xff"
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x10\x00data\xff\xff\xff\xff",
    "a film": soundtracks.film,
    "a locked PDF": leaflets.locked,
    "a PDF that unfolds to a gigabyte": leaflets.bomb,
    "a PDF whose pages hold themselves": leaflets.endless,
    "half a PDF": PDF[:400],
    "a Word document": b"PK\x03\x04\x14\x00\x00\x00\x00\x00word/document.xml",
    "a text": b"Thessaly Quillfeather wrote this.\n",
}


@pytest.mark.parametrize("weapon", WEAPONS.values(), ids=WEAPONS)
async def test_a_weapon_is_refused_in_a_sentence_and_leaves_nothing(
    here: Besieged, weapon: bytes | Callable[[], bytes]
) -> None:
    before = kept(here), rows(here)
    answer = await sent(here, weapon if isinstance(weapon, bytes) else weapon())
    assert answer.status_code == 422, answer.text
    (fault,) = answer.json()["errors"]
    assert (fault["field"], len(fault["detail"]) > 20) == ("file", True)
    assert "Traceback" not in answer.text
    assert (kept(here), rows(here)) == before


@pytest.mark.parametrize(
    "content, name, ending",
    [
        (MP3 + PAGE, "voice.html", ".mp3"),
        (MP3 + PDF, "voice.pdf", ".mp3"),
        (PDF + PAGE, "leaflet.html", ".pdf"),
        (PDF, "leaflet.mp3", ".pdf"),
        (PDF + photographs.plain(), "leaflet.jpg", ".pdf"),
    ],
)
async def test_of_what_is_two_things_at_once_only_what_we_made_is_served(
    here: Besieged, content: bytes, name: str, ending: str
) -> None:
    answer = await sent(here, content, name)
    assert answer.status_code == 201, answer.text
    served = await here.http.get(answer.json()["enclosed"]["url"])
    assert answer.json()["enclosed"]["url"].endswith(ending)
    assert served.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in served.headers["content-security-policy"]
    assert served.headers["content-type"] in {"audio/mpeg", "application/pdf"}
    for secret in (PAGE, *soundtracks.SECRETS, *leaflets.SECRETS):
        assert secret not in served.content
    assert name not in f"{served.headers} {answer.text}"


@pytest.mark.parametrize("name", ["../config.toml", "%2e%2e%2fconfig.toml", "..%2finstance.key"])
@pytest.mark.parametrize("asked", ["bytes=0-", "bytes=0-99"])
async def test_a_part_of_another_file_is_not_had_by_its_path(
    here: Besieged, name: str, asked: str
) -> None:
    for ending in ("", ".mp3", ".pdf"):
        path = f"{here.origin}/media/{name}{ending}"
        answer = await here.http.get(path, headers={"Range": asked})
        assert answer.status_code in {404, 400}


async def test_a_name_of_ours_without_a_file_is_nothing(here: Besieged) -> None:
    for ending in ("mp3", "pdf"):
        answer = await here.http.get(f"{here.origin}/media/{'a' * 64}.{ending}")
        assert answer.status_code == 404
