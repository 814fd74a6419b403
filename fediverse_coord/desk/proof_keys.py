"""Where a key comes from that a proof names: from whom it is known decides what is proved.

Each gives a function from a key's id to the key with its owner, which raises CoordError with what
to do. A key that a document or a file carries itself proves nothing about whose it is.
"""

from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.proofs import KeyOf, NotListed, own_key
from fediverse_coord.errors import Forbidden, NotFound
from fediverse_coord.network.client import Client
from fediverse_coord.network.dereference import ACCEPT, dereference
from fediverse_coord.protocol.documents import Document
from fediverse_coord.protocol.keys import PublicKey, load_public_pem, public_keys_in
from fediverse_coord.protocol.uris import without_fragment
from fediverse_coord.protocol.wire import loads
from fediverse_coord.storage import remote_keys

REMEDY = "save what stands under the actor's id and give it with --actor FILE, or ask with --online"


def from_nobody(hint: str = REMEDY) -> KeyOf:
    """Without a network, a database or an actor's document."""

    async def find(key_id: str) -> PublicKey:
        raise NotFound(f"whose key this is cannot be known here: {hint}")

    return find


def from_document(content: bytes) -> KeyOf:
    """From an actor's document at hand. Raises MalformedDocument."""
    document = loads(content)

    async def find(key_id: str) -> PublicKey:
        return _listed(document, key_id, "the actor's document that was given")

    return find


def from_memory(desk: Desk) -> KeyOf:
    """From our own database: our keys, and those of others that we remember. Asks nobody."""

    async def find(key_id: str) -> PublicKey:
        if desk.uris.is_ours(key_id):
            return await own_key(desk, key_id)
        stored = await remote_keys.find(desk.db, key_id)
        if stored is None:
            raise NotFound(f"whose key this is is not remembered here: {REMEDY}")
        return PublicKey(stored.key_id, stored.owner_id, load_public_pem(stored.public_key))

    return find


def from_origin(client: Client) -> KeyOf:
    """From the actor's document, asked for now, unsigned: for a machine that is no server."""

    async def find(key_id: str) -> PublicKey:
        document = await fetched(client, without_fragment(key_id))
        return _listed(document, key_id, "the actor's document")

    return find


async def fetched(client: Client, url: str) -> Document:
    """The document under that id, unsigned. Raises DereferenceError."""
    return await dereference(url, client, lambda _: {"Accept": ACCEPT})


async def fetched_file(client: Client, url: str, largest: int) -> bytes:
    """The bytes of a file at that address. Raises DereferenceError."""
    answer = await client.get(url, {"Accept": "application/pdf"}, limit_bytes=largest)
    if answer.status != 200:
        raise Forbidden(url, f"it answers {answer.status}, not with a file")
    return answer.body


def _listed(document: Document, key_id: str, named: str) -> PublicKey:
    for key in public_keys_in(document):
        if key.key_id == key_id:
            return key
    raise NotListed(f"{named} does not list this key")
