"""The shipped coordinations' actor documents, as the server renders them, keys masked.

`make actor-documents` writes them to `actors/NAME.actor.json`; a test holds the files equal.
"""

import json
import sys
import tempfile
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fediverse_coord.desk.profiles import document_of, profile_of
from fediverse_coord.protocol.keys import (
    PublicKey,
    SigningKey,
    generate_ed25519,
    generate_rsa,
)
from fediverse_coord.protocol.uris import Uris
from fediverse_coord.publishing.coordinations import coordination_from

ACTORS = Path(__file__).parent.parent / "actors"
URIS = Uris("https://coord.example")
MASK = "…"
MOMENT = datetime(2026, 5, 1, tzinfo=UTC)


def masked(file: Path) -> dict[str, Any]:
    """What the id of this coordination answers, but for its keys and their proof."""
    found = coordination_from(tomllib.loads(file.read_text()), file_name=file.name)
    with tempfile.TemporaryDirectory() as media:
        profile = profile_of(found, ACTORS, Path(media), URIS)
    actor_id = URIS.actor(found.username)
    rsa, ed25519 = generate_rsa(), generate_ed25519()
    keys = [
        PublicKey(f"{actor_id}#main-key", actor_id, rsa.public_key()),
        PublicKey(f"{actor_id}#ed25519-key", actor_id, ed25519.public_key()),
    ]
    proof_key = SigningKey(f"{actor_id}#ed25519-key", ed25519)
    made = document_of(URIS, found.username, found.type, profile, keys, proof_key, MOMENT, MOMENT)
    document: dict[str, Any] = json.loads(made)
    document["publicKey"]["publicKeyPem"] = MASK
    document["assertionMethod"][0]["publicKeyMultibase"] = MASK
    document["proof"]["proofValue"] = MASK
    return document


def written(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    for file in sorted(ACTORS.glob("*.toml")):
        target = file.with_suffix(".actor.json")
        target.write_text(written(masked(file)))
        print(f"wrote {target.name}", file=sys.stderr)


if __name__ == "__main__":
    main()
