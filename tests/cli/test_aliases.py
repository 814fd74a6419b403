"""`aliases`, as editors keep them; `list --search` finds by them."""

from running_command import Place


def test_spellings_are_kept_shown_and_taken_out(place: Place) -> None:
    place.run("aliases", "add", "Krivoy Rog", "Kryvyi Rih")
    done = place.run("aliases", "add", "Kryvyi Rih", "Кривий Ріг")
    assert done.code == 0
    assert "Krivoy Rog = Kryvyi Rih = Кривий Ріг" in done.err
    listed = place.run("aliases", "list", "--json").json
    assert [sorted(one["names"]) for one in listed] == [["Krivoy Rog", "Kryvyi Rih", "Кривий Ріг"]]
    assert place.run("aliases", "remove", "KRIVOY ROG").code == 0
    assert "Krivoy" not in place.run("aliases", "list").out


def test_what_cannot_be_a_spelling_is_refused_in_one_sentence(place: Place) -> None:
    assert "differ in more" in place.run("aliases", "add", "Łódź", "lodz").refusal
    assert "one to five words" in place.run("aliases", "add", "?!", "Lodz").refusal
    assert "aliases list" in place.run("aliases", "remove", "Nowhere").refusal


def test_a_list_finds_names_in_titles_too_however_they_are_spelled(place: Place) -> None:
    for title in ("To the miners of Krivoy Rog", "The ore of Kryvyi Rih", "On other pits"):
        place.publish("Seventy of us stay below.", "--title", title, "--summary", "Below.")
    place.run("aliases", "add", "Krivoy Rog", "Kryvyi Rih")
    for asked in ("Krivoy Rog", '"Kryvyi Rih"', "kryvyi rih"):
        found = place.run("list", "--search", asked, "--json").json
        assert {one["title"] for one in found} == {
            "To the miners of Krivoy Rog", "The ore of Kryvyi Rih"
        }, asked  # fmt: skip
    assert len(place.run("list", "--search", "pits seventy", "--json").json) == 1
