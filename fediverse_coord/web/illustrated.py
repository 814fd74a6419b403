"""What one declaration shows beside its text: a hero, a card, a Note's pictures, enclosures.

What stands in an Article's text is in its HTML already. A text that was withdrawn takes its
pictures with it.
"""

import re
from collections.abc import Iterable

from fediverse_coord.publishing import attachments
from fediverse_coord.publishing.declarations import Form, State, Version
from fediverse_coord.publishing.illustrations import Kind, Shown
from fediverse_coord.storage.declarations import Work
from fediverse_coord.web.faces import Faces
from fediverse_coord.web.shown_files import Attachment, Picture


def hero_of(faces: Faces, work: Work, version: Version) -> Picture | None:
    """What stands above the text, described in the version's language."""
    shown = _hero(work, version)
    return _picture(faces, shown) if shown else None


def card_of(faces: Faces, work: Work, version: Version) -> Picture | None:
    """What link cards show: the hero, cut to their shape."""
    shown = _hero(work, version)
    if shown is None:
        return None
    card = shown.image.card
    url = faces.uris.media(card.name)
    return Picture(url, shown.alt, card.width, card.height, card.media_type)


def pictures_of(faces: Faces, work: Work, version: Version) -> tuple[Picture, ...]:
    """What a Note shows below its text."""
    if work.declaration.form is not Form.NOTE or _is_without_text(work):
        return ()
    return tuple(
        _picture(faces, shown)
        for shown in dict.fromkeys(version.pictures)
        if shown.image.kind is Kind.PICTURE
    )


def enclosed_of(faces: Faces, work: Work, version: Version) -> tuple[Attachment, ...]:
    """What is heard or read in that language, recordings first."""
    if _is_without_text(work):
        return ()
    shown = [one for one in dict.fromkeys(version.pictures) if one.image.enclosed]
    found = [one for one in (attachment(faces, each) for each in shown) if one is not None]
    return tuple(sorted(found, key=lambda one: one.pages > 0))


def without_lines(html: str, shown: Iterable[Attachment]) -> str:
    """The text without the lines that are nothing but a link to what is shown beside it."""
    for one in shown:
        line = rf'<p><a href="{re.escape(one.url)}"[^<>]*>[^<>]*</a></p>\n?'
        html = re.sub(line, "", html)
    return html


def attachment(faces: Faces, shown: Shown) -> Attachment | None:
    """What is heard or read; nothing where it is a picture alone."""
    one, picture = shown.image.enclosed, shown.image.small
    if one is None:
        return None
    url = faces.uris.media(picture.name)
    return Attachment(
        url=faces.uris.media(one.name),
        title=shown.alt,
        media_type=one.media_type,
        bytes=one.bytes,
        seconds=one.seconds,
        pages=one.pages,
        thumbnail=Picture(url, "", picture.width, picture.height, picture.media_type),
    )


def _hero(work: Work, version: Version) -> Shown | None:
    if _is_without_text(work):
        return None
    return attachments.hero_of(work.declaration, version.language)


def _is_without_text(work: Work) -> bool:
    return work.declaration.state is State.WITHDRAWN and not work.keeps_text


def _picture(faces: Faces, shown: Shown) -> Picture:
    page, small = shown.image.page, shown.image.small
    return Picture(
        faces.uris.media(page.name),
        shown.alt,
        page.width,
        page.height,
        page.media_type,
        small_url=faces.uris.media(small.name) if small.width < page.width else None,
        small_width=small.width,
    )
