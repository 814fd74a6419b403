"""Pictures, recordings, documents on the form of a declaration: taken in, told, put into the text.

Each button gives the form back with everything that was typed; `fields` and the desk decide what a
text may show when it is saved. Raises NotAllowed, which is no fault of a field.
"""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from fediverse_coord.desk import pictures
from fediverse_coord.desk.drafts import Unsure
from fediverse_coord.desk.picture_words import WordsAreOut
from fediverse_coord.errors import FieldFault, MediaUnavailable, NotAllowed, Refusal
from fediverse_coord.publishing.illustrations import Kind, line_of
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.web.console import fields
from fediverse_coord.web.console.form_views import Shown
from fediverse_coord.web.console.parts import FILE
from fediverse_coord.web.console.typed import Typed
from fediverse_coord.web.console.visits import Visit

DESCRIBING = "describing"
OLDER = "older"
NONE_CHOSEN = "choose a file first: a picture, a recording or a PDF"
NOT_SENT = "this file is not here yet: choose it again and press the button below, or empty this"

Result: TypeAlias = tuple[Typed, Shown | None]
Button: TypeAlias = Callable[[Visit, LocalActor, Typed, str], Awaitable[Result]]


async def pressed(visit: Visit, actor: LocalActor, typed: Typed, wish: str, which: str) -> Result:
    """What is to be shown after that button; nothing where the text can be saved."""
    try:
        return await BUTTONS.get(wish, _finished)(visit, actor, typed, which)
    except Unsure as error:
        asks = "picture" if wish in BUTTONS else "picture_saved"
        shown = Shown(named=error.named, sure=error.mark, asks=asks, status=error.status_hint)
        return typed, shown
    except MediaUnavailable as error:
        return typed, Shown([FieldFault(FILE, error.told)], status=error.status_hint)
    except Refusal as error:
        if isinstance(error, NotAllowed) and not isinstance(error, WordsAreOut):
            raise
        faults = [FieldFault(_control(typed, one), one.reason) for one in error.faults]
        here = [FieldFault(f"alt.{fields.spoken(typed)[0]}", error.reason)]
        return typed, Shown(faults or here, status=error.status_hint)


def _control(typed: Typed, fault: FieldFault) -> str:
    names = {"file": FILE, "alt": f"alt.{fields.spoken(typed)[0]}"}
    return names.get(fault.field, fault.field)


async def _taken_in(visit: Visit, actor: LocalActor, typed: Typed, which: str) -> Result:
    if typed.has(DESCRIBING):
        return await _described(visit, typed)
    alts = _alts(typed)
    pictures.described(alts, alts)  # what is missing in words is told before a file is looked at
    known = await pictures.take_in(
        visit.faces.desk, visit.person, actor.name, _file(typed), alts, wanted=alts
    )
    if typed.has("as_hero") and known.media.image.kind is Kind.PICTURE:
        typed = typed.without("hero").and_also([("hero", known.media.image.key)])
    return _emptied(typed).without(OLDER), Shown(notice="taken_in")


def _file(typed: Typed) -> bytes:
    upload = typed.upload
    reason = NONE_CHOSEN if upload is None else upload.fault
    if upload is None or reason:
        raise Refusal(reason, faults=[FieldFault(FILE, reason)])
    return upload.content


def _alts(typed: Typed) -> dict[str, object]:
    return {one: typed.get(f"alt.{one}") for one in fields.spoken(typed)}


def _emptied(typed: Typed) -> Typed:
    """Without what was said of the last picture."""
    told = [name for name, _ in typed.pairs if name.startswith("alt.")]
    return typed.without(FILE, "as_hero", DESCRIBING, *told)


async def _described(visit: Visit, typed: Typed) -> Result:
    alts = _alts(typed)
    await pictures.describe(
        visit.faces.desk,
        visit.person,
        typed.get(DESCRIBING),
        alts,
        wanted=alts,
        sure=typed.get("sure"),
    )
    return _emptied(typed), Shown(notice="described")


async def _opened(visit: Visit, actor: LocalActor, typed: Typed, which: str) -> Result:
    """The words for a picture, to be mended."""
    known = await pictures.find(visit.faces.desk, visit.person, which)
    alts = [(f"alt.{language}", alt) for language, alt in known.media.image.alts]
    return _emptied(typed).and_also([(DESCRIBING, which), *alts]), Shown()


async def _put(visit: Visit, actor: LocalActor, typed: Typed, which: str) -> Result:
    """At the end of the text, in every language in which it is told in words."""
    image = (await pictures.find(visit.faces.desk, visit.person, which)).media.image
    for language in fields.spoken(typed):
        alt, name = image.alt_in(language), f"content.{language}"
        if alt is not None:
            text = f"{typed.get(name).rstrip()}\n\n{line_of(which, alt)}\n".lstrip()
            typed = typed.without(name).and_also([(name, text)])
    return typed, Shown(notice="put")


async def _dropped(visit: Visit, actor: LocalActor, typed: Typed, which: str) -> Result:
    await pictures.delete(visit.faces.desk, visit.person, which)
    if typed.get("hero") == which:
        typed = typed.without("hero").and_also([("hero", "")])
    return _emptied(typed), Shown(notice="dropped")


async def _closed(visit: Visit, actor: LocalActor, typed: Typed, which: str) -> Result:
    return _emptied(typed), Shown()


async def _leafed(visit: Visit, actor: LocalActor, typed: Typed, which: str) -> Result:
    return typed.without(OLDER).and_also([(OLDER, which)]), Shown()


async def _finished(visit: Visit, actor: LocalActor, typed: Typed, which: str) -> Result:
    """Before a text is saved: nothing that was chosen or said of a picture is left behind."""
    if typed.has(DESCRIBING):
        typed, _ = await _described(visit, typed)
    elif typed.upload is not None:
        typed, _ = await _taken_in(visit, actor, typed, which)
    elif typed.line(FILE) or any(str(alt).strip() for alt in _alts(typed).values()):
        return typed, Shown([FieldFault(FILE, NOT_SENT)], status=422)
    return typed, None


BUTTONS: dict[str, Button] = {
    "picture": _taken_in,
    "describe": _opened,
    "put": _put,
    "drop": _dropped,
    "close": _closed,
    "older": _leafed,
}
