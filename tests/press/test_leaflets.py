"""Strangers' PDF files: what is printed of them, in a process that can reach nothing."""

import io

import leaflets
import pypdfium2
import pytest
from pypdf import PdfReader

from fediverse_coord.errors import Refusal
from fediverse_coord.press.leaflets import Leaflet, reprinted


@pytest.fixture(scope="module")
def made() -> Leaflet:
    return reprinted(leaflets.telling(), 10)


def test_nothing_but_the_look_of_the_pages_is_in_what_we_serve(made: Leaflet) -> None:
    given = leaflets.telling()
    inside = given + b"".join(_streams(given))
    assert [one for one in leaflets.SECRETS if one not in inside] == []
    served = [made.content, *_streams(made.content), *(one.content for one in made.prints)]
    assert [one for one in leaflets.SECRETS for part in served if one in part] == []


def _streams(content: bytes) -> list[bytes]:
    """Every stream of the file, unpacked as far as that goes."""
    found = []
    reader = PdfReader(io.BytesIO(content))
    for number in range(1, int(reader.trailer["/Size"])):
        one = reader.get_object(number)
        if hasattr(one, "get_data"):
            found += [one._data, one.get_data()]
    return found


def test_no_program_attachment_link_or_author_is_left(made: Leaflet) -> None:
    reader = PdfReader(io.BytesIO(made.content), strict=True)
    assert reader.metadata is None
    assert dict(reader.attachments) == {}
    assert set(reader.root_object) == {"/Type", "/Pages"}
    kinds = {key for page in reader.pages for key in page}
    assert kinds == {"/Type", "/Parent", "/MediaBox", "/Contents", "/Resources"}


def test_what_lay_below_a_black_bar_is_gone_and_the_rest_looks_the_same(made: Leaflet) -> None:
    assert not any(page.extract_text() for page in PdfReader(io.BytesIO(made.content)).pages)
    assert "HIDDEN-SECRET" in PdfReader(io.BytesIO(leaflets.telling())).pages[0].extract_text()
    before, after = (
        pypdfium2.PdfDocument(one)[0].render(scale=0.5).to_pil().convert("L")
        for one in (leaflets.telling(), made.content)
    )
    assert before.size == after.size
    points = zip(before.tobytes(), after.tobytes(), strict=True)
    assert sum(abs(one - other) for one, other in points) / len(before.tobytes()) < 6


def test_the_first_page_is_a_picture_in_every_size(made: Leaflet) -> None:
    assert made.pages == 2
    assert [one.size for one in made.prints] == ["page", "small", "card"]
    small = made.prints[1]
    assert (max(small.width, small.height), small.media_type) == (480, "image/jpeg")


REFUSED = {
    "a locked one": (leaflets.locked(), "locked with a password"),
    "half of one": (leaflets.telling()[:300], "cut off or damaged"),
    "a page behind its first bytes": (b"%PDF-1.7\n<html><script>alert(1)</script>", "damaged"),
    "an archive behind its first bytes": (b"%PDF-1.7\nPK\x03\x04" + bytes(500), "damaged"),
    "a tree of pages that holds itself": (leaflets.endless(), "document"),
}


@pytest.mark.parametrize("content, told", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_printed_is_refused_in_a_sentence(content: bytes, told: str) -> None:
    with pytest.raises(Refusal, match=told):
        reprinted(content, 10)


def test_more_pages_than_may_be_are_refused_with_what_to_do() -> None:
    with pytest.raises(Refusal, match="more than 1 pages: send its parts"):
        reprinted(leaflets.telling(2), 1)


def test_what_unfolds_to_a_gigabyte_is_refused_and_takes_no_memory_of_ours() -> None:
    content = leaflets.bomb()
    assert len(content) < 3_000_000
    with pytest.raises(Refusal, match="document"):
        reprinted(content, 10)


def test_who_takes_too_long_is_ended() -> None:
    with pytest.raises(Refusal, match="takes too long"):
        reprinted(leaflets.telling(), 10, seconds=0.01)
