"""The people who sign, on the form of a declaration: a list whose lines are opened one at a time.

A form with every field of a hundred people is more than a phone bears. Those that are not opened
travel in one hidden field, a line each; `gathered` makes the rows of them that everything else
knows (`signatories.0.name`). Lines of a letter or a sheet become rows in `listed`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from fediverse_coord.publishing import languages
from fediverse_coord.publishing.details import Display
from fediverse_coord.publishing.fields import MAX_SIGNATORIES, country_codes
from fediverse_coord.web.console import fields
from fediverse_coord.web.console.typed import Typed

ROWS = "signatories"
CLOSED = (*fields.SIGNATORY, "shown")
WRITTEN = ("name", "office", "organisation", "country")
OPEN, PLACE, REMOVE = "open", "place", "remove"
NOW = "now"  # it is this row that somebody just asked for
FROM = "signatories_from"
TICK, TICKED = "tick", "ticked"
PASTED, PASTED_DISPLAY, PASTED_CLEARED = "pasted", "pasted_display", "pasted_cleared"
LINE_END = re.compile(r"\r\n|\r|\n")
PARTED = (re.compile(r"\t"), re.compile("[;؛；]"), re.compile("[,،，、]"))
COUNTED = re.compile(r"\s*(?:\d{1,4}[.)]|[-*•])\s+")  # as lists in letters are
NO_ROOM = (
    f"holds lines that are not on the list yet: at most {MAX_SIGNATORIES:,} people sign a text. "
    "Take these lines out, or others off the list"
)


def closed(rows: Iterable[tuple[int, Typed]], tag: str) -> str:
    """Rows that are not opened, each with its number, as the hidden field holds them.

    As short as they can be: countries, which are named in the reader's language `tag`, by their
    letters, and nothing for what is as usual.
    """
    return "\n".join(_line(number, row, tag) for number, row in rows)


def _line(number: int, row: Typed, tag: str) -> str:
    given = {name: re.sub(r"[\t\r\n]", " ", row.get(name)) for name in CLOSED}
    given["country"] = fields.country_code(given["country"], tag)
    given["display"] = given["display"].removeprefix(Display.FULL)
    return "\t".join((str(number), *given.values())).rstrip("\t")


def gathered(typed: Typed, tag: str) -> Typed:
    """With all rows, in the order that was wished for, and what was chosen for those ticked."""
    whole = typed.without(ROWS).and_also(_reopened(typed.get(ROWS), tag))
    ticked, wish = set(typed.all(TICK)), typed.get(TICKED)
    rows = [
        _changed(row, wish) if wish and str(number) in ticked else row
        for number, row in enumerate(whole.rows(ROWS))
    ]
    return _with_rows(whole.without(TICK, TICKED), _ordered(rows))


def _reopened(text: str, tag: str) -> Iterator[tuple[str, str]]:
    for line in LINE_END.split(text):
        number, *values = line.split("\t")
        for name, value in zip(CLOSED, values, strict=False):
            if value:
                named = fields.country_named(value, tag) if name == "country" else value
                yield f"{ROWS}.{number}.{name}", named


def _changed(row: Typed, wish: str) -> Typed:
    if wish in tuple(Display):
        return row.without("display").and_also([("display", wish)])
    return row.and_also([(wish, "yes")]) if wish in {"cleared", REMOVE} else row


def _ordered(rows: Sequence[Typed]) -> list[Typed]:
    """Each at the place that was written for it; the others stay in their order."""
    wished = {number: _place(row, number) for number, row in enumerate(rows)}
    found = [row for number, row in enumerate(rows) if wished[number] == number]
    for number, place in sorted(wished.items(), key=lambda one: one[1]):
        if place != number:
            found.insert(place, rows[number])
    return [row.without(PLACE) for row in found]


def _place(row: Typed, number: int) -> int:
    text = row.get(PLACE).strip()
    is_number = text.isascii() and text.isdigit() and len(text) < 5
    return max(int(text) - 1, 0) if is_number else number


def _with_rows(typed: Typed, rows: Iterable[Typed]) -> Typed:
    others = tuple(pair for pair in typed.pairs if not pair[0].startswith(f"{ROWS}."))
    pairs = (
        (f"{ROWS}.{number}.{name}", value)
        for number, row in enumerate(rows)
        for name, value in row.pairs
    )
    return replace(typed, pairs=(*others, *pairs))


def opened(typed: Typed, which: str) -> Typed:
    """With that row alone opened; none where it is not there."""
    rows = (row.without(OPEN) for row in typed.rows(ROWS))
    return _with_rows(
        typed,
        (
            row.and_also([(OPEN, NOW)]) if str(number) == which else row
            for number, row in enumerate(rows)
        ),
    )


def page_of(typed: Typed) -> int:
    """Where the page of the list begins that was looked at."""
    text = typed.get(FROM)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def paged(typed: Typed, which: str) -> Typed:
    """With another page of the list, where nothing is opened."""
    return opened(typed, "").without(FROM).and_also([(FROM, which)])


def with_one_more(typed: Typed) -> Typed:
    """With an empty row, which is opened."""
    number = len(list(typed.rows(ROWS)))
    return opened(typed.and_also([(f"{ROWS}.{number}.display", Display.FULL.value)]), str(number))


def is_pasted(typed: Typed) -> bool:
    return bool(typed.lines(PASTED))


def listed(typed: Typed, tag: str) -> Typed:
    """With the pasted lines as rows behind the others; `tag` is the reader's language.

    What the list has no room for stays where it was pasted.
    """
    display = typed.get(PASTED_DISPLAY) or Display.FULL.value
    chosen = [("display", display), *([("cleared", "yes")] if typed.has(PASTED_CLEARED) else [])]
    known, lines = list(typed.rows(ROWS)), typed.lines(PASTED)
    room = max(MAX_SIGNATORIES - len(known), 0)
    rows = (Typed((*parted(line, tag), *chosen)) for line in lines[:room])
    left = [(PASTED, "\n".join(lines[room:]))] if lines[room:] else []
    done = (PASTED,) if left else (PASTED, PASTED_DISPLAY, PASTED_CLEARED)
    rest = paged(typed.without(*done).and_also(left), str(len(known)))
    return _with_rows(rest, [*rest.rows(ROWS), *rows])


def parted(line: str, tag: str) -> list[tuple[str, str]]:
    """`name, office, organisation, country`; a country may stand last without those between.

    Parted by tabs, else by semicolons, else by commas. What is too much goes to the organisation.
    """
    mark = next((one for one in PARTED if one.search(line)), PARTED[-1])
    parts = [part.strip() for part in mark.split(COUNTED.sub("", line, count=1))]
    country = _country(parts[-1], tag) if len(parts) > 1 else None
    if country or len(parts) == len(WRITTEN):
        *parts, last = parts
        country = country or last
    given = dict(zip(("name", "office"), parts, strict=False))
    given |= {"organisation": ", ".join(parts[2:]), "country": country or ""}
    return [(name, value) for name, value in given.items() if value]


def _country(text: str, tag: str) -> str | None:
    """Its name in the reader's language, where it is one in that, in English, or by its letters."""
    codes = (fields.country_code(text, spoken) for spoken in (tag, "en"))
    code = next((one.upper() for one in codes if one.upper() in country_codes()), None)
    return languages.country_name(code, tag) if code else None
