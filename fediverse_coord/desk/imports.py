"""Import: texts of earlier sites become works here, and nobody is told.  ADR 0018.

Carries a plan out, some works at a time. What a source calls a text is written with it, in one
transaction: whoever is stopped half-way begins again, and nothing comes in twice. No object, no
activity and no row that would send anything is made.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from fediverse_coord.desk import composing, confidential, illustrating, inserting, pictures
from fediverse_coord.desk.composing import People
from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.desk.import_plans import Plan, title_hash
from fediverse_coord.desk.import_sources import Source, picture
from fediverse_coord.desk.people import Duty, Person, require
from fediverse_coord.errors import Refusal
from fediverse_coord.publishing.declarations import (
    Declaration,
    Draft,
    Form,
    State,
    VersionState,
    Visibility,
)
from fediverse_coord.publishing.importing.addresses import host_of
from fediverse_coord.publishing.importing.deciding import Decision, if_sure
from fediverse_coord.publishing.importing.entries import Faulty, Imported, Picture, hidden
from fediverse_coord.publishing.importing.versions import Proposal
from fediverse_coord.publishing.markdown import Rendered
from fediverse_coord.publishing.slugs import slug_from
from fediverse_coord.publishing.summaries import suggested_summary
from fediverse_coord.storage import audit, imports, media
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.imports import Entry, NewWork

AT_ONCE = 100
NOBODY = People({})
WHOLE = "no language of it came in"

Decide = Callable[[Proposal], Decision]
"""Says which works a proposal of several texts becomes."""
Made: TypeAlias = tuple[Imported, Draft, Rendered]


@dataclass(slots=True)
class Done:
    """What came in: works, and the texts they have; and what did not."""

    works: int = 0
    texts: int = 0
    faults: list[Faulty] = field(default_factory=list)


async def check(desk: Desk, person: Person, plan: Plan, source: Source) -> list[Faulty]:
    """What would be left out while carrying the plan out; nothing is written.

    Every picture is made anew for that, and thrown away.
    """
    actor = await _allowed(desk, person, plan)
    done, key = Done(), "0" * 16
    for proposal in plan.proposals():
        for members in _decided(proposal, if_sure):
            made = list[Made]()
            for one in members:
                try:
                    made.append((one, *await _drafted(desk, actor, one, key)))
                except Refusal as refusal:
                    done.faults.append(Faulty(one.place, refusal.reason))
                done.faults += await _faults_of_pictures(desk, one, source)
            _kept_together(desk, actor, members, made, key, done)
    return done.faults


async def _faults_of_pictures(desk: Desk, one: Imported, source: Source) -> list[Faulty]:
    found = []
    for each in one.pictures:
        try:
            await desk.darkroom.develop(_content(source, each))
        except Refusal as refusal:
            found.append(Faulty(_place(one, each), refusal.reason))
    return found


def _place(one: Imported, each: Picture) -> str:
    return f"{one.place}, {each.name[:200]}"


def _content(source: Source, each: Picture) -> bytes:
    content = picture(source, each.name)
    if content is None:
        raise Refusal("is not there, or too large: the text has no picture")
    return content


async def carry_out(
    desk: Desk,
    person: Person,
    plan: Plan,
    source: Source,
    *,
    decide: Decide = if_sure,
    progress: Callable[[int], None] = lambda _: None,
) -> Done:
    """Writes the works that `decide` makes of the proposals. Raises NotAllowed."""
    actor = await _allowed(desk, person, plan)
    done, waiting = Done(), list[NewWork]()
    before: asyncio.Task[None] | None = None
    try:
        for number, proposal in enumerate(plan.proposals(), start=1):
            for members in _decided(proposal, decide):
                work = await _composed(desk, person, actor, members, source, done)
                waiting += [work] if work is not None else []
            if len(waiting) >= AT_ONCE:
                if before is not None:
                    await before
                before = asyncio.create_task(_write(desk, person, actor, waiting, done))
                await asyncio.sleep(0)  # it is written while the next are composed
                waiting = []
            progress(number)
    finally:
        if before is not None:
            await before
    await _write(desk, person, actor, waiting, done)
    return done


async def _allowed(desk: Desk, person: Person, plan: Plan) -> LocalActor:
    require(person, Duty.PUBLISH, plan.actor_name)
    return await coordination(desk, plan.actor_name)


def _decided(proposal: Proposal, decide: Decide) -> Iterable[Sequence[Imported]]:
    return [proposal.members] if len(proposal.members) == 1 else decide(proposal).of(proposal)


async def _write(
    desk: Desk, person: Person, actor: LocalActor, works: Sequence[NewWork], done: Done
) -> None:
    now = desk.clock()

    async def write(tx: Transaction) -> int:
        written = await imports.insert(tx, actor.row, works, person.row, now)
        if written:
            await audit.record(tx, person.row, "import", f"actor:{actor.name}", now)
        return written

    if works:
        written = await desk.db.write(write)
        done.works += written
        done.texts += sum(len(one.entries) for one in works) if written == len(works) else written


async def _composed(
    desk: Desk,
    person: Person,
    actor: LocalActor,
    members: Sequence[Imported],
    source: Source,
    done: Done,
) -> NewWork | None:
    """The work, published on its own day; a text that cannot be taken is told of and left out."""
    key, made = desk.new_key(), list[Made]()
    for one in _original_first(members, actor):
        try:
            whole = await _with_pictures(desk, person, actor, one, source, done)
            made.append((whole, *await _rendered(desk, actor, whole, key)))
        except Refusal as refusal:
            done.faults.append(Faulty(one.place, refusal.reason))
    if not made or not _kept_together(desk, actor, members, made, key, done):
        return None
    declaration = _declared(actor, made, key)
    if any(one.pictures for one, _, _ in made):
        declaration = await illustrating.illustrated(desk, declaration, None)
    return NewWork(declaration, tuple(_entries(desk, declaration, made)))


def _kept_together(
    desk: Desk,
    actor: LocalActor,
    members: Sequence[Imported],
    made: Sequence[Made],
    key: str,
    done: Done,
) -> bool:
    """Whether no language tells whom the file of another hides; else the fault is told.

    Where somebody signs, a file that was left out may say who is hidden: none of the others goes
    alone then.
    """
    if len(made) < len(members) and made and any("signatories" in dict(o.fields) for o in members):
        told = f"is left out with another language of its text, where somebody signs: {WHOLE}"
        done.faults.extend(Faulty(one.place, told) for one, _, _ in made)
        return False
    for hiding, draft, html in made:
        if not any(one.sealed for one in draft.signatories):
            continue
        whole = composing.declaration_of(actor, draft, html, key, draft.slug or key)
        for one, other, _ in made:
            try:
                _require_untold(desk, whole, other)
            except Refusal as refusal:
                told = f"{refusal.reason}, as {hiding.place} says; {WHOLE}"
                done.faults.append(Faulty(one.place, told))
                return False
    return True


def _require_untold(desk: Desk, whole: Declaration, other: Draft) -> None:
    """Raises Refusal where the draft says a name that the other hides, in words or as signatory."""
    confidential.not_in_texts(desk, whole, other)
    says = confidential.telling(desk)
    for place, who in enumerate(other.signatories):
        if who.sealed is None and says(whole, who.name):
            raise Refusal(f"signatories.{place} shows somebody who is hidden")


def _entries(desk: Desk, whole: Declaration, made: Sequence[Made]) -> Iterator[Entry]:
    """Of a hidden name nothing stays in what a text was called, nor in the path that led to it."""
    says = confidential.telling(desk)
    for one, draft, _ in made:
        identity = hidden(one.identity) if says(whole, one.identity) else one.identity
        old_path = None if says(whole, one.old_path) else one.old_path
        yield Entry(identity, title_hash(one), draft.language, old_path)


def _original_first(members: Sequence[Imported], actor: LocalActor) -> list[Imported]:
    """The coordination's own languages come first, in their order; else the source's order."""
    languages = list(actor.profile["languages"])
    return sorted(
        members,
        key=lambda one: languages.index(one.language) if one.language in languages else 1000,
    )


async def _rendered(
    desk: Desk, actor: LocalActor, one: Imported, key: str
) -> tuple[Draft, Rendered]:
    if not one.pictures:
        return await _drafted(desk, actor, one, key)
    images = await media.images(desk.db, [each.name for each in one.pictures])
    return await _drafted(desk, actor, one, key, People({}, images=images))


async def _drafted(
    desk: Desk, actor: LocalActor, one: Imported, key: str, people: People = NOBODY
) -> tuple[Draft, Rendered]:
    """Checked as any other text is. Raises InvalidDraft."""
    form = Form(actor.profile["default_form"]) if one.title else Form.NOTE
    spoken = str(one.language or actor.profile["languages"][0])
    held = await inserting.inserted(desk, actor, one.content, spoken)
    inserting.require_fitting(held, spoken)
    made = composing.rendered(desk, actor, form, one.content, people, held)
    fields: dict[str, object] = {
        "title": one.title,
        "content": one.content,
        "language": one.language,
        "kind": one.kind,
        "form": form.value,
        "dated": one.day.isoformat() if one.day else None,
        "countries": list(one.countries),
        "tags": list(one.tags),
        "sources": _sources(one),
        **dict(one.fields),
    }
    if form is Form.ARTICLE and not fields.get("summary"):
        fields["summary"] = suggested_summary(made.html) or one.title
    given = {name: value for name, value in fields.items() if value not in (None, [], "")}
    draft = composing.checked(actor, given)
    draft = replace(draft, inserted=held) if held else draft
    return confidential.protected(desk, key, draft), made


def _sources(one: Imported) -> list[dict[str, str]]:
    host = host_of(one.url)
    return [{"name": host, "url": one.url}] if host and one.url else []


def _declared(actor: LocalActor, made: Sequence[Made], key: str) -> Declaration:
    one, draft, rendered = made[0]
    slug = draft.slug or slug_from(draft.title, key)
    whole = composing.declaration_of(actor, draft, rendered, key, slug)
    is_unlisted = any(draft.visibility is Visibility.UNLISTED for _, draft, _ in made)
    versions = {one.language: composing.version_of(one, html.html) for _, one, html in made}
    return replace(
        whole,
        versions=tuple(replace(one, state=VersionState.PUBLISHED) for one in versions.values()),
        state=State.PUBLISHED,
        published_at=one.moment,
        visibility=Visibility.UNLISTED if is_unlisted else draft.visibility,
        signatories=next((each.signatories for _, each, _ in made if each.signatories), ()),
        countries=_together(draft.countries for _, draft, _ in made),
        kind=next((draft.kind for _, draft, _ in made if draft.kind), None),
        dated=next((draft.dated for _, draft, _ in made if draft.dated), None),
    )


def _together(found: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for each in found for one in each))


async def _with_pictures(
    desk: Desk, person: Person, actor: LocalActor, one: Imported, source: Source, done: Done
) -> Imported:
    """Pictures are made anew from their pixels, and stand below the text.

    One that is not there, or is none, is told of, and the text comes in without it.
    """
    taken, shown = [], []
    for each in one.pictures:
        alt = each.alt.strip()[:1500] or one.title or one.content[:100]
        line = " ".join(alt.split())
        alts = {str(one.language): line}
        try:
            content = _content(source, each)
            known = await pictures.take_in(desk, person, actor.name, content, alts)
        except Refusal as refusal:
            done.faults.append(Faulty(_place(one, each), refusal.reason))
            continue
        key = known.media.image.key
        taken.append(replace(each, name=key))
        shown.append(f"![{_plain(line)}](media:{key})")
    return replace(one, content="\n\n".join([one.content, *shown]), pictures=tuple(taken))


def _plain(alt: str) -> str:
    return "".join(one for one in alt if one not in "[]\\`*_<>")
