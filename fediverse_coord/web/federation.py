"""What answers on ActivityPub ids: actors, objects, activities, collections, stamps.

ActivityPub 3.2 and 5. Only what is published has an id that answers: a draft is `404` until
its release, a deleted object is `410` with its Tombstone, and a retired actor alone is `410`.
"""

from starlette.requests import Request
from starlette.responses import Response

from fediverse_coord.errors import NotFound
from fediverse_coord.protocol import collections
from fediverse_coord.protocol.documents import Document
from fediverse_coord.protocol.signatures.integrity import prove
from fediverse_coord.protocol.times import EPOCH, parse_as2_datetime
from fediverse_coord.protocol.wire import dumps, loads
from fediverse_coord.storage import (
    actors,
    declaration_lists,
    declarations,
    edition_objects,
    followers,
    following,
    objects,
    outbox,
    replies,
    stamps,
)
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.objects import LocalObject
from fediverse_coord.web import negotiation
from fediverse_coord.web.faces import Faces, faces_of
from fediverse_coord.web.fetches import demand_signature, remembering
from fediverse_coord.web.kept import FOR_EVER, keep
from fediverse_coord.web.reading import has_edition, whole_of
from fediverse_coord.web.responses import Body, activity_json, body_of, see_other

PAGE_SIZE = 50
NEWEST = 2**62


def keep_object(request: Request, faces: Faces) -> None:
    """What is told of one object alone, its counts included. Its replies are others' too."""
    name, key = request.path_params["name"], request.path_params["key"]
    object_id = faces.uris.object(name, key)
    keep(request, f"object:{object_id}", f"declaration:{key}", f"actor:{name}")


def wants_page(request: Request) -> bool:
    return negotiation.on_id(request.headers.get("accept", "")) == "html"


async def local_actor(faces: Faces, name: str) -> LocalActor:
    """The coordination of that name. Raises NotFound; a retired one is found."""
    found = await actors.by_name(faces.db, name)
    if found is None or found.role != "coordination":
        raise NotFound("there is no such coordination here")
    return found


async def get_actor(request: Request) -> Response:
    """GET /actors/{name}"""
    faces = faces_of(request)
    keep(request, f"actor:{request.path_params['name']}")
    if not wants_page(request):
        await demand_signature(request)
    actor = await local_actor(faces, request.path_params["name"])
    if wants_page(request) and not actor.retired:
        return see_other(faces.uris.profile(actor.name))
    return activity_json(request, actor.document, status=410 if actor.retired else 200)


async def get_instance_actor(request: Request) -> Response:
    """GET /actor: readable unsigned, always."""
    faces = faces_of(request)
    actor = await actors.by_id(faces.db, faces.uris.instance_actor)
    if actor is None:
        raise NotFound("this server has no instance actor yet")
    keep(request, f"actor:{actor.name}")
    if wants_page(request):
        return see_other(f"{faces.uris.origin}/about")
    return activity_json(request, actor.document)


async def get_instance_outbox(request: Request) -> Response:
    """GET /actor/outbox: the instance actor publishes nothing."""
    faces = faces_of(request)
    keep(request, FOR_EVER)
    empty = collections.counted(f"{faces.uris.instance_actor}/outbox", 0)
    return activity_json(request, dumps(empty))


async def get_object(request: Request) -> Response:
    """GET /actors/{name}/objects/{key}"""
    faces = faces_of(request)
    keep_object(request, faces)
    found = await _object(faces, request)
    if found.deleted:
        return activity_json(request, found.document, status=410)
    if wants_page(request):
        return see_other(str(loads(found.document).get("url", faces.uris.origin)))
    answer = activity_json(request, await _with_counts(faces, request, found))
    answer.background = remembering(request, found.object_id)
    return answer


async def _object(faces: Faces, request: Request) -> LocalObject:
    await demand_signature(request)
    name, key = request.path_params["name"], request.path_params["key"]
    found = await objects.by_id(faces.db, faces.uris.object(name, key))
    if found is None:
        raise NotFound("there is no such object here")
    if found.declaration is not None and not await declaration_lists.is_open(
        faces.db, found.declaration
    ):
        raise NotFound("there is no such object here")
    return found


async def _with_counts(faces: Faces, request: Request, found: LocalObject) -> bytes:
    """Mastodon shows boosts made elsewhere from `totalItems`, so they are told where it asks."""

    async def render() -> Body:
        key = faces.keyring.proof(request.path_params["name"])
        document = with_counts(loads(found.document), found.likes, found.shares)
        proof = document.pop("proof", {})
        created = parse_as2_datetime(proof.get("created")) or EPOCH
        # The same words and counts give the same bytes: `created` stays the revision's.
        return body_of(dumps(prove(document, key, created)), "")

    # What was read before the cache was asked may be older than what it would drop.
    name = f"{found.object_id} {found.likes} {found.shares} {hash(found.document)}"
    body = await faces.cache.get(name, [f"object:{found.object_id}"], render)
    return body.content if body else found.document


def with_counts(document: Document, likes: int, shares: int) -> Document:
    """`likes` and `shares` as collections that tell how many."""
    totals = {"likes": likes, "shares": shares}
    return {
        name: {"id": value, "type": "Collection", "totalItems": totals[name]}
        if name in totals and isinstance(value, str)
        else value
        for name, value in document.items()
    }


async def get_create(request: Request) -> Response:
    """GET /actors/{name}/objects/{key}/activity"""
    faces = faces_of(request)
    keep_object(request, faces)
    found = await _object(faces, request)
    if found.deleted:
        return activity_json(request, found.document, status=410)
    name, key = request.path_params["name"], request.path_params["key"]
    answer = await _activity(faces, request, faces.uris.create(name, key))
    answer.background = remembering(request, found.object_id)
    return answer


async def get_activity(request: Request) -> Response:
    """GET /actors/{name}/activities/{key}: Update, Announce and Undo can be fetched."""
    faces = faces_of(request)
    name, key = request.path_params["name"], request.path_params["key"]
    return await _activity(faces, request, faces.uris.activity(name, key))


async def _activity(faces: Faces, request: Request, activity_id: str) -> Response:
    await demand_signature(request)
    found = await outbox.by_id(faces.db, activity_id)
    if found is None or not found.fetchable:
        raise NotFound("there is no such activity here")
    return activity_json(request, found.document)


async def get_version(request: Request) -> Response:
    """GET /actors/{name}/objects/{key}/versions/{lang}: one language, with its own proof."""
    faces = faces_of(request)
    keep_object(request, faces)
    found = await _object(faces, request)
    if found.deleted:
        return activity_json(request, found.document, status=410)
    document = await declarations.version_document(
        faces.db, found.declaration or 0, request.path_params["lang"]
    )
    if document is None:
        raise NotFound("there is no version in this language")
    answer = activity_json(request, document)
    answer.background = remembering(request, found.object_id)
    return answer


async def get_replies(request: Request) -> Response:
    """GET …/replies: the ids of approved public responses and of our own answers."""
    faces = faces_of(request)
    found = await _object(faces, request)
    if found.deleted:
        return activity_json(request, found.document, status=410)
    collection_id = f"{found.object_id}/replies"
    answered = await _answered(faces, found)
    cursor = request.query_params.get("page")
    if cursor is None:
        total = await replies.count_shown(faces.db, answered)
        return activity_json(request, dumps(collections.paged(collection_id, total, ordered=False)))
    offset = _row(cursor, 0)
    ids = await replies.shown_ids(faces.db, answered, offset=offset, limit=PAGE_SIZE + 1)
    rows = [(offset + place, one) for place, one in enumerate(ids, start=1)]
    return activity_json(request, dumps(_page(collection_id, cursor, rows, ordered=False)))


async def _answered(faces: Faces, found: LocalObject) -> str:
    """What is answered to a language's edition is kept under the work."""
    work = await edition_objects.work_of(faces.db, found.row)
    whole = await objects.by_row(faces.db, work) if work is not None else None
    return whole.object_id if whole is not None else found.object_id


def _row(cursor: str, first: int) -> int:
    """A cursor is a row number, or `first`."""
    return int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) < 19 else first


def _page(
    collection_id: str, cursor: str, rows: list[tuple[int, str]], *, ordered: bool
) -> Document:
    shown = rows[:PAGE_SIZE]
    following = str(shown[-1][0]) if len(rows) > PAGE_SIZE else None
    asked = None if cursor == "first" else cursor
    return collections.page(
        collection_id, asked, [one for _, one in shown], following, ordered=ordered
    )


async def get_likes(request: Request) -> Response:
    """GET …/likes: how many, never who."""
    return await _counted(request, "likes")


async def get_shares(request: Request) -> Response:
    """GET …/shares: how many, never who."""
    return await _counted(request, "shares")


async def _counted(request: Request, name: str) -> Response:
    keep_object(request, faces_of(request))
    found = await _object(faces_of(request), request)
    if found.deleted:
        return activity_json(request, found.document, status=410)
    total = found.likes if name == "likes" else found.shares
    document = collections.counted(f"{found.object_id}/{name}", total, ordered=False)
    return activity_json(request, dumps(document))


async def get_outbox(request: Request) -> Response:
    """GET /actors/{name}/outbox: ids of Creates and Announces, newest first."""
    faces = faces_of(request)
    actor = await _living(faces, request)
    keep(request, f"actor:{actor.name}", f"outbox:{actor.row}")
    collection_id = faces.uris.outbox(actor.name)
    cursor = request.query_params.get("page")
    if cursor is None:
        total = await outbox.count_listed(faces.db, actor.row)
        return activity_json(request, dumps(collections.paged(collection_id, total)))
    rows = await outbox.listed(faces.db, actor.row, _row(cursor, NEWEST), PAGE_SIZE + 1)
    return activity_json(request, dumps(_page(collection_id, cursor, rows, ordered=True)))


async def get_followers(request: Request) -> Response:
    """GET /actors/{name}/followers: how many, never who."""
    faces = faces_of(request)
    actor = await _living(faces, request)
    keep(request, f"actor:{actor.name}", f"followers:{actor.row}")
    total = await followers.count(faces.db, actor.row)
    return activity_json(
        request, dumps(collections.counted(faces.uris.followers(actor.name), total))
    )


async def get_following(request: Request) -> Response:
    """GET /actors/{name}/following: how many, never whom."""
    faces = faces_of(request)
    actor = await _living(faces, request)
    keep(request, f"actor:{actor.name}", f"following:{actor.row}")
    total = await following.count(faces.db, actor.row)
    return activity_json(
        request, dumps(collections.counted(faces.uris.following(actor.name), total))
    )


async def get_featured(request: Request) -> Response:
    """GET /actors/{name}/featured: pinned declarations, ids on one page."""
    faces = faces_of(request)
    actor = await _living(faces, request)
    keys = await _pinned(request, faces, actor)
    ids = [faces.uris.object(actor.name, key) for key in keys]
    return activity_json(request, dumps(collections.whole(faces.uris.featured(actor.name), ids)))


async def _pinned(request: Request, faces: Faces, actor: LocalActor) -> list[str]:
    """A coordination's pinned declarations; of an edition those that it has published."""
    whole = await whole_of(faces, actor)
    keep(request, f"actor:{actor.name}", f"list:{whole.name}")
    keys = await declaration_lists.pinned_keys(faces.db, whole.row, PAGE_SIZE)
    if whole is actor:
        return keys
    works = [await declarations.by_key(faces.db, key) for key in keys]
    return [one.declaration.key for one in works if one and has_edition(one, actor.name)]


async def _living(faces: Faces, request: Request) -> LocalActor:
    await demand_signature(request)
    actor = await local_actor(faces, request.path_params["name"])
    if actor.retired:
        raise NotFound("this coordination has ended")
    return actor


async def get_stamp(request: Request) -> Response:
    """GET /actors/{name}/stamps/{key}: a quote authorisation (FEP-044f)."""
    faces = faces_of(request)
    actor = await local_actor(faces, request.path_params["name"])
    stamp = await stamps.by_key(faces.db, actor.row, request.path_params["key"])
    if stamp is None or stamp.revoked:
        raise NotFound("there is no such authorisation, or it was withdrawn")
    return activity_json(request, stamp.document)
