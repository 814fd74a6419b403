"""What a command says: results on stdout, talk on stderr, JSON where it is asked for.

Texts of strangers pass through here on their way to a terminal: nothing it would obey is left.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from fediverse_coord.protocol.text import single_line, without_controls
from fediverse_coord.protocol.times import as2_datetime


def result(text: str) -> None:
    """A result, for people and for pipes."""
    click.echo(without_controls(text))


def say(text: str) -> None:
    """Talk, which a pipe does not see."""
    click.echo(without_controls(text), err=True)


def result_json(value: object) -> None:
    """A result as JSON; moments as AS2 writes them."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: object) -> str:
    return as2_datetime(value) if isinstance(value, datetime) else str(value)


def moment(value: datetime | None, zone: str | None = None) -> str:
    """As people read it: to the minute, with its zone, and first in the one it was meant in."""
    if value is None:
        return "-"
    told = value.strftime("%Y-%m-%d %H:%M UTC")
    if zone is None:
        return told
    return f"{value.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} {zone} ({told})"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns on stdout; nothing where there are no rows."""
    lines = [[single_line(str(cell)) if cell is not None else "-" for cell in row] for row in rows]
    if not lines:
        return
    everything = [list(head), *lines]
    widths = [max(len(line[place]) for line in everything) for place in range(len(head))]
    for line in everything:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def listed(
    items: Sequence[Mapping[str, object]],
    columns: Sequence[str],
    *,
    as_json: bool,
    after: object = None,
) -> None:
    """A page of a list: a JSON array, or the columns. `after` is the cursor of the next page."""
    if as_json:
        result_json(items)
    else:
        table([one.upper() for one in columns], [[_cell(one[c]) for c in columns] for one in items])
    if after is not None:
        say(f"there is more: repeat with --after {after}")


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, list | tuple | frozenset):
        return " ".join(str(one) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None or value == "" else value
