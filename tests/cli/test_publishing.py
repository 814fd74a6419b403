"""Texts go out by `publish` and `update`, from a file, a folder or stdin."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from running_command import ORIGIN, Place

ARTICLE = "---\ntitle: To the crews\nsummary: We stand with them.\n---\nDear colleagues,\n"
GERMAN = "---\ntitle: An die Schichten\nsummary: Wir stehen zu ihnen.\n---\nKollegen,\n"


def count(place: Place) -> int:
    return len(place.run("list", "--json").json)


def folder(place: Place, **texts: str) -> str:
    for language, text in texts.items():
        place.write(f"letter/letter.{language}.md", text)
    return "letter"


def test_publishing_from_stdin_prints_the_id_and_nothing_else(place: Place) -> None:
    done = place.run("publish", "--actor", "dockers", "--lang", "en", "-", stdin="We *stand*.\n")

    assert done.line.startswith(f"{ORIGIN}/actors/dockers/objects/")
    shown = place.shown(done.line)
    assert shown["state"] == "published"
    assert shown["versions"][0]["content"] == "We *stand*.\n"
    assert shown["url"] in done.err


def test_a_text_without_a_title_is_listed_by_its_first_words(place: Place) -> None:
    place.publish(f"We *stand*, all of us. {'On and on. ' * 20}")

    listed = place.run("list").out
    assert "We stand, all of us. On and on." in listed
    assert "…" in listed
    assert [one["title"] for one in place.run("list", "--json").json] == [None]


def test_options_go_before_front_matter(place: Place) -> None:
    file = place.write("letter.md", ARTICLE)
    named = place.run("publish", "--title", "Another", "--kind", "solidarity", file).line

    shown = place.shown(named)
    assert (shown["title"], shown["kind"], shown["form"]) == ("Another", "solidarity", "article")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("---\ntitel: x\n---\nText\n", "titel is not a field; known are: "),
        ("---\ntitle: [x\n---\nText\n", "letter.md: front matter, line"),
        ("---\ntitle: x\n---\nText.\n", "summary is needed for an article"),
        ("---\nkind: gossip\nlanguage: '!'\n---\nText\n", "kind must be one of"),
        ("", "content is needed"),
    ],
)
def test_a_faulty_text_is_refused_by_the_name_of_what_is_wrong(
    place: Place, text: str, hint: str
) -> None:
    place.write("letter.md", text)

    assert hint in place.run("publish", "letter.md").refusal
    assert count(place) == 0


def test_front_matter_that_is_never_closed_is_not_published_as_text(place: Place) -> None:
    named = place.publish("We stand.")
    signed = "---\ntitle: To all\nsignatories:\n  - name: Ana Ruiz\n    display: hidden\n\nAir\n"
    place.write("letter.md", signed)
    place.write("bare.md", signed.removeprefix("---\n"))

    assert "begins in line 1 and is never closed" in place.run("publish", "letter.md").refusal
    assert "bare.md: line 1 begins with the field" in place.run("publish", "bare.md").refusal
    assert "is never closed" in place.run("update", named, "letter.md").refusal
    assert count(place) == 1
    assert place.shown(named)["versions"][0]["content"] == "We stand."


def test_every_faulty_field_is_named_in_the_one_line(place: Place) -> None:
    line = place.run("publish", "-", stdin="---\nkind: gossip\ndated: soon\n---\nText\n").refusal
    assert "kind must be" in line
    assert "dated must be" in line


def test_unknown_keys_are_named_with_everything_else_that_is_wrong(place: Place) -> None:
    texts = {
        "en": "---\noriginal: true\ntitel: x\nauthor: y\ndated: soon\n---\nText\n",
        "de": "---\ntitle: Ein Brief\nverfasser: z\n---\nText\n",
    }
    refused = place.run("publish", folder(place, **texts)).refusal
    for told in ("titel is not a field", "author is not", "dated must be", "versions.de.verfasser"):
        assert told in refused
    assert count(place) == 0

    named = place.run("publish", place.write("one.md", ARTICLE)).line
    refused = place.run("update", named, folder(place, **texts)).refusal
    for told in ("titel is not a field", "author is not", "dated must be", "versions.de.verfasser"):
        assert told in refused


def test_a_text_that_is_not_utf_8_is_refused(place: Place) -> None:
    (place.folder / "letter.md").write_bytes(b"Gr\xfc\xdfe")
    assert "is not UTF-8" in place.run("publish", "letter.md").refusal


def test_the_opening_sentences_become_the_summary_where_they_are_asked_for(place: Place) -> None:
    file = place.write("letter.md", "---\ntitle: A\n---\nThe first sentence. The second.\n")
    assert "--summary auto" in place.run("publish", file).refusal

    named = place.run("publish", "--summary", "auto", file).line
    assert place.shown(named)["versions"][0]["summary"].startswith("The first sentence.")


def test_a_folder_is_one_work_with_a_version_a_language(place: Place) -> None:
    source = folder(place, en=ARTICLE.replace("---\nt", "---\noriginal: true\nt"), de=GERMAN)

    shown = place.shown(place.run("publish", source).line)
    assert (shown["language"], shown["languages"]) == ("en", ["en", "de"])
    assert shown["versions"][1]["title"] == "An die Schichten"


def test_a_folder_whose_translation_is_faulty_leaves_nothing(place: Place) -> None:
    source = folder(place, en=ARTICLE, de=GERMAN.replace("summary", "translator"))

    assert "versions.de.summary" in place.run("publish", "--lang", "en", source).refusal
    assert count(place) == 0


@pytest.mark.parametrize(
    ("names", "hint"),
    [
        ([], "no texts named NAME.LANG.md"),
        (["letter.en.md", "letter.de.md"], "name one as the original"),
        (["letter.en.md", "call.en.md"], "several works (call, letter)"),
        (["letter.md"], "is not named NAME.LANG.md"),
    ],
)
def test_a_folder_that_is_not_one_work_is_refused(
    place: Place, names: list[str], hint: str
) -> None:
    (place.folder / "letter").mkdir()
    for name in names:
        place.write(f"letter/{name}", ARTICLE)
    assert hint in place.run("publish", "letter").refusal


def test_a_draft_is_released_by_its_key(place: Place) -> None:
    named = place.publish("Not yet.", "--draft")
    key = named.rpartition("/")[2]
    assert place.shown(key)["state"] == "draft"

    assert place.run("publish", key).line == named
    assert place.shown(key)["state"] == "published"
    assert "cannot take 'publish'" in place.run("publish", key).refusal


def test_options_of_a_new_text_do_not_go_with_a_draft(place: Place) -> None:
    named = place.publish("Not yet.", "--draft")
    assert "update ID" in place.run("publish", named, "--title", "Late").misuse
    assert place.shown(named)["state"] == "draft"


def test_update_changes_what_it_is_given_and_keeps_the_rest(place: Place) -> None:
    named = place.run("publish", place.write("letter.md", ARTICLE)).line

    assert place.run("update", named, "-", stdin="Dear colleagues everywhere,\n").line == named
    shown = place.shown(named)
    assert shown["title"] == "To the crews"
    assert shown["versions"][0]["content"] == "Dear colleagues everywhere,\n"
    assert shown["updated"] is not None


def test_update_in_another_language_adds_a_translation(place: Place) -> None:
    named = place.run("publish", place.write("letter.md", ARTICLE)).line

    assert place.run("update", "--lang", "de", named, "-", stdin=GERMAN).line == named
    assert place.shown(named)["languages"] == ["en", "de"]


def test_what_is_no_language_is_refused_with_all_else_that_is_wrong(place: Place) -> None:
    named = place.run("publish", "--actor", "dockers", "-", stdin="Dear colleagues,\n").line
    wrong = f"---\ntitle: {'T' * 400}\n---\nKollegen,\n"
    refused = place.run("update", "--lang", "x_y_z", named, "-", stdin=wrong).refusal
    assert "versions.x_y_z.language must be a tag" in refused
    assert "title " in refused
    assert [one["language"] for one in place.shown(named)["versions"]] == ["en"]


def test_update_from_a_folder_changes_every_language_or_none(place: Place) -> None:
    named = place.run("publish", "--lang", "en", folder(place, en=ARTICLE, de=GERMAN)).line
    before = place.shown(named)

    folder(place, en=ARTICLE.replace("Dear", "Dearest"), fr="---\ntitle: x\n---\nBonjour\n")
    assert "versions.fr.summary" in place.run("update", named, "letter").refusal
    assert place.shown(named) == before

    folder(place, fr="---\ntitle: x\nsummary: y\n---\nBonjour\n")
    assert place.run("update", named, "letter").line == named
    after = place.shown(named)
    assert after["languages"] == ["en", "de", "fr"]
    assert after["versions"][0]["content"].startswith("Dearest")


def test_preview_shows_the_object_and_saves_nothing(place: Place) -> None:
    shown = place.run("preview", place.write("letter.md", ARTICLE), "--json").json

    assert shown["object"]["type"] == "Article"
    assert shown["object"]["content"] == "<p>Dear colleagues,</p>"
    assert shown["mastodon"].startswith("To the crews\n\nWe stand with them.")
    assert count(place) == 0


def test_preview_of_a_draft_says_what_its_release_would(place: Place) -> None:
    named = place.publish("We *stand* with them.", "--draft")

    shown = place.run("preview", named, "--json").json
    assert shown["object"]["id"] == named
    assert shown["mastodon"] == "We stand with them."
    assert place.shown(named)["state"] == "draft"


def test_where_there_are_several_coordinations_one_must_be_named(place: Place) -> None:
    first = (place.folder / "actors" / "dockers.toml").read_text(encoding="utf-8")
    place.write("actors/porters.toml", first.replace('"dockers"', '"porters"'))

    assert "--actor with one of dockers, porters" in place.run("publish", "-", stdin="x").refusal
    assert "/porters/" in place.publish("x", "--actor", "porters")
    assert "there is no coordination 'bakers'" in (
        place.run("publish", "--actor", "bakers", "-", stdin="x").refusal
    )


def test_whom_a_text_may_name_is_told_beside_the_result(place: Place) -> None:
    file = place.folder / "actors" / "dockers.toml"
    text = file.read_text(encoding="utf-8")
    revised = re.sub(r"(?m)^revision = .*", "revision = 9", text)
    place.write("actors/dockers.toml", f'{revised}\n[policies]\nprotected_countries = ["TR"]\n')
    letter = place.write("letter.md", "---\ncountries: [TR]\n---\nThey hold Ahmet Yılmaz.\n")

    looked = place.run("preview", letter, "--json")
    named = place.run("publish", letter, "--draft")
    released = place.run("publish", named.line)
    later = place.run("publish", letter, "--draft")
    in_a_week = (datetime.now(UTC) + timedelta(days=7)).isoformat()
    scheduled = place.run("schedule", later.line, "--at", in_a_week)
    for done in (looked, named, released, scheduled):
        [line] = [one for one in done.err.splitlines() if "may name people" in one]
        assert "(Ahmet Yılmaz)" in line
    assert looked.json["object"]["content"] == "<p>They hold Ahmet Yılmaz.</p>"
    assert released.line == named.line
