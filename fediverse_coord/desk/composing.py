"""From what a person wrote to a declaration ready for its rows: people named, HTML, details.

Mentions are asked for here, when the text is saved, so that publishing never touches the
network. One that cannot be found stays plain text, and the person is told.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from fediverse_coord.desk.desk import Desk
from fediverse_coord.errors import DereferenceError, FieldFault, MalformedDocument
from fediverse_coord.outgoing.publish import Reached
from fediverse_coord.publishing.declarations import (
    Declaration,
    Draft,
    Form,
    InvalidDraft,
    Kind,
    State,
    Version,
    VersionState,
    validated,
)
from fediverse_coord.publishing.illustrations import Image
from fediverse_coord.publishing.inline import tag_from, tag_key
from fediverse_coord.publishing.markdown import (
    Album,
    Mention,
    Rendered,
    handles_in,
    hashtags_in,
    pictures_in,
    render,
)
from fediverse_coord.publishing.passages import Inserted
from fediverse_coord.storage import media, remote_actors, responses
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.declarations import Work
from fediverse_coord.storage.remote_actors import RemoteActor

MOST_MENTIONS = 20


@dataclass(frozen=True, slots=True)
class People:
    """Whom a text names: found ones by handle, and handles nobody could be found for.

    Also which pictures it names, by key.
    """

    found: Mapping[str, RemoteActor]
    missing: tuple[str, ...] = ()
    always: tuple[str, ...] = ()  # reached whatever the text says: whom an answer answers
    images: Mapping[str, Image] = field(default_factory=dict)

    def mention(self, handle: str) -> Mention | None:
        actor = self.found.get(handle)
        return Mention(handle, actor.actor_id, actor.url or actor.actor_id) if actor else None

    def reached(self, handles: Sequence[str]) -> tuple[Reached, ...]:
        """In text order, each once."""
        named = self._named(handles).items()
        return tuple(Reached(handle, one.actor_id, one.inbox_url) for handle, one in named)

    def rows(self, handles: Sequence[str]) -> list[tuple[str, int]]:
        return [(handle, one.row) for handle, one in self._named(handles).items()]

    def _named(self, handles: Sequence[str]) -> dict[str, RemoteActor]:
        """By the handle that is proven, where the text says another one of the same actor."""
        people = [(one, self.found[one]) for one in (*self.always, *handles)]
        return {actor.handle or said: actor for said, actor in people}


async def people_in(desk: Desk, *sources: str) -> People:
    """Asks for everybody the texts mention. Raises Refusal where they are too many."""
    handles = list(dict.fromkeys(one for source in sources for one in handles_in(source)))
    if len(handles) > MOST_MENTIONS:
        reason = f"mentions {len(handles)} people; at most {MOST_MENTIONS} can be mentioned"
        raise InvalidDraft(reason, faults=[FieldFault("content", reason)])
    found, missing = {}, []
    for handle in handles:
        try:
            found[handle] = await desk.peers.handle(handle)
        except (DereferenceError, MalformedDocument):
            missing.append(handle)
    keys = [key for source in sources for key, _ in pictures_in(source)]
    return People(found, tuple(missing), images=await media.images(desk.db, keys))


async def answering(
    desk: Desk, author: RemoteActor, draft: Draft, *others: str
) -> tuple[Draft, People]:
    """The answer with its author's name before it, and everybody it mentions."""
    handle = handle_of(author)
    people = _with(await people_in(desk, draft.source, *others), author)
    if handle not in handles_in(draft.source):
        draft = replace(draft, source=f"{handle} {draft.source}")
    return draft, people


def handle_of(author: RemoteActor) -> str:
    return author.handle or f"@{author.username}@{author.host}"


def _with(people: People, author: RemoteActor) -> People:
    handle = handle_of(author)
    missing = tuple(one for one in people.missing if one != handle)
    return People({**people.found, handle: author}, missing, (handle,), people.images)


async def people_of(desk: Desk, work: Work, draft: Draft, *others: str) -> tuple[Draft, People]:
    """Whom the edited text names; an answer goes on naming whom it answers."""
    author = await _answered(desk, work)
    if author is None:
        return draft, await people_in(desk, draft.source, *others)
    return await answering(desk, author, draft, *others)


async def people_around(desk: Desk, work: Work, *sources: str) -> People:
    """Whom texts of the work name, and whom it answers."""
    people, author = await people_in(desk, *sources), await _answered(desk, work)
    return _with(people, author) if author else people


async def _answered(desk: Desk, work: Work) -> RemoteActor | None:
    for one in await responses.by_object_id(desk.db, work.declaration.in_reply_to or ""):
        if one.actor == work.actor:
            return await remote_actors.by_row(desk.db, one.remote_actor)
    return None


def checked(actor: LocalActor, fields: Mapping[str, object]) -> Draft:
    """The fields as a draft of this coordination. Raises InvalidDraft naming each faulty one."""
    profile = actor.profile
    return validated(
        fields,
        default_language=profile["languages"][0],
        default_form=default_form(actor),
        kinds=tuple(profile["policies"]["kinds"]) or tuple(Kind),
    )


def default_form(actor: LocalActor) -> Form:
    """As what titled texts go out: what was chosen in the console, else what the file says."""
    return Form(actor.profile.get("chosen_form") or actor.profile["default_form"])


def checked_work(
    actor: LocalActor, fields: Mapping[str, object], translations: Sequence[Mapping[str, object]]
) -> tuple[Draft, tuple[Draft, ...]]:
    """Original and translations. Raises InvalidDraft naming the faulty fields of all of them."""
    try:
        draft = checked(actor, fields)
    except InvalidDraft as error:
        refused = error
    else:
        return draft, checked_others(actor, draft, translations)
    for one in translations:
        try:
            checked_translation(actor, _form_wished(actor, fields), one)
        except InvalidDraft as error:
            refused.faults += error.faults
    raise refused


def _form_wished(actor: LocalActor, fields: Mapping[str, object]) -> Form:
    """The form that translations are held to where the original could not be read."""
    wished = fields.get("form") or (default_form(actor) if fields.get("title") else Form.NOTE)
    return Form(str(wished)) if wished in tuple(Form) else Form.NOTE


def checked_others(
    actor: LocalActor, original: Draft, translations: Sequence[Mapping[str, object]]
) -> tuple[Draft, ...]:
    """The translations, in the original's form. Raises InvalidDraft naming the language."""
    found: dict[str, Draft] = {original.language: original}
    refused: list[InvalidDraft] = []
    for fields in translations:
        try:
            one = checked_translation(actor, original.form, fields)
        except InvalidDraft as error:
            refused.append(error)
            continue
        if one.language in found:
            reason = "is there twice; a work has one version a language"
            raise InvalidDraft(
                f"versions.{one.language} {reason}",
                faults=[FieldFault(f"versions.{one.language}", reason)],
            )
        found[one.language] = one
    if refused:
        refused[0].faults = tuple(fault for one in refused for fault in one.faults)
        raise refused[0]
    return tuple(found.values())[1:]


def checked_translation(actor: LocalActor, form: Form, fields: Mapping[str, object]) -> Draft:
    """Raises InvalidDraft, whose faults say in which language."""
    with in_version(fields.get("language")):
        return checked(actor, {**fields, "form": form.value})


@contextlib.contextmanager
def in_version(language: object) -> Iterator[None]:
    """Lets what is refused inside say in which language it is amiss."""
    try:
        yield
    except InvalidDraft as error:
        place = f"versions.{language}"
        faults = [FieldFault(f"{place}.{one.field}", one.reason) for one in error.faults]
        told = "; ".join(f"{one.field} {one.reason}" for one in faults)
        raise InvalidDraft(told, faults=faults) from None


def rendered(
    desk: Desk,
    actor: LocalActor,
    form: Form,
    source: str,
    people: People,
    inserted: Sequence[Inserted] = (),
) -> Rendered:
    return render(
        source,
        form=form.value,
        resolve_mention=people.mention,
        tag_url=lambda tag: desk.uris.tag(actor.name, tag),
        album=Album(desk.uris.media(""), people.images),
        inserted=inserted,
    )


def version_of(draft: Draft, html: str, revision: int = 1) -> Version:
    return Version(
        language=draft.language,
        title=draft.title,
        summary=draft.summary,
        source=draft.source,
        html=html,
        translator=draft.translator,
        state=draft.state or VersionState.DRAFT,
        changed_in=revision,
        inserted=draft.inserted,
    )


def continued(before: Declaration, draft: Draft, html: str) -> Version:
    """The edited original: as far as it was, and changed in this revision where its words are."""
    was, edited = before.original, version_of(draft, html)
    if not was.is_out:
        _not_out_yet(draft)
    state = was.state if was.is_out else edited.state
    changed_in = was.changed_in if words(was) == words(edited) else before.revision + 1
    return replace(edited, state=state, changed_in=changed_in)


def words(one: Version) -> tuple[object, ...]:
    """All that readers of a version read."""
    return one.title, one.summary, one.source, one.inserted


def translated(before: Declaration, draft: Draft, html: str) -> Version:
    """A translation as it is saved: by itself it goes where the declaration already is.

    Raises InvalidDraft where a published one would become a draft again.
    """
    was = before.version(draft.language)
    if was is not None and was.is_out and draft.state not in {None, VersionState.PUBLISHED}:
        reason = "is published and cannot be taken back alone; withdraw the declaration"
        raise InvalidDraft(f"state {reason}", faults=[FieldFault("state", reason)])
    if before.state is not State.PUBLISHED:
        _not_out_yet(draft)
    state = draft.state or (was.state if was else STATE_OF_NEW[before.state])
    return replace(version_of(draft, html, before.revision + 1), state=state)


def _not_out_yet(draft: Draft) -> None:
    if draft.state is VersionState.PUBLISHED:
        reason = "is decided by publishing the declaration; until then draft or reviewed"
        raise InvalidDraft(f"state {reason}", faults=[FieldFault("state", reason)])


# A translation without a word about its state goes along with what is on its way.
STATE_OF_NEW = {
    State.DRAFT: VersionState.DRAFT,
    State.AWAITING_APPROVAL: VersionState.REVIEWED,
    State.SCHEDULED: VersionState.REVIEWED,
    State.PUBLISHED: VersionState.PUBLISHED,
}


def reformed(
    desk: Desk, actor: LocalActor, before: Declaration, form: Form, people: People
) -> tuple[Version, ...]:
    """The translations as they stand in this form; untouched where it is theirs already."""
    if form is before.form:
        return before.versions[1:]
    return tuple(
        replace(one, html=rendered(desk, actor, form, one.source, people, one.inserted).html)
        for one in before.versions[1:]
    )


def declaration_of(
    actor: LocalActor, draft: Draft, made: Rendered, key: str, slug: str
) -> Declaration:
    """A new declaration of one language."""
    return with_details(
        Declaration(
            key=key,
            actor_name=actor.name,
            form=draft.form,
            state=State.DRAFT,
            language=draft.language,
            slug=slug,
            versions=(version_of(draft, made.html),),
            revision=1,
            visibility=draft.visibility,
            in_reply_to=draft.in_reply_to,
        ),
        draft,
        made.hashtags,
    )


def composed(
    desk: Desk,
    actor: LocalActor,
    drafts: Sequence[Draft],
    people: People,
    key: str,
    slug: str,
) -> tuple[Declaration, Rendered]:
    """A new declaration of as many languages, the original first, and its original rendered."""
    draft, *others = drafts
    for one in drafts:
        _not_out_yet(one)
    made = rendered(desk, actor, draft.form, draft.source, people, draft.inserted)
    whole = declaration_of(actor, draft, made, key, slug)
    for other in others:
        html = rendered(desk, actor, draft.form, other.source, people, other.inserted).html
        whole = whole.with_version(version_of(other, html))
    return whole, made


def with_details(one: Declaration, draft: Draft, hashtags: Sequence[str]) -> Declaration:
    """With kind, tags and all shared fields taken from the draft."""
    return replace(
        one,
        kind=draft.kind,
        tags=tags_of((*draft.tags, *topic_tags(draft.topics)), hashtags),
        dated=draft.dated,
        addressees=draft.addressees,
        countries=draft.countries,
        organisations=draft.organisations,
        sources=draft.sources,
        signatories=draft.signatories,
        topics=draft.topics,
    )


def tags_of(chosen: Sequence[str], hashtags: Sequence[str]) -> tuple[str, ...]:
    """The chosen ones and those in the text, each spelling once."""
    return tuple({tag_key(tag): tag for tag in (*reversed(hashtags), *reversed(chosen))}.values())[
        ::-1
    ]


def topic_tags(topics: Sequence[str]) -> tuple[str, ...]:
    """Topics as hashtags: `Safety at work` as `SafetyAtWork`."""
    made = (tag_from(topic) for topic in topics)
    return tuple(one for one in made if one is not None)


def fields_of(one: Declaration) -> dict[str, object]:
    """The declaration as the fields that would make it: what an edit starts from."""
    original = one.original
    in_text = {tag_key(tag) for tag in (*hashtags_in(original.source), *topic_tags(one.topics))}
    fields: dict[str, object] = {
        "title": original.title,
        "content": original.source,
        "summary": original.summary,
        "language": one.language,
        "kind": one.kind,
        "form": one.form.value,
        "slug": one.slug,
        "tags": [tag for tag in one.tags if tag_key(tag) not in in_text],
        "translator": original.translator,
        "visibility": one.visibility.value,
        "hero": one.hero.key if one.hero else None,
        **one.details_as_fields(),
    }
    return {name: value for name, value in fields.items() if value not in (None, [])}
