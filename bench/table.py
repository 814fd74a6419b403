"""The tables of measurements in the papers, made from `results/*.json` and nothing else.

`python -m bench.table` writes them anew into README.md and bench/README.md, between two marks; a
test holds the papers to what it would write. The README shows what a reader asks first, the
paper beside us every figure there is.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

BEGIN = "<!-- made by `python -m bench.table` from bench/results -->"
END = "<!-- end of what is made -->"
BETWEEN = re.compile(f"(?<={re.escape(BEGIN)}\n).*?(?={re.escape(END)})", re.DOTALL)

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results"
NONE_YET = "Nothing is measured yet: `python -m bench.NAME --save` writes results.\n"
NO_FIGURES = {"name", "date", "machine", "python", "commit", "statuses"}
ANSWERS = {
    "actor": "GET an actor",
    "object": "GET a declaration as JSON",
    "declaration_page": "GET its page",
}

Result = Mapping[str, Any]
Row = tuple[str, str, str]


def results(folder: Path = RESULTS) -> dict[str, Result]:
    """By name; none where nothing was saved."""
    files = sorted(folder.glob("*.json"))
    return {one.stem: json.loads(one.read_text(encoding="utf-8")) for one in files}


def chosen(found: Mapping[str, Result]) -> str:
    """What a reader asks first: how much, and how near that is to what is possible."""
    rows = [row for name in named(found) for row in told_of(name)(found[name])]
    if not rows:
        return NONE_YET
    lines = ["| | measured | beside it, in the same run |", "|---|---|---|"]
    lines += [f"| {what} | {figure} | {beside} |" for what, figure, beside in rows]
    return "\n".join([*lines, "", *_circumstances(found)]) + "\n"


def _deliver(one: Result) -> Iterator[Row]:
    over = "https" if one["tls"] else "http"
    engine = ", PostgreSQL" if one.get("name", "").endswith("_postgresql") else ""
    processes = {1: "one process", 2: "two"}.get(one["processes"], _n(one["processes"]))
    yield (
        f"signed deliveries to {_n(one['hosts'])} servers over {over}, {processes}{engine}",
        f"{_n(one['deliveries_a_second'])} a second",
        f"{_share(one['share_of_signing'])} of what one core can sign; "
        f"{_n(one['cpu_in_signatures'])} times the CPU of signing",
    )


def _simulate(one: Result) -> Iterator[Row]:
    over = " over https" if one.get("name", "").endswith("_tls") else ""
    where = f"{_n(one['hosts'])} servers{over}"
    yield (
        f"a post to {_n(one['followers'])} followers on {where}: published",
        f"{_n(one['publish_ms'])} ms",
        f"fan-out {_n(one['fan_out_seconds'])} s, "
        f"no write longer than {_n(one['longest_write_ms'])} ms",
    )
    yield (
        "… until the last server that answers has it",
        f"{_n(one['seconds_to_the_last'])} s",
        f"{_share(one['share_of_signing'])} of what one core can sign; "
        f"the process grew by {_n(one['grown_mib'])} MiB",
    )


def _inbox(one: Result) -> Iterator[Row]:
    for what, told in one["two_processes"].items():
        yield (
            f"{what} verified, kept and acted on, two processes",
            f"{_n(told['processed_a_second'])} a second",
            f"{_share(told['share_of_verifying'])} of what one core can verify; "
            f"99 of 100 answered within {_n(told['p99_ms'])} ms",
        )


def _get(one: Result) -> Iterator[Row]:
    for name, what in ANSWERS.items():
        for processes, told in (("one process", one[name]), ("two", one[f"{name}_two"])):
            yield (
                f"{what}, {processes}",
                f"{_n(told['a_second'])} a second",
                f"{_n(told['share_of_bare'])} times a bare ASGI server, "
                f"{_share(told['share_of_nginx'])} of nginx; "
                f"99 of 100 within {_n(told['p99_ms'])} ms",
            )
    yield "a page that is made anew", f"{_n(one['fresh_page_ms'])} ms", ""
    yield "start until the first answer", f"{_n(one['start_seconds'])} s", ""
    yield "memory of the idle server", f"{_n(one['idle_mib'])} MiB", ""


def _declarations(one: Result) -> Iterator[Row]:
    yield (
        f"publish a work of {one['languages']} languages",
        f"{_n(one['publish_seven_ms'])} ms",
        f"ten times as long: {_n(one['publish_seven_long_ms'])} ms",
    )
    yield (
        "a PDF nobody has asked for yet",
        f"{_n(one['pdf_ms'])} ms",
        f"ten times as long: {_n(one['pdf_long_ms'])} ms; kept: {_n(one['pdf_kept_ms'])} ms",
    )


def _writes(one: Result) -> Iterator[Row]:
    callers, told = next(iter(one["ours"].items()))
    yield (
        f"durable write transactions, {callers}",
        f"{_n(told['a_second'])} a second",
        f"{_share(one['ratios']['many_to_grouped'])} of what SQLite allows there",
    )


def _small(one: Result) -> Iterator[Row]:
    yield (
        f"one core, a post to {_n(one['followers'])} followers: a page meanwhile",
        f"{_n(one['page_ms'])} ms",
        f"99 of 100 within {_n(one['page_p99_ms'])} ms; without a delivery "
        f"{_n(one['quiet_page_ms'])} ms; {_n(one['most_mib'])} MiB at most",
    )


def _growth(one: Result) -> Iterator[Row]:
    """Each cost at the largest size, and how many times that at the smallest it is."""
    kind = one["name"].partition("-")[2]
    (least, first), (most, last) = list(one["sizes"].items())[:: len(one["sizes"]) - 1]
    times = ", ".join(f"{what.partition(',')[0]} {last[what] / first[what]:.1f}" for what in first)
    yield (
        f"cost with {_n(int(most))} {kind}, in times that with {_n(int(least))}",
        f"{max(last[what] / first[what] for what in first):.1f} at most",
        times,
    )


ROWS = {
    "deliver": _deliver,
    "simulate": _simulate,
    "inbox": _inbox,
    "get": _get,
    "declarations": _declarations,
    "writes": _writes,
    "small": _small,
    "growth": _growth,
}
"""What the README shows of each kind of measurement, in its order; names begin with the kind."""


def named(found: Mapping[str, Result]) -> list[str]:
    """Those of which the README tells something, in its order."""
    return [name for kind in ROWS for name in found if _kind(name) == kind]


def told_of(name: str) -> Callable[[Result], Iterator[Row]]:
    return ROWS[_kind(name)]


def _kind(name: str) -> str:
    return re.split("[_-]", name)[0]


def everything(found: Mapping[str, Result]) -> str:
    """Every figure of every measurement, by its name in the file."""
    return "\n".join(_whole(name, one) for name, one in found.items()) or NONE_YET


def _whole(name: str, one: Result) -> str:
    rows = [f"| {'.'.join(path)} | {_n(value)} |" for path, value in _flat(one)]
    return "\n".join([f"### {name}", "", _made(one), "", "| | |", "|---|---|", *rows]) + "\n"


def _flat(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in NO_FIGURES:
                continue
            yield from _flat(inner, (*path, str(key)))
    elif isinstance(value, list):
        yield path, ", ".join(_n(one) for one in value)
    else:
        yield path, value


def _circumstances(found: Mapping[str, Result]) -> list[str]:
    """One line for each set of circumstances, with the measurements made in it."""
    together: dict[str, list[str]] = {}
    for name in named(found):
        together.setdefault(_made(found[name]), []).append(f"`{name}`")
    return [f"- {', '.join(names)}: {made}" for made, names in together.items()]


def _made(one: Result) -> str:
    python = f", Python {one['python']}" if "python" in one else ""
    return f"{one['date']}, {one['machine']}{python}, commit {one['commit']}."


def _n(value: object) -> str:
    """A figure as people read it."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def _share(value: float) -> str:
    return f"{value:.0%}"


PAPERS = {"README.md": chosen, "bench/README.md": everything}


def rewritten(name: str, text: str, folder: Path = RESULTS) -> str:
    """The paper with its table made anew. Raises ValueError where the marks are missing."""
    table = PAPERS[name](results(folder))
    made, count = BETWEEN.subn(lambda _: table, text)
    if count != 1:
        raise ValueError(f"{name} needs the marks {BEGIN} and {END}, once")
    return made


def main() -> None:
    for name in PAPERS:
        path = ROOT / name
        text = path.read_text(encoding="utf-8")
        made = rewritten(name, text)
        path.write_text(made, encoding="utf-8")
        print(f"{name}: {'written anew' if made != text else 'as it was'}")


if __name__ == "__main__":
    main()
