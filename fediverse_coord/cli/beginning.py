"""`init`: a folder from which a server can start. Writes files, overwrites none, asks nobody.

What the files may hold is said by `config` and `publishing/coordinations`; what was written is
read by them once before it stays.
"""

import contextlib
import json
import os
import secrets
from pathlib import Path

import click

from fediverse_coord.errors import CoordError, MalformedDocument, Refusal

CONFIG = """\
# Every setting, its default and its reason: config.example.toml of the project.

[server]
# Stands in every id and signature, and can never be changed.
origin = {origin}
host = "127.0.0.1"
port = {port}
key_file = "data/instance.key"
actors = "actors"

[database]
url = "sqlite:///data/coord.db"

[media]
directory = "data/media"
"""

ACTOR = """\
# One coordination. After a change raise `revision` by one and restart: it is then sent to all who
# follow. Pictures, further languages, fields and policies: actors/README.md of the project.
revision = 1

# Part of every address you publish; it can never be changed.
username = {username}
languages = [{language}]
contact = {contact}

name = {name}
summary = {summary}
"""


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--origin", required=True, help="Where the world finds it: https://coord.example")
@click.option("--username", required=True, help="The handle's first half; fixed for ever.")
@click.option("--name", required=True, help="The coordination's name.")
@click.option("--lang", "language", required=True, metavar="TAG", help="Such as en or pt-BR.")
@click.option("--contact", metavar="E-MAIL", help="For people without an account; on every page.")
@click.option("--summary", help="Who they are, in plain words.")
@click.option("--port", type=click.IntRange(1, 65_535), default=8000, show_default=True)
def init(
    folder: Path,
    origin: str,
    username: str,
    name: str,
    language: str,
    contact: str | None,
    summary: str | None,
    port: int,
) -> None:
    """Write settings, one coordination and a key file into DIR; overwrite nothing."""
    host = _host(origin)
    contact = contact or f"press@{host if '.' in host else 'localhost.invalid'}"
    actor = ACTOR.format(
        username=_quoted(username),
        language=_quoted(language),
        contact=_quoted(contact),
        name=_quoted(name),
        summary=_quoted(summary or name),
    )
    _check(actor, username)
    config = CONFIG.format(origin=_quoted(origin), port=port)
    files = {
        folder / "config.toml": config,
        folder / "actors" / f"{username}.toml": actor,
        folder / "data" / "instance.key": _key_file(),
    }
    _write(folder, files)
    _tell(folder, username, contact)


def _host(origin: str) -> str:
    from fediverse_coord.protocol.uris import parse

    try:
        address = parse(origin)
    except MalformedDocument:
        raise Refusal(f"--origin is {origin!r}: write it like https://coord.example") from None
    if origin != address.origin:
        raise Refusal(f"--origin must be just {address.origin}, without path or trailing slash")
    return address.host


def _quoted(text: str) -> str:
    """As a TOML basic string, whose escapes are JSON's."""
    from fediverse_coord.protocol.text import without_controls

    return json.dumps(without_controls(text), ensure_ascii=False)


def _check(actor: str, username: str) -> None:
    """Raises ConfigError naming the faulty key."""
    import tomllib

    from fediverse_coord.publishing.coordinations import coordination_from

    coordination_from(tomllib.loads(actor), file_name=f"{username}.toml")


def _key_file() -> str:
    from fediverse_coord.protocol.sealing import KEY_BYTES, key_file_text

    return key_file_text(secrets.token_bytes(KEY_BYTES))


def _write(folder: Path, files: dict[Path, str]) -> None:
    """All of them or none. Raises Refusal where one is there already."""
    _nothing_there(folder, files)
    written: list[Path] = []
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_new(path, text)
            written.append(path)
        _read_back(folder)
    except (OSError, CoordError) as error:
        for path in written:
            with contextlib.suppress(OSError):
                path.unlink()
        if isinstance(error, OSError):
            raise Refusal(f"{folder} cannot be written: {error.strerror}") from None
        raise


def _nothing_there(folder: Path, files: dict[Path, str]) -> None:
    others = sorted((folder / "actors").glob("*.toml"))
    database = folder / "data" / "coord.db"
    there = [one for one in (*files, database, *others) if one.exists() or one.is_symlink()]
    if there:
        raise Refusal(
            f"{there[0]} is there already, and `init` overwrites nothing: choose another folder, "
            "or start what is there with `fediverse-coord serve`"
        )


def _write_new(path: Path, text: str) -> None:
    mode = 0o600 if path.suffix == ".key" else 0o644
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _read_back(folder: Path) -> None:
    from fediverse_coord.config import load, load_coordinations

    load_coordinations(load(folder / "config.toml"))


def _tell(folder: Path, username: str, contact: str) -> None:
    from fediverse_coord.cli.calling import itself
    from fediverse_coord.cli.telling import result, say

    config = folder / "config.toml"
    own = itself(config)
    result(str(config))
    say(f"written: {config}, {folder}/actors/{username}.toml and {folder}/data/instance.key")
    say("keep a copy of the key file: without it the followers are lost")
    say(f"shown on every page as the contact: {contact} (change it in actors/{username}.toml)")
    say("next:")
    say(f"  {own} serve")
    say(f"  {own} token create --coordinator YOUR_NAME --role admin")
    say(f"  {own} publish --actor {username} FILE.md")
    say("docs/deploy.md leads from here to the first follower")
