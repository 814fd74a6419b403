"""`backup`, `restore`, `resume`: a server in one file, and back.  docs/backup-format.md.

The passphrase is COORD_PASSPHRASE, the first line of --passphrase-file, or asked for.
"""

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from fediverse_coord.errors import Refusal

PASSPHRASE = "COORD_PASSPHRASE"  # noqa: S105 - the variable's name
FILE = click.Path(path_type=Path, dir_okay=False)
passphrase_file = click.option(
    "--passphrase-file", type=FILE, metavar="FILE", help=f"Else {PASSPHRASE}; else it is asked for."
)


@click.command()
@click.argument("file", type=FILE)
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@passphrase_file
def backup(file: Path, force: bool, passphrase_file: Path | None) -> None:
    """Write the whole server into one encrypted FILE, also while it serves."""
    from fediverse_coord.cli import session, telling
    from fediverse_coord.desk import backups
    from fediverse_coord.desk.people import OPERATOR

    config = session.settings()
    made = backups.back_up(
        config,
        config_file(),
        OPERATOR,
        file,
        _passphrase(passphrase_file, new=True),
        datetime.now(UTC),
        telling.say,
        force=force,
    )
    telling.result(str(made.file))
    telling.say(
        f"{made.bytes:,} bytes: {made.origin} with {', '.join(made.coordinations) or 'nobody'}. "
        "Keep a copy away from this machine, and the passphrase apart from both"
    )


@click.command()
@click.argument("file", type=FILE)
@passphrase_file
def restore(file: Path, passphrase_file: Path | None) -> None:
    """Bring a server back from FILE, into the empty place that --config names."""
    from fediverse_coord.cli import telling
    from fediverse_coord.desk import restores
    from fediverse_coord.desk.people import OPERATOR

    secret = _passphrase(passphrase_file, new=False)
    back = restores.restore(file, config_file(), OPERATOR, secret, telling.say)
    telling.result(str(back.folder))
    telling.say(
        f"restored {back.origin} with {', '.join(back.coordinations) or 'nobody'}, "
        f"as it was at {back.made}"
    )
    telling.say("it receives, and sends nothing until `fediverse-coord resume`")


@click.command()
@click.option("--yes", is_flag=True, help="The old machine is off; do not ask.")
def resume(yes: bool) -> None:
    """Let a restored server send again, once the old machine is off.

    Also lets a database serve again that was carried over to another (`migrate --to`).
    """
    from fediverse_coord.cli import session, telling
    from fediverse_coord.desk import backups, moving
    from fediverse_coord.desk.people import OPERATOR

    if not yes and not _old_machine_is_off():
        raise Refusal("nothing was changed: turn the old machine off first, or say --yes")
    if asyncio.run(moving.take_back(session.settings(), OPERATOR, datetime.now(UTC))):
        telling.say("this database serves again")
    resumed = session.at_desk(lambda desk: backups.resume(desk, OPERATOR))
    telling.say("sending is on" if resumed else "sending was on already")


def _old_machine_is_off() -> bool:
    if not sys.stdin.isatty():
        return False
    question = "Two machines under one name contradict each other. Is the old one off for good?"
    return click.confirm(question, err=True)


def config_file() -> Path:
    """Where the settings are, or will be."""
    from fediverse_coord.cli import session
    from fediverse_coord.config import ENVIRONMENT

    chosen = session.chosen_file() or Path(os.environ.get(ENVIRONMENT) or "config.toml")
    return chosen.absolute()


def _passphrase(file: Path | None, *, new: bool) -> str:
    """That of a backup. Raises Refusal where there is none."""
    said = os.environ.get(PASSPHRASE) if file is None else None
    return said or asked_for(file, f"--passphrase-file FILE, or {PASSPHRASE}", new=new)


def asked_for(file: Path | None, option: str, *, new: bool) -> str:
    """The file's first line, or what is typed. Raises Refusal where there is neither."""
    if file is not None:
        return _first_line(file)
    said = ""
    if sys.stdin.isatty():
        said = click.prompt("Passphrase", hide_input=True, confirmation_prompt=new, err=True)
    if not said:
        raise Refusal(f"a passphrase is needed: {option}")
    return said


def _first_line(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise Refusal(f"the passphrase file {file} cannot be read") from None
    first = text.partition("\n")[0].strip()
    if not first:
        raise Refusal(f"the passphrase file {file} is empty")
    return first
