"""What every test of the desk stands on: the moment, the seal, the settings, a file."""

from datetime import UTC, datetime

from fediverse_coord.config import Config
from fediverse_coord.protocol.sealing import Seal

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
