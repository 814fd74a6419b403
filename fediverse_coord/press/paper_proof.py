"""The proof that closes a paper: every byte before it, signed by the coordination.  docs/adr/0015.

Behind `%%EOF`, where readers of PDF look no further, stand five lines of comment: which key, its
public half, when the text was signed, which text is attached, and an Ed25519 signature over all
bytes before that signature. Whose key it is, and whether the attached text holds, is judged by
`desk/paper_proofs`.
"""

import hashlib
import io
import re
from dataclasses import dataclass, field

from fediverse_coord.errors import MalformedDocument
from fediverse_coord.protocol import base58, multikey
from fediverse_coord.protocol.algorithms import VerifyingKey, sign, verifies
from fediverse_coord.protocol.keys import SigningKey

MARK = b"%fediverse-coord-proof 1\n"
BEGINS, ENDS = b"%PDF-", b"%%EOF\n"
LONGEST = 4_096  # bytes of a proof
LARGEST = 32 * 2**20  # bytes of a file that is examined
ATTACHED = "declaration.json"
SIGNATURE_BYTES = 64

PROOF = re.compile(
    re.escape(ENDS + MARK)
    + rb"%key (?P<key>[!-~]{1,2000})\n"
    + rb"%public (?P<public>z[1-9A-Za-z]{40,60})\n"
    + rb"%signed (?P<created>[0-9TZ:.+-]{10,40})\n"
    + rb"%text sha256:(?P<text>[0-9a-f]{64})\n"
    + rb"%signature z(?P<signature>[1-9A-Za-z]{60,90})\n\Z"
)


@dataclass(frozen=True, slots=True)
class PaperProof:
    """What the file says of itself. `created` is the signer's word, `covered` how many bytes."""

    key_id: str
    public: VerifyingKey
    created: str
    text_digest: str
    covered: int
    signature: bytes = field(repr=False)

    def holds(self, file: bytes) -> bool:
        """Whether the public key named here has signed every byte before the signature."""
        return verifies(self.public, self.signature, file[: self.covered])


def sealed_pdf(pdf: bytes, key: SigningKey, text: bytes, created: str) -> bytes:
    """The PDF with its proof behind it; `text` is what is attached, signed at `created`."""
    body = pdf if pdf.endswith(b"\n") else pdf + b"\n"
    lines = (
        f"%key {key.key_id}\n%public {multikey.encode(_public(key))}\n%signed {created}\n"
        f"%text sha256:{hashlib.sha256(text).hexdigest()}\n"
    )
    covered = body + MARK + lines.encode("ascii") + b"%signature z"
    return covered + base58.encode(sign(key.private_key, covered)).encode("ascii") + b"\n"


def _public(key: SigningKey) -> VerifyingKey:
    return key.private_key.public_key()


def is_pdf(file: bytes) -> bool:
    return file.startswith(BEGINS)


def read_proof(file: bytes) -> PaperProof:
    """The proof at the end of the file. Raises MalformedDocument with what is the matter."""
    if not is_pdf(file):
        raise MalformedDocument("this is no PDF")
    start = max(0, len(file) - LONGEST)
    found = PROOF.search(file, start)
    if found is None:
        raise MalformedDocument(_missing(file))
    try:
        public = multikey.decode(found["public"].decode())
        signature = base58.decode(found["signature"].decode())
    except (MalformedDocument, ValueError):
        raise MalformedDocument("its proof was altered: it cannot be read any more") from None
    # One spelling of each value: otherwise some bytes could be others and mean the same.
    told = base58.encode(signature).encode() == found["signature"]
    if not told or multikey.encode(public).encode() != found["public"]:
        raise MalformedDocument("its proof was altered: it is not written as proofs are")
    return PaperProof(
        key_id=found["key"].decode("ascii"),
        public=public,
        created=found["created"].decode("ascii"),
        text_digest=found["text"].decode("ascii"),
        covered=found.start("signature"),
        signature=signature,
    )


def _missing(file: bytes) -> str:
    if MARK not in file:
        return "it has no proof at its end: it was cut off, or never had one"
    after = file[file.rindex(MARK) :]
    if b"%signature z" in after and after.count(b"\n") > MARK.count(b"\n") + 5:
        return "something was added behind its proof"
    return "its proof is not whole: the file was cut off or altered there"


def attached_text(file: bytes) -> bytes | None:
    """The signed JSON that the file carries; nothing where there is none, or several."""
    from pypdf import PdfReader  # only where a paper is examined: servers make them without it

    try:
        found = PdfReader(io.BytesIO(file)).attachments.get(ATTACHED, [])
        return found[0] if len(found) == 1 else None
    except Exception:  # a stranger's file: whatever the reader stumbles over, there is none
        return None
