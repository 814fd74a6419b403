"""Our documents before JSON-LD processors and proof verifiers that others wrote.

PyLD expands them with the contexts that Fedify carries, so that nothing is fetched: what a
processor would drop, or could give no name in the world, is found. apsig and Fedify verify the
proofs of what the running server answers. Activities that nobody can fetch are built here.
"""

import copy
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from apsig import ProofVerifier
from pyld import jsonld
from pyld.documentloader.frozen import FrozenDocumentLoader
from served import Served, asked

from fediverse_coord.protocol import activities

pytestmark = pytest.mark.judge

Found = dict[str, Any]

US = "https://coord.example/actors/weavers"
THEM = "https://mill.example/users/spinners"
POST = "https://mill.example/notes/1"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
NOW = datetime(2026, 10, 14, 17, 46, 40, tzinfo=UTC)

FOLLOW = activities.follow(f"{US}/activities/1", US, THEM)
ANNOUNCE = activities.announce(f"{US}/activities/2", US, f"{US}/followers", POST, THEM, NOW)
GRAVE = activities.tombstone(f"{US}/objects/1", "Article", NOW)
THEIR_FOLLOW = activities.rebuilt_follow(f"{THEM}#follow", THEM, US)
QUOTE = activities.rebuilt_quote_request(f"{THEM}#quote", THEM, f"{US}/objects/1", POST)

SENT: dict[str, Found] = {
    "follow": FOLLOW,
    "accept": activities.accept(f"{US}/activities/3", US, THEIR_FOLLOW),
    "reject": activities.reject(f"{US}/activities/4", US, THEIR_FOLLOW),
    "announce": ANNOUNCE,
    "undo": activities.undo(f"{US}/activities/5", ANNOUNCE, NOW),
    "delete": activities.delete(f"{US}/activities/6", US, GRAVE, [PUBLIC], [], NOW),
    "quote accept": activities.quote_accept(f"{US}/activities/7", US, QUOTE, f"{US}/stamps/1"),
    "quote reject": activities.reject(f"{US}/activities/8", US, QUOTE),
    "quote stamp": activities.quote_authorization(f"{US}/stamps/1", US, POST, f"{US}/objects/1"),
}


@pytest.fixture(scope="module")
def load() -> FrozenDocumentLoader:
    return FrozenDocumentLoader(documents=asked("fedify", {"task": "contexts"}))


def names_in(value: object) -> Iterator[str]:
    """Every property and type of an expanded document."""
    if isinstance(value, list):
        for one in value:
            yield from names_in(one)
    elif isinstance(value, dict):
        yield from (name for name in value if not name.startswith("@"))
        yield from [value["@type"]] if isinstance(value.get("@type"), str) else []
        yield from value["@type"] if isinstance(value.get("@type"), list) else []
        yield from names_in(list(value.values()))


def unnamed(document: Found, load: FrozenDocumentLoader) -> list[str]:
    """What has no IRI, or is dropped: nothing, in a document of ours."""
    dropped: list[str] = []
    options = {"documentLoader": load}
    expanded = jsonld.expand(document, options, on_property_dropped=dropped.append)
    return dropped + [one for one in names_in(expanded) if not one.startswith("http")]


def test_pyld_finds_an_iri_for_everything_we_serve(
    served: Served, load: FrozenDocumentLoader
) -> None:
    found = {path: unnamed(one, load) for path, one in served.documents().items()}
    assert {path: faults for path, faults in found.items() if faults} == {}


@pytest.mark.parametrize("document", SENT.values(), ids=SENT)
def test_pyld_finds_an_iri_for_everything_we_send(
    document: Found, load: FrozenDocumentLoader
) -> None:
    assert unnamed(document, load) == []


def test_pyld_tells_of_a_property_that_no_context_names(load: FrozenDocumentLoader) -> None:
    assert unnamed({**FOLLOW, "sneaked": "in"}, load) == ["_:sneaked"]


def proved(served: Served) -> dict[str, Found]:
    """What is served with a proof, and the object inside the Create with its own."""
    found = {path: one for path, one in served.documents().items() if "proof" in one}
    inner = {f"{path} object": one["object"] for path, one in found.items() if "object" in one}
    return found | inner


def changed(document: Found) -> Found:
    return {**document, "url": "https://elsewhere.example/"}


def test_everything_that_speaks_for_a_coordination_has_a_proof(served: Served) -> None:
    article = served.article_id
    ids = (served.actor_id, article, f"{article}/activity", served.note_id, served.grave_id)
    paths = {one.removeprefix(served.origin) for one in (*ids, f"{article}/versions/de")}
    assert paths <= set(proved(served))


def test_apsig_accepts_the_proofs_we_serve(served: Served) -> None:
    (key,) = served.document(served.actor_id)["assertionMethod"]

    def holds(document: Found) -> bool:
        verifier = ProofVerifier(key["publicKeyMultibase"])
        return bool(verifier.verify_proof(copy.deepcopy(document)) == key["id"])

    documents = proved(served)
    assert {path: holds(one) for path, one in documents.items()} == dict.fromkeys(documents, True)
    assert not any(holds(changed(one)) for one in documents.values())


def test_fedify_accepts_the_proofs_we_serve(served: Served) -> None:
    documents = proved(served)
    genuine = asked("fedify", {"task": "proofs", "documents": list(documents.values())})
    forged = [changed(one) for one in documents.values()]

    key_id = f"{served.actor_id}#ed25519-key"
    assert [one and (one["key"], one["type"]) for one in genuine] == [
        (key_id, one["type"]) for one in documents.values()
    ]
    assert asked("fedify", {"task": "proofs", "documents": forged}) == [None] * len(forged)
