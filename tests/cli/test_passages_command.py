"""`passages` and `introductions`: kept, shown, put into texts, taken away."""

from running_command import Place


def test_a_passage_is_kept_in_languages_put_into_texts_and_taken_up(place: Place) -> None:
    put = ("passages", "put", "demands", "-")
    source = ("--source-name", "Programme", "--source-url", "https://paper.example/p")
    assert place.run(*put, *source, stdin="Six hours.").line == "demands"
    assert place.run(*put, "--lang", "de", stdin="Sechs Stunden.").code == 0
    shown = place.run("passages", "show", "demands", "--json").json
    assert shown["texts"] == {"en": "Six hours.", "de": "Sechs Stunden."}
    assert shown["source"] == {"name": "Programme", "url": "https://paper.example/p"}

    key = place.shown(place.publish("We say:\n\n{{passage: demands}}\n"))["key"]
    assert "Six hours." in place.run("preview", key).out
    place.run(*put, stdin="Four hours.")
    (use,) = place.run("passages", "uses", "demands", "--json").json
    assert (use["declaration"], use["words"]) == (key, "other")
    place.run("update", key, "-", stdin="We go on:\n\n{{passage: demands}}\n")
    assert "Six hours." in place.run("preview", key).out
    place.run("update", key, "-", "--take-up", stdin="We go on:\n\n{{passage: demands}}\n")
    assert "Four hours." in place.run("preview", key).out
    assert "present" in place.run("passages", "uses", "demands").out

    (one,) = place.run("passages", "list", "--json").json
    assert (one["id"], one["languages"], one["uses"]) == ("demands", ["en", "de"], 1)
    assert "1 texts hold" in place.run("passages", "remove", "demands").refusal
    assert place.run("passages", "remove", "demands", "--lang", "de").code == 0
    assert "no words in 'fr'" in place.run("passages", "remove", "demands", "--lang", "fr").refusal
    place.run("delete", key, "--yes")
    assert place.run("passages", "remove", "demands").code == 0
    assert place.run("passages", "list", "--json").json == []


def test_a_folder_is_all_languages_of_a_passage(place: Place) -> None:
    place.write("hours/hours.en.md", "Six hours.\n")
    place.write("hours/hours.ar.md", "ست ساعات.\n")
    done = place.run("passages", "put", "hours", "hours", "--lang", "en")
    assert done.code == 0, done.err
    shown = place.run("passages", "show", "hours", "--json").json
    assert shown["texts"] == {"en": "Six hours.", "ar": "ست ساعات."}
    place.write("titled.md", "---\ntitle: No\n---\nText.\n")
    assert "no 'title'" in place.run("passages", "put", "hours", "titled.md").refusal


def test_an_unknown_passage_is_named_by_publish_preview_and_import(place: Place) -> None:
    text = "We say:\n\n{{passage: nothing}}\n"
    for command in ("publish", "preview"):
        assert "'nothing'" in place.run(command, "-", stdin=text).refusal
    place.write("old/one.md", f"---\ntitle: Of old\ndate: 2015-02-03\n---\n{text}")
    place.write("old/two.md", "---\ntitle: Also\ndate: 2015-02-04\n---\nText.\n")
    done = place.run("import", "markdown", "old", "--yes")
    assert "one.md" in done.err
    assert "'nothing'" in done.err
    assert [one["state"] for one in place.run("list", "--json").json] == ["published"]
    literal = place.publish("Write:\n\n\\{{passage: nothing}}\n")
    assert "{{passage: nothing}}" in place.run("preview", literal).out


def test_an_imported_text_holds_a_passage_in_its_own_language_or_is_told(place: Place) -> None:
    place.run("passages", "put", "demands", "-", stdin="Six hours.")
    front = "---\ntitle: Of old {0}\ndate: 2015-02-03\nlang: {0}\n---\n{{{{passage: demands}}}}\n"
    place.write("old/one.md", front.format("en"))
    place.write("old/two.md", front.format("de"))
    done = place.run("import", "markdown", "old", "--yes")
    assert "no words in 'de'" in done.err
    (use,) = place.run("passages", "uses", "demands", "--json").json
    assert (use["language"], use["words"]) == ("en", "present")
    assert place.run("list", "--search", "six hours").out.count("Of old en") == 1


def test_introductions_are_kept_shown_and_taken_away(place: Place) -> None:
    put = ("introductions", "put", "organisation", "Union / Pits", "-")
    assert place.run(*put, stdin="Of the pits.").code == 0
    assert place.run(*put, "--lang", "ar", stdin="عن المناجم.").code == 0
    named = ("organisation", "union pits")
    shown = place.run("introductions", "show", *named, "--json").json
    assert shown["texts"] == {"en": "Of the pits.", "ar": "عن المناجم."}
    assert "Union / Pits" in place.run("introductions", "list").out
    assert place.run("introductions", "remove", *named, "--lang", "en").code == 0
    assert "عن المناجم" in place.run("introductions", "show", *named).out
    assert place.run("introductions", "remove", *named).code == 0
    assert "no introduction" in place.run("introductions", "remove", *named).refusal
    wrong = place.run("introductions", "put", "country", "Spain", "-", stdin="Of Spain.")
    assert "two letters" in wrong.refusal
