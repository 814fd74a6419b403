"""Signed GETs: demanded where the operator wants them, remembered where words are taken.

ActivityPub 3.2 with signatures as Mastodon's secure mode has them. The instance actor alone
is always readable unsigned, or two such servers could never fetch each other's keys. With
public texts this hides nothing from anybody for long, and the documentation says so.
"""

from collections import OrderedDict

from starlette.background import BackgroundTask
from starlette.requests import Request

from fediverse_coord.desk import fetches
from fediverse_coord.errors import SignatureError
from fediverse_coord.protocol.signatures import InboundRequest
from fediverse_coord.web.faces import Faces, faces_of
from fediverse_coord.web.inbox import client_of, joined_headers, target_of

REMEMBERED = 10_000


def is_signed(request: Request) -> bool:
    return "signature" in request.headers


def _inbound(request: Request) -> InboundRequest:
    return InboundRequest(request.method, target_of(request), joined_headers(request), b"")


async def demand_signature(request: Request) -> None:
    """Raises SignatureError where signatures are demanded and this one does not hold."""
    faces = faces_of(request)
    if not faces.config.federation.signed_fetch_required:
        return
    if not is_signed(request) or await _signer(faces, request) is None:
        raise SignatureError("this server answers signed requests only")


async def _signer(faces: Faces, request: Request) -> str | None:
    return await faces.signer_of(_inbound(request), client_of(request))


class Taken:
    """Who has taken what, lately; bounded. Only what is in the rows already is put in."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()

    def knows(self, object_id: str, key_id: str) -> bool:
        known = (object_id, key_id) in self._seen
        if known:
            self._seen.move_to_end((object_id, key_id))
        return known

    def add(self, object_id: str, key_id: str) -> None:
        self._seen[object_id, key_id] = None
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)


TAKEN = Taken()


def remembering(request: Request, object_id: str) -> BackgroundTask | None:
    """What is to be done after the answer to a signed GET of an object."""
    signature = request.headers.get("signature-input") or request.headers.get("signature", "")
    key_id = signature.partition('keyid="' if "keyid=" in signature else 'keyId="')[2]
    key_id = key_id.partition('"')[0]
    if not key_id or TAKEN.knows(object_id, key_id):
        return None

    async def remember() -> None:
        faces = faces_of(request)
        signer = await _signer(faces, request)
        if signer is not None and not faces.uris.is_ours(signer):
            await fetches.remember(faces.desk, object_id, signer)
            TAKEN.add(object_id, key_id)

    return BackgroundTask(remember)
