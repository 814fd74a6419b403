"""Who took which words by a signed GET is remembered, whoever tries to prevent it."""

from fediverse_coord.web.fetches import Taken

OBJECT, KEY = "https://coord.example/actors/pits/objects/a", "https://far.example/actor#main-key"


def test_only_what_was_remembered_is_not_looked_at_again() -> None:
    taken = Taken()
    assert not taken.knows(OBJECT, KEY)
    assert not taken.knows(OBJECT, KEY)  # a signature that did not hold changes nothing
    taken.add(OBJECT, KEY)
    assert taken.knows(OBJECT, KEY)
    assert not taken.knows(f"{OBJECT}2", KEY)


def test_who_was_not_seen_for_longest_is_forgotten_first() -> None:
    taken = Taken(most=2)
    for name in ("a", "b"):
        taken.add(name, KEY)
    assert taken.knows("a", KEY)
    taken.add("c", KEY)
    assert (taken.knows("a", KEY), taken.knows("b", KEY)) == (True, False)
