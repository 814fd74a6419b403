"""From what went wrong to one line and an exit code.  INTERFACE: Commands.

1: refused with a reason; 2: wrong usage. What nobody foresaw leaves its traceback in a file
that only its owner can read, and the line says where.
"""

import contextlib
import errno
import os
import sys
import tempfile
import traceback
from pathlib import Path

import click

from fediverse_coord.errors import CoordError, Refusal

REFUSED, MISUSED = 1, 2
QUIET = -1  # whoever read our output has left
EVERYDAY = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}


def told(error: BaseException) -> int:
    """Writes the line; the exit code."""
    match error:
        case click.exceptions.NoArgsIsHelpError():
            click.echo(error.format_message(), err=True)
            return MISUSED
        case click.UsageError():
            return _line(_usage(error), MISUSED)
        case click.ClickException():
            return _line(error.format_message(), REFUSED)
        case click.Abort() | KeyboardInterrupt():
            return _line("stopped; nothing further was done", REFUSED)
        case CoordError():
            return _line(_reason(error), REFUSED)
        case OSError(errno=number) if number in EVERYDAY:
            return _line(_told_by_system(error), REFUSED)
        case BaseExceptionGroup(exceptions=(only,)):
            return told(only)
    return _line(_unforeseen(error), REFUSED)


def _line(text: str, code: int) -> int:
    with contextlib.suppress(OSError):
        click.echo(f"fediverse-coord: {one_line(text)}", err=True)
    return code


def one_line(text: str) -> str:
    """Without line ends and without what a terminal would obey."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def _usage(error: click.UsageError) -> str:
    command = error.ctx.command_path if error.ctx else "fediverse-coord"
    return f"{error.format_message().rstrip('.')}. `{command} --help` shows how"


def _reason(error: CoordError) -> str:
    """The reason; where several fields are faulty, what is wrong with each."""
    suggestion = getattr(error, "suggested_summary", None)
    hint = " (--summary auto takes this one)" if suggestion else ""
    if isinstance(error, Refusal) and len(error.faults) > 1:
        return "; ".join(f"{one.field} {one.reason}" for one in error.faults) + hint
    return f"{error}{hint}"


def _told_by_system(error: OSError) -> str:
    """A full disk, a place where nobody may write: whoever reads it knows what to do."""
    place = f": {error.filename}" if error.filename else ""
    return f"{error.strerror}{place}"


def _unforeseen(error: BaseException) -> str:
    kind = type(error).__name__
    try:
        where = _written(error)
    except OSError:
        return f"an error that nobody foresaw ({kind}); its log could not be written either"
    return f"an error that nobody foresaw ({kind}); its log is {where}, please report it"


def _written(error: BaseException) -> Path:
    descriptor, name = tempfile.mkstemp(prefix="fediverse-coord-", suffix=".log")  # mode 0600
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.writelines(traceback.format_exception(error))
    return Path(name)


def nobody_listens() -> int:
    """The reader of our output has left (SIGPIPE): that is no fault of ours."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return QUIET
