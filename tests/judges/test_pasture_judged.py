"""The Fediverse Pasture's verify-actor: six strangers fetch our actor and post to its inbox.

Some of them answer only to signed requests, some have no WebFinger. All must get our actor, and
those who sign must be let in; those who do not sign must not.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from served import JUDGES, ROOT, Served, asked

pytestmark = pytest.mark.judge

PYTHON = ROOT / ".judges" / "pasture" / "bin" / "python"
UNSIGNED = {"alice", "dean"}
SIGNED = {"bob", "claire", "emily", "frank"}


@pytest.fixture(scope="module")
def answer(served: Served, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return verified(served.actor_id, tmp_path_factory.mktemp("pasture"))


def verified(uri: str, folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        [str(PYTHON), str(JUDGES / "pasture" / "verify.py"), uri],
        input=json.dumps(asked("fedify", {"task": "contexts"})),
        capture_output=True,
        text=True,
        cwd=folder,  # bovine leaves its cache of contexts where it runs
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_everybody_in_the_pasture_can_fetch_our_actor(answer: dict[str, Any]) -> None:
    fetched = {who for who in SIGNED | UNSIGNED if answer["found"][who]["get_actor"]}
    assert fetched == SIGNED | UNSIGNED, answer["steps"]


def test_exactly_those_who_sign_are_let_into_our_inbox(answer: dict[str, Any]) -> None:
    posted = {who for who in SIGNED | UNSIGNED if answer["found"][who]["post_inbox"]}
    assert posted == SIGNED, answer["steps"]


def test_the_pasture_finds_our_actor_by_webfinger(answer: dict[str, Any]) -> None:
    assert answer["found"]["webfinger"] is True, answer["steps"]
