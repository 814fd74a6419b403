"""The coordination's pictures as the form of a declaration shows them."""

from collections.abc import Iterable, Sequence

from fediverse_coord.desk import pictures as desk_pictures
from fediverse_coord.publishing.illustrations import Image, Shown, as_told
from fediverse_coord.storage import media
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.database import Reader
from fediverse_coord.storage.media import Media
from fediverse_coord.web.console import fields
from fediverse_coord.web.console.editor_views import (
    AltForm,
    PictureLine,
    PicturesForm,
)
from fediverse_coord.web.console.form_views import Filled
from fediverse_coord.web.console.parts import FILE
from fediverse_coord.web.console.picturing import DESCRIBING, OLDER
from fediverse_coord.web.console.visits import Visit
from fediverse_coord.web.faces import Faces
from fediverse_coord.web.illustrated import attachment
from fediverse_coord.web.reading import language_of

LINES = 12  # on one page: one a picture and language, and one a picture
FEWEST = 3


async def pictures(visit: Visit, actor: LocalActor, form: Filled) -> PicturesForm:
    """The newest, or those before a certain one; and in any case what stands above the text.

    What nobody is to see any more, as its text was withdrawn, is not offered.
    """
    spoken, older = fields.spoken(form.typed), _row(form.typed.get(OLDER))
    most = max(FEWEST, LINES // (len(spoken) + 1))
    found = await desk_pictures.recent(
        visit.faces.desk, visit.person, actor.name, before=older, limit=most + 1
    )
    images = await visit.faces.db.read(lambda reader: _served(reader, found[:most]))
    hero, described = form.typed.get("hero"), form.typed.get(DESCRIBING)
    named = await _named(visit.faces, actor, (hero, _theirs(form) or "", described))
    above = [one for key, one in named.items() if key != described and one not in images]
    lines = [_line(visit.faces, form, one, spoken) for one in (*above, *images)]
    opened = named.get(described)
    return PicturesForm(
        hero=form.control("hero"),
        is_without=not any(one.is_hero for one in lines),
        theirs=_theirs(form),
        lines=tuple(lines),
        older=str(found[most - 1].row) if len(found) > most else None,
        shown_from=form.typed.get(OLDER),
        file=form.control(FILE),
        alts=tuple(AltForm(language_of(one), form.control(f"alt.{one}")) for one in spoken),
        as_hero=form.typed.has("as_hero"),
        described=_line(visit.faces, form, opened, ()) if opened else None,
    )


async def _served(reader: Reader, found: Sequence[Media]) -> list[Image]:
    images = [one.image for one in found]
    return [one for one in images if not await media.is_hidden(reader, one.small.name)]


def _row(text: str) -> int:
    fits = text.isascii() and text.isdigit() and len(text) < 19
    return int(text) if fits else desk_pictures.NEWEST


def _theirs(form: Filled) -> str | None:
    """The key of what somebody else put above the text meanwhile; empty where they took it off."""
    if "hero" not in form.differences or form.before is None:
        return None
    return form.before.hero.key if form.before.hero else ""


async def _named(faces: Faces, actor: LocalActor, keys: Iterable[str]) -> dict[str, Image]:
    found = await media.images(faces.db, (one for one in keys if one))
    return {key: one for key, one in found.items() if one.actor_name == actor.name}


def _line(faces: Faces, form: Filled, image: Image, spoken: Iterable[str]) -> PictureLine:
    told = ((one, image.alt_in(one)) for one in spoken)
    return PictureLine(
        key=image.key,
        url=faces.uris.media(image.small.name),
        width=image.small.width,
        height=image.small.height,
        alt=image.alt_in(form.ui.tag) or image.alt_in(form.original) or "",
        enclosed=attachment(faces, Shown(image, "")) if image.enclosed else None,
        is_hero=form.typed.get("hero") == image.key,
        lines=tuple((language_of(one), as_told(alt)) for one, alt in told if alt),
    )
