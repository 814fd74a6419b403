"""`pdf` and `verify`: files on a machine with a server, and on one that has nothing at all."""

import hashlib
import io
import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter
from running_command import ORIGIN, Done, Place

from fediverse_coord.press.paper_proof import MARK, attached_text, read_proof, sealed_pdf
from fediverse_coord.protocol.algorithms import generate_ed25519
from fediverse_coord.protocol.keys import SigningKey

TEXT = "---\ntitle: Down tools\nsummary: We stop at noon.\n---\nNobody goes down alone.\n"


@dataclass(frozen=True, slots=True)
class Desk:
    """A server's folder with one published text, its paper, and a machine without a server."""

    server: Place
    apart: Place
    named: str
    paper: bytes

    def actor_file(self) -> Path:
        return self.apart.folder / "dockers.actor.json"

    def verify(self, content: bytes, *options: str | Path) -> Done:
        """On the machine without a server."""
        file = self.apart.folder / "paper.pdf"
        file.write_bytes(content)
        return self.apart.run("verify", file, *options)

    def known(self, content: bytes) -> Done:
        """With the actor's document at hand."""
        return self.verify(content, "--actor", self.actor_file())


@pytest.fixture
def desk(place: Place, empty: Place) -> Desk:
    named = place.publish(TEXT)
    made = place.run("pdf", named, "-o", "paper.pdf")
    assert made.line == "paper.pdf"
    (empty.folder / "dockers.actor.json").write_bytes(actor_document(place))
    return Desk(place, empty, named, (place.folder / "paper.pdf").read_bytes())


def actor_document(place: Place) -> bytes:
    (file,) = place.folder.rglob("*.db")
    connection = sqlite3.connect(file)
    try:
        sql = "SELECT document FROM actors WHERE name = 'dockers'"
        (document,) = connection.execute(sql).fetchone()
        return bytes(document)
    finally:
        connection.close()


def test_a_paper_is_written_once_and_the_same_each_time(desk: Desk) -> None:
    again = desk.server.run("pdf", desk.named, "--lang", "en")
    assert again.line == "down-tools.en.pdf"
    assert (desk.server.folder / again.line).read_bytes() == desk.paper
    assert "there are: en" in desk.server.run("pdf", desk.named, "--lang", "fr").refusal
    assert "cannot be written" in desk.server.run("pdf", desk.named, "-o", "no/p.pdf").refusal


def test_the_servers_own_paper_is_proved_from_its_own_memory(desk: Desk) -> None:
    done = desk.server.run("verify", "paper.pdf")
    assert done.code == 0, done
    assert done.out.startswith("proved\n")
    assert f"this paper was sealed by {ORIGIN}/actors/dockers, with the key" in done.out
    assert "not one byte of it has been changed since" in done.out
    assert "not shown by it: that it still stands" in done.out
    for address in (desk.named, f"{ORIGIN}/@dockers/down-tools.pdf?lang=en"):
        assert desk.server.run("verify", address).code == 0


def test_a_machine_without_a_server_needs_the_actors_document_to_know_whose_key_it_is(
    desk: Desk,
) -> None:
    done = desk.verify(desk.paper)
    assert done.code == 1
    first, second, *_ = done.out.splitlines()
    assert first.startswith("unchanged since it was signed; who signed it is not known here")
    assert "--actor FILE" in first
    assert "not one byte of it has been changed since" in second
    assert "not proved" not in done.out
    proved = desk.known(desk.paper)
    assert proved.code == 0, proved
    assert "this paper was sealed by" in proved.out
    assert list(desk.apart.folder.glob("*.db")) == []


def test_a_page_and_each_of_its_languages_are_proved_on_their_server(desk: Desk) -> None:
    key, french = desk.named.rpartition("/")[2], desk.server.folder / "down-tools.fr.md"
    french.write_text("---\ntitle: Halte\nsummary: À midi.\n---\nPersonne seul.\n")
    assert desk.server.run("update", key, french, "--lang", "fr").code == 0
    page = f"{ORIGIN}/@dockers/down-tools"
    for address, document_id in (
        (page, desk.named),
        (f"{page}?lang=fr#p2", f"{desk.named}/versions/fr"),
        (f"{desk.named}/versions/fr", f"{desk.named}/versions/fr"),
    ):
        told = desk.server.run("verify", address, "--json")
        assert (told.code, told.json["document_id"]) == (0, document_id), told
    for address in (f"{desk.named}/versions/de", f"{desk.named}/replies", f"{page}-more"):
        assert desk.server.run("verify", address).code == 1


@pytest.mark.parametrize("path", ["/versions/fr", "/x/versions/fr", "/versions/", "/@"])
def test_an_address_of_ours_with_nothing_under_it_is_told_in_a_sentence(
    desk: Desk, path: str
) -> None:
    told = desk.server.run("verify", ORIGIN + path)
    assert told.code == 1
    assert "nothing published here" in told.err or "is not the address of" in told.err
    assert "Traceback" not in told.err


def test_json_tells_the_same_for_programs(desk: Desk) -> None:
    told: Any = json.loads(desk.verify(desk.paper, "--actor", desk.actor_file(), "--json").out)
    assert (told["proved"], told["type"]) == (True, "paper")
    assert told["signer"] == f"{ORIGIN}/actors/dockers"
    assert told["document_id"] == f"{desk.named}/versions/en"
    assert len(told["not_shown"]) == 3


def test_the_attached_text_is_proved_alone_too(desk: Desk) -> None:
    text = attached_text(desk.paper)
    assert text is not None
    assert desk.known(text).code == 0
    assert desk.known(text.replace(b"down alone", b"up alone")).code == 1


def test_an_altered_byte_is_noticed_and_the_text_inside_is_told_apart(desk: Desk) -> None:
    place = desk.paper.index(b"/Count 1")
    altered = desk.paper[:place] + b"/Count 2" + desk.paper[place + 8 :]
    done = desk.known(altered)
    for told in (done, desk.verify(altered)):
        assert (told.code, told.out.splitlines()[0]) == (1, "not proved")
    assert "at least one byte of it was changed after it was sealed" in done.out
    assert "believe that text, not the pages around it" in done.out


def test_a_swapped_attachment_is_noticed_by_name(desk: Desk) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(desk.paper)))
    attachment = next(iter(writer.attachment_list))
    attachment.content = b'{"type": "Article", "content": "another"}'
    out = io.BytesIO()
    writer.write(out)
    swapped = out.getvalue() + b"\n" + desk.paper[desk.paper.rindex(MARK) :]
    done = desk.known(swapped.replace(b"%%EOF\n\n%fed", b"%%EOF\n%fed"))
    assert done.code == 1
    assert "the text attached to it is not the one that it was sealed with" in done.out


def sealed_by_another(desk: Desk, key_id: str | None = None, text: bytes | None = None) -> bytes:
    """The same pages, sealed anew by somebody who has a key of their own."""
    pages = desk.paper[: desk.paper.rindex(MARK)]
    named = key_id or read_proof(desk.paper).key_id
    attached = attached_text(desk.paper) or b"" if text is None else text
    key = SigningKey(named, generate_ed25519())
    return sealed_pdf(pages, key, attached, "2026-10-14T12:00:00Z")


def test_a_foreign_key_under_the_coordinations_name_is_noticed(desk: Desk) -> None:
    forged = sealed_by_another(desk)
    done = desk.known(forged)
    assert done.code == 1
    assert "it was sealed with a foreign key" in done.out
    assert desk.server.run("verify", "paper.pdf").code == 0


def test_a_key_that_the_coordination_does_not_list_is_noticed(desk: Desk) -> None:
    done = desk.known(sealed_by_another(desk, f"{ORIGIN}/actors/dockers#ed25519-key-9"))
    assert (done.code, done.out.splitlines()[0]) == (1, "not proved")
    assert "does not list this key" in done.out


def test_another_text_under_an_own_seal_is_noticed(desk: Desk) -> None:
    digest = hashlib.sha256(b"{}").hexdigest()
    forged = sealed_by_another(desk, text=b"{}")
    assert digest.encode() in forged
    assert "is not the one that it was sealed with" in desk.known(forged).out


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda file: file[: len(file) // 2], "no proof at its end: it was cut off"),
        (lambda file: file[:-5], "its proof is not whole"),
        (lambda file: file + b"%%EOF\n", "something was added behind its proof"),
        (lambda file: file[: file.rindex(MARK)], "no proof at its end"),
    ],
)
def test_a_file_that_is_cut_off_or_longer_has_its_own_sentence(
    desk: Desk, damage: object, told: str
) -> None:
    assert callable(damage)
    done = desk.known(damage(desk.paper))
    assert (done.code, done.out.splitlines()[0]) == (1, "not proved")
    assert told in done.out


def test_what_is_neither_is_refused_in_a_sentence(desk: Desk) -> None:
    assert "cannot be read" in desk.apart.run("verify", "nowhere.pdf").refusal
    assert "JSON" in desk.verify(b"<html>").refusal
    assert "damaged where one begins" in desk.verify(b"@" + desk.paper[1:]).refusal
    actor = desk.actor_file()
    for both in (("--online", "paper.pdf"), ("https://far.example/a.pdf",)):
        assert "--online" in desk.apart.run("verify", "--actor", actor, *both).misuse


def test_online_goes_by_the_guarded_client_alone(desk: Desk) -> None:
    done = desk.verify(desk.paper, "--online")
    assert done.code == 1
    assert "not one byte of it has been changed since" in done.out
    assert f"but that proves nobody's word: only https is asked: {ORIGIN}" in done.out
    assert "only https is asked" in desk.apart.run("verify", "http://127.0.0.1:9/a.pdf").refusal


def test_a_drafts_paper_says_so_and_proves_nothing(place: Place) -> None:
    named = place.publish(TEXT, "--draft")
    assert place.run("pdf", named, "-o", "draft.pdf").code == 0
    content = (place.folder / "draft.pdf").read_bytes()
    assert "DRAFT" in PdfReader(io.BytesIO(content)).pages[0].extract_text()
    assert attached_text(content) is None
    assert "never had one" in place.run("verify", "draft.pdf").out


def test_a_paper_stays_provable_when_the_key_was_changed(desk: Desk) -> None:
    desk.server.run("keys", "rotate", "--actor", "dockers")
    assert desk.server.run("verify", "paper.pdf").code == 0
    (desk.apart.folder / "dockers.actor.json").write_bytes(actor_document(desk.server))
    assert desk.known(desk.paper).code == 0
