"""`import`, as somebody at the server types it."""

import json

import pytest
from running_command import Place

from fediverse_coord.cli.importing import UNASKED

LIST = """Harbour voice

The cranes stand still for the night crews


On 4 and 5 March 2024 nobody loaded in Durban, Santos and Genoa. The 1,200 people of the night crews
of South Africa, Brazil and Italy want the same 35 hours, said Nomsa Dlamini. [...]

Les grues s’arrêtent pour les équipes de nuit


Les 4 et 5 mars 2024, personne n’a chargé à Durban, Santos et Gênes. Les 1 200 personnes des équipes
d’Afrique du Sud, du Brésil et d’Italie veulent les mêmes 35 heures, dit Nomsa Dlamini. [...]
"""
WORDS = ("import", "page", "list.txt", "--mapping", "article-list")


@pytest.fixture
def listed(place: Place) -> Place:
    (place.folder / "list.txt").write_text(LIST, encoding="utf-8")
    return place


def test_a_dry_run_tells_everything_and_does_nothing(listed: Place) -> None:
    done = listed.run(*WORDS, "--dry-run", "--json")

    (work,) = done.json["works"]
    assert [one["language"] for one in work["versions"]] == ["en", "fr"]
    assert work["versions"][0]["title"] == "The cranes stand still for the night crews"
    assert listed.run("list", "--json").json == []
    assert "The cranes" in listed.run(*WORDS, "--dry-run").out


def test_yes_takes_what_is_nearly_certain(listed: Place) -> None:
    done = listed.run(*WORDS, "--yes")
    assert done.line == "imported 1 works with 2 texts; nobody was told"
    (work,) = listed.run("list", "--json").json
    assert work["languages"] == ["en", "fr"]
    assert listed.run(*WORDS, "--yes", "--json").json["known"] == 2


def test_where_nobody_can_be_asked_it_says_what_it_would_do_and_does_nothing(
    listed: Place,
) -> None:
    done = listed.run(*WORDS)
    assert done.code == UNASKED
    assert "The cranes stand still for the night crews" in done.out
    assert "repeat with --yes" in done.err
    told = listed.run(*WORDS, "--json")
    assert (told.code, told.json) == (UNASKED, listed.run(*WORDS, "--json", "--dry-run").json)
    assert [one["together"] for one in told.json["works"]] == [True]
    assert listed.run("list", "--json").json == []


def test_where_nothing_is_new_nobody_has_to_be_asked(listed: Place) -> None:
    listed.run(*WORDS, "--yes")
    done = listed.run(*WORDS)
    assert (done.code, done.line) == (0, "imported 0 works with 0 texts; nobody was told")


def test_a_page_without_any_text_is_named_and_what_is_repeated_is_counted(listed: Place) -> None:
    folder = listed.folder / "pages"
    folder.mkdir()
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text(LIST, encoding="utf-8")
    (folder / "empty.txt").write_text("", encoding="utf-8")
    done = listed.run("import", "page", "pages", "--mapping", "article-list", "--yes", "--json")

    assert (done.json["versions"], done.json["repeated"], done.json["known"]) == (2, 2, 0)
    (fault,) = done.json["faulty"]
    assert fault["place"] == "empty.txt"
    assert "mapping" in fault["reason"]


def test_strict_takes_all_or_nothing(place: Place) -> None:
    folder = place.folder / "texts"
    folder.mkdir()
    (folder / "good.md").write_text("# Good\n\nYes.", encoding="utf-8")
    (folder / "bad.md").write_text("---\ntitle: Empty\n---\n", encoding="utf-8")

    strict = place.run("import", "markdown", "texts", "--yes", "--strict")
    assert strict.code == 1
    assert "left out: bad.md: content is needed" in strict.err
    assert place.run("list", "--json").json == []
    done = place.run("import", "markdown", "texts", "--yes", "--json").json
    assert (done["works"], [one["place"] for one in done["faulty"]]) == (1, ["bad.md"])


def test_strict_looks_at_pictures_before_anything_is_written(place: Place) -> None:
    names = ("none.jpg", "gone.jpg")
    pictures = [{"mediaType": "image/jpeg", "url": name, "name": "A gate"} for name in names]
    posts = [
        {"id": "1", "to": "as:Public", "content": "Down tools."},
        {"id": "2", "to": "as:Public", "content": "Look.", "attachment": pictures},
    ]
    items = [{"type": "Create", "object": one} for one in posts]
    (place.folder / "outbox.json").write_text(json.dumps({"orderedItems": items}), "utf-8")
    (place.folder / "none.jpg").write_bytes(b"<svg/>")
    words = ("import", "mastodon", "outbox.json", "--yes")

    strict = place.run(*words, "--strict")
    assert strict.code == 1
    assert "left out: outbox.json, entry 2, none.jpg: " in strict.err
    assert "left out: outbox.json, entry 2, gone.jpg: is not there" in strict.err
    assert "there are 2 faults, and nothing was imported" in strict.err
    assert place.run("list", "--json").json == []
    done = place.run(*words, "--json").json
    assert (done["works"], len(done["faulty"])) == (2, 2)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("page", "list.txt"), "needs --mapping"),
        (("page", "list.txt", "--mapping", "nothing"), "article-list or joomla-front-page"),
        (("page", "nothing.html", "--mapping", "article-list"), "no file or folder"),
        (("feed", "list.txt"), "no Atom or RSS feed"),
        (("feed", "http://127.0.0.1:9/feed"), "127.0.0.1"),
        (("mastodon", "list.txt"), "cannot be unpacked"),
        (("markdown", "https://old.example/"), "save"),
    ],
)
def test_refusals_say_what_to_do(listed: Place, words: tuple[str, ...], told: str) -> None:
    assert told in listed.run("import", *words, "--yes").refusal


def test_a_mapping_is_for_pages(listed: Place) -> None:
    assert "pages" in listed.run("import", "feed", "x", "--mapping", "article-list").misuse


def test_the_result_is_json_for_programs(listed: Place) -> None:
    done = listed.run(*WORDS, "--yes", "--json")
    assert set(json.loads(done.out)) >= {"works", "versions", "known", "faulty", "undated"}
