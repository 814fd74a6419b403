"""Integrity proofs: published vectors, what we make, and attempts to get past."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from signing_samples import DOCKERS, ED25519_KEY, NOW, RSA_KEY, public, vectors

from fediverse_coord.errors import MalformedDocument
from fediverse_coord.protocol import base58, multikey
from fediverse_coord.protocol.algorithms import sign
from fediverse_coord.protocol.keys import PublicKey, SigningKey, public_keys_in
from fediverse_coord.protocol.signatures.integrity import (
    Proof,
    hash_data,
    proof_holds,
    proof_of,
    prove,
)
from fediverse_coord.protocol.wire import dumps, loads

SUITE = vectors("eddsa-jcs-2022.json")
PUBLISHED = SUITE["vectors"]
OURS = {one["name"]: one for one in SUITE["generated_for_this_project"]}
SEED = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(SUITE["keypair"]["private_seed_hex"]))
CREATED = datetime(2023, 2, 24, 23, 36, 38, tzinfo=UTC)

DECLARATION = {
    "@context": [
        "https://www.w3.org/ns/activitystreams",
        "https://w3id.org/security/data-integrity/v2",
        {"Hashtag": "as:Hashtag"},
    ],
    "id": f"{DOCKERS}/objects/1",
    "type": "Note",
    "attributedTo": DOCKERS,
    "content": "<p>Kein Schiff läuft aus. Ni un barco sale. ✊</p>",
}


def by_name(vector: dict[str, Any]) -> str:
    return str(vector["name"])


def read(document: dict[str, Any]) -> Proof:
    proof = proof_of(document)
    assert proof is not None
    return proof


def holds(document: dict[str, Any], key: PublicKey | None = None, now: datetime = NOW) -> bool:
    return proof_holds(document, read(document), key or public(ED25519_KEY), now)


def published_key(document: dict[str, Any]) -> PublicKey:
    method = document["proof"]["verificationMethod"]
    return PublicKey(method, DOCKERS, multikey.decode(SUITE["keypair"]["publicKeyMultibase"]))


@pytest.mark.parametrize("vector", PUBLISHED, ids=by_name)
def test_the_published_proofs_hold(vector: dict[str, Any]) -> None:
    document = vector["signed_document"]
    bare = {name: value for name, value in document.items() if name != "proof"}

    assert hash_data(bare, read(document).options).hex() == vector["combined_hash_hex"]
    assert holds(document, published_key(document))


@pytest.mark.parametrize("vector", PUBLISHED, ids=by_name)
def test_we_make_the_published_proofs(vector: dict[str, Any]) -> None:
    document = vector["signed_document"]
    key = SigningKey(document["proof"]["verificationMethod"], SEED)
    bare = {name: value for name, value in document.items() if name != "proof"}
    assert prove(bare, key, CREATED) == document


def test_the_published_actor_brings_the_key() -> None:
    (key,) = public_keys_in(PUBLISHED[1]["actor"])
    assert holds(PUBLISHED[1]["signed_document"], key)


@pytest.mark.parametrize("vector", OURS.values(), ids=OURS)
def test_each_vector_holds_or_not_as_it_says(vector: dict[str, Any]) -> None:
    document = vector["signed_document"]
    assert holds(document, published_key(document)) is vector["expect"].startswith("valid")


def test_our_proof_is_the_vectors_and_survives_the_wire() -> None:
    vector = OURS["signed Create with non-ASCII content"]
    document = vector["signed_document"]
    key = SigningKey(document["proof"]["verificationMethod"], SEED)

    assert prove(document, key, NOW) == document
    assert holds(loads(dumps(document)), published_key(document))
    bare = {name: value for name, value in document.items() if name != "proof"}
    assert hash_data(bare, read(document).options).hex() == vector["combined_hash_hex"]


def test_proving_adds_the_proof_and_leaves_the_rest_as_it_was() -> None:
    before = copy.deepcopy(DECLARATION)
    proved = prove(DECLARATION, ED25519_KEY, NOW)

    assert before == DECLARATION
    assert {**proved, "proof": None} == {**DECLARATION, "proof": None}
    assert proved["proof"] == {
        "@context": DECLARATION["@context"],
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "verificationMethod": ED25519_KEY.key_id,
        "proofPurpose": "assertionMethod",
        "created": "2026-10-14T17:46:40Z",
        "proofValue": proved["proof"]["proofValue"],
    }
    assert proved["proof"]["@context"] is not proved["@context"]
    assert holds(proved)


def test_a_document_without_context_is_proved_as_it_is() -> None:
    proved = prove({"id": DECLARATION["id"], "type": "Note"}, ED25519_KEY, NOW)
    assert "@context" not in proved["proof"]
    assert holds(proved)


def test_an_older_proof_and_a_linked_data_signature_make_no_difference() -> None:
    first = prove(DECLARATION, ED25519_KEY, NOW)
    assert prove({**first, "signature": {"type": "RsaSignature2017"}}, ED25519_KEY, NOW) == first
    assert holds({**first, "signature": {"type": "RsaSignature2017"}})


def test_proofs_are_not_made_with_rsa() -> None:
    with pytest.raises(TypeError, match="Ed25519"):
        prove(DECLARATION, RSA_KEY, NOW)


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    document = copy.deepcopy(prove(DECLARATION, ED25519_KEY, NOW))
    change(document)
    return document


CONTEXT: list[Any] = DECLARATION["@context"]  # type: ignore[assignment]
OTHER_MEANING = {"content": "https://elsewhere.example/ns#summary"}

TAMPERED: dict[str, Callable[[dict[str, Any]], object]] = {
    "another text": lambda d: d.update(content="<p>Every ship sails.</p>"),
    "another author": lambda d: d.update(attributedTo="https://harbour.example/actors/owners"),
    "something added": lambda d: d.update(inReplyTo="https://elsewhere.example/1"),
    "something left out": lambda d: d.pop("content"),
    "a context before": lambda d: d["@context"].insert(0, OTHER_MEANING),
    "a context between": lambda d: d["@context"].insert(1, OTHER_MEANING),
    "a context left out": lambda d: d["@context"].pop(),
    "contexts in another order": lambda d: d["@context"].reverse(),
    "no context": lambda d: d.pop("@context"),
    "a context as text": lambda d: d.update({"@context": CONTEXT[0]}),
    "another context in both": lambda d: (
        d["@context"].append(OTHER_MEANING),
        d["proof"].update({"@context": d["@context"]}),
    ),
    "no context in the proof": lambda d: d["proof"].pop("@context") and d["@context"].append("x"),
    "another time": lambda d: d["proof"].update(created="2026-10-14T17:46:41Z"),
    "an expiry": lambda d: d["proof"].update(expires="2030-01-01T00:00:00Z"),
    "a domain": lambda d: d["proof"].update(domain="coord.example"),
    "another key's id": lambda d: d["proof"].update(verificationMethod=f"{DOCKERS}#other"),
    "a fraction JCS cannot write": lambda d: d.update(width=float("inf")),
    "an integer JCS cannot write": lambda d: d.update(width=2**60),
}


@pytest.mark.parametrize("change", TAMPERED.values(), ids=TAMPERED)
def test_a_document_that_was_changed_does_not_hold(change: Callable[..., object]) -> None:
    document = changed(change)
    assert not holds(document)
    assert not holds(document, public(ED25519_KEY, f"{DOCKERS}#other"))


def test_contexts_appended_on_the_way_are_left_out() -> None:
    assert holds(changed(lambda d: d["@context"].append(OTHER_MEANING)))


def test_another_key_does_not_hold_under_the_same_id() -> None:
    proved = prove(DECLARATION, ED25519_KEY, NOW)
    stranger = SigningKey(ED25519_KEY.key_id, SEED)
    assert not holds(proved, public(stranger))
    assert not holds(proved, public(RSA_KEY, ED25519_KEY.key_id))


def test_the_right_key_does_not_hold_under_another_id() -> None:
    proved = prove(DECLARATION, ED25519_KEY, NOW)
    assert not holds(proved, public(ED25519_KEY, f"{DOCKERS}#ed25519-key-2"))


def test_a_proof_inside_says_nothing_about_what_is_around_it() -> None:
    inner = prove(DECLARATION, ED25519_KEY, NOW)
    activity = {"@context": CONTEXT, "type": "Create", "actor": DOCKERS, "object": inner}

    assert proof_of(activity) is None
    assert not proof_holds(activity, read(inner), public(ED25519_KEY), NOW)
    assert not holds({**activity, "proof": inner["proof"]})


def test_an_outer_proof_covers_the_inner_document() -> None:
    inner = prove(DECLARATION, ED25519_KEY, NOW)
    activity = {"@context": CONTEXT, "type": "Create", "actor": DOCKERS, "object": inner}
    proved = prove(activity, ED25519_KEY, NOW)

    assert holds(proved)
    assert holds(proved["object"])
    assert not holds({**proved, "object": {**inner, "content": "<p>Sail.</p>"}})


def with_expiry(expires: datetime) -> dict[str, Any]:
    """A proof whose expiry is signed with it, as other software may make one."""
    proved = prove(DECLARATION, ED25519_KEY, NOW)
    options = {name: one for name, one in proved["proof"].items() if name != "proofValue"}
    options["expires"] = expires.isoformat()
    data = hash_data(DECLARATION, options)
    signature = sign(ED25519_KEY.private_key, data)
    return {**DECLARATION, "proof": {**options, "proofValue": "z" + base58.encode(signature)}}


def test_a_proof_holds_until_it_expires() -> None:
    document = with_expiry(NOW)
    assert holds(document, now=NOW - timedelta(seconds=1))
    assert not holds(document, now=NOW)


FAULTY: dict[str, object] = {
    "several": [{}, {}],
    "a list of one": [prove(DECLARATION, ED25519_KEY, NOW)["proof"]],
    "a text": "https://harbour.example/proofs/1",
    "no key": {"verificationMethod": None},
    "an embedded key": {"verificationMethod": {"id": ED25519_KEY.key_id}},
    "no value": {"proofValue": None},
    "no purpose": {"proofPurpose": None},
    "another purpose": {"proofPurpose": "authentication"},
    "no time": {"created": None},
    "a time that is none": {"created": "at dawn"},
    "an expiry that is none": {"expires": "never"},
    "an empty value": {"proofValue": "z"},
    "another base": {"proofValue": "u" + "A" * 86},
    "a short value": {"proofValue": "z2NEpo7TZRRrLZSi2U"},
    "foreign letters": {"proofValue": "z0OIl"},
    "a long value": {"proofValue": "z" + "2" * 5000},
}


@pytest.mark.parametrize("fault", FAULTY.values(), ids=FAULTY)
def test_a_faulty_proof_is_malformed(fault: Any) -> None:
    document = prove(DECLARATION, ED25519_KEY, NOW)
    proof = {**document["proof"], **fault} if isinstance(fault, dict) else fault
    with pytest.raises(MalformedDocument):
        proof_of({**document, "proof": proof})


@pytest.mark.parametrize(
    "kind", [{"cryptosuite": "mldsa44-jcs-2024"}, {"type": "Ed25519Signature2020"}, {"type": None}]
)
def test_a_proof_of_another_suite_is_as_none(kind: dict[str, Any]) -> None:
    document = prove(DECLARATION, ED25519_KEY, NOW)
    assert proof_of({**document, "proof": {**document["proof"], **kind}}) is None
    assert proof_of(DECLARATION) is None


def test_a_key_that_stands_twice_never_reaches_the_proof() -> None:
    text = json.dumps(prove(DECLARATION, ED25519_KEY, NOW))
    twice = text[:-1] + ', "content": "<p>Sail.</p>"}'
    with pytest.raises(MalformedDocument, match="twice"):
        loads(twice.encode())


def test_a_proof_prints_no_signature() -> None:
    proof = read(prove(DECLARATION, ED25519_KEY, NOW))
    assert "signature" not in repr(proof)


json_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
part = st.sampled_from([*prove(DECLARATION, ED25519_KEY, NOW)["proof"], "expires", "x"])


@given(st.dictionaries(part, json_value, min_size=1, max_size=3), json_value)
def test_whatever_a_proof_says_it_does_not_hold_and_only_our_error_comes_out(
    changes: dict[str, Any], context: Any
) -> None:
    document = prove(DECLARATION, ED25519_KEY, NOW)
    document = {**document, "@context": context, "proof": {**document["proof"], **changes}}
    try:
        proof = proof_of(document)
    except MalformedDocument:
        return
    assert proof is None or not proof_holds(document, proof, public(ED25519_KEY), NOW)
