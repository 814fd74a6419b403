"""When a command logs, and when it is silent. What a line looks like is said in `logs`."""

from typing import TYPE_CHECKING

from fediverse_coord import logs

if TYPE_CHECKING:
    from fediverse_coord.config import Logging


def start(settings: "Logging") -> None:
    """From now on, this process logs."""
    logs.start(settings.level, settings.format)


def silence() -> None:
    """A command tells what happened by itself."""
    logs.silence()
