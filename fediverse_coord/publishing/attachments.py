"""A declaration's pictures as ActivityStreams says them.  FEP-b2b8; actors-and-objects 2.1, 2.6.

An Article has its hero in `image`, never in `attachment`: Mastodon would show it instead of the
page's card. What stands in its text is also in `attachment`. A Note has all in `attachment`, the
hero first; Mastodon shows four. A recording is attached to both, so that it can be played there. A
document is attached to a Note alone: Mastodon shows of it what the text's link does already, and
for its sake would leave out an Article's card.
"""

from fediverse_coord.protocol.documents import Document
from fediverse_coord.protocol.uris import Uris
from fediverse_coord.publishing.declarations import Declaration, Form
from fediverse_coord.publishing.illustrations import Enclosed, Image, Kind, Shown


def pictures_from(one: Declaration, uris: Uris) -> Document:
    """`image` and `attachment`, as far as there are pictures; alt texts are the original's."""
    hero = hero_of(one)
    in_text = [
        shown
        for version in one.versions
        for shown in version.pictures
        if one.form is Form.NOTE or shown.image.kind is not Kind.DOCUMENT
    ]
    if one.form is Form.NOTE:
        attached = _each_once([hero, *in_text] if hero else in_text)
        return _filled({"attachment": [_document(shown, uris) for shown in attached]})
    return _filled(
        {
            "image": _document(hero, uris) if hero else None,
            "attachment": [_document(shown, uris) for shown in _each_once(in_text)],
        }
    )


def hero_of(one: Declaration, language: str | None = None) -> Shown | None:
    """The hero with its alt text in that language, or in the original's."""
    if one.hero is None:
        return None
    alt = one.hero.alt_in(language or one.language) or one.hero.alt_in(one.language)
    return Shown(one.hero, alt or "")


def _each_once(pictures: list[Shown]) -> list[Shown]:
    found: dict[Image, Shown] = {}
    for shown in pictures:
        found.setdefault(shown.image, shown)
    return list(found.values())


def _document(shown: Shown, uris: Uris) -> Document:
    if shown.image.enclosed is not None:
        return _enclosed(shown, shown.image.enclosed, uris)
    file = shown.image.page
    return {
        "type": "Image",
        "mediaType": file.media_type,
        "url": uris.media(file.name),
        "width": file.width,
        "height": file.height,
        "name": shown.alt,
    }


def _enclosed(shown: Shown, one: Enclosed, uris: Uris) -> Document:
    """What is heard or read. ActivityStreams: `duration` as xsd:duration."""
    document: Document = {
        "type": "Audio" if one.kind is Kind.RECORDING else "Document",
        "mediaType": one.media_type,
        "url": uris.media(one.name),
        "name": shown.alt,
    }
    return document | ({"duration": f"PT{one.seconds}S"} if one.seconds else {})


def _filled(document: Document) -> Document:
    return {name: value for name, value in document.items() if value}
