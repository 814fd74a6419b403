"""The documents beside the coordinations' files are those the server answers."""

from pathlib import Path

import pytest
from actor_documents import ACTORS, masked, written


@pytest.mark.parametrize("file", sorted(ACTORS.glob("*.toml")), ids=lambda file: file.stem)
def test_the_shipped_actor_document_is_the_servers(file: Path) -> None:
    shipped = file.with_suffix(".actor.json").read_text()
    assert shipped == written(masked(file)), "run `make actor-documents`"
