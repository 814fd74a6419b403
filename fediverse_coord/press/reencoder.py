"""The process in which strangers' picture files are decoded: `darkroom` starts it, one a picture.

It is run by its path, apart from the rest of the house. A picture comes in on stdin; on stdout
goes a line of JSON that describes what was made, and the bytes of it. Before it looks at the
first byte it gives up what it does not need: more memory, more time, any further file, socket or
process. What it finds wrong is said by one word; `darkroom` has the sentences.
"""

import io
import json
import resource
import sys
from typing import Any

from PIL import (  # every decoder is loaded before files are given up
    Image,
    ImageCms,
    ImageFile,
    ImageOps,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

DECODERS = (JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin)
FORMATS = ("PNG", "JPEG", "WEBP")
MOST_PIXELS = 50_000_000
MEMORY_BYTES = 800_000_000  # of address space; so many pixels take up to 500 MB, a phone's 100
CPU_SECONDS = 20
PAGE, SMALL, CARD = 1600, 480, (1200, 630)
PAPER = (255, 255, 255)
QUALITY = 84


class Fault(Exception):
    """What is wrong, in a word."""


def limit() -> None:
    """No way back: a decoder that is taken over has nothing to reach."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))  # stdin and stdout are open already


def opened(content: bytes) -> Image.Image:
    """The picture, not decoded yet; its size and kind are known."""
    Image.MAX_IMAGE_PIXELS = None  # counted here, for every format alike
    picture = Image.open(io.BytesIO(content), formats=FORMATS)
    if picture.width * picture.height > MOST_PIXELS:
        raise Fault("pixels")
    # A phone's JPEG may carry a second picture (MPO); the first is what it shows.
    if picture.format != "MPO" and getattr(picture, "is_animated", False):
        raise Fault("animated")
    return picture


def upright(picture: Image.Image) -> Image.Image:
    """Its pixels as they are meant to be seen, in sRGB, and nothing beside them."""
    if picture.format in {"JPEG", "MPO"}:
        picture.draft("RGB", (2 * PAGE, 2 * PAGE))  # large ones are decoded at half the size
    profile, had = picture.info.get("icc_profile"), picture.mode
    ImageOps.exif_transpose(picture, in_place=True)
    mode = "RGBA" if _may_be_seen_through(picture) else "RGB"
    pixels = picture if picture.mode == mode else picture.convert(mode)
    if profile and had in {"RGB", "RGBA"}:
        pixels = _in_srgb(pixels, profile)
    if pixels.mode == "RGBA" and pixels.getchannel("A").getextrema() == (255, 255):
        pixels = pixels.convert("RGB")
    return pixels


def _may_be_seen_through(picture: Image.Image) -> bool:
    return picture.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in picture.info


def _in_srgb(pixels: Image.Image, profile: bytes) -> Image.Image:
    """With its colours as they were meant; the profile itself goes (it may name its owner)."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        made = ImageCms.profileToProfile(pixels, source, target, outputMode=pixels.mode)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return pixels
    return made if made is not None else pixels


def sizes(pixels: Image.Image) -> dict[str, Image.Image]:
    """One for the page, one for small screens, one for link cards; none is made larger."""
    page = _within(pixels, PAGE)
    return {"page": page, "small": _within(page, SMALL), "card": card(pixels)}


def _within(pixels: Image.Image, most: int) -> Image.Image:
    if max(pixels.size) <= most:
        return pixels
    return ImageOps.contain(pixels, (most, most), Image.Resampling.LANCZOS)


def card(pixels: Image.Image) -> Image.Image:
    """Cut to what link cards show, on white where it can be seen through."""
    width, height = CARD
    share = min(1, pixels.width / width, pixels.height / height)
    size = max(1, round(width * share)), max(1, round(height * share))
    cut = ImageOps.fit(pixels, size, Image.Resampling.LANCZOS)
    if cut.mode != "RGBA":
        return cut
    paper = Image.new("RGB", cut.size, PAPER)
    paper.paste(cut, mask=cut.getchannel("A"))
    return paper


def encoded(pixels: Image.Image) -> tuple[bytes, dict[str, Any]]:
    """Bytes of a new file, and what they are. What can be seen through is a PNG."""
    out = io.BytesIO()
    fresh = Image.new(pixels.mode, pixels.size)
    fresh.paste(pixels)  # the pixels alone: nothing that came with them
    if fresh.mode == "RGBA":
        fresh.save(out, "PNG", optimize=True)
    else:
        ImageFile.MAXBLOCK = max(ImageFile.MAXBLOCK, fresh.width * fresh.height)
        fresh.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    kind = "png" if pixels.mode == "RGBA" else "jpg"
    content = out.getvalue()
    told = {"kind": kind, "width": pixels.width, "height": pixels.height, "bytes": len(content)}
    return content, told


def made(content: bytes) -> tuple[dict[str, Any], bytes]:
    """What is answered."""
    try:
        done = {name: encoded(one) for name, one in sizes(upright(opened(content))).items()}
    except Fault as fault:
        return {"fault": str(fault)}, b""
    except MemoryError:
        return {"fault": "memory"}, b""
    except Exception:  # whatever decoders raise: the file is not what it says it is
        return {"fault": "unreadable"}, b""
    files = {name: told for name, (_, told) in done.items()}
    return {"files": files}, b"".join(one for one, _ in done.values())


def main() -> None:
    Image.preinit()
    limit()
    told, content = made(sys.stdin.buffer.read())
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + content)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
