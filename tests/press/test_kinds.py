"""Which kind of file it is, by how it begins; and what is said of what people send instead."""

import io
import zipfile

import leaflets
import photographs
import pytest
import soundtracks

from fediverse_coord.errors import Refusal
from fediverse_coord.press.kinds import kind_of


def packed(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, "application/vnd.oasis.opendocument.text")
    return out.getvalue()


@pytest.mark.parametrize("form", soundtracks.FORMS)
def test_every_packing_of_sound_is_known(form: str) -> None:
    assert kind_of(soundtracks.told(form)) == "recording"


def test_pictures_and_documents_are_known() -> None:
    assert kind_of(leaflets.telling()) == "document"
    assert {kind_of(photographs.plain(form)) for form in ("JPEG", "PNG", "WEBP")} == {"picture"}


TOLD = {
    "Word": (packed("[Content_Types].xml", "word/document.xml"), "office document"),
    "LibreOffice": (packed("mimetype", "content.xml"), "office document"),
    "old Word": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "office document"),
    "RTF": (b"{\\rtf1\\ansi Words.}", "office document"),
    "an archive": (packed("photo.jpg"), "ZIP"),
    "a text": ("Wir hören auf.\nUm zwölf.\n".encode(), "plain text: put it into the declaration"),
    "a film": (b"\x1aE\xdf\xa3webm" + bytes(90), "film"),
    "a page": (b"<html>Words and words.</html>", "page or document"),
    "bytes": (bytes(range(1, 256)) * 9, "nothing that is taken"),
    "nothing": (b"", "empty"),
}


@pytest.mark.parametrize("content, told", TOLD.values(), ids=TOLD)
def test_what_is_sent_instead_is_told_with_what_to_do(content: bytes, told: str) -> None:
    with pytest.raises(Refusal, match=told):
        kind_of(content)
