"""Keys: PEM in and out, which are too weak, and which of a document's keys are its own."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from signing_samples import DOCKERS, ED25519_KEY, RSA_KEY, vectors

from fediverse_coord.errors import ConfigError, MalformedDocument
from fediverse_coord.protocol import base58, multikey
from fediverse_coord.protocol.algorithms import sign, verifies
from fediverse_coord.protocol.keys import (
    MAX_KEYS,
    SigningKey,
    bare_key_owner,
    generate_ed25519,
    generate_rsa,
    load_private_pem,
    load_public_pem,
    private_pem,
    public_keys_in,
    public_pem,
)

PEM = public_pem(RSA_KEY.private_key.public_key())
MULTIBASE = multikey.encode(ED25519_KEY.private_key.public_key())
MAIN = {"id": f"{DOCKERS}#main-key", "owner": DOCKERS, "publicKeyPem": PEM}
PROOF = {
    "id": f"{DOCKERS}#ed25519-key",
    "type": "Multikey",
    "controller": DOCKERS,
    "publicKeyMultibase": MULTIBASE,
}


@pytest.mark.parametrize("generate", [generate_rsa, generate_ed25519])
def test_a_new_key_survives_its_pem_and_signs_the_same(generate: Any) -> None:
    key = generate()
    for trusted in (True, False):
        again = load_private_pem(private_pem(key), trusted=trusted)
        signature = sign(again, b"Eight hours")
        assert signature == sign(key, b"Eight hours")
    public = load_public_pem(public_pem(key.public_key()))

    assert verifies(public, signature, b"Eight hours")
    assert not verifies(public, signature, b"Nine hours")
    assert not verifies(public, b"", b"Eight hours")


def test_a_key_cannot_print_itself() -> None:
    text = repr(SigningKey("https://coord.example/actor#main-key", generate_ed25519()))
    assert text == "SigningKey(key_id='https://coord.example/actor#main-key')"


@pytest.mark.parametrize("pem", [b"", b"no key", PEM.encode()])
def test_a_private_key_that_cannot_be_read_says_what_to_do(pem: bytes) -> None:
    with pytest.raises(ConfigError, match="give an unencrypted"):
        load_private_pem(pem)


def test_the_published_pems_are_read() -> None:
    for entry in vectors("rfc9421.json")["keys"].values():
        assert load_public_pem(entry["public_pem_spki"])


def test_a_pkcs1_pem_is_read_as_well() -> None:
    pem = RSA_KEY.private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1)
    assert public_pem(load_public_pem(pem.decode())) == PEM


def rsa_pem(bits: int, exponent: int = 65537) -> str:
    return public_pem(rsa.RSAPublicNumbers(exponent, 2 ** (bits - 1) + 1).public_key())


WEAK = {
    "1024 bits": vectors("cavage.json")["keys"]["Test"]["public_pem_spki"],
    "2047 bits": rsa_pem(2047),
    "8193 bits": rsa_pem(8193),
    "a costly exponent": rsa_pem(2048, 2**65 + 1),
    "another kind": ec.generate_private_key(ec.SECP256R1())
    .public_key()
    .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    .decode(),
    "a private key": private_pem(generate_ed25519()).decode(),
    "too long": PEM + "\n" * 20_000,
    "nothing": "",
    "half a character": "\ud800",
}


@pytest.mark.parametrize("pem", WEAK.values(), ids=WEAK)
def test_a_strangers_key_has_to_be_strong_and_cheap(pem: str) -> None:
    with pytest.raises(MalformedDocument):
        load_public_pem(pem)


@pytest.mark.parametrize("last", ["000001", "010000", "000000"])
def test_an_exponent_of_one_or_an_even_one_is_refused(last: str) -> None:
    raw = multikey.multibase(multikey.encode(RSA_KEY.private_key.public_key()))
    with pytest.raises(MalformedDocument):
        multikey.decode("z" + base58.encode(raw[:-3] + bytes.fromhex(last)))


def actor(**changed: Any) -> dict[str, Any]:
    return {"id": DOCKERS, "publicKey": MAIN, "assertionMethod": [PROOF], **changed}


def ids(document: dict[str, Any]) -> list[str]:
    return [key.key_id for key in public_keys_in(document)]


def test_an_actor_lists_its_keys_in_both_places() -> None:
    rsa_key, ed25519_key = public_keys_in(actor())

    assert (rsa_key.key_id, rsa_key.owner_id) == (MAIN["id"], DOCKERS)
    assert public_pem(rsa_key.key) == PEM
    assert multikey.encode(ed25519_key.key) == MULTIBASE


def test_several_keys_may_stand_where_one_does() -> None:
    second = {**MAIN, "id": f"{DOCKERS}#main-key-2"}
    assert ids(actor(publicKey=[MAIN, second])) == [MAIN["id"], second["id"], PROOF["id"]]


def test_the_published_actor_of_fep_8b32_lists_its_key() -> None:
    published = vectors("eddsa-jcs-2022.json")["vectors"][1]["actor"]
    assert ids(published) == ["https://server.example/users/alice#ed25519-key"]


@pytest.mark.parametrize(
    "key",
    [
        MAIN["id"],
        None,
        7,
        {},
        {**MAIN, "owner": "https://harbour.example/actors/shipowners"},
        {**MAIN, "controller": "https://harbour.example/actors/shipowners"},
        {**MAIN, "owner": None},
        {**MAIN, "id": "https://coord.example/actors/miners#main-key"},
        {**MAIN, "id": "http://harbour.example/actors/dockers#main-key"},
        {**MAIN, "id": [MAIN["id"]]},
        {**MAIN, "publicKeyPem": PEM[:90]},
        {**MAIN, "publicKeyPem": {"@value": PEM}},
        {**MAIN, "publicKeyPem": WEAK["1024 bits"]},
        {**MAIN, "revoked": "2026-01-01T00:00:00Z"},
        {**PROOF, "type": "Ed25519VerificationKey2020"},
        {**PROOF, "publicKeyMultibase": MULTIBASE[:-1]},
    ],
    ids=str,
)
def test_a_key_that_is_faulty_or_anothers_is_left_out(key: object) -> None:
    assert ids(actor(publicKey=key)) == [PROOF["id"]]
    assert ids(actor(assertionMethod=key)) == [MAIN["id"]]


def test_no_more_than_ten_keys_are_read() -> None:
    many = [{**MAIN, "id": f"{DOCKERS}#main-key-{number}"} for number in range(500)]
    assert len(public_keys_in(actor(publicKey=many))) == MAX_KEYS


def test_a_document_that_is_only_a_key_names_an_owner_to_be_asked() -> None:
    assert bare_key_owner(MAIN) == DOCKERS
    assert bare_key_owner(PROOF) == DOCKERS
    assert bare_key_owner(actor()) is None
    assert bare_key_owner({**MAIN, "owner": 7}) is None


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from([DOCKERS, PEM]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*MAIN, *PROOF]), inner),
    max_leaves=10,
)


@given(st.fixed_dictionaries({"publicKey": json, "assertionMethod": json, "id": json}) | json)
def test_whatever_a_document_says_reading_its_keys_never_raises(document: Any) -> None:
    if isinstance(document, dict):
        public_keys_in(document)
        bare_key_owner(document)
