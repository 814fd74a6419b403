"""Strangers' picture files: what is made of them, in a process that can reach nothing."""

import io
import subprocess
import sys
from pathlib import Path

import photographs
import pytest
from PIL import Image

from fediverse_coord.errors import Refusal
from fediverse_coord.press.darkroom import REENCODER, Print, developed


def by_size(content: bytes) -> dict[str, Print]:
    return {one.size: one for one in developed(content)}


def opened(one: Print) -> Image.Image:
    picture = Image.open(io.BytesIO(one.content))
    picture.load()
    assert picture.size == (one.width, one.height)
    return picture


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_nothing_that_a_camera_told_is_in_any_size(form: str) -> None:
    content = photographs.telling(form, size=(1300, 700))
    told = [secret for secret in photographs.SECRETS if secret in content]
    assert len(told) >= 4
    for one in developed(content):
        assert [secret for secret in photographs.SECRETS if secret in one.content] == []
        picture = opened(one)
        assert not picture.getexif()
        assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density",
                                     "progressive", "progression"}  # fmt: skip


@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_stands_as_the_camera_was_held(orientation: int) -> None:
    whole = by_size(photographs.telling(orientation=orientation, size=(64, 32)))["page"]
    turned = orientation > 4
    assert (whole.width, whole.height) == ((32, 64) if turned else (64, 32))
    corner = {
        1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1), 5: (0, 0), 6: (1, 0), 7: (1, 1), 8: (0, 1),
    }[orientation]  # fmt: skip
    picture = opened(whole).convert("L")
    ends = (2, whole.width - 3), (2, whole.height - 3)
    light = {(x, y): picture.getpixel((ends[0][x], ends[1][y])) for x in (0, 1) for y in (0, 1)}
    assert max(light, key=lambda place: light[place]) == corner


def test_three_sizes_and_none_is_larger_than_it_was() -> None:
    large = by_size(photographs.plain(size=(4000, 3000)))
    assert {name: (one.width, one.height) for name, one in large.items()} == {
        "page": (1600, 1200), "small": (480, 360), "card": (1200, 630),
    }  # fmt: skip
    small = by_size(photographs.plain(size=(300, 400)))
    assert {name: (one.width, one.height) for name, one in small.items()} == {
        "page": (300, 400), "small": (300, 400), "card": (300, 158),
    }  # fmt: skip


def test_what_can_be_seen_through_stays_so_but_on_a_card() -> None:
    made = by_size(photographs.seen_through())
    assert (made["page"].media_type, made["card"].media_type) == ("image/png", "image/jpeg")
    assert opened(made["page"]).getpixel((0, 0)) == (0, 0, 0, 0)
    assert min(opened(made["card"]).getpixel((0, 0))) > 240


def test_a_solid_png_becomes_a_jpeg() -> None:
    solid = photographs.saved(Image.new("RGBA", (50, 50), (1, 2, 3, 255)), "PNG")
    assert {one.extension for one in developed(solid)} == {"jpg"}


def test_of_a_phones_double_picture_the_first_is_taken() -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    double = photographs.saved(frames[0], "MPO", save_all=True, append_images=frames[1:])
    red, _, blue = opened(by_size(double)["page"]).getpixel((5, 5))
    assert red > 200 > 50 > blue


@pytest.mark.parametrize("hidden", [b"PK\x03\x04 an archive", b"<script>alert(1)</script>"])
def test_what_hides_behind_a_picture_is_left_behind(hidden: bytes) -> None:
    for one in developed(photographs.plain() + hidden):
        assert hidden not in one.content


WHOLE = photographs.plain(size=(600, 400))
REFUSED = {
    "nothing": (b"", "empty"),
    "an SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG"),
    "an SVG with a head": (b"\xef\xbb\xbf<?xml version='1.0'?>\n<svg/>", "an SVG"),
    "a page": (b"<!doctype html><p>x", "a page or document"),
    "an archive": (b"PK\x03\x04" + bytes(100), "a ZIP archive"),
    "a document": (b"%PDF-1.7\n", "a PDF"),
    "a GIF": (photographs.plain("GIF"), "a GIF"),
    "a TIFF": (photographs.plain("TIFF"), "TIFF"),
    "an iPhone's": (photographs.heic(), "Most Compatible"),
    "an AVIF": (b"\x00\x00\x00\x1cftypavif" + bytes(50), "AVIF"),
    "noise": (bytes(range(256)), "no picture"),
    "a PNG that is an archive": (b"\x89PNG\r\n\x1a\nPK\x03\x04" + bytes(100), "cannot be read"),
    "a PNG that is a page": (b"\x89PNG\r\n\x1a\n<html><script>x</script>", "cannot be read"),
    "half of one": (WHOLE[: len(WHOLE) // 2], "cut off or damaged"),
    "a head alone": (WHOLE[:30], "cut off or damaged"),
    "a bomb": (photographs.bomb(), "pixels"),
    "a lie about its size": (photographs.bomb(6_000, 6_000), "cut off or damaged"),
    "a moving PNG": (photographs.moving("PNG"), "animation"),
    "a moving WebP": (photographs.moving("WEBP"), "animation"),
}


@pytest.mark.parametrize(("content", "told"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_taken_is_told_in_a_sentence(content: bytes, told: str) -> None:
    with pytest.raises(Refusal, match=told):
        developed(content)


def _children() -> set[str]:
    lists = Path("/proc/self/task").glob("*/children")
    return {one for children in lists for one in children.read_text().split()}


def test_who_is_late_is_ended() -> None:
    before = _children()  # a database of the run's may be among them
    with pytest.raises(Refusal, match="takes too long"):
        developed(WHOLE, seconds=0)
    assert _children() <= before


LIMITED = """
import os, runpy, socket, sys
limit = runpy.run_path(sys.argv[1])["limit"]
limit()
tried = {}
def reach(name, what):
    try:
        what()
        tried[name] = "reached"
    except BaseException as error:
        tried[name] = type(error).__name__
reach("socket", lambda: socket.socket())
reach("file", lambda: open("/etc/hostname"))
reach("writing", lambda: open("/tmp/x", "w"))
reach("memory", lambda: bytearray(2_000_000_000))
reach("pipe", lambda: os.pipe())
print(tried)
"""


def test_whoever_takes_the_process_over_reaches_nothing() -> None:
    command = [sys.executable, "-I", "-c", LIMITED, str(REENCODER)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={})
    assert done.stderr == ""
    told = done.stdout
    for name in ("socket", "file", "writing", "pipe"):
        assert f"'{name}': 'OSError'" in told
    assert "'memory': 'MemoryError'" in told
