"""`publish`, `update` and `preview` take in the pictures that lie beside the texts."""

from pathlib import Path

import photographs
import pytest
from running_command import Place

ENGLISH = """---
title: To the crews
summary: We stand with them.
original: true
hero: gate.jpg
hero_alt: Women at the gate
---
Dear colleagues,

![The old pump](pump.png "Photo: the crews")
"""
GERMAN = """---
title: An die Schichten
summary: Wir stehen zu ihnen.
hero_alt: Frauen am Tor
---
Kollegen,

![Die alte Pumpe](pump.png)
"""


def letter(place: Place, english: str = ENGLISH, german: str = GERMAN) -> Path:
    place.write("letter/letter.en.md", english)
    folder = place.write("letter/letter.de.md", german).parent
    (folder / "gate.jpg").write_bytes(photographs.telling(size=(1400, 900)))
    (folder / "pump.png").write_bytes(photographs.telling("PNG"))
    return folder


def stored(place: Place) -> list[Path]:
    """The files of pictures that the server keeps."""
    return [one for one in place.folder.glob("**/media/*") if len(one.stem) == 64]


def test_a_folder_is_published_with_its_pictures(place: Place) -> None:
    letter(place)
    shown = place.shown(place.run("publish", "letter").line)

    assert shown["hero"] is not None
    english, german = sorted(shown["versions"], key=lambda one: one["language"], reverse=True)
    assert "The old pump](media:" in english["content"]
    assert '"Photo: the crews"' in english["content"]
    assert "![Die alte Pumpe](media:" in german["content"]
    kept = b"".join(one.read_bytes() for one in stored(place))
    assert len(stored(place)) == 5  # the pump is small enough for every screen
    assert [one for one in photographs.SECRETS if one in kept] == []


@pytest.mark.parametrize(
    ("english", "german", "hint"),
    [
        (ENGLISH, GERMAN.replace("hero_alt", "translator"), "no alt text in 'de'"),
        (ENGLISH.replace("The old pump", ""), GERMAN, "content has no words for pump.png"),
        (ENGLISH.replace("pump.png", "none.png"), GERMAN, "none.png, which cannot be read"),
        (ENGLISH.replace("pump.png", "../config.toml"), GERMAN, "not in the folder of the text"),
        (ENGLISH.replace("pump.png", "/etc/hostname"), GERMAN, "not in the folder of the text"),
        (ENGLISH.replace("pump.png", "letter.de.md"), GERMAN, "plain text"),
        (ENGLISH.replace("gate.jpg", "x.jpg"), GERMAN, ": hero names"),
        (ENGLISH.replace("gate.jpg", "letter.de.md"), GERMAN, ": hero names letter.de.md: "),
        (ENGLISH.replace("title: To the crews", "dated: soon"), GERMAN, "dated must be"),
    ],
)  # fmt: skip
def test_what_is_refused_leaves_no_text_and_no_picture(
    place: Place, english: str, german: str, hint: str
) -> None:
    letter(place, english, german)
    assert hint in place.run("publish", "letter").refusal
    assert place.run("list", "--json").json == []
    assert stored(place) == []


def test_everything_that_is_wrong_with_the_pictures_is_told_at_once(place: Place) -> None:
    letter(place, ENGLISH.replace("pump.png", "none.png"), GERMAN.replace("Die alte Pumpe", ""))
    refused = place.run("publish", "letter").refusal
    assert "none.png, which cannot be read" in refused
    assert "has no words for pump.png" in refused


@pytest.mark.parametrize("words", [["publish"], ["preview"], ["update"]])
def test_what_is_wrong_with_the_texts_is_told_with_it(place: Place, words: list[str]) -> None:
    if words == ["update"]:
        words.append(place.run("publish", str(letter(place))).line)
    english = ENGLISH.replace("pump.png", "none.png").replace("To the crews", "T" * 400)
    folder = letter(place, english, GERMAN.replace("Wir stehen zu ihnen.", "W" * 2000))
    (folder / "gate.jpg").write_bytes(b"PK\x03\x04 no photograph")
    refused = place.run(*words, "letter").refusal
    for told in ("none.png, which cannot be read", "names gate.jpg: ", "title ", "summary"):
        assert told in refused
    assert words[0] == "update" or stored(place) == []


def test_a_preview_shows_pictures_and_keeps_none(place: Place) -> None:
    letter(place)
    document = place.run("preview", "--json", "letter").json["object"]
    assert document["image"]["name"] == "Women at the gate"
    assert document["attachment"][0]["name"] == "The old pump"
    assert stored(place) == []


def test_an_update_replaces_pictures_and_a_translation_brings_its_words(place: Place) -> None:
    folder = letter(place)
    named = place.run("publish", "letter").line
    (folder / "gate.jpg").write_bytes(photographs.plain(size=(200, 100)))
    before = place.shown(named)["hero"]
    place.run("update", named, "letter")
    shown = place.shown(named)
    assert shown["hero"] != before

    text = "---\ntitle: Aux équipes\nsummary: Nous sommes avec elles.\n---\nChers collègues,\n"
    place.write("fr.md", text)
    assert "no alt text in 'fr'" in place.run("update", "--lang", "fr", named, "fr.md").refusal
    place.write("fr.md", text.replace("---\nChers", "hero_alt: Des femmes à la porte\n---\nChers"))
    assert place.run("update", "--lang", "fr", named, "fr.md").code == 0
    assert {one["language"] for one in place.shown(named)["versions"]} == {"en", "de", "fr"}


def test_a_text_from_stdin_has_no_files_beside_it(place: Place) -> None:
    done = place.run("publish", "--actor", "dockers", "-", stdin="![A gate](gate.jpg)\n")
    assert "no files beside it" in done.refusal
