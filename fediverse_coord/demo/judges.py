"""The judges: software that others wrote, which says whether our signatures hold.

apsig judges draft-cavage and FEP-8b32 proofs, http-message-signatures judges RFC 9421. They also
sign for the followers, so that no signature in the demonstration is checked by the code that
made it. Both come with the extra `demo` and are imported when a judge is called.
"""

import copy
import importlib.util
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from fediverse_coord.protocol.documents import Document, as_list
from fediverse_coord.protocol.vocabulary import ACTIVITY_JSON

NEEDED = {"apsig": "apsig", "http_message_signatures": "http-message-signatures"}
COVERED = ("@method", "@target-uri", "@authority", "content-type", "content-digest")
ASKED = ("@method", "@target-uri", "content-digest")

CAVAGE, RFC9421 = "draft-cavage", "RFC 9421"


def missing() -> list[str]:
    """The packages of judges that are not installed."""
    return [name for module, name in NEEDED.items() if importlib.util.find_spec(module) is None]


@dataclass(slots=True)
class Message:
    """A request, as the libraries want it."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes = field(default=b"", repr=False)


def format_of(headers: Mapping[str, str]) -> str:
    """Which of the two formats signs a request; header names in lower case."""
    return RFC9421 if "signature-input" in headers else CAVAGE


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges what one actor signs, by the keys that its own document names."""

    key_id: str
    pem: str
    proof_key_id: str
    multibase: str

    def request_holds(self, message: Message) -> bool:
        """Whether the actor's key signed exactly this request."""
        try:
            if format_of(message.headers) == CAVAGE:
                return self._cavage(message)
            return self._rfc9421(message)
        except Exception:  # each library has its own way to refuse
            return False

    def _cavage(self, message: Message) -> bool:
        from apsig.draft import Verifier

        one = Verifier(self.pem, message.method, message.url, message.headers, message.body)
        return bool(one.verify() == self.key_id)

    def _rfc9421(self, message: Message) -> bool:
        from http_message_signatures import HTTPMessageVerifier
        from http_message_signatures.algorithms import RSA_V1_5_SHA256
        from http_message_signatures.resolvers import MappingKeyResolver

        key = load_pem_public_key(self.pem.encode())
        keys = MappingKeyResolver(public_keys={self.key_id: key}, private_keys={})
        verifier = HTTPMessageVerifier(signature_algorithm=RSA_V1_5_SHA256, key_resolver=keys)
        found = verifier.verify(message, body=message.body, require_components=ASKED)
        return len(found) == 1

    def proof_holds(self, document: Document) -> bool:
        """Whether the actor's proof covers exactly this document (FEP-8b32)."""
        from apsig import ProofVerifier

        try:
            # It takes the document apart while it looks at it.
            found = ProofVerifier(self.multibase).verify_proof(copy.deepcopy(document))
        except Exception:
            return False
        return bool(found == self.proof_key_id)


def judge_of(actor: Document) -> Judge:
    """The judge for an actor's document. Raises LookupError where it names no keys."""
    proof = next(one for one in as_list(actor["assertionMethod"]) if "publicKeyMultibase" in one)
    key = actor["publicKey"]
    return Judge(key["id"], key["publicKeyPem"], proof["id"], proof["publicKeyMultibase"])


def proved_in(activity: Document) -> Iterator[Document]:
    """The activity, and the object in it where that carries a proof of its own."""
    yield activity
    inner = activity.get("object")
    if isinstance(inner, dict) and "proof" in inner:
        yield inner


def signed_post(
    url: str, body: bytes, key: RSAPrivateKey | Ed25519PrivateKey, key_id: str
) -> dict[str, str]:
    """Headers of a delivery as others sign it: RSA by draft-cavage, Ed25519 by RFC 9421."""
    if isinstance(key, RSAPrivateKey):
        return _signed_cavage(url, body, key, key_id)
    return _signed_9421(url, body, key, key_id)


def _signed_cavage(url: str, body: bytes, key: RSAPrivateKey, key_id: str) -> dict[str, str]:
    from apsig.draft import Signer

    signer = Signer({"Content-Type": ACTIVITY_JSON}, key, "POST", url, key_id, body)
    return {str(name): str(value) for name, value in signer.sign().items()}


def _signed_9421(url: str, body: bytes, key: Ed25519PrivateKey, key_id: str) -> dict[str, str]:
    from http_message_signatures import HTTPMessageSigner
    from http_message_signatures.algorithms import ED25519
    from http_message_signatures.resolvers import MappingKeyResolver

    keys = MappingKeyResolver(public_keys={}, private_keys={key_id: key})
    message = Message("POST", url, {"Content-Type": ACTIVITY_JSON})
    signer = HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=keys)
    signer.sign(message, key_id=key_id, body=body, covered_component_ids=COVERED)
    return message.headers
