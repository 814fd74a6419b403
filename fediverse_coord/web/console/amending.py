"""Edits of published texts that wait for another coordinator: compared, agreed to, or not made.

GET /console/edits/{key}; POST approve, reject and names there. What is refused is told on the same
page.
"""

from collections.abc import Iterator

from starlette.responses import Response

from fediverse_coord.desk import amendments, drafts, looking, previews
from fediverse_coord.desk.amendments import Waiting
from fediverse_coord.desk.people import Duty
from fediverse_coord.errors import NotAllowed, NotFound, Refusal
from fediverse_coord.publishing.declarations import Declaration
from fediverse_coord.publishing.passages import Inserted
from fediverse_coord.web.console import fields
from fediverse_coord.web.console.acting import shown_names
from fediverse_coord.web.console.differences import differences
from fediverse_coord.web.console.form_views import label
from fediverse_coord.web.console.paper import console_page, onward
from fediverse_coord.web.console.reading import actor_of, house_of, named_lines, title_of, work_url
from fediverse_coord.web.console.typed import Typed
from fediverse_coord.web.console.views import Change, EditView
from fediverse_coord.web.console.visits import HOME, Visit
from fediverse_coord.web.console.words import console_words
from fediverse_coord.web.reading import language_of, site_of
from fediverse_coord.web.templating import Words

NOT_SURE = "rejecting throws these words away: tick the box beside the button first"


def edit_url(one: Waiting) -> str:
    return f"{HOME}/edits/{one.amendment.key}"


def typed_of_edit(one: Waiting, visit: Visit) -> Typed:
    """The form as the edit would leave it, with what it tells readers."""
    declaration = amendments.taken_up(visit.faces.desk, one)
    typed = fields.typed_of(declaration, visit.language.tag)
    told = list(_told(one))
    change = [("change", "correction")] if told else []
    ticked = [("take_up", "yes")] if one.amendment.proposed.took_up else []
    return fields.compacted(typed.and_also([*told, *change, *ticked]))


def _told(one: Waiting) -> Iterator[tuple[str, str]]:
    for correction in one.amendment.proposed.told:
        for language, words in correction.told.items():
            yield f"what.{language}", words.what
            yield f"why.{language}", words.why or ""


async def get_edit(visit: Visit) -> Response:
    """GET /console/edits/{key}"""
    one = await amendments.find(visit.faces.desk, visit.person, visit.part("key"))
    return await edit_page(visit, one)


async def edit_page(
    visit: Visit, one: Waiting, *, fault: str | None = None, status: int = 200
) -> Response:
    ui, would_be = console_words(visit.language.tag), one.would_be.declaration
    decides = _may(visit, one, Duty.PUBLISH)
    named = await previews.named_in(visit.faces.desk, one.work, one.would_be)
    view = EditView(
        site=site_of(visit.faces),
        language=visit.language,
        who=visit.who,
        house=house_of(visit, await actor_of(visit.faces.desk, one.work)),
        fault=fault,
        title=title_of(one.work.declaration),
        text_language=language_of(one.work.declaration.language),
        url=edit_url(one),
        work_url=work_url(one.work.declaration),
        proposed=one.amendment.proposed_at,
        missing=one.missing,
        is_outdated=one.amendment.is_outdated,
        has_agreed=one.has_agreed,
        changes=tuple(_changes(visit, ui, one)),
        other_names=tuple(place + 1 for place in sorted(one.other_names)),
        names=sum(who.sealed is not None for who in would_be.signatories),
        can_look=_may(visit, one, Duty.DRAFT),
        can_approve=decides and one.is_open and not (one.has_agreed and one.missing),
        can_reject=decides,
        edit_url=_editor(one) if decides else None,
        named=named_lines(named),
    )
    return console_page("edit", view, status)


def _editor(one: Waiting) -> str | None:
    """Where its words can be taken up, while the text can be edited at all."""
    goes_out = one.work.declaration.state in drafts.GOES_OUT
    place = f"{work_url(one.work.declaration)}/edit?from={one.amendment.key}"
    return place if goes_out else None


def _may(visit: Visit, one: Waiting, duty: Duty) -> bool:
    try:
        drafts.require_for(visit.person, one.work, duty)
    except NotAllowed:
        return False
    return True


def _changes(visit: Visit, ui: Words, one: Waiting) -> Iterator[Change]:
    """By field, in the order of the form; sealed names are compared by the desk."""
    tag = visit.language.tag
    was, would_be = one.work.declaration, one.would_be.declaration
    before = _with_more(_readable(ui, was, fields.typed_of(was, tag)), was)
    after = _with_more(_readable(ui, would_be, typed_of_edit(one, visit)), would_be)
    found = differences(before, after)
    order = dict.fromkeys(name for name, _ in (*after.pairs, *before.pairs))
    for name in (name for name in order if name in found and not name.endswith(".sealed")):
        head, _, rest = name.partition(".")
        language = language_of(rest) if rest and head not in fields.ROWS else None
        yield Change(label(ui, name), found[name], language)


def _with_more(typed: Typed, one: Declaration) -> Typed:
    """And what the form has by name alone: of each language its passages, and its hero's words."""
    spoken = ((version.language, one.hero) for version in one.versions)
    heroes = ((f"hero.{tag}", hero.alt_in(tag)) for tag, hero in spoken if hero)
    typed = typed.and_also((name, alt) for name, alt in heroes if alt)
    held = ((version.language, version.inserted) for version in one.versions)
    return typed.and_also(
        (f"passages.{language}", "\n\n".join(_said(each) for each in inserted))
        for language, inserted in held
        if inserted
    )


def _said(one: Inserted) -> str:
    source = " ".join(part for part in (one.name, one.url) if part)
    return f"{one.text}\n({source})" if source else one.text


def _readable(ui: Words, one: Declaration, typed: Typed) -> Typed:
    """With words where the form has keys."""

    def said(name: str, value: str) -> str:
        head = name.partition(".")[0]
        if head == "kind" and value:
            return ui.kind(value)
        if head == "state":
            return ui.phrases.get(f"version_{value}", value)
        if name.endswith(".display"):
            return ui.phrases.get(f"display_{value}", value)
        return "✓" if value == "yes" and name.endswith(".cleared") else value

    pairs = ((name, said(name, value)) for name, value in typed.pairs if name != "change")
    return Typed(tuple(pairs))


async def post_approve(visit: Visit, typed: Typed) -> Response:
    """POST /console/edits/{key}/approve"""
    key = visit.part("key")
    try:
        saved = await amendments.approve(visit.faces.desk, visit.person, key)
    except (NotAllowed, NotFound):
        raise
    except Refusal as error:
        return await _refused(visit, error)
    done = "agreed" if saved.waits else "approved_edit"
    return onward(f"{work_url(saved.work.declaration)}?done={done}")


async def post_reject(visit: Visit, typed: Typed) -> Response:
    """POST /console/edits/{key}/reject: asks for a tick, the words are gone then."""
    if not typed.has("sure"):
        return await _refused(visit, Refusal(NOT_SURE))
    work = await amendments.reject(visit.faces.desk, visit.person, visit.part("key"))
    return onward(f"{work_url(work.declaration)}?done=rejected_edit")


async def _refused(visit: Visit, error: Refusal) -> Response:
    one = await amendments.find(visit.faces.desk, visit.person, visit.part("key"))
    return await edit_page(visit, one, fault=error.reason, status=error.status_hint)


async def post_names(visit: Visit, typed: Typed) -> Response:
    """POST /console/edits/{key}/names: sealed names as they would be, in this one answer."""
    key = visit.part("key")
    names = await looking.at_names_in_edit(visit.faces.desk, visit.person, key)
    one = await amendments.find(visit.faces.desk, visit.person, key)
    return await shown_names(visit, one.work, names, edit_url(one))
