"""Create: replies to what we said, and posts that name a coordination.  ActivityPub 6.2, 7.2.

A post becomes one response for each coordination it concerns; everything else is dropped.
Visibility decides first, then the coordination's `hold` (`publishing/moderation`). Edits and
deletions are in `edits`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from fediverse_coord.incoming.context import Context, Effect, Joint, reached
from fediverse_coord.incoming.handlers.reading import Post, post_in
from fediverse_coord.incoming.trust import owners_of, resolve
from fediverse_coord.incoming.verify import VerifiedActivity
from fediverse_coord.protocol.addressing import addressees
from fediverse_coord.protocol.documents import Document, as_list, first_id
from fediverse_coord.publishing.moderation import decide, hold_of
from fediverse_coord.storage import actors, edition_objects, memories, objects, responses
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.objects import LocalObject
from fediverse_coord.storage.remote_actors import RemoteActor
from fediverse_coord.storage.responses import NewResponse

MAX_NAMED = 20


@dataclass(frozen=True, slots=True)
class Concern:
    """Whom a post concerns, and which object of theirs it answers.

    `said` is what its author has answered: the edition in one language, or the same object.
    """

    local: LocalActor
    object: LocalObject | None
    said: LocalObject | None = None


@dataclass(frozen=True)
class Taking(Joint):
    """A post becomes a response of each coordination that it concerns."""

    post: Post
    author: RemoteActor
    concerns: tuple[Concern, ...]
    context: Context

    @classmethod
    async def all_of(cls, tx: Transaction, effects: Sequence[Self]) -> None:
        # A Create that comes after its own Delete stays dead.
        graves = await memories.buried_among(tx, [one.grave for one in effects])
        taken = [one for one in effects if one.grave not in graves]
        known = await _known_authors(tx, taken)
        new = [one.response(concern, known) for one in taken for concern in one.concerns]
        now = max(one.context.now for one in effects)
        await responses.insert_all(tx, new, now)
        answered = [(concern.said, one.author) for one in taken for concern in one.concerns]
        await reached(tx, [(said, who) for said, who in answered if said is not None], now)

    @property
    def grave(self) -> str:
        return memories.grave(self.author.actor_id, self.post.object_id)

    def response(self, concern: Concern, known: Mapping[int, set[int]]) -> NewResponse:
        post, local = self.post, concern.local
        stranger = self.author.row not in known[local.row]
        return NewResponse(
            key=self.context.services.new_key(),
            actor=local.row,
            remote_actor=self.author.row,
            object=concern.object.row if concern.object else None,
            object_id=post.object_id,
            in_reply_to=post.in_reply_to,
            visibility=post.visibility,
            state=decide(post.visibility, hold_of(local.profile), stranger=stranger),
            language=post.language,
            html=post.html,
            url=post.url,
            published_at=post.published_at,
        )


async def _known_authors(tx: Transaction, taken: Sequence[Taking]) -> dict[int, set[int]]:
    """The authors who are no strangers, for each coordination that is concerned."""
    authors: dict[int, set[int]] = {}
    for one in taken:
        for concern in one.concerns:
            authors.setdefault(concern.local.row, set()).add(one.author.row)
    return {row: await responses.approved_earlier(tx, row, asked) for row, asked in authors.items()}


async def create(activity: VerifiedActivity, context: Context) -> Effect | None:
    """Somebody wrote something, perhaps to us."""
    value = activity.document.get("object")
    # Worth a fetch where it is embedded and concerns us, or where we cannot know.
    concerns: list[Concern] = []
    if isinstance(value, dict):
        concerns = await _concerns(value, activity.document, context)
        if not concerns:
            return None
    document = await resolve(value, activity.actor_id, context.fetch)
    if document is None:
        return None
    is_embedded = document is value
    if not is_embedded:
        concerns = await _concerns(document, activity.document, context)
    return await _take(document, activity.document, activity.actor_id, concerns, context)


async def take_fetched(document: Document, context: Context) -> Effect | None:
    """A post that was read at its own origin, whoever told us of it."""
    owners = owners_of(document)
    if len(owners) != 1:
        return None
    concerns = await _concerns(document, None, context)
    return await _take(document, None, min(owners), concerns, context)


async def _take(
    document: Document,
    activity: Document | None,
    author_id: str,
    concerns: list[Concern],
    context: Context,
) -> Effect | None:
    if not concerns or context.services.uris.is_ours(author_id):
        return None
    author = await context.actor(author_id)
    post = post_in(document, activity, author, context.received_at)
    if post is None:
        return None
    author = await context.with_handle(author)
    return Taking(post, author, tuple(concerns), context)


async def _concerns(
    document: Document, activity: Document | None, context: Context
) -> list[Concern]:
    """Every coordination the post answers or names, each once."""
    found: dict[int, Concern] = {}
    answered = await _answered(context, first_id(document.get("inReplyTo")) or "")
    if answered is not None:
        found[answered.local.row] = answered
    named = [*_mentioned(document), *sorted(addressees(document) | addressees(activity or {}))]
    ours = [one for one in dict.fromkeys(named) if context.services.uris.is_ours(one)]
    for one in ours[:MAX_NAMED]:
        local = await context.once(actors.by_id, one)
        if local is not None and _takes_part(local):
            whole = await _whole(context, local)
            found.setdefault(whole.row, Concern(whole, None))
    return list(found.values())


async def _answered(context: Context, in_reply_to: str) -> Concern | None:
    """The object of ours at the root: answered itself, or through an approved response."""
    found = await context.once(objects.by_id, in_reply_to)
    if found is not None:
        return await _concern(context, found.actor, None if found.deleted else found)
    thread = await context.once(responses.thread_of, in_reply_to)
    if thread is None:
        return None
    actor, root = thread
    return await _concern(
        context, actor, await context.once(objects.by_row, root) if root else None
    )


async def _concern(context: Context, actor: int, found: LocalObject | None) -> Concern | None:
    local = await context.once(actors.by_row, actor)
    if local is None or not _takes_part(local):
        return None
    work = await context.once(edition_objects.work_of, found.row) if found else None
    object_ = await context.once(objects.by_row, work) if work is not None else found
    return Concern(await _whole(context, local), object_, found)


async def _whole(context: Context, local: LocalActor) -> LocalActor:
    """What is said to a language's edition is said to the coordination, and kept under the work."""
    of = local.profile.get("edition_of")
    found = await context.once(actors.by_name, of) if of else None
    return found or local


def _takes_part(local: LocalActor) -> bool:
    return local.role == "coordination" and not local.retired


def _mentioned(document: Document) -> list[str]:
    tags = [one for one in as_list(document.get("tag"))[:200] if isinstance(one, dict)]
    hrefs = (one.get("href") for one in tags if one.get("type") == "Mention")
    return [one for one in hrefs if isinstance(one, str)]
