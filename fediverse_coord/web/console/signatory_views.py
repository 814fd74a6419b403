"""The list of those who sign as the form shows it: a page of lines, and in it what is opened."""

from collections.abc import Iterator, Sequence

from fediverse_coord.publishing.details import Display
from fediverse_coord.web.console import signatories
from fediverse_coord.web.console.differences import marked
from fediverse_coord.web.console.editor_views import (
    SignatoriesForm,
    SignatoryForm,
    SignatoryLine,
)
from fediverse_coord.web.console.form_views import Filled
from fediverse_coord.web.console.signatories import OPEN, PASTED, PASTED_CLEARED, PASTED_DISPLAY
from fediverse_coord.web.console.typed import Typed
from fediverse_coord.web.console.views import Choice, Control, Difference
from fediverse_coord.web.templating import Words

PAGE = 15
MOST_OPENED = 3  # of those at fault and those asked for; the others say their faults in their line
BESIDE = ("office", "organisation", "country")


def form_of(form: Filled) -> SignatoriesForm:
    """The page with what is at fault or opened, else the one that was looked at."""
    rows = list(form.typed.rows(signatories.ROWS)) or [Typed(((OPEN, "yes"),))]
    faulty = sorted({number for number in map(_row_of, _targets(form)) if number is not None})
    asked = [number for number, row in enumerate(rows) if row.has(OPEN)]
    looked_at = [one for one in dict.fromkeys((*faulty, *asked)) if one < len(rows)]
    first = _page(looked_at[0] if looked_at else signatories.page_of(form.typed), len(rows))
    shown = range(first, min(first + PAGE, len(rows)))
    opened = [one for one in looked_at if one in shown][:MOST_OPENED]
    kept = ((number, row) for number, row in enumerate(rows) if number not in opened)
    return SignatoriesForm(
        closed=signatories.closed(kept, form.ui.tag),
        rows=tuple(
            _opened(form, number, rows[number])
            if number in opened
            else _line(form, number, rows[number])
            for number in shown
        ),
        count=len(rows),
        first=first,
        earlier=first - PAGE if first else None,
        further=first + PAGE if first + PAGE < len(rows) else None,
        pasted=form.control(PASTED),
        displays=_displays(form, form.typed.get(PASTED_DISPLAY)),
        cleared=form.typed.has(PASTED_CLEARED),
        difference=form.differences.get(signatories.ROWS),
    )


def _targets(form: Filled) -> Iterator[str]:
    return (form.target(one) for one in form.faults)


def _row_of(target: str) -> int | None:
    head, _, rest = target.partition(".")
    number = rest.partition(".")[0]
    return int(number) if head == signatories.ROWS and number.isdigit() else None


def _page(number: int, count: int) -> int:
    """Where the page begins on which that row stands."""
    return min(number, max(count - 1, 0)) // PAGE * PAGE


def _displays(form: Filled, chosen: str) -> tuple[Choice, ...]:
    chosen = chosen or Display.FULL
    return tuple(Choice(one, form.ui.phrases[f"display_{one}"], one == chosen) for one in Display)


def _opened(form: Filled, number: int, row: Typed) -> SignatoryForm:
    def control(name: str) -> Control:
        return form.control(f"{signatories.ROWS}.{number}.{name}")

    return SignatoryForm(
        number=number,
        name=control("name"),
        office=control("office"),
        organisation=control("organisation"),
        country=control("country"),
        since=control("from"),
        displays=_displays(form, row.get("display")),
        cleared=row.has("cleared"),
        sealed=row.get("sealed"),
        shown=row.get("shown"),
        is_blank=not (row.get("name") or row.get("sealed") or row.get("office")),
        has_focus=row.get(OPEN) == signatories.NOW,
        faults=form.reasons(f"{signatories.ROWS}.{number}.sealed"),
    )


def _line(form: Filled, number: int, row: Typed) -> SignatoryLine:
    display, start = row.get("display", Display.FULL), f"{signatories.ROWS}.{number}."
    faults = (one.reason for one in form.faults if form.target(one).startswith(start))
    return SignatoryLine(
        number=number,
        name=row.get("name") or row.get("shown"),
        beside=_beside(row),
        since=row.get("from"),
        display="" if display == Display.FULL else str(form.ui.phrases.get(f"display_{display}")),
        is_sealed=row.has("sealed") and not row.get("name"),
        faults=tuple(dict.fromkeys(faults)),
    )


def _beside(row: Typed) -> tuple[str, ...]:
    return tuple(value for name in BESIDE if (value := row.get(name)))


def target_in(form: SignatoriesForm, target: str) -> str:
    """Where a fault of a row leads: to its field, its line, or the list."""
    number = _row_of(target)
    if number is None:
        return target
    row = next((one for one in form.rows if one.number == number), None)
    if isinstance(row, SignatoryForm):
        return target
    return f"{signatories.ROWS}.{number}" if row else signatories.ROWS


def difference(mine: Typed, theirs: Typed, ui: Words) -> Difference | None:
    """Two people wrote at once: the whole list, a line each, as the other one saved it."""
    written = [_told(list(one.rows(signatories.ROWS)), ui) for one in (mine, theirs)]
    return None if written[0] == written[1] else Difference(marked(*written))


def _told(rows: Sequence[Typed], ui: Words) -> str:
    return "\n".join(", ".join(filter(None, _parts(row, ui))) for row in rows)


def _parts(row: Typed, ui: Words) -> Iterator[str]:
    yield from (row.get(name) for name in ("name", "shown", *BESIDE, "from", "sealed"))
    if (display := row.get("display", Display.FULL)) != Display.FULL:
        yield ui.phrases.get(f"display_{display}", display)
