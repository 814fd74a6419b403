"""A log line is an event with facts, and tells nothing that is nobody's business."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from fediverse_coord import logs

TOKEN = "coord_abcdefgh_" + "s" * 43


@pytest.fixture
def log() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield logging.getLogger("fediverse_coord.outgoing.deliver")
    root.handlers[:] = handlers
    root.setLevel(level)


def logged(log: logging.Logger, form: str, *event: object, **facts: object) -> str:
    stream = io.StringIO()
    logs.start("info", form, stream)
    log.info(*event, extra=facts)  # type: ignore[arg-type]
    return stream.getvalue()


def test_a_text_line_names_time_level_place_event_and_facts(log: logging.Logger) -> None:
    line = logged(log, "text", "delivery %s", "settled", status=202, outcome="delivered")
    at, rest = line.split(" ", 1)
    assert at.endswith("Z")
    assert rest == "info outgoing.deliver: delivery settled (status=202, outcome=delivered)\n"


def test_a_json_line_holds_the_same(log: logging.Logger) -> None:
    line = json.loads(logged(log, "json", "delivery settled", status=202, spec=None))
    assert line["event"] == "delivery settled"
    assert (line["level"], line["status"], line["spec"]) == ("info", 202, None)
    assert line["logger"] == "fediverse_coord.outgoing.deliver"


@pytest.mark.parametrize(
    "text, shown",
    [
        ("https://a.example/x?code=secret is slow", "https://a.example/x?[query] is slow"),
        ("postgresql://coord:secret@db/x", "postgresql://[password]@db/x"),
        (f"sent {TOKEN} twice", "sent [token] twice"),
        ("Authorization: Bearer abc.def", "Authorization: [token]"),
        ("from 203.0.113.7 and [2001:db8::7]:443", "from [address] and [[address]]:443"),
        ("https://203.0.113.7/inbox", "https://[address]/inbox"),
        ("on http://127.0.0.1:8000 and ::1", "on http://127.0.0.1:8000 and ::1"),
        ("at 12:34:56 with version 1.2.3", "at 12:34:56 with version 1.2.3"),
        ("-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n.", "[key]\n."),
        ("https://far.example/users/ann#main-key", "https://far.example/users/ann#main-key"),
    ],
)
def test_what_is_nobodys_business_is_taken_out(text: str, shown: str) -> None:
    assert logs.discreet(text) == shown


@pytest.mark.parametrize("form", ["text", "json"])
def test_facts_and_tracebacks_are_cleaned_too(log: logging.Logger, form: str) -> None:
    stream = io.StringIO()
    logs.start("info", form, stream)
    try:
        raise ValueError(f"no answer from 203.0.113.7 for {TOKEN}")
    except ValueError:
        log.exception("failed", extra={"token": "x1y2z3", "inbox": "https://a.example/i?k=v1w2"})
    line = stream.getvalue()
    assert "ValueError" in line
    for secret in ("203.0.113.7", TOKEN, "x1y2z3", "v1w2"):
        assert secret not in line


def test_the_same_complaint_is_logged_once_a_minute_and_then_counted(log: logging.Logger) -> None:
    now = 0.0
    patient = logs.Patient(lambda: now)

    def passes(level: int, event: str, **facts: object) -> bool:
        record = logging.LogRecord(log.name, level, "", 0, event, None, None)
        vars(record).update(facts)
        said.append(record)
        return bool(patient.filter(record))

    said: list[logging.LogRecord] = []
    full = {"reason": "database or disk is full"}
    assert [passes(logging.WARNING, "step waits", **full) for _ in range(5)] == [True] + [False] * 4
    assert passes(logging.WARNING, "step waits", reason="database is locked")
    assert passes(logging.ERROR, "writes lost", **full)
    assert all(passes(logging.ERROR, "activity parked", row=row) for row in (1, 1))
    assert all(passes(logging.INFO, "activity let go", reason="no such") for _ in range(2))
    now = 61.0
    assert passes(logging.WARNING, "step waits", **full)
    assert logs.facts_of(said[-1]) == {"reason": full["reason"], "repeated": 4}


def test_a_stranger_cannot_begin_a_line_of_their_own(log: logging.Logger) -> None:
    forged = "x\x1b[2J\n2026-10-14T12:00:00Z info faked: all is well"
    for form in ("text", "json"):
        line = logged(log, form, "came in", reason=forged)
        assert len(line.splitlines()) == 1
        assert "\x1b" not in line
