"""Pictures on the wire: what stands in `image`, what in `attachment`, and whose words."""

from dataclasses import replace

import pytest

from fediverse_coord.protocol.uris import Uris
from fediverse_coord.publishing.attachments import pictures_from
from fediverse_coord.publishing.declarations import Declaration, Form, State, Version
from fediverse_coord.publishing.illustrations import File, Image, Shown
from fediverse_coord.publishing.rendering import Edition, object_from, version_from

URIS = Uris("https://here.example")


def image(letter: str) -> Image:
    page, small, card = (
        File(f"{letter * 63}{place}.jpg", "image/jpeg", 1600, 900) for place in range(3)
    )
    alts = (("de", f"Bild {letter}"), ("en", f"Picture {letter}"))
    return Image(letter * 16, "pits", page, small, card, alts)


HERO, ONE, TWO = image("a"), image("b"), image("c")
ENGLISH = Version(
    language="en", title="T", summary="S", source="x", html="<p>x</p>",
    pictures=(Shown(ONE, "One"), Shown(ONE, "Again")),
)  # fmt: skip
GERMAN = replace(ENGLISH, language="de", pictures=(Shown(TWO, "Zwei"), Shown(ONE, "Eins")))


def declaration(form: Form, **more: object) -> Declaration:
    made = Declaration(
        key="k", actor_name="pits", form=form, state=State.PUBLISHED, language="en", slug="s",
        versions=(ENGLISH, GERMAN), revision=1, hero=HERO,
    )  # fmt: skip
    return replace(made, **more)


def told(document: dict[str, object]) -> list[tuple[str, str]]:
    """(first letter of the file, alt text) of the attachments."""
    found = document.get("attachment", [])
    assert isinstance(found, list)
    return [(one["url"].removeprefix(URIS.media(""))[0], one["name"]) for one in found]


def test_an_articles_hero_is_its_image_and_never_attached() -> None:
    document = pictures_from(declaration(Form.ARTICLE), URIS)
    assert document["image"] == {
        "type": "Image", "mediaType": "image/jpeg", "url": URIS.media(HERO.page.name),
        "width": 1600, "height": 900, "name": "Picture a",
    }  # fmt: skip
    assert told(document) == [("b", "One"), ("c", "Zwei")]


def test_a_notes_pictures_are_attached_hero_first() -> None:
    document = pictures_from(declaration(Form.NOTE), URIS)
    assert "image" not in document
    assert told(document) == [("a", "Picture a"), ("b", "One"), ("c", "Zwei")]


def test_without_pictures_nothing_is_said_of_them() -> None:
    bare = replace(ENGLISH, pictures=())
    assert pictures_from(declaration(Form.NOTE, versions=(bare,), hero=None), URIS) == {}


def test_a_version_of_its_own_has_its_own_words_and_pictures() -> None:
    edition = Edition(declaration(Form.ARTICLE))
    document = version_from(edition, GERMAN, URIS)
    assert document["image"]["name"] == "Bild a"
    assert told(document) == [("c", "Zwei"), ("b", "Eins")]


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize(("keeps_text", "there"), [(True, True), (False, False)])
def test_a_withdrawn_text_takes_its_pictures_with_it(
    form: Form, keeps_text: bool, there: bool
) -> None:
    one = declaration(form, state=State.WITHDRAWN)
    document = object_from(Edition(one, reason="Wrong.", keeps_text=keeps_text), URIS).document
    assert ("attachment" in document) is there
    assert ("image" in document) is (there and form is Form.ARTICLE)
