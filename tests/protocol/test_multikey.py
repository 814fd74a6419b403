"""Multikeys and base58, against the vectors of FEP-521a."""

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from signing_samples import ED25519_KEY, RSA_KEY, vectors

from fediverse_coord.errors import MalformedDocument
from fediverse_coord.protocol import base58, multikey

MULTIKEYS = vectors("eddsa-jcs-2022.json")["multikey_vectors"]
PREFIXES = vectors("eddsa-jcs-2022.json")["keypair"]["prefixes"]


@pytest.mark.parametrize("vector", MULTIKEYS, ids=lambda vector: vector["name"])
def test_a_published_multikey_reads_as_its_key_and_writes_back(vector: dict[str, Any]) -> None:
    text = vector["publicKeyMultibase"]
    raw = bytes.fromhex(vector.get("public_raw_hex") or vector["pkcs1_der_hex"])

    assert multikey.multibase(text)[2:] == raw
    assert multikey.encode(multikey.decode(text)) == text


def test_the_test_key_of_rfc_9421_has_its_published_multikey() -> None:
    published = vectors("rfc9421.json")["keys"]["test-key-ed25519"]["public_multibase"]
    assert multikey.encode(ED25519_KEY.private_key.public_key()) == published


@pytest.mark.parametrize("key", [RSA_KEY, ED25519_KEY], ids=["rsa", "ed25519"])
def test_base64url_is_read_as_base58_is(key: Any) -> None:
    text = multikey.encode(key.private_key.public_key())
    other = "u" + base64.urlsafe_b64encode(multikey.multibase(text)).decode().rstrip("=")
    assert multikey.encode(multikey.decode(other)) == text


def z(prefix: str, raw: bytes) -> str:
    return "z" + base58.encode(bytes.fromhex(PREFIXES[prefix]) + raw)


WEAK = rsa.RSAPublicNumbers(65537, 2**1023 + 1).public_key()
SPKI = RSA_KEY.private_key.public_key().public_bytes(
    Encoding.DER, PublicFormat.SubjectPublicKeyInfo
)


NO_KEY = {
    "nothing": "",
    "base58 of nothing": "z",
    "base64url of nothing": "u",
    "another multibase": "fed01",
    "foreign letters": "z0lIO",
    "foreign signs": "u!!",
    "too long": "z" + "1" * 3000,
    "too long in base64url": "u" + "A" * 3000,
    "31 bytes": z("ed25519-pub", b"\1" * 31),
    "33 bytes": z("ed25519-pub", b"\1" * 33),
    "a private key": z("ed25519-priv", b"\1" * 32),
    "an algorithm not spoken here": z("mldsa-44-pub", b"\1" * 1312),
    "no DER": z("rsa-pub", b""),
    "another DER": z("rsa-pub", b"\x30\x03\x02\x01\x01"),
    "another wrapping": z("rsa-pub", SPKI),
    "1024 bits": z("rsa-pub", WEAK.public_bytes(Encoding.DER, PublicFormat.PKCS1)),
}


@pytest.mark.parametrize("text", NO_KEY.values(), ids=NO_KEY)
def test_what_is_no_strong_key_is_malformed(text: str) -> None:
    with pytest.raises(MalformedDocument):
        multikey.decode(text)


@given(st.binary(max_size=100))
def test_base58_gives_back_what_it_was_given(data: bytes) -> None:
    assert base58.decode(base58.encode(data)) == data


@pytest.mark.parametrize(
    ("data", "text"),
    # the first three of draft-msporny-base58-03, section 5
    [
        (b"Hello World!", "2NEpo7TZRRrLZSi2U"),
        (
            b"The quick brown fox jumps over the lazy dog.",
            "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
        ),
        (bytes.fromhex("0000287fb4cd"), "11233QC4"),
        (b"", ""),
    ],
)
def test_base58_is_the_published_one(data: bytes, text: str) -> None:
    assert (base58.encode(data), base58.decode(text)) == (text, data)


@given(st.text(max_size=80) | st.text("123456789ABCabczu+/-_=", max_size=80))
def test_any_text_is_a_key_or_malformed(text: str) -> None:
    for one in (text, f"z{text}", f"u{text}"):
        try:
            multikey.decode(one)
        except MalformedDocument:
            continue
