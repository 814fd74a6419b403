"""Two people wrote at once: what one saved, beside what the other typed.

Words that only the saved text has are marked as inserted, those that only the typed one has as
deleted. Very long texts are shown whole: comparing them word by word would take seconds.
"""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from markupsafe import Markup

from fediverse_coord.web.console.typed import Typed
from fediverse_coord.web.console.views import Difference

WORDS = re.compile(r"\s+|\S+")
MOST_WORDS = 4_000
OURS = frozenset({
    "revision", "do", "csrf", "languages", "add", "change", "take_up", "sure",
    "picture", "as_hero", "describing", "older",
    "signatories_from", "pasted", "pasted_display", "pasted_cleared",
})  # fmt: skip


def differences(typed: Typed, saved: Typed) -> dict[str, Difference]:
    """By control: where what was typed is not what is saved."""
    names = {name for name, _ in (*typed.pairs, *saved.pairs) if not name.startswith("alt.")} - OURS
    pairs = {name: (_all(typed, name), _all(saved, name)) for name in names}
    return {
        name: Difference(marked(mine, theirs))
        for name, (mine, theirs) in pairs.items()
        if mine != theirs
    }


def _all(typed: Typed, name: str) -> str:
    return "\n".join(typed.all(name)).replace("\r\n", "\n").strip()


def marked(mine: str, theirs: str) -> Markup:
    """The saved text with what it has more and less than the typed one."""
    before, after = WORDS.findall(mine), WORDS.findall(theirs)
    if len(before) + len(after) > MOST_WORDS:
        return Markup("<ins>{}</ins>").format(theirs)
    return Markup("").join(_pieces(before, after))


def _pieces(before: list[str], after: list[str]) -> Iterator[Markup]:
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Markup("{}").format("".join(after[c:d]))
            continue
        if b > a:
            yield Markup("<del>{}</del>").format("".join(before[a:b]))
        if b > a and d > c:
            yield Markup(" ")  # letters of some scripts would join
        if d > c:
            yield Markup("<ins>{}</ins>").format("".join(after[c:d]))
