"""What every test of the desk stands on: the moment, the seal, the settings, a file."""

from datetime import UTC, datetime

from fediverse_coord.config import Config
from fediverse_coord.desk import coordinations
from fediverse_coord.protocol.sealing import Seal
from fediverse_coord.publishing.coordinations import coordination_from
from fediverse_coord.storage.database import Database
from fediverse_coord.storage.migrate import migrate

NOW = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)
SEAL = Seal(bytes(32))
CONFIG = Config()


def coordination_file(name: str) -> dict[str, object]:
    return {
        "username": name,
        "languages": ["en"],
        "name": f"{name.title()}' Coordination",
        "summary": f"{name.title()} write to {name}.",
        "contact": f"post@{name}.example",
        "revision": 1,
    }


async def found(db: Database) -> None:
    """Two coordinations and their keys, made once: keys cost time."""
    files = [
        coordination_from(coordination_file(name), file_name=f"{name}.toml")
        for name in ("dockers", "porters")
    ]
    await migrate(db)
    await coordinations.apply(db, CONFIG, SEAL, files, NOW)
