"""One encrypted file holds a server, and nothing but all of it comes back."""

import asyncio
import io
import os
import shutil
import sqlite3
import stat
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fediverse_coord import config as settings
from fediverse_coord.config import Config
from fediverse_coord.desk import backups, restores
from fediverse_coord.desk.people import OPERATOR, Person, Role
from fediverse_coord.desk.sealed_file import (
    CHUNK_BYTES,
    HEADER_BYTES,
    Chance,
    SealedReader,
    SealedWriter,
)
from fediverse_coord.errors import ConfigError, NotAllowed, Refusal, StorageUnavailable
from fediverse_coord.protocol.sealing import Seal, key_file_text
from fediverse_coord.storage import actors, instance, snapshot
from fediverse_coord.storage.database import open_database
from fediverse_coord.storage.keyring import Keyring

NOW = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)
CHEAP = (4, 8, 1)
PASSPHRASE = "correct horse battery staple"
CHANCE = Chance(bytes(16), bytes(8))
WRITER = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
number = 0
while True:
    number += 1
    db.execute("BEGIN IMMEDIATE")
    for half in ("left", "right"):
        db.execute("INSERT INTO changes (key, changed_at) VALUES (?, ?)", (half, number))
    db.execute("COMMIT")
    if number == 50:
        print("writing", flush=True)
"""


@dataclass(frozen=True)
class Place:
    """A server's folder."""

    folder: Path

    @property
    def config_file(self) -> Path:
        return self.folder / "config.toml"

    @property
    def config(self) -> Config:
        return settings.load(self.config_file)

    @property
    def database(self) -> Path:
        return self.folder / "data" / "coord.db"

    def back_up(
        self, target: Path, *, passphrase: str = PASSPHRASE, force: bool = False
    ) -> backups.Backup:
        return backups.back_up(
            self.config,
            self.config_file,
            OPERATOR,
            target,
            passphrase,
            NOW,
            lambda _: None,
            force=force,
            cost=CHEAP,
        )


def restore(file: Path, folder: Path, passphrase: str = PASSPHRASE) -> restores.Restored:
    return restores.restore(file, folder / "config.toml", OPERATOR, passphrase, lambda _: None)


def everything_in(folder: Path) -> dict[str, bytes]:
    return {
        str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()
    }


def rows_of(database: Path) -> list[str]:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return [line for line in connection.iterdump() if 'INTO "instance"' not in line]
    finally:
        connection.close()


@pytest.fixture
def place(founded: Path, tmp_path: Path) -> Place:
    folder = tmp_path / "old"
    for inner in ("data/media", "actors"):
        (folder / inner).mkdir(parents=True)
    shutil.copy(founded, folder / "data" / "coord.db")
    (folder / "config.toml").write_text('[server]\norigin = "http://localhost:8000"\n')
    (folder / "data" / "instance.key").write_text(key_file_text(bytes(32)))
    (folder / "actors" / "dockers.toml").write_text("# the dockers\n")
    (folder / "data" / "media" / "picture.png").write_bytes(os.urandom(3 * CHUNK_BYTES))
    return Place(folder)


@pytest.fixture
def backup(place: Place, tmp_path: Path) -> Path:
    return place.back_up(tmp_path / "coord.backup").file


# The sealed file


@pytest.mark.parametrize("length", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 200_000])
def test_what_was_sealed_opens_again(length: int) -> None:
    plain = os.urandom(length)
    assert opened(sealed(plain)) == plain


def sealed(plain: bytes) -> bytes:
    file = io.BytesIO()
    writer = SealedWriter(file, PASSPHRASE, CHANCE, cost=CHEAP)
    writer.write(plain)
    writer.finish()
    return file.getvalue()


def opened(file: bytes, passphrase: str = PASSPHRASE) -> bytes:
    reader, found = SealedReader(io.BytesIO(file), passphrase), b""
    while piece := reader.read(10_000):
        found += piece
    return found


def test_no_byte_can_be_changed() -> None:
    whole = sealed(b"We stand with the crews on strike.")
    for position in range(len(whole)):
        changed = bytearray(whole)
        changed[position] ^= 1
        # More rounds than a machine has time for are refused as well.
        with pytest.raises(Refusal):
            opened(bytes(changed))


@pytest.mark.parametrize(
    "left", [0, 10, HEADER_BYTES, HEADER_BYTES + 5, -1, -20, -16 - CHUNK_BYTES]
)
def test_a_file_that_was_cut_off_does_not_open(left: int) -> None:
    with pytest.raises(Refusal):
        opened(sealed(bytes(3 * CHUNK_BYTES))[:left])


def test_chunks_cannot_be_cut_off_moved_or_added() -> None:
    whole = sealed(os.urandom(3 * CHUNK_BYTES))
    head, size = whole[:HEADER_BYTES], CHUNK_BYTES + 16
    first, second, third = (whole[HEADER_BYTES + n * size :][:size] for n in range(3))
    assert head + first + second + third == whole
    for forged in (first + second, second + first + third, first + third, whole[HEADER_BYTES:] * 2):
        with pytest.raises(Refusal):
            opened(head + forged)


def test_a_file_without_its_end_does_not_open() -> None:
    file = io.BytesIO()
    SealedWriter(file, PASSPHRASE, CHANCE, cost=CHEAP).write(bytes(2 * CHUNK_BYTES))
    with pytest.raises(Refusal):
        opened(file.getvalue())


def test_another_passphrase_opens_nothing() -> None:
    with pytest.raises(Refusal, match="passphrase is wrong"):
        opened(sealed(b"words"), "another passphrase")


# Backup


def test_a_backup_holds_the_server_and_shows_nothing_of_it(place: Place, backup: Path) -> None:
    content = backup.read_bytes()
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    for secret in (
        b"localhost",
        b"dockers",
        b"SQLite",
        b"config.toml",
        key_file_text(bytes(32)).encode(),
    ):
        assert secret not in content
    assert [one.name for one in backup.parent.iterdir() if one.name.startswith(".")] == []
    assert [one.name for one in place.database.parent.iterdir() if "backup" in one.name] == []


def test_a_backup_never_overwrites_unless_told_to(place: Place, backup: Path) -> None:
    before = backup.read_bytes()
    with pytest.raises(Refusal, match="--force"):
        place.back_up(backup)
    assert backup.read_bytes() == before
    place.back_up(backup, force=True)
    assert backup.read_bytes() != before


def test_a_short_passphrase_is_refused(place: Place, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="12 characters"):
        place.back_up(tmp_path / "coord.backup", passphrase="dockers")
    assert not (tmp_path / "coord.backup").exists()


def test_a_backup_is_not_put_among_what_it_holds(place: Place) -> None:
    with pytest.raises(Refusal, match="somewhere else"):
        place.back_up(place.folder / "actors" / "coord.backup")


def test_a_backup_whose_keys_would_not_open_is_not_made(place: Place, tmp_path: Path) -> None:
    (place.folder / "data" / "instance.key").write_text(key_file_text(bytes([1] * 32)))
    with pytest.raises(ConfigError, match="key file"):
        place.back_up(tmp_path / "coord.backup")
    assert not (tmp_path / "coord.backup").exists()


def test_a_damaged_database_is_not_backed_up(place: Place, tmp_path: Path) -> None:
    content = bytearray(place.database.read_bytes())
    content[8_192:200_000] = os.urandom(200_000 - 8_192)
    place.database.write_bytes(content)
    with pytest.raises(StorageUnavailable):
        place.back_up(tmp_path / "coord.backup")
    assert list(tmp_path.glob("*.backup")) == []


def test_only_an_admin_of_everything_makes_backups(place: Place, tmp_path: Path) -> None:
    person = Person(1, "Rosa", Role.PUBLISHER, None, 1)
    with pytest.raises(NotAllowed):
        backups.back_up(
            place.config, place.config_file, person, tmp_path / "x", PASSPHRASE, NOW, lambda _: None
        )


async def test_a_backup_is_of_one_moment_while_others_write(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "PAGES_AT_ONCE", 1)  # so that many writes come in between
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, str(place.database), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        await process.stdout.readline()
        made = await asyncio.to_thread(place.back_up, tmp_path / "coord.backup")
    finally:
        process.kill()
        await process.communicate()
    restore(made.file, tmp_path / "new")
    connection = sqlite3.connect(tmp_path / "new" / "data" / "coord.db")
    halves = dict(connection.execute("SELECT key, count(*) FROM changes GROUP BY key").fetchall())
    last = dict(connection.execute("SELECT key, max(changed_at) FROM changes GROUP BY key"))
    connection.close()
    assert halves["left"] == halves["right"] > 0
    assert last["left"] == last["right"]


# Restore


async def test_everything_comes_back_and_sends_nothing(
    place: Place, backup: Path, tmp_path: Path
) -> None:
    new = Place(tmp_path / "new")
    restored = restore(backup, new.folder)

    assert restored.origin == "http://localhost:8000"
    assert restored.coordinations == ("dockers", "porters")
    assert rows_of(new.database) == rows_of(place.database)
    old, now = everything_in(place.folder), everything_in(new.folder)
    assert {name for name in now if not name.startswith("data/coord.db")} == {
        name for name in old if not name.startswith("data/coord.db")
    }
    assert now["data/media/picture.png"] == old["data/media/picture.png"]
    assert stat.S_IMODE((new.folder / "data" / "instance.key").stat().st_mode) == 0o600
    db = await open_database(new.config.database_url)
    try:
        ring = Keyring()
        await ring.load(db, Seal(bytes(32)))
        known = await instance.find(db)
        names = [one.name for one in await actors.all_actors(db)]
    finally:
        await db.close()
    assert known == instance.Instance("http://localhost:8000", sending=False)
    assert ring.http("dockers").key_id.startswith("http://localhost:8000/actors/dockers#")
    assert "porters" in names


@pytest.mark.parametrize(
    "name",
    ["config.toml", "data/coord.db", "data/coord.db-wal", "data/instance.key", "actors/x.toml",
     "data/media/x.png"],
)  # fmt: skip
def test_a_backup_comes_back_into_an_empty_place_only(
    backup: Path, tmp_path: Path, name: str
) -> None:
    there = tmp_path / "new" / name
    there.parent.mkdir(parents=True)
    there.write_text("mine")
    with pytest.raises(Refusal, match="empty place"):
        restore(backup, tmp_path / "new")
    assert everything_in(tmp_path / "new") == {name: b"mine"}


def test_a_wrong_passphrase_writes_nothing(backup: Path, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="passphrase is wrong"):
        restore(backup, tmp_path / "new", "another passphrase")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("part", range(0, 101, 10))
def test_a_damaged_backup_writes_nothing(backup: Path, tmp_path: Path, part: int) -> None:
    content = bytearray(backup.read_bytes())
    content[min(len(content) - 1, len(content) * part // 100)] ^= 4
    backup.write_bytes(content)
    with pytest.raises(Refusal):
        restore(backup, tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("part", [0, 1, 30, 60, 99])
def test_a_backup_that_was_cut_off_writes_nothing(backup: Path, tmp_path: Path, part: int) -> None:
    content = backup.read_bytes()
    backup.write_bytes(content[: len(content) * part // 100])
    with pytest.raises(Refusal):
        restore(backup, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_what_is_no_backup_is_refused(place: Place, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="no backup"):
        restore(place.database, tmp_path / "new")
    with pytest.raises(StorageUnavailable, match=r"missing\.backup"):
        restore(tmp_path / "missing.backup", tmp_path / "new")


def test_a_disk_that_fails_on_the_way_leaves_nothing(
    backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moves: list[Path] = []

    def failing(source: Path, target: Path) -> None:
        moves.append(target)
        if len(moves) == 3:
            raise OSError(28, "No space left on device")
        source.rename(target)

    monkeypatch.setattr(shutil, "move", failing)
    with pytest.raises(StorageUnavailable, match="No space left"):
        restore(backup, tmp_path / "new")
    assert everything_in(tmp_path / "new") == {}
