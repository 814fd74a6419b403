"""The log of a running server: one line an event, with its facts, on stderr.

As text for people and the journal, or as JSON for machines. What may stand in it is decided
where it is written: events and facts, never bodies or secrets.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fediverse_coord.config import Logging

OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}


def start(settings: "Logging") -> None:
    """From now on, this process logs."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if settings.format == "json" else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level.upper())
    for chatty in ("asyncio", "httpx", "httpcore", "aiosqlite", "uvicorn"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))


def silence() -> None:
    """A command tells what happened by itself."""
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.NullHandler())


def facts_of(record: logging.LogRecord) -> dict[str, object]:
    """What the event carries besides its name."""
    return {name: value for name, value in vars(record).items() if name not in OWN}


class TextLines(logging.Formatter):
    """`2026-05-01T09:00:00Z warning storage.changes: watching failed (reason=locked)`"""

    def format(self, record: logging.LogRecord) -> str:
        facts = ", ".join(f"{name}={value}" for name, value in facts_of(record).items())
        place = record.name.removeprefix("fediverse_coord.")
        event = record.getMessage() + (f" ({facts})" if facts else "")
        line = f"{_at(record)} {record.levelname.lower()} {place}: {event}"
        line = line.replace("\n", " ").replace("\r", " ")
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


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
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def _at(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
