"""Documents of an export, proved with this server's keys: none but those of our own actors.

Each is proved at the moment at which it was proved at first; with the same key these are the same
bytes.
"""

from dataclasses import dataclass
from datetime import datetime

from fediverse_coord.errors import Refusal
from fediverse_coord.protocol.documents import Document, id_of
from fediverse_coord.protocol.signatures.integrity import prove
from fediverse_coord.protocol.times import EPOCH, parse_as2_datetime
from fediverse_coord.protocol.wire import dumps
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.keyring import Keyring


@dataclass(frozen=True, slots=True)
class Prover:
    """Proves in an actor's name, unless it `only_looks`; `place` is told in refusals."""

    keyring: Keyring
    actor: LocalActor
    place: str
    only_looks: bool = False

    def bytes_of(self, document: Document | None, *ids: str) -> bytes | None:
        """With this server's proof; what has another id or author is not ours to prove."""
        return None if document is None else dumps(self.proved(document, *ids))

    def proved(self, document: Document, *ids: str) -> Document:
        """The document, or the Create around an object, of one of these ids. Raises Refusal."""
        actor_id = self.actor.actor_id
        by = id_of(document.get("attributedTo") or document.get("actor") or actor_id)
        if document.get("id") not in ids or by != actor_id:
            raise Refusal(f"{self.place}: has a document that is not of '{self.actor.name}'")
        inner = document.get("object")
        if isinstance(inner, dict):
            if inner.get("id") not in ids[1:] or id_of(inner.get("attributedTo")) != actor_id:
                about = f"an activity about what is not of '{self.actor.name}'"
                raise Refusal(f"{self.place}: has {about}")
            document = {**document, "object": self._again(inner)}
        return self._again(document)

    def _again(self, document: Document) -> Document:
        if "proof" not in document or self.only_looks:
            return document
        return prove(document, self.keyring.proof(self.actor.name), _created(document))


def _created(document: Document) -> datetime:
    proof = document.get("proof")
    return parse_as2_datetime(proof.get("created") if isinstance(proof, dict) else None) or EPOCH
