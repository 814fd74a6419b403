"""An object store that speaks S3, as a place for the files of media. An extra: `obstore`.

Its keys are never part of a message: what goes wrong is told by the place and the store's own
first words. What `Shelf` does with a folder is done here with objects; `put` replaces, so that
one which is there already counts as new again. Blocking.
"""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any, Final
from urllib.parse import urlsplit

from fediverse_coord.errors import ConfigError, MediaUnavailable
from fediverse_coord.storage.shelf import FILE, PORTION

SCHEME: Final = "s3://"
MISSING: Final = (
    "media in an object store need the extra `s3`: pip install 'fediverse-coord[s3]', "
    "or name a directory"
)
LONGEST_REASON: Final = 200


@dataclass(frozen=True, slots=True)
class Access:
    """Where the store answers, and with what it opens. `endpoint` is empty for Amazon's own."""

    endpoint: str = ""
    region: str = "us-east-1"
    key_id: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Bucket:
    """One prefix of a bucket. `store` and `library` are obstore's."""

    place: str
    store: Any = field(repr=False)
    library: Any = field(repr=False)

    def __str__(self) -> str:
        return self.place

    def put(self, name: str, content: bytes) -> None:
        with self._said():
            self.library.put(self.store, name, content)

    def size(self, name: str) -> int | None:
        with self._said():
            try:
                return int(self.library.head(self.store, name)["size"])
            except FileNotFoundError:
                return None

    def read(self, name: str, start: int = 0, end: int | None = None) -> bytes | None:
        with self._said():
            try:
                if end is None and start == 0:
                    return bytes(self.library.get(self.store, name).bytes())
                last = self.size(name) if end is None else end
                return bytes(self.library.get_range(self.store, name, start=start, end=last))
            except FileNotFoundError:
                return None

    def remove(self, names: Iterable[str]) -> None:
        for name in names:
            with self._said(), contextlib.suppress(FileNotFoundError):
                self.library.delete(self.store, name)

    def old(self, before: datetime, after: str) -> list[str]:
        found = list[str]()
        with self._said():
            for name, since in self._listed(after):
                if since < before and FILE.match(name):
                    found.append(name)
                if len(found) == PORTION:
                    break
        return sorted(found)

    def _listed(self, after: str) -> Iterator[tuple[str, datetime]]:
        for portion in self.library.list(self.store, offset=after or None, chunk_size=PORTION):
            yield from ((str(one["path"]), one["last_modified"]) for one in portion)

    def remove_old(self, names: Iterable[str], before: datetime) -> int:
        still = [name for name in names if self._is_old(name, before)]
        self.remove(still)
        return len(still)

    def _is_old(self, name: str, before: datetime) -> bool:
        with self._said():
            try:
                return bool(self.library.head(self.store, name)["last_modified"] < before)
            except FileNotFoundError:
                return False

    @contextlib.contextmanager
    def _said(self) -> Iterator[None]:
        """Raises MediaUnavailable for whatever the store or the way to it says."""
        try:
            yield
        except (MediaUnavailable, FileNotFoundError) as error:
            if isinstance(error, MediaUnavailable):
                raise
            raise MediaUnavailable(f"{self.place} is not there: make the bucket") from None
        except Exception as error:  # obstore's exceptions have no root but this one
            reason = str(error).partition("\n")[0][:LONGEST_REASON]
            raise MediaUnavailable(f"{self.place} cannot be used now: {reason}") from None


def bucket_at(place: str, access: Access) -> Bucket:
    """`s3://BUCKET/PREFIX`. Raises ConfigError where it cannot be opened as told."""
    parts = urlsplit(place)
    if not parts.netloc or parts.query or parts.fragment or "@" in parts.netloc:
        raise ConfigError(f"media: name a store as {SCHEME}BUCKET or {SCHEME}BUCKET/PREFIX")
    if not (access.key_id and access.secret):
        raise ConfigError(
            f"media: {place} needs keys: name their file in [media] credentials, or set "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    try:
        library, stores = import_module("obstore"), import_module("obstore.store")
    except ImportError:
        raise ConfigError(MISSING) from None
    store = stores.S3Store(
        parts.netloc,
        prefix=parts.path.strip("/") or None,
        region=access.region,
        access_key_id=access.key_id,
        secret_access_key=access.secret,
        client_options={
            "allow_http": access.endpoint.startswith("http://"),
            "connect_timeout": "5s",
            "timeout": "60s",
        },
        retry_config={"max_retries": 2},
        **({"endpoint": access.endpoint} if access.endpoint else {}),
        **({"session_token": access.token} if access.token else {}),
    )
    return Bucket(place, store, library)
