"""The editor: one form with all languages, saved whole, and nothing typed is ever lost.

GET and POST /console/@{name}/write and /console/declarations/{key}/edit. Buttons say what they do
by their value: save, look, or only show the form again with another row or language.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from starlette.responses import Response

from fediverse_coord.desk import amendments, drafts, forms, wholes
from fediverse_coord.desk.desk import coordination
from fediverse_coord.desk.drafts import Saved, Unsure
from fediverse_coord.desk.people import Duty, require
from fediverse_coord.errors import FieldFault, NotAllowed, NotFound, Refusal, Stale
from fediverse_coord.publishing import languages
from fediverse_coord.publishing.declarations import State
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.declarations import Work
from fediverse_coord.web.console import (
    fields,
    form_views,
    picture_views,
    picturing,
    signatories,
    signatory_views,
)
from fediverse_coord.web.console.amending import typed_of_edit
from fediverse_coord.web.console.changing import CHANGES
from fediverse_coord.web.console.differences import differences
from fediverse_coord.web.console.editor_views import EditorView
from fediverse_coord.web.console.form_views import PLAIN, Filled, Shown
from fediverse_coord.web.console.paper import console_page, onward
from fediverse_coord.web.console.passage_lines import passages_for
from fediverse_coord.web.console.reading import (
    actor_of,
    house_of,
    named_lines,
    title_of,
    work_url,
)
from fediverse_coord.web.console.typed import Typed
from fediverse_coord.web.console.views import Difference
from fediverse_coord.web.console.visits import HOME, Visit
from fediverse_coord.web.console.words import console_words
from fediverse_coord.web.console.works import work_page
from fediverse_coord.web.reading import language_of, site_of
from fediverse_coord.web.templating import Words
from fediverse_coord.web.views import Language

EMPTIED = (
    "is published and cannot be emptied by itself: write here what shall stand there, or withdraw "
    "the text"
)
CLOSED_STATES = frozenset({State.WITHDRAWN, State.DELETED})


async def get_write(visit: Visit) -> Response:
    """GET /console/@{name}/write?lang=…: an empty form, or the question of Note or Article."""
    actor = await _house(visit)
    if forms.is_asked(visit.person, actor):
        return onward(f"{HOME}/@{actor.name}/form")
    spoken: list[str] = actor.profile["languages"]
    wished = visit.query("lang")
    return await _form(visit, actor, None, _begun(wished if wished in spoken else spoken[0]))


async def _house(visit: Visit) -> LocalActor:
    name = visit.part("name")
    require(visit.person, Duty.DRAFT, name)
    return await coordination(visit.faces.desk, name)


def _begun(language: str) -> Typed:
    return Typed((("languages", language), ("revision", "")))


async def post_write(visit: Visit, typed: Typed) -> Response:
    """POST /console/@{name}/write: a new draft."""
    return await _posted(visit, await _house(visit), None, typed)


async def again_write(visit: Visit, typed: Typed) -> Response:
    """The form as it was sent from an earlier session."""
    return await _form(visit, await _house(visit), None, _readable(visit, typed), AGAIN)


AGAIN = Shown(notice="again", status=403)


async def get_edit(visit: Visit) -> Response:
    """GET /console/declarations/{key}/edit?from=…: as it is, or as an edit that waits has it."""
    work = await _work(visit)
    actor = await actor_of(visit.faces.desk, work)
    if key := visit.query("from"):
        one = await amendments.find(visit.faces.desk, visit.person, key, Duty.DRAFT)
        if one.work.row == work.row:
            return await _beside(visit, actor, work, typed_of_edit(one, visit), "taken_up", 200)
    return await _form(visit, actor, work, fields.typed_of(work.declaration, visit.language.tag))


async def _work(visit: Visit) -> Work:
    """Raises NotFound for what cannot be edited any more, NotAllowed."""
    work = await drafts.find(visit.faces.desk, visit.person, visit.part("key"), Duty.DRAFT)
    if work.declaration.state in CLOSED_STATES:
        raise NotFound("this text cannot be edited any more")
    if work.declaration.state in drafts.GOES_OUT:
        drafts.require_for(visit.person, work, Duty.PUBLISH)
    return work


async def post_edit(visit: Visit, typed: Typed) -> Response:
    """POST /console/declarations/{key}/edit: saves, or shows the form again."""
    try:
        work = await _work(visit)
    except NotFound:
        return await _left_over(visit, typed)
    return await _posted(visit, await actor_of(visit.faces.desk, work), work, typed)


async def again_edit(visit: Visit, typed: Typed) -> Response:
    try:
        work = await _work(visit)
    except NotFound:
        return await _left_over(visit, typed)
    return await _form(
        visit, await actor_of(visit.faces.desk, work), work, _readable(visit, typed), AGAIN
    )


async def _left_over(visit: Visit, typed: Typed) -> Response:
    """The words for a text that somebody took back meanwhile: a draft can be made of them.

    Names that are locked away stay with the text that was taken back.
    """
    work = await drafts.find(visit.faces.desk, visit.person, visit.part("key"), Duty.DRAFT)
    mine = _readable(visit, typed.without("do", "revision", "slug"))
    sealed = {name for name, _ in mine.pairs if name.endswith((".sealed", ".shown"))}
    mine = fields.compacted(mine.without(*sealed))
    actor = await actor_of(visit.faces.desk, work)
    return await _form(visit, actor, None, mine, Shown(notice="taken_back", status=412))


def _readable(visit: Visit, typed: Typed) -> Typed:
    """With a language, which a form that was tampered with may lack."""
    known = [one for one in dict.fromkeys(typed.all("languages")) if languages.is_tag(one)]
    rest = typed.without("languages")
    pairs = [("languages", languages.tag(one)) for one in known[:100]] or [("languages", "en")]
    whole = replace(rest, pairs=(*pairs, *rest.pairs))
    return fields.compacted(signatories.gathered(whole, visit.language.tag))


async def _posted(visit: Visit, actor: LocalActor, work: Work | None, typed: Typed) -> Response:
    typed = _readable(visit, typed)
    wish, _, which = typed.get("do", "save").partition(".")
    typed = typed.without("do")
    if wish in CHANGES:
        typed, changed = CHANGES[wish](typed, which)
        return await _form(visit, actor, work, typed, changed)
    typed, told = await picturing.pressed(visit, actor, typed, wish, which)
    if told is not None:
        return await _form(visit, actor, work, typed, told)
    if signatories.is_pasted(typed):
        typed = signatories.listed(typed, visit.language.tag)
        return await _form(visit, actor, work, typed, _listed(typed))
    try:
        saved = await _save(visit, actor, work, typed)
    except Stale:
        return await _conflict(visit, actor, typed)
    except NotAllowed:
        raise
    except Unsure as error:
        asked = Shown(named=error.named, sure=error.mark, status=error.status_hint)
        return await _form(visit, actor, work, typed, asked)
    except Refusal as error:
        general = None if error.faults else error.reason
        shown = Shown(error.faults, fault=general, status=error.status_hint)
        return await _form(visit, actor, work, typed, shown)
    url = work_url(saved.work.declaration)
    if saved.warnings:
        done = "" if saved.waits else "saved"  # what others have to send too is not saved yet
        return await work_page(visit, saved.work, done=done, warnings=saved.warnings)
    return onward(f"{url}/preview" if wish == "look" else f"{url}?done=saved")


def _listed(typed: Typed) -> Shown:
    """What did not fit onto the list is still where it was pasted."""
    if not signatories.is_pasted(typed):
        return Shown(notice="listed")
    return Shown([FieldFault(signatories.PASTED, signatories.NO_ROOM)], status=422)


async def _save(visit: Visit, actor: LocalActor, work: Work | None, typed: Typed) -> Saved:
    desk, person, tag = visit.faces.desk, visit.person, visit.language.tag
    given, others = fields.fields_of(typed, tag), fields.translations_of(typed)
    if work is None:
        given = {name: value for name, value in given.items() if value not in (None, [])}
        return await drafts.create(desk, person, actor.name, given, translations=others)
    one = work.declaration
    if one.published_at is not None:
        given["form"] = one.form.value
    _require_filled(work, typed, others)
    _leave_published(work, [given, *others])
    given = dict(await amendments.with_names(desk, person, work, given))
    return await wholes.save(
        desk,
        person,
        one.key,
        given,
        others,
        confirmed=fields.confirmed(typed),
        revision=_revision(typed),
        quiet=typed.get("change") == "quiet",
        correction=fields.correction_of(typed),
        take_up=typed.has("take_up"),
        sure=typed.get("sure"),
    )


def _require_filled(work: Work, typed: Typed, others: Sequence[dict[str, object]]) -> None:
    """Raises Refusal for a translation that is out and was emptied, or is to go."""
    filled = {one["language"] for one in others}
    emptied = [
        one.language
        for one in work.declaration.versions[1:]
        if one.is_out and one.language in typed.all("languages") and one.language not in filled
    ]
    if emptied:
        faults = [FieldFault(f"versions.{one}.content", EMPTIED) for one in emptied]
        raise Refusal(f"{faults[0].field} {EMPTIED}", faults=faults)


def _with_what_is_out(work: Work | None, typed: Typed) -> Typed:
    """Without the wish that a published translation goes: its fields are shown."""
    out = [one.language for one in work.declaration.versions if one.is_out] if work else []
    return typed.without(*(f"remove.{one}" for one in out))


def _leave_published(work: Work, versions: Sequence[dict[str, object]]) -> None:
    """What is out stays out: the form does not ask; what is new waits to be published."""
    for one in versions:
        version = work.declaration.version(str(one["language"]))
        if version is not None and version.is_out:
            one["state"] = None
        elif one.get("state") is None:
            one["state"] = "draft"


def _revision(typed: Typed) -> int:
    """What no declaration has, where the form does not say which one it started from."""
    text = typed.get("revision")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1


async def _conflict(visit: Visit, actor: LocalActor, typed: Typed) -> Response:
    """Somebody else saved meanwhile: both texts, and saving again takes this person's."""
    return await _beside(visit, actor, await _work(visit), typed, "conflict", 412)


async def _beside(
    visit: Visit, actor: LocalActor, work: Work, typed: Typed, notice: str, status: int
) -> Response:
    """The form as it was filled in, and at each field what is saved where that differs."""
    saved = fields.typed_of(work.declaration, visit.language.tag)
    ui = console_words(visit.language.tag)
    found = _differences(typed, fields.compacted(saved), ui)
    mine = typed.without("revision").and_also([("revision", str(work.declaration.revision))])
    mine = mine.and_also(
        ("languages", one)
        for one in saved.all("languages")
        if one not in fields.spoken(typed) and not typed.has(f"remove.{one}")
    )
    added = set(fields.spoken(mine)) - set(fields.spoken(typed))
    mine = mine.and_also(
        (name, value) for name, value in saved.pairs if name.partition(".")[2] in added
    )
    shown = Shown(notice=notice, differences=found, status=status)
    return await _form(visit, actor, work, mine, shown)


def _differences(mine: Typed, theirs: Typed, ui: Words) -> dict[str, Difference]:
    """By control; of those who sign, the whole list at once."""
    rows = f"{signatories.ROWS}."
    found = {
        name: told for name, told in differences(mine, theirs).items() if not name.startswith(rows)
    }
    told = signatory_views.difference(mine, theirs, ui)
    return found | {signatories.ROWS: told} if told else found


# --- the form --------------------------------------------------------------------------


async def _form(
    visit: Visit, actor: LocalActor, work: Work | None, typed: Typed, shown: Shown = PLAIN
) -> Response:
    ui, typed = console_words(visit.language.tag), _with_what_is_out(work, typed)
    before = work.declaration if work else None
    filled = Filled(typed, ui, before, shown.faults, shown.differences, shown.opened)
    house = house_of(visit, actor)
    signed = signatory_views.form_of(filled)
    faults, more = form_views.fault_lines(filled, partial(signatory_views.target_in, signed))
    url = work_url(before) if before else house.url
    is_published = before is not None and before.state is State.PUBLISHED
    view = EditorView(
        site=site_of(visit.faces),
        language=visit.language,
        who=visit.who,
        house=house,
        fault=shown.fault,
        action=f"{url}/edit" if before else f"{url}/write",
        heading=title_of(before) if before else "",
        back_url=url,
        revision=typed.get("revision"),
        notice=shown.notice,
        faults=faults,
        more_faults=more,
        versions=form_views.versions(filled),
        missing=form_views.missing(actor, filled),
        other_originals=() if before else _other_originals(actor, filled, house.url),
        is_published=is_published,
        goes_out=before is not None and before.state in drafts.GOES_OUT,
        change=typed.get("change", "plain"),
        kinds=form_views.kinds(actor, filled),
        forms=form_views.forms(filled),
        dated=filled.control("dated"),
        slug=filled.control("slug"),
        addressees=filled.control("addressees"),
        organisations=filled.control("organisations"),
        topics=filled.control("topics"),
        tags=filled.control("tags"),
        countries=form_views.countries(filled),
        signatories=signed,
        sources=form_views.sources(filled),
        country_names=form_views.country_names(filled),
        known_languages=form_views.known_languages(filled),
        named=named_lines(shown.named),
        sure=shown.sure or typed.get("sure"),
        asks=shown.asks,
        general=tuple(one.reason for one in shown.faults if filled.target(one) == "add"),
        kind=filled.control("kind"),
        pictures=await picture_views.pictures(visit, actor, filled),
        passages=await passages_for(visit, actor, filled),
    )
    return console_page("editor", view, shown.status)


def _other_originals(
    actor: LocalActor, filled: Filled, url: str
) -> tuple[tuple[Language, str], ...]:
    spoken: list[str] = actor.profile["languages"]
    others = [one for one in spoken if one != filled.original]
    return tuple((language_of(one), f"{url}/write?lang={one}") for one in others)
