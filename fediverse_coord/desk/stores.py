"""Where the files of media lie, as the settings say; and with what an object store opens.

`[media] store` is where new files go. What it lacks is looked for in `formerly` and `directory`,
so that a server keeps answering while its files are carried over (`carrying_media`).
"""

import asyncio
import logging
import os
import stat
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from fediverse_coord.config import Config
from fediverse_coord.errors import ConfigError, MediaUnavailable
from fediverse_coord.storage.bucket import SCHEME, Access, bucket_at
from fediverse_coord.storage.shelf import Shelf, Shelves, Store

log = logging.getLogger(__name__)

NAMES: Final = {
    "access_key_id": "AWS_ACCESS_KEY_ID",
    "secret_access_key": "AWS_SECRET_ACCESS_KEY",
    "session_token": "AWS_SESSION_TOKEN",
}


def shelves(config: Config) -> Shelves:
    """The places, that of new files first. Raises ConfigError."""
    directory = str(config.media.directory)
    named = [config.media.store or directory, config.media.formerly, directory]
    places = dict.fromkeys(_absolute(config, one) for one in named if one)
    return Shelves(tuple(store_at(config, one) for one in places))


async def take_away(shelf: Store, names: Iterable[str]) -> None:
    """Files whose rows are gone: nobody is shown them any more.

    What cannot be removed now is cleared away later, as whatever has no row.
    """
    try:
        await asyncio.to_thread(shelf.remove, list(names))
    except (OSError, MediaUnavailable) as error:
        log.warning("files are removed later", extra={"reason": str(error)})


def store_at(config: Config, place: str) -> Store:
    """A folder or `s3://BUCKET/PREFIX`. Raises ConfigError."""
    if place.startswith(SCHEME):
        return bucket_at(place, _access(config))
    return Shelf(Path(_absolute(config, place)))


def _absolute(config: Config, place: str) -> str:
    if place.startswith(SCHEME):
        return place.rstrip("/")
    return str(config.path(Path(place)).absolute())


def _access(config: Config) -> Access:
    media = config.media
    given = _from_file(config.path(media.credentials)) if media.credentials else dict[str, str]()
    if not media.credentials:
        given = {name: os.environ.get(variable, "") for name, variable in NAMES.items()}
    return Access(
        media.endpoint,
        media.region,
        given.get("access_key_id", ""),
        given.get("secret_access_key", ""),
        given.get("session_token", ""),
    )


def _from_file(path: Path) -> dict[str, str]:
    """TOML with the names above. Raises ConfigError, which never tells what is in it."""
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ConfigError(f"{path} can be read by others: chmod 600 {path}")
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise ConfigError(f"{path} is not TOML: write the two keys there") from None
    unknown = sorted(set(found) - set(NAMES))
    if unknown or not all(isinstance(one, str) for one in found.values()):
        raise ConfigError(f"{path}: only {', '.join(NAMES)} may stand there, as text")
    return found
