"""The key file on the disk, and where its passphrase comes from.  docs/adr/0014.

The passphrase is FEDIVERSE_COORD_PASSPHRASE, the first line of the file that
server.passphrase_file names, or the service manager's credential `passphrase`
($CREDENTIALS_DIRECTORY), in this order. It is handed on as an argument and stands in no value
that could be printed. What a protected file looks like belongs to `protocol/sealing`.
"""

import os
import secrets
import tempfile
from pathlib import Path

from fediverse_coord.config import Config
from fediverse_coord.desk.people import Duty, Person, require
from fediverse_coord.errors import ConfigError, Refusal
from fediverse_coord.protocol.sealing import (
    NONCE_BYTES,
    SALT_BYTES,
    Seal,
    is_protected,
    key_file_text,
    protected_text,
    seal_from,
)

PASSPHRASE = "FEDIVERSE_COORD_PASSPHRASE"  # noqa: S105 - the variable's name
CREDENTIALS = "CREDENTIALS_DIRECTORY"
CREDENTIAL = "passphrase"
SHORTEST_PASSPHRASE = 12


def passphrase_for(config: Config) -> str | None:
    """The passphrase as this process was given it. Raises ConfigError for an unreadable file."""
    if said := os.environ.get(PASSPHRASE):
        return said
    named = config.server.passphrase_file
    if named is not None:
        return _first_line(config.path(named))
    folder = os.environ.get(CREDENTIALS)
    credential = Path(folder) / CREDENTIAL if folder else None
    return _first_line(credential) if credential and credential.exists() else None


def opened(config: Config, text: str) -> Seal:
    """The seal of a key file's text; the passphrase is fetched where it is needed."""
    return seal_from(text, passphrase_for(config) if is_protected(text) else None)


def text_of(config: Config) -> str:
    """What the key file holds. Raises ConfigError."""
    path = config.path(config.server.key_file)
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        raise ConfigError(
            f"the key file {path} is missing: put it back (it is part of every backup), "
            "or make a new server with `fediverse-coord init`"
        ) from None
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"the key file {path} cannot be read by this user") from None


def protect(config: Config, person: Person, seal: Seal, passphrase: str | None) -> None:
    """Writes the key file anew, sealed with this passphrase; without one, open as `init` makes it.

    Raises Refusal where it is too short. The file is replaced at once or not at all.
    """
    require(person, Duty.ADMINISTER, None)
    if passphrase is None:
        text = key_file_text(seal.secret)
    elif len(passphrase) < SHORTEST_PASSPHRASE:
        raise Refusal(f"the passphrase needs at least {SHORTEST_PASSPHRASE} characters")
    else:
        salt, nonce = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(NONCE_BYTES)
        text = protected_text(seal, passphrase, salt, nonce)
    if seal_from(text, passphrase) != seal:
        raise AssertionError("a key file that would not open again")
    _replace(config.path(config.server.key_file), text)


def _replace(path: Path, text: str) -> None:
    """All of it is on the disk before the old one goes."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _first_line(path: Path) -> str:
    try:
        first = path.read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"the passphrase file {path} cannot be read by this user") from None
    if not first:
        raise ConfigError(f"the passphrase file {path} is empty")
    return first
