"""One work in seven languages from a folder, and what another server holds of it each time.

A translation is added, a correction made, a name taken out, the text withdrawn, by commands as a
coordinator gives them; the other server is a process of ours, which keeps what was said to it.
"""

import json
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import ServerProcess, server
from two_sides import Side, document, eventually

SAMPLE = Path(__file__).parent.parent / "samples" / "letter"
LANGUAGES = ["en", "ar", "es", "fr", "hi", "uk", "zh"]


@pytest.fixture
def sides(tmp_path: Path) -> Iterator[tuple[Side, Side]]:
    with (
        server(tmp_path / "one", "pits", start=False) as one,
        server(tmp_path / "two", "docks", start=False) as two,
    ):
        yield _begun(one, "pits"), _begun(two, "docks")


def _begun(process: ServerProcess, name: str) -> Side:
    token = process.run("token", "create", "--coordinator", "Ana", "--role", "admin")
    process.start()
    return Side(process, name, token)


def letter_for(folder: Path, handle: str, without: str) -> Path:
    """The sample, naming the other server, with one language left for later."""
    shutil.copytree(SAMPLE, folder)
    (folder / f"letter.{without}.md").unlink()
    english = folder / "letter.en.md"
    text = english.read_text(encoding="utf-8").replace("Dear colleagues,", f"Dear {handle},")
    english.write_text(text, encoding="utf-8")
    return folder


def test_what_becomes_of_a_work_becomes_of_it_on_the_other_server(
    sides: tuple[Side, Side], tmp_path: Path
) -> None:
    pits, docks = sides
    folder = letter_for(tmp_path / "letter", docks.handle, without="zh")
    object_id = pits.server.run("publish", str(folder), "--actor", "pits")

    def held() -> str:
        """The text as the other server keeps it, in one line."""
        found = docks.responses()
        return re.sub(r"<[^>]+>|\s+", " ", found[0]["html"]) if len(found) == 1 else ""

    eventually(lambda: "heard of it at the change of shifts" in held(), True)
    assert "Amara Voss, Convenor, Axle Workers of the Cape, South Africa" in held()
    assert "R. T., Delegate, India" in held()
    for name in ("Tulpule", "Orhan", "Seldiz", "Press shop", "Barranco"):
        assert name not in held()
    original = document(object_id)
    assert sorted(original["nameMap"]) == sorted(set(LANGUAGES) - {"zh"})

    pits.server.run("update", object_id, str(SAMPLE / "letter.zh.md"), "--lang", "zh")
    eventually(lambda: sorted(document(object_id)["nameMap"]), sorted(LANGUAGES))
    assert document(object_id)["content"] == original["content"]
    assert document(f"{object_id}/versions/zh")["name"] == "致河畔工厂装配线"

    text = (folder / "letter.en.md").read_text(encoding="utf-8")
    corrected = tmp_path / "corrected.en.md"
    wrong = text.replace("for ten minutes", "for twenty minutes").replace("original: true\n", "")
    corrected.write_text(wrong, encoding="utf-8")
    pits.server.run("update", object_id, str(corrected), "--corrected", "Twenty minutes, not ten.")
    eventually(lambda: "for twenty minutes" in held(), True)
    summaries = document(object_id)["summaryMap"].values()
    assert all("Twenty minutes, not ten." in one for one in summaries)

    told = json.loads(
        pits.server.run("redact", object_id, "--name", "amara VOSS", "--yes", "--json")
    )
    assert told["servers"] == 1
    eventually(lambda: "Voss" in held(), False)
    assert "R. T., Delegate, India" in held()

    pits.server.run("withdraw", object_id, "--reason", "The owners have given in.")
    eventually(lambda: "The owners have given in." in held(), True)
    assert "twenty minutes" not in held()
    assert document(object_id)["nameMap"]["uk"].endswith(
        "До складального конвеєра заводу над річкою"
    )


def test_a_server_that_was_down_never_holds_what_was_taken_out(
    sides: tuple[Side, Side], tmp_path: Path
) -> None:
    pits, docks = sides
    pits.server.run("follow", docks.handle)  # so that its keys and inbox are known
    docks.server.kill()
    folder = letter_for(tmp_path / "letter", docks.handle, without="zh")
    object_id = pits.server.run("publish", str(folder), "--actor", "pits")
    key = object_id.rpartition("/")[2]
    eventually(lambda: [one[1] for one in pits.receipts(key)], ["waiting"])
    pits.server.run("redact", object_id, "--name", "Amara Voss", "--yes")
    docks.restart()
    pits.server.run("resend", object_id)
    eventually(lambda: len(docks.responses()), 1)
    eventually(lambda: {one[1] for one in pits.receipts(key)}, {"delivered"})
    time.sleep(0.5)
    database = (docks.server.folder / "coord.db").read_bytes()
    wal = docks.server.folder / "coord.db-wal"
    everything = database + (wal.read_bytes() if wal.exists() else b"")
    assert b"Axle Workers" not in everything
    assert b"Voss" not in everything


def test_seven_versions_are_out_at_once(sides: tuple[Side, Side]) -> None:
    pits, _ = sides
    object_id = pits.server.run("publish", str(SAMPLE), "--actor", "pits")
    work = json.loads(pits.server.run("show", object_id, "--json"))
    assert [one["language"] for one in work["versions"]] == LANGUAGES
    assert {one["state"] for one in work["versions"]} == {"published"}
    for language in LANGUAGES:
        version = document(f"{object_id}/versions/{language}")
        assert list(version["contentMap"]) == [language]
        assert version["proof"]["cryptosuite"] == "eddsa-jcs-2022"
