"""What `import` asks on a terminal, all of it before anything is done."""

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from fediverse_coord.cli import telling
from fediverse_coord.errors import Refusal

if TYPE_CHECKING:
    from fediverse_coord.desk.import_plans import Plan
    from fediverse_coord.desk.imports import Decide
    from fediverse_coord.publishing.importing.deciding import Decision
    from fediverse_coord.publishing.importing.entries import Imported
    from fediverse_coord.publishing.importing.versions import Proposal

QUESTION = "One work in these languages? [y]es, [n]o, [e]dit, [s]kip, [a]ll, [q]uit"
ANSWERS = ("y", "n", "e", "s", "a", "q")
EDIT = "Which belong together, such as `1 3, 2:de` (empty: ask again)"
STOPPED = "nothing was imported"


def decisions(plan: "Plan") -> "Decide":
    """What the person says of each proposal that is a guess, and whether to go on at all.

    Raises Refusal where the answer is to do nothing.
    """
    with _at_once():
        return _decisions(plan)


@contextmanager
def _at_once() -> Iterator[None]:
    """Ctrl-C ends a question at once: asyncio's own handler waits for the next step of a task."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _decisions(plan: "Plan") -> "Decide":
    from fediverse_coord.publishing.importing.deciding import apart, together

    known, takes_all = dict[str, "Decision"](), False
    guesses = sum(one.is_guess for one in plan.proposals())
    asked = (one for one in plan.proposals() if one.is_guess)
    for number, proposal in enumerate(asked, start=1):
        answer = "y" if takes_all else _asked(proposal, f"{number} of {guesses}")
        takes_all = takes_all or answer == "a"
        known[proposal.members[0].identity] = (
            answer if not isinstance(answer, str) else together(proposal)
        )
    if not click.confirm("Import these texts? Nobody is told", err=True):
        raise Refusal(STOPPED)
    return lambda one: (
        known.get(one.members[0].identity) or (apart(one) if one.is_guess else together(one))
    )


def _asked(proposal: "Proposal", place: str) -> "Decision | str":
    """A decision; `y` and `a` for one work. Raises Refusal where the person leaves."""
    from fediverse_coord.publishing.importing.deciding import apart, skipped

    telling.say(f"\nprobably one work ({proposal.confidence:.0%}; {place}):")
    for number, one in enumerate(proposal.members, start=1):
        telling.say(f"  {number}  {one.language}  {named(one)}")
    others: Mapping[str, Decision] = {"n": apart(proposal), "s": skipped()}
    while True:
        answer = _letter()
        if answer == "q":
            raise Refusal(STOPPED)
        if answer != "e":
            return others.get(answer, answer)
        if (decided := _edited(proposal)) is not None:
            return decided


def _letter() -> str:
    """One of ANSWERS, also where the whole word was typed."""
    while True:
        said = str(click.prompt(QUESTION, default="y", show_default=True, err=True))
        letter = said.strip().lower()[:1]
        if letter in ANSWERS:
            return letter
        telling.say(f"answer with one of {', '.join(ANSWERS)}")


def _edited(proposal: "Proposal") -> "Decision | None":
    """Nothing where the person would rather be asked again."""
    from fediverse_coord.publishing.importing.deciding import edited

    while said := str(click.prompt(EDIT, default="", show_default=False, err=True)).strip():
        try:
            return edited(proposal, said)
        except Refusal as refusal:
            telling.say(refusal.reason)
    return None


def named(one: "Imported") -> str:
    """A text in a line: its title, else how it begins."""
    return one.title or " ".join(one.content.split())[:80]
