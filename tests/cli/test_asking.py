"""`import` asks a person at a terminal, all at once, and does nothing before."""

import pytest
from running_command import Place
from terminal import Terminal, terminal
from test_importing import LIST

ONE_WORK = "One work in these languages?"
EDIT = "Which belong together"
GO_ON = "Import these texts?"
WORDS = ("import", "page", "list.txt", "--mapping", "article-list")
SECOND = """The furnace went out for the cooks


On 7 and 8 May 2019 nobody cooked in Lagos, Lima and Pune. The 640 people of the canteens
of Nigeria, Peru and India want the same two breaks, said Teresa Quispe. [...]

Le four s’est éteint pour les cuisiniers


Les 7 et 8 mai 2019, personne n’a cuisiné à Lagos, Lima et Pune. Les 640 personnes des cantines
du Nigeria, du Pérou et de l’Inde veulent les mêmes deux pauses, dit Teresa Quispe. [...]
"""


@pytest.fixture
def listed(place: Place) -> Place:
    place.write("list.txt", f"{LIST}\n{SECOND}")
    return place


def languages(place: Place) -> list[list[str]]:
    return sorted(one["languages"] for one in place.run("list", "--json").json)


def test_it_shows_the_texts_then_asks_for_each_group_then_once_more(listed: Place) -> None:
    with terminal(listed.folder, *WORDS) as screen:
        screen.see("The cranes stand still for the night crews")
        screen.see("probably one work")
        screen.see("1 of 2")
        screen.ask(ONE_WORK, "y")
        screen.see("2 of 2")
        screen.ask(ONE_WORK, "n")
        screen.see(GO_ON)
        assert listed.run("list", "--json").json == []  # nothing is done while it asks
        screen.answer("y")
        done = screen.end()
    assert (done.code, done.out.strip()) == (
        0, "imported 3 works with 4 texts; nobody was told",
    )  # fmt: skip
    assert languages(listed) == [["en"], ["en", "fr"], ["fr"]]


def test_all_takes_this_group_and_every_further_one(listed: Place) -> None:
    with terminal(listed.folder, *WORDS, "--json") as screen:
        screen.ask(ONE_WORK, "all")
        screen.ask(GO_ON, "y")
        done = screen.end()
    assert done.err.count(ONE_WORK) == 1
    assert (done.json["works"], done.json["versions"]) == (2, 4)
    assert languages(listed) == [["en", "fr"], ["en", "fr"]]


def test_what_is_skipped_is_proposed_again(listed: Place) -> None:
    with terminal(listed.folder, *WORDS) as screen:
        screen.ask(ONE_WORK, "s")
        screen.ask(ONE_WORK, "")  # the default: yes
        screen.ask(GO_ON, "y")
        assert screen.end().code == 0
    assert languages(listed) == [["en", "fr"]]
    again = listed.run(*WORDS, "--yes", "--json").json
    assert (again["known"], again["works"], again["versions"]) == (2, 1, 2)


def test_a_group_is_edited_until_it_is_right(listed: Place) -> None:
    with terminal(listed.folder, *WORDS) as screen:
        screen.ask(ONE_WORK, "maybe")
        screen.see("answer with one of")
        screen.ask(ONE_WORK, "e")
        screen.ask(EDIT, "1 3")
        screen.see("there is no text 3; there are 1 to 2")
        screen.ask(EDIT, "1 2:en")
        screen.see("a work has each language once")
        screen.ask(EDIT, "")
        screen.ask(ONE_WORK, "e")
        screen.ask(EDIT, "2:it")
        screen.ask(ONE_WORK, "y")
        screen.ask(GO_ON, "y")
        assert screen.end().code == 0
    assert languages(listed) == [["en"], ["en", "fr"], ["it"]]


def leave_by_letter(screen: Terminal) -> None:
    screen.ask(ONE_WORK, "y")
    screen.ask(ONE_WORK, "q")


def leave_at_the_end(screen: Terminal) -> None:
    screen.ask(ONE_WORK, "a")
    screen.ask(GO_ON, "n")


def leave_by_interrupt(screen: Terminal) -> None:
    screen.ask(ONE_WORK, "y")
    screen.see(ONE_WORK)
    screen.interrupt()


@pytest.mark.parametrize("leave", [leave_by_letter, leave_at_the_end, leave_by_interrupt])
def test_whoever_leaves_has_changed_nothing(listed: Place, leave: object) -> None:
    with terminal(listed.folder, *WORDS) as screen:
        assert callable(leave)
        leave(screen)
        done = screen.end()
    assert (done.code, done.out) == (1, "")
    assert "Traceback" not in done.err
    assert listed.run("list", "--json").json == []


def test_with_yes_and_for_a_dry_run_nobody_is_asked(listed: Place) -> None:
    with terminal(listed.folder, *WORDS, "--dry-run") as screen:
        done = screen.end()
    assert (done.code, ONE_WORK in done.err) == (0, False)
    assert languages(listed) == []
    with terminal(listed.folder, *WORDS, "--yes") as screen:
        done = screen.end()
    assert (done.code, ONE_WORK in done.err) == (0, False)
    assert languages(listed) == [["en", "fr"], ["en", "fr"]]
