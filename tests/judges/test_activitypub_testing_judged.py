"""The test cases of activitypub-testing, run on what the server serves.

It tests what an actor must be, and objects by their collections. Much of it is about clients that
post to an outbox: ours takes nothing there, and those cases say that they do not apply.
"""

import json
import subprocess
from typing import Any

import pytest
from served import JUDGES, Served

pytestmark = pytest.mark.judge

FOLDER = JUDGES / "activitypub-testing"
APPLY = {
    "actor-must-serve-as2-object-to-get",
    "actor-objects-must-have-inbox-outbox-properties",
    "followers-collection-must-be-a-collection",
    "following-collection-must-be-a-collection",
    "outbox-must-be-an-orderedcollection",
}
OF_OBJECTS = ("likes-collection-must-be-a-collection", "shares-collection-must-be-a-collection")
RECORD_SEPARATOR = "\x1e"


def run(*arguments: str) -> str:
    done = subprocess.run(
        ["node", "node_modules/activitypub-testing/src/cli.js", *arguments],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout, done.stderr
    return done.stdout


def outcomes(actor_id: str) -> dict[str, str]:
    """The outcome of every case that could be begun with the actor, by its name."""
    said = run("test", "actor", actor_id, "--output", "json-seq").split(RECORD_SEPARATOR)
    found = [json.loads(one) for one in said if one.strip()]
    return {one["test"]["slug"]: one["result"]["outcome"] for one in found}


@pytest.mark.parametrize("path", ["/actors/icg", "/actors/icog", "/actors/iwc", "/actor"])
def test_no_case_fails_for_any_actor(served: Served, path: str) -> None:
    assert set(outcomes(served.origin + path).values()) <= {"passed", "inapplicable"}


def test_what_applies_to_a_coordination_passes(served: Served) -> None:
    found = outcomes(served.actor_id)
    assert {slug for slug, outcome in found.items() if outcome == "passed"} == APPLY


@pytest.mark.parametrize("slug", OF_OBJECTS)
@pytest.mark.parametrize("which", ["article_id", "note_id"])
def test_what_applies_to_objects_passes(served: Served, slug: str, which: str) -> None:
    document = served.document(getattr(served, which))
    assert outcome(slug, document) == "passed"


def test_a_wrong_collection_fails(served: Served) -> None:
    document = {**served.document(served.article_id), "likes": {"type": "Note"}}
    assert outcome(OF_OBJECTS[0], document) == "failed"


def outcome(slug: str, document: dict[str, Any]) -> str:
    given = f"--input.object={json.dumps(document)}"
    said = json.loads(run("run", "test", f"--slug={slug}", given, "--input.time=T5S"))
    return str(said["result"]["outcome"])
