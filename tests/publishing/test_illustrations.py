"""Pictures in Markdown, and what becomes of files that a text names."""

import pytest

from fediverse_coord.errors import Refusal
from fediverse_coord.publishing.enclosures import with_keys
from fediverse_coord.publishing.illustrations import File, Image, is_key
from fediverse_coord.publishing.markdown import Album, FormName, files_in, pictures_in, render

KEY = "abcdefgh234567ab"
FILE = File("0a" * 32 + ".jpg", "image/jpeg", 800, 600)
ALBUM = Album("https://here.example/media/", {KEY: Image(KEY, "pits", FILE, FILE, FILE)})
IMG = (
    f'<img src="https://here.example/media/{FILE.name}" alt="At the gate" width="800" '
    'height="600" loading="lazy">'
)
SHOWN = f"![At the *gate*](media:{KEY})"


def html_of(text: str, form: FormName = "article", album: Album = ALBUM) -> str:
    made = render(
        text, form=form, resolve_mention=lambda _: None, tag_url=lambda _: "", album=album
    )
    return made.html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (SHOWN, f"<figure>{IMG}</figure>"),
        (f"See {SHOWN} here.", f"<p>See {IMG} here.</p>"),
        (SHOWN.replace(")", ' "By *us* & <all>")'),
         f"<figure>{IMG}<figcaption>By *us* &amp; &lt;all&gt;</figcaption></figure>"),
        (f"- {SHOWN}", f"<ul>\n<li>{IMG}</li>\n</ul>"),
        (f"> {SHOWN}", f"<blockquote>\n<figure>{IMG}</figure>\n</blockquote>"),
        (f"[{SHOWN}](https://far.example/)", f'<p><a href="https://far.example/">{IMG}</a></p>'),
        (f"![At the *gate*][1]\n\n[1]: media:{KEY}", f"<figure>{IMG}</figure>"),
        ("![x](media:2222222222222222)", "<figure></figure>"),
        (f"`{SHOWN}`", f"<p><code>{SHOWN}</code></p>"),
        (f"\\{SHOWN}", "<p>!At the <em>gate</em></p>"),
    ],
)  # fmt: skip
def test_an_article_shows_our_pictures(text: str, html: str) -> None:
    assert html_of(text) == html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (f"Before.\n\n{SHOWN}\n\nAfter.", "<p>Before.</p>\n<p>After.</p>"),
        (SHOWN.replace(")", ' "By us")'), "<p>By us</p>"),
        (f"See {SHOWN}.", "<p>See .</p>"),
    ],
)
def test_a_note_has_none_of_them_in_its_text(text: str, html: str) -> None:
    assert html_of(text, "note") == html


@pytest.mark.parametrize("form", ["article", "note"])
@pytest.mark.parametrize("source", ["https://far.example/a.png", "http://far.example/a.png"])
def test_pictures_elsewhere_are_links(form: FormName, source: str) -> None:
    assert html_of(f"![A lamp]({source})", form) == f'<p><a href="{source}">A lamp</a></p>'


def test_pictures_are_found_with_their_words_wherever_markdown_has_them() -> None:
    text = f"{SHOWN}\n\n| ![](media:{KEY}) |\n|---|\n\n`![no](media:x)` ![2][r]\n\n[r]: media:{KEY}"
    assert pictures_in(text) == ((KEY, "At the gate"), (KEY, ""), (KEY, "2"))


TEXT = """
![A gate](gate.jpg) and ![two](<my photo.jpg> "By us") [![in](sub/in.png)](https://far.example/)
![r][one] ![web](https://far.example/gate.jpg) ![m](media:abc) ![](тор.jpg) `![no](gate.jpg)`

[one]: gate.jpg
"""


def test_files_are_found_and_replaced_by_their_keys() -> None:
    names = [name for name, _ in files_in(TEXT)]
    assert names == ["gate.jpg", "my photo.jpg", "sub/in.png", "gate.jpg", "тор.jpg"]
    keys = {name: f"{place}" * 16 for place, name in enumerate(dict.fromkeys(names))}
    made = with_keys(TEXT, keys)
    assert files_in(made) == ()
    found = [key[0] for key, _ in pictures_in(made)]
    assert found == ["0", "1", "2", "0", "a", "3"]
    assert '"By us"' in made
    assert "![web](https://far.example/gate.jpg)" in made


def test_a_file_that_is_named_in_no_known_way_is_told() -> None:
    text = "![x](a&amp;b.jpg)"
    assert files_in(text) == (("a&b.jpg", "x"),)
    with pytest.raises(Refusal, match="name the picture as"):
        with_keys(text, {"a&b.jpg": KEY})


@pytest.mark.parametrize(
    ("text", "is_one"),
    [(KEY, True), (KEY.upper(), False), (KEY + "a", False), ("gate.jpg", False), ("", False)],
)
def test_a_key_is_known_by_its_letters(text: str, is_one: bool) -> None:
    assert is_key(text) is is_one


def test_what_is_said_in_a_language_is_read_in_its_kin() -> None:
    image = Image(KEY, "pits", FILE, FILE, FILE, (("pt", "Um portão"), ("zh-Hant", "門")))
    said = {one: image.alt_in(one) for one in ("pt", "pt-BR", "zh-Hant", "zh", "en")}
    assert said == {
        "pt": "Um portão", "pt-BR": "Um portão", "zh-Hant": "門", "zh": None, "en": None,
    }  # fmt: skip
