"""What is made of a picture keeps nothing but its pixels."""

import io

import pytest
from PIL import Image

from fediverse_coord.errors import Refusal
from fediverse_coord.press.pictures import cleaned


def taken(form: str, size: tuple[int, int] = (60, 40), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "darkred").save(out, form, **more)
    return out.getvalue()


def with_place(form: str) -> bytes:
    """As a phone writes it: the camera, and where it was."""
    exif = Image.Exif()
    exif[0x010F] = "PhoneMaker"
    exif.get_ifd(0x8825)[2] = (51.0, 33.0, 12.0)
    return taken(form, exif=exif)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_camera_and_place_are_gone(form: str) -> None:
    assert b"PhoneMaker" in with_place(form)
    made = cleaned(with_place(form))
    assert b"PhoneMaker" not in made.content
    with Image.open(io.BytesIO(made.content)) as again:
        assert not again.getexif()
        assert again.size == (60, 40)


def test_texts_inside_a_png_are_gone() -> None:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Author", "a name that must not leave")
    assert b"must not leave" not in cleaned(taken("PNG", pnginfo=info)).content


def test_a_large_picture_is_made_smaller() -> None:
    assert cleaned(taken("JPEG", (3000, 100))).width == 1600


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\x89PNG\r\n\x1a\n", taken("GIF")],
)
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(Refusal, match="PNG, JPEG or WebP"):
        cleaned(content)


def test_a_cut_off_picture_is_refused() -> None:
    whole = taken("JPEG", (600, 400))
    with pytest.raises(Refusal):
        cleaned(whole[: len(whole) // 2])


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    out = io.BytesIO()
    Image.new("1", (6000, 5000)).save(out, "PNG")
    assert len(out.getvalue()) < 10_000
    with pytest.raises(Refusal, match="pixels"):
        cleaned(out.getvalue())
