"""Our signatures before software that others wrote, and theirs before ours.

http-message-signatures judges RFC 9421; apsig judges draft-cavage and FEP-8b32; PeerTube's own
library, which runs in Node, judges draft-cavage. Each is also shown something tampered with, so
that a judge who says yes to everything is found out. The judges look at the real clock.
"""

import copy
import json
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from apsig import ProofSigner, ProofVerifier
from apsig.draft import Signer, Verifier
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, InvalidSignature
from http_message_signatures.algorithms import ED25519, RSA_V1_5_SHA256
from http_message_signatures.resolvers import MappingKeyResolver

from fediverse_coord.protocol import multikey
from fediverse_coord.protocol.keys import (
    PublicKey,
    SigningKey,
    generate_ed25519,
    generate_rsa,
    public_pem,
)
from fediverse_coord.protocol.signatures import (
    InboundRequest,
    Spec,
    digests_of,
    holds,
    read_claim,
    sign_get,
    sign_post,
)
from fediverse_coord.protocol.signatures.integrity import proof_holds, proof_of, prove

pytestmark = pytest.mark.judge

PEERTUBE = Path(__file__).parent / "peertube"
ACTOR = "https://coord.example/actors/weavers"
INBOX = "https://mill.example/users/spinners/inbox"
OUTBOX = "https://mill.example/users/spinners/outbox"
ACCEPT = "application/activity+json"
BODY = '{"type":"Create","summary":"Grève générale, 12 h"}'.encode()

RSA_KEY = SigningKey(f"{ACTOR}#main-key", generate_rsa())
ED25519_KEY = SigningKey(f"{ACTOR}#ed25519-key", generate_ed25519())
KEYS = {RSA_V1_5_SHA256: RSA_KEY, ED25519: ED25519_KEY}
ALGORITHMS = pytest.mark.parametrize("algorithm", KEYS, ids=["rsa", "ed25519"])

DECLARATION = {
    "@context": [
        "https://www.w3.org/ns/activitystreams",
        "https://w3id.org/security/data-integrity/v2",
    ],
    "id": f"{ACTOR}/objects/1",
    "type": "Note",
    "attributedTo": ACTOR,
    "content": "<p>Die Webstühle stehen. ✊ \u2028 €</p>",
}


@dataclass
class Message:
    """A request as the libraries want it."""

    method: str
    url: str
    headers: dict[str, str]


def now() -> datetime:
    return datetime.now(UTC)


def posted(spec: Spec, key: SigningKey) -> Message:
    return Message("POST", INBOX, sign_post(spec, INBOX, digests_of(BODY), key, now()))


def fetched(spec: Spec, key: SigningKey, url: str = OUTBOX) -> Message:
    return Message("GET", url, sign_get(spec, url, key, now(), ACCEPT))


def public(key: SigningKey) -> PublicKey:
    return PublicKey(key.key_id, ACTOR, key.private_key.public_key())


def we_accept(message: Message, key: SigningKey, body: bytes = BODY) -> bool:
    """Whether the request holds where it arrives."""
    parts = urlsplit(message.url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    headers = {name.lower(): value for name, value in message.headers.items()}
    request = InboundRequest(message.method, target, headers, body)
    claim = read_claim(request, authority=parts.netloc, scheme="https", now=now())
    return holds(claim, public(key))


def resolver(key: SigningKey) -> MappingKeyResolver:
    return MappingKeyResolver(
        public_keys={key.key_id: key.private_key.public_key()},
        private_keys={key.key_id: key.private_key},
    )


def judge_9421(message: Message, algorithm: Any, **asked: Any) -> Any:
    verifier = HTTPMessageVerifier(
        signature_algorithm=algorithm, key_resolver=resolver(KEYS[algorithm])
    )
    (result,) = verifier.verify(message, **asked)
    return result


@ALGORITHMS
def test_http_message_signatures_accepts_what_we_post(algorithm: Any) -> None:
    asked = ("@method", "@target-uri", "@authority", "content-digest")
    message = posted(Spec.RFC9421, KEYS[algorithm])

    result = judge_9421(message, algorithm, body=BODY, require_components=asked)
    assert result.body == BODY

    with pytest.raises(InvalidSignature):
        judge_9421(message, algorithm, body=BODY + b" ")
    message.url = OUTBOX
    with pytest.raises(InvalidSignature):
        judge_9421(message, algorithm, body=BODY)


@ALGORITHMS
@pytest.mark.parametrize("url", [OUTBOX, f"{OUTBOX}?page=2&x=%C3%A9", "https://mill.example:8443"])
def test_http_message_signatures_accepts_what_we_fetch(algorithm: Any, url: str) -> None:
    assert judge_9421(fetched(Spec.RFC9421, KEYS[algorithm], url), algorithm)


@ALGORITHMS
def test_we_accept_what_http_message_signatures_posts(algorithm: Any) -> None:
    key = KEYS[algorithm]
    message = Message("POST", INBOX, {"Host": "mill.example", "Content-Type": ACCEPT})
    signer = HTTPMessageSigner(signature_algorithm=algorithm, key_resolver=resolver(key))
    covered = ("@method", "@target-uri", "@path", "@query", "content-type", "content-digest")
    signer.sign(message, key_id=key.key_id, body=BODY, covered_component_ids=covered, tag="strike")

    assert we_accept(message, key)
    message.headers["Content-Type"] = "text/plain"
    assert not we_accept(message, key)


def apsig_accepts(message: Message, body: bytes | None) -> bool:
    verifier = Verifier(
        public_pem(RSA_KEY.private_key.public_key()),
        message.method,
        message.url,
        message.headers,
        body,
    )
    return bool(verifier.verify() == RSA_KEY.key_id)


def test_apsig_accepts_what_we_send() -> None:
    message = posted(Spec.CAVAGE, RSA_KEY)

    assert apsig_accepts(message, BODY)
    assert apsig_accepts(fetched(Spec.CAVAGE, RSA_KEY), None)
    assert not apsig_accepts(message, BODY + b" ")
    message.url = OUTBOX
    assert not apsig_accepts(message, BODY)


def test_we_accept_what_apsig_posts() -> None:
    headers = {"Content-Type": ACCEPT}
    signer = Signer(headers, RSA_KEY.private_key, "POST", INBOX, RSA_KEY.key_id, BODY)
    message = Message("POST", INBOX, signer.sign())

    assert we_accept(message, RSA_KEY)
    message.url = OUTBOX
    assert not we_accept(message, RSA_KEY)


def apsig_proves(document: dict[str, Any]) -> bool:
    text = multikey.encode(ED25519_KEY.private_key.public_key())
    # It takes the document apart while it looks at it.
    verified = ProofVerifier(text).verify_proof(copy.deepcopy(document))
    return bool(verified == ED25519_KEY.key_id)


def test_apsig_accepts_what_we_prove() -> None:
    proved = prove(DECLARATION, ED25519_KEY, now())

    assert apsig_proves(proved)
    assert not apsig_proves({**proved, "content": "<p>Die Webstühle laufen.</p>"})


def test_we_accept_what_apsig_proves() -> None:
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "proofPurpose": "assertionMethod",
        "verificationMethod": ED25519_KEY.key_id,
        "created": "2026-10-14T17:46:40Z",
    }
    proved = ProofSigner(ED25519_KEY.private_key).sign(copy.deepcopy(DECLARATION), options)
    proof = proof_of(proved)

    assert proof is not None
    assert proof_holds(proved, proof, public(ED25519_KEY), now())
    assert not proof_holds({**proved, "content": ""}, proof, public(ED25519_KEY), now())


def peertube(question: dict[str, Any]) -> Any:
    done = subprocess.run(
        ["node", "verify.mjs"],
        cwd=PEERTUBE,
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def peertube_accepts(message: Message, **changed: str) -> bool:
    parts = urlsplit(message.url)
    headers = {**message.headers, **changed}
    answer = peertube(
        {
            "task": "verify",
            "method": message.method,
            "target": f"{parts.path}?{parts.query}" if parts.query else parts.path,
            "headers": {name.lower(): value for name, value in headers.items()},
            "publicKeyPem": public_pem(RSA_KEY.private_key.public_key()),
        }
    )
    return bool(answer == {"keyId": RSA_KEY.key_id, "holds": True})


def test_peertube_accepts_what_we_send() -> None:
    message = posted(Spec.CAVAGE, RSA_KEY)

    assert peertube_accepts(message)
    assert peertube_accepts(fetched(Spec.CAVAGE, RSA_KEY, f"{OUTBOX}?page=2"))
    assert not peertube_accepts(message, Digest=digests_of(b"").digest)
    message.url = OUTBOX
    assert not peertube_accepts(message)


@pytest.mark.parametrize("hidden", [False, True], ids=["rsa-sha256", "hs2019"])
def test_we_accept_what_peertube_posts(hidden: bool) -> None:
    pem = RSA_KEY.private_key.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    )
    headers = {"host": "mill.example", "digest": digests_of(BODY).digest, "content-type": ACCEPT}
    question = {
        "task": "sign",
        "method": "POST",
        "target": urlsplit(INBOX).path,
        "headers": headers,
        "keyId": RSA_KEY.key_id,
        "privateKeyPem": pem.decode(),
        "hideAlgorithm": hidden,
    }
    message = Message("POST", INBOX, peertube(question))

    assert we_accept(message, RSA_KEY)
    message.url = OUTBOX
    assert not we_accept(message, RSA_KEY)
