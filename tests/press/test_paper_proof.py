"""The proof at the end of a paper: nothing of the file can be another and go unnoticed."""

import io
import random

import pytest
from pypdf import PdfReader, PdfWriter
from sample_papers import pages_of, paper_in

from fediverse_coord.errors import MalformedDocument
from fediverse_coord.press.paper import pdf_of
from fediverse_coord.press.paper_proof import (
    MARK,
    attached_text,
    read_proof,
    sealed_pdf,
)
from fediverse_coord.protocol.algorithms import generate_ed25519
from fediverse_coord.protocol.keys import SigningKey

KEY = SigningKey("https://coord.example/actors/pits#ed25519-key", generate_ed25519())
CREATED = "2026-10-14T12:00:00Z"


@pytest.fixture(scope="module")
def plain() -> bytes:
    return pdf_of(paper_in("en"))


@pytest.fixture(scope="module")
def sealed(plain: bytes) -> bytes:
    return sealed_pdf(plain, KEY, paper_in("en").signed or b"", CREATED)


def is_whole(file: bytes) -> bool:
    try:
        return read_proof(file).holds(file)
    except MalformedDocument:
        return False


def test_a_sealed_paper_names_its_key_and_holds(sealed: bytes) -> None:
    proof = read_proof(sealed)
    assert (proof.key_id, proof.created) == (KEY.key_id, CREATED)
    assert proof.holds(sealed)


def test_readers_of_pdf_do_not_mind_the_proof(plain: bytes, sealed: bytes) -> None:
    assert pages_of(sealed) == pages_of(plain)
    assert attached_text(sealed) == paper_in("en").signed
    PdfReader(io.BytesIO(sealed), strict=True)
    assert len(sealed) - sealed.rindex(b"%%EOF") < 1024  # where readers look for the end


def test_every_altered_byte_is_noticed(sealed: bytes) -> None:
    chance = random.Random(4)
    places = [chance.randrange(len(sealed)) for _ in range(200)]
    places += range(sealed.rindex(MARK) - 8, len(sealed))  # all of the proof itself
    for place in places:
        altered = bytearray(sealed)
        altered[place] ^= 1 << chance.randrange(8)
        assert not is_whole(bytes(altered)), place


def test_every_cut_is_noticed(sealed: bytes) -> None:
    for end in (*range(len(sealed) - 400, len(sealed)), 0, 5, len(sealed) // 2):
        assert not is_whole(sealed[:end]), end


def test_what_is_added_is_noticed(sealed: bytes) -> None:
    for more in (b"\n", b" ", b"%%EOF\n", b"x" * 5_000, sealed[sealed.rindex(MARK) :]):
        assert not is_whole(sealed + more)
    assert not is_whole(b"\n" + sealed)


def test_a_byte_put_in_or_taken_out_is_noticed(sealed: bytes) -> None:
    for place in (9, len(sealed) // 3, len(sealed) - 60):
        assert not is_whole(sealed[:place] + b" " + sealed[place:])
        assert not is_whole(sealed[:place] + sealed[place + 1 :])


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda file: b"<html>", "no PDF"),
        (lambda file: file[: file.rindex(MARK)], "no proof at its end"),
        (lambda file: file[:-9], "not whole"),
        (lambda file: file + b"more\n", "added behind"),
    ],
)
def test_each_damage_of_the_proof_has_its_own_sentence(
    sealed: bytes, damage: object, told: str
) -> None:
    assert callable(damage)
    with pytest.raises(MalformedDocument, match=told):
        read_proof(damage(sealed))


def test_a_later_revision_written_behind_by_an_editor_is_noticed(sealed: bytes) -> None:
    writer = PdfWriter(io.BytesIO(sealed), incremental=True)
    writer.add_metadata({"/Title": "Forged"})
    out = io.BytesIO()
    writer.write(out)
    assert not is_whole(out.getvalue())


def test_a_file_that_only_looks_like_one_has_nothing_attached() -> None:
    for file in (b"%PDF-1.7\n", b"", b"%PDF-1.7\ntrailer<</Root 1 0 R>>\n%%EOF\n"):
        assert attached_text(file) is None
