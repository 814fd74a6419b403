"""The command line.  INTERFACE: Commands.

Results go to stdout, talk to stderr. 0: done, 1: refused with a reason, 2: wrong usage; errors
are one line that says what to do. Here is only the door: which command lives in which module
is a table, and a module is imported when its command is asked for, so that nobody waits for
what is not used. What a command does belongs to `desk` and to `app`.
"""

import gc
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from fediverse_coord import __version__
from fediverse_coord.cli import faults
from fediverse_coord.cli.session import CONFIG

PROGRAM = "fediverse-coord"

COMMANDS = {
    "init": "fediverse_coord.cli.beginning:init",
    "serve": "fediverse_coord.cli.server:serve",
    "work": "fediverse_coord.cli.server:work",
    "demo": "fediverse_coord.cli.server:demo",
    "publish": "fediverse_coord.cli.publishing:publish",
    "update": "fediverse_coord.cli.publishing:update",
    "withdraw": "fediverse_coord.cli.releasing:withdraw",
    "redact": "fediverse_coord.cli.releasing:redact",
    "delete": "fediverse_coord.cli.releasing:delete",
    "schedule": "fediverse_coord.cli.releasing:schedule",
    "pin": "fediverse_coord.cli.releasing:pin",
    "unpin": "fediverse_coord.cli.releasing:unpin",
    "preview": "fediverse_coord.cli.publishing:preview",
    "pdf": "fediverse_coord.cli.papers:pdf",
    "show": "fediverse_coord.cli.looking:show",
    "list": "fediverse_coord.cli.looking:list_",
    "aliases": "fediverse_coord.cli.aliases:aliases",
    "passages": "fediverse_coord.cli.passages:passages",
    "introductions": "fediverse_coord.cli.introductions:introductions",
    "followers": "fediverse_coord.cli.looking:followers",
    "deliveries": "fediverse_coord.cli.deliveries:deliveries",
    "resend": "fediverse_coord.cli.deliveries:resend",
    "responses": "fediverse_coord.cli.responses:responses",
    "approve": "fediverse_coord.cli.responses:approve",
    "reject": "fediverse_coord.cli.responses:reject",
    "answer": "fediverse_coord.cli.responses:answer",
    "discard": "fediverse_coord.cli.responses:discard",
    "edits": "fediverse_coord.cli.waiting:edits",
    "requests": "fediverse_coord.cli.waiting:requests",
    "reports": "fediverse_coord.cli.waiting:reports",
    "boost": "fediverse_coord.cli.people:boost",
    "unboost": "fediverse_coord.cli.people:unboost",
    "follow": "fediverse_coord.cli.people:follow",
    "unfollow": "fediverse_coord.cli.people:unfollow",
    "block": "fediverse_coord.cli.blocks:block",
    "unblock": "fediverse_coord.cli.blocks:unblock",
    "token": "fediverse_coord.cli.tokens:token",
    "login-link": "fediverse_coord.cli.sessions:login_link",
    "sessions": "fediverse_coord.cli.sessions:sessions",
    "actor": "fediverse_coord.cli.actors:actor",
    "migrate": "fediverse_coord.cli.server:migrate",
    "doctor": "fediverse_coord.cli.checking:doctor",
    "import": "fediverse_coord.cli.importing:import_",
    "export": "fediverse_coord.cli.exporting:export",
    "media": "fediverse_coord.cli.media:media",
    "backup": "fediverse_coord.cli.operating:backup",
    "restore": "fediverse_coord.cli.operating:restore",
    "resume": "fediverse_coord.cli.operating:resume",
    "verify": "fediverse_coord.cli.proving:verify",
    "keys": "fediverse_coord.cli.checking:keys",
}
"""Each command's module and name there, in the order of the help."""


def _config_option() -> click.Option:
    def remember(context: click.Context, _: click.Parameter, value: Path | None) -> None:
        if value is not None:
            context.meta[CONFIG] = value

    return click.Option(
        ["--config"],
        type=click.Path(path_type=Path),
        metavar="FILE",
        callback=remember,
        expose_value=False,
        help="The settings; else FEDIVERSE_COORD_CONFIG, else ./config.toml.",
    )


def with_config(command: click.Command) -> click.Command:
    """The command, and those below it, with `--config` among its options."""
    if not any(one.name == "config" for one in command.params):
        command.params.append(_config_option())
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            with_config(inner)
    return command


class Commands(click.Group):
    """The table of commands as a group; nothing is imported before it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, attribute = place.partition(":")
        found = getattr(importlib.import_module(module), attribute)
        return with_config(found) if isinstance(found, click.Command) else None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def program() -> None:
    """A publishing server for the fediverse: coordinations publish, other servers follow.

    ID is a declaration's ActivityPub id, the address of its page, or its key.
    """


def run(arguments: Sequence[str]) -> int:
    """Runs one command; its exit code. Every error has been told when it returns."""
    try:
        with with_config(program).make_context(PROGRAM, list(arguments)) as context:
            program.invoke(context)
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except BrokenPipeError:
        return faults.nobody_listens()
    except BaseException as error:  # one line for each, never a traceback
        return faults.told(error)
    return 0


def main() -> NoReturn:
    """The entrance of the program."""
    gc.disable()  # what is loaded is no garbage: a quarter of the start went into looking for some
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that knows fewer letters
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        faults.nobody_listens()
    if code == faults.QUIET:
        os._exit(0)  # nothing is left to be flushed, and nobody to hear of it
    sys.exit(code)
