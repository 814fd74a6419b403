"""The log: one line an event, with its facts, as text for people or as JSON for machines.

What is written is an event and facts, never bodies or secrets; that is decided where it is
written. Here is the second look: tokens, passwords, the queries of addresses, and the
addresses of people's machines are taken out of whatever comes.
"""

import json
import logging
import re
import sys
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import TextIO

OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}
CHATTY = ("asyncio", "httpx", "httpcore", "aiosqlite", "uvicorn")
PATIENCE_SECONDS = 60.0
COMPLAINTS = 256
SECRET_FACTS = frozenset(
    {"authorization", "body", "client", "cookie", "ip", "passphrase", "password", "token"}
)

QUERY = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s?#\"'<>]*)\?[^\s\"'<>]*", re.IGNORECASE)
PASSWORD = re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^\s/@\"'<>]+@", re.IGNORECASE)
TOKEN = re.compile(r"\bcoord_[a-z2-7]+_[A-Za-z0-9_-]{20,}|\bBearer\s+\S+", re.IGNORECASE)
PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END[^\n]*|\Z)", re.DOTALL)
ADDRESS = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:[\d.]{7,15})?)"
    r"(?![\w.]*\w)",
    re.IGNORECASE,
)


def start(level: str, form: str, stream: TextIO | None = None) -> None:
    """From now on this process logs: `form` is "json" or "text"."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    handler.addFilter(Discreet())
    handler.addFilter(Patient())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def silence() -> None:
    """A command tells what happened by itself."""
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.NullHandler())


def discreet(text: str) -> str:
    """Without tokens, passwords, private keys, queries, and addresses other than loopback."""
    text = PRIVATE_KEY.sub("[key]", TOKEN.sub("[token]", text))
    text = PASSWORD.sub(r"\1[password]@", QUERY.sub(r"\1?[query]", text))
    return ADDRESS.sub(lambda found: _address(found[0]), text)


def _address(text: str) -> str:
    try:
        found = ip_address(text)
    except ValueError:
        return text  # a time, a version
    return text if found.is_loopback or found.is_unspecified else "[address]"


class Discreet(logging.Filter):
    """Cleans an event and its facts before they are put into words. Lets every event through."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = discreet(record.getMessage()), None
        for name, value in facts_of(record).items():
            if name.lower() in SECRET_FACTS:
                setattr(record, name, "[left out]")
            elif not isinstance(value, bool | int | float | None):
                setattr(record, name, discreet(str(value)))
        return True


class Patient(logging.Filter):
    """Lets the same complaint through once a minute, and then says how often it came meanwhile.

    A full disk is met by every step of every road, many times a second: said so often it would
    fill what room is left. A complaint is a warning that names its `reason`.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.clock = clock
        self._said: OrderedDict[tuple[str, ...], tuple[float, int]] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        reason = getattr(record, "reason", None)
        if record.levelno < logging.WARNING or reason is None or record.exc_info:
            return True
        key, now = (record.name, record.getMessage(), str(reason)), self.clock()
        at, times = self._said.get(key, (float("-inf"), 0))
        if now - at < PATIENCE_SECONDS:
            self._said[key] = at, times + 1
            return False
        if times:
            record.repeated = times
        self._said[key] = now, 0
        if len(self._said) > COMPLAINTS:
            self._said.popitem(last=False)
        return True


def facts_of(record: logging.LogRecord) -> dict[str, object]:
    """What the event carries besides its name."""
    return {name: value for name, value in vars(record).items() if name not in OWN}


def _traceback(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    return discreet(formatter.formatException(record.exc_info)) if record.exc_info else ""


class TextLines(logging.Formatter):
    """`2026-05-01T09:00:00.000Z warning storage.changes: changes not seen (reason=locked)`"""

    def format(self, record: logging.LogRecord) -> str:
        facts = ", ".join(f"{name}={value}" for name, value in facts_of(record).items())
        place = record.name.removeprefix("fediverse_coord.")
        event = record.getMessage() + (f" ({facts})" if facts else "")
        line = f"{_at(record)} {record.levelname.lower()} {place}: {event}"
        line = "".join(one if one.isprintable() else " " for one in line)
        return f"{line}\n{_traceback(self, record)}" if record.exc_info else line


class JsonLines(logging.Formatter):
    """The same as one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": _at(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **facts_of(record),
        }
        if record.exc_info:
            line["traceback"] = _traceback(self, record)
        return json.dumps(line, ensure_ascii=False, default=str)


def _at(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
