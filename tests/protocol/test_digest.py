"""Digests of bodies, against published values."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signing_samples import vectors

from fediverse_coord.errors import MalformedDocument, SignatureError
from fediverse_coord.protocol.signatures.digest import (
    check_content_digest,
    check_digest,
    content_digest_header,
    digest_header,
    digests_of,
)

PAIRS = vectors("digests.json")["vectors"]
BODY = b"An injury to one is an injury to all."
OURS = digests_of(BODY)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair["body"] or "empty")
def test_both_headers_are_the_published_ones(pair: dict[str, str]) -> None:
    body = pair["body"].encode()
    assert digest_header(body) == pair["Digest"]
    assert content_digest_header(body) == pair["Content-Digest-sha256"]
    check_digest(pair["Digest"], body)
    check_content_digest(pair["Content-Digest-sha256"], body)


def test_a_published_sha_512_is_checked_too() -> None:
    check_content_digest(PAIRS[0]["Content-Digest-sha512"], PAIRS[0]["body"].encode())
    with pytest.raises(SignatureError):
        check_content_digest(PAIRS[0]["Content-Digest-sha512"], BODY)


@pytest.mark.parametrize("spelling", ["SHA-256", "sha-256", "Sha-256"])
def test_the_algorithm_of_a_digest_is_read_in_any_case(spelling: str) -> None:
    check_digest(OURS.digest.replace("SHA-256", spelling), BODY)


def test_a_digest_among_others_is_found() -> None:
    check_digest(f"MD5=1B2M2Y8AsgTpgAmY7PhCfg==, {OURS.digest}", BODY)
    check_content_digest(f"md5=:1B2M2Y8AsgTpgAmY7PhCfg==:, {OURS.content_digest}", BODY)


NO_DIGEST = [
    "",
    "SHA-256",
    "SHA-256=",
    "SHA-256=!!",
    "SHA-256=AAAA",
    "MD5=1B2M2Y8AsgTpgAmY7PhCfg==",
    f"SHA-256={hashlib.sha256(BODY).hexdigest()}",
    OURS.digest + " " * 2000,
    f"{OURS.digest}, {digest_header(b'')}",
    f"{digest_header(b'')}, {OURS.digest}",
]


@pytest.mark.parametrize("value", NO_DIGEST)
def test_a_digest_that_is_not_the_bodys_alone_is_refused(value: str) -> None:
    with pytest.raises(SignatureError):
        check_digest(value, BODY)


OTHER_SHA_512 = base64.b64encode(hashlib.sha512(b"").digest()).decode()

NO_CONTENT_DIGEST = [
    "",
    "sha-256",
    "sha-256=:AAAA:",
    'sha-256="text"',
    "md5=:1B2M2Y8AsgTpgAmY7PhCfg==:",
    content_digest_header(b""),
    OURS.content_digest + " " * 2000,
    f"sha-512=:{OTHER_SHA_512}:, {OURS.content_digest}",
]


@pytest.mark.parametrize("value", NO_CONTENT_DIGEST)
def test_a_content_digest_that_is_not_the_bodys_alone_is_refused(value: str) -> None:
    with pytest.raises(SignatureError):
        check_content_digest(value, BODY)


def test_a_content_digest_given_twice_is_malformed() -> None:
    with pytest.raises(MalformedDocument, match="twice"):
        check_content_digest(f"{content_digest_header(b'')}, {OURS.content_digest}", BODY)


@given(st.text(), st.binary())
def test_no_header_gets_past_with_any_other_outcome(value: str, body: bytes) -> None:
    for check in (check_digest, check_content_digest):
        with pytest.raises((SignatureError, MalformedDocument)):
            check(value, body)
