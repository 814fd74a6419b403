"""`doctor`, `keys`: how the server is, and which keys sign."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fediverse_coord.cli import session, telling
from fediverse_coord.errors import CoordError
from fediverse_coord.protocol.text import without_controls

if TYPE_CHECKING:
    from fediverse_coord.app import Services
    from fediverse_coord.config import Config
    from fediverse_coord.desk.doctor import Check

SIGNS = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}
COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command()
@click.option("--json", "as_json", is_flag=True)
def doctor(as_json: bool) -> None:
    """Examine the server from inside and from outside; exit 1 where something is broken."""
    from dataclasses import asdict

    from fediverse_coord.desk.doctor import State, worst

    checks = _checked()
    if as_json:
        telling.result_json([asdict(one) for one in checks])
    else:
        for one in checks:
            _tell(one)
    if worst(checks) is State.FAIL:
        click.get_current_context().exit(1)


def _checked() -> "list[Check]":
    from fediverse_coord.desk import doctor as examining
    from fediverse_coord.storage.database import is_postgres
    from fediverse_coord.storage.snapshot import file_of

    try:
        config = session.settings()
        checks = examining.of_settings(config)
    except CoordError as error:
        return [examining.not_started(error)]
    if not is_postgres(config.database_url) and not file_of(config.database_url).exists():
        return checks  # a look must not make a server
    try:
        return checks + session.acting(lambda services: _opened(config, services))
    except CoordError as error:
        return [*checks, examining.not_started(error)]


async def _opened(config: "Config", services: "Services") -> "list[Check]":
    from fediverse_coord.desk.doctor import of_rows
    from fediverse_coord.desk.doctor_media import of_media
    from fediverse_coord.desk.doctor_outside import of_outside

    inside = await of_rows(services.desk, services.applied) + await of_media(services.desk)
    return inside + await of_outside(config, services.desk, services.client)


def _tell(check: "Check") -> None:
    state = click.style(SIGNS[check.state], fg=COLOURS[check.state])
    click.echo(f"{state}  {without_controls(f'{check.name}: {check.finding}')}")
    if check.consequence:
        telling.result(f"      so: {check.consequence}")
        telling.result(f"      do: {check.remedy}")


@click.group()
def keys() -> None:
    """List a server's keys, and change a coordination's."""


@keys.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_(as_json: bool) -> None:
    """List every key there is or was; never the private halves."""
    from fediverse_coord.desk import keys as holding
    from fediverse_coord.desk.people import OPERATOR

    facts = [
        {
            "actor": one.actor,
            "key": one.key_id,
            "algorithm": one.algorithm,
            "created": one.created,
            "retired": one.retired,
        }
        for one in session.at_desk(lambda desk: holding.listed(desk, OPERATOR))
    ]
    columns = ("actor", "key", "algorithm", "created", "retired")
    telling.listed(facts, columns, as_json=as_json)


@keys.command()
@click.option("--remove", is_flag=True, help="Open the key file again: no passphrase any more.")
@click.option(
    "--new-passphrase-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Its first line is the new one; else it is asked for.",
)
def passphrase(remove: bool, new_passphrase_file: Path | None) -> None:
    """Protect the key file with a passphrase, change it, or remove it."""
    from fediverse_coord.app import read_seal
    from fediverse_coord.cli.operating import asked_for
    from fediverse_coord.desk import key_file
    from fediverse_coord.desk.people import OPERATOR

    if remove and new_passphrase_file is not None:
        raise click.UsageError("--remove and --new-passphrase-file exclude each other")
    config = session.settings()
    seal = read_seal(config)
    new = None if remove else asked_for(new_passphrase_file, "--new-passphrase-file FILE", new=True)
    key_file.protect(config, OPERATOR, seal, new)
    telling.result(str(config.path(config.server.key_file)))
    if new is None:
        telling.say("the key file opens without a passphrase; backups made before still ask for it")
    else:
        telling.say(
            "the key file asks for it from now on. Let the service have it before its next start "
            "(docs/deploy.md, step 8), keep it on paper as well: without it the keys are lost, and "
            "with them the followers. Then make a new backup"
        )


@keys.command()
@click.option("--actor", required=True, metavar="NAME")
def rotate(actor: str) -> None:
    """Give a coordination new keys and tell its followers, signed with the old ones."""
    from fediverse_coord.desk import keys as holding
    from fediverse_coord.desk.keys import Rotated
    from fediverse_coord.desk.people import OPERATOR

    async def act(services: "Services") -> Rotated:
        return await holding.rotate(services.desk, services.seal, OPERATOR, actor)

    rotated = session.acting(act)
    for key_id in rotated.new:
        telling.result(key_id)
    telling.say(
        "the Update that tells of them goes out signed with the old keys. Texts proved so far "
        "stay provable: the old Ed25519 key stays listed in the actor document"
    )
    telling.say("make a new backup now: the ones before do not hold these keys")
