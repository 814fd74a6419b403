"""Pictures, made anew from their pixels: nothing of the camera, the place or the author stays.

security D6, A3: no SVG, no animation, a cap on pixels before anything is decoded.
"""

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fediverse_coord.errors import Refusal

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("PNG", "JPEG", "WEBP")
MAX_PIXELS = 24_000_000
EXTENSIONS = {"PNG": ("png", "image/png"), "JPEG": ("jpg", "image/jpeg")}


@dataclass(frozen=True, slots=True)
class Picture:
    """Fresh bytes, their media type and size in pixels."""

    content: bytes = field(repr=False)
    extension: str
    media_type: str
    width: int
    height: int


def cleaned(content: bytes, *, widest: int = 1600) -> Picture:
    """The same picture without metadata, at most `widest` pixels wide or high.

    Raises Refusal where it is none of PNG, JPEG and WebP, or too large.
    """
    from PIL import Image, UnidentifiedImageError  # a server that is sent none need not load it

    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise Refusal(f"the picture has more than {MAX_PIXELS:,} pixels: make it smaller")
            return _encoded(opened, widest)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise Refusal("this is not a readable PNG, JPEG or WebP picture") from None


def _encoded(opened: "Image.Image", widest: int) -> Picture:
    from PIL import Image

    has_alpha = opened.mode in {"RGBA", "LA", "PA"} or "transparency" in opened.info
    name = "PNG" if opened.format == "PNG" or has_alpha else "JPEG"
    pixels = opened.convert("RGBA" if has_alpha else "RGB")
    pixels.thumbnail((widest, widest))
    out = io.BytesIO()
    fresh = Image.new(pixels.mode, pixels.size)
    fresh.paste(pixels)
    fresh.save(out, name, optimize=True, **({"quality": 85} if name == "JPEG" else {}))
    extension, media_type = EXTENSIONS[name]
    return Picture(out.getvalue(), extension, media_type, fresh.width, fresh.height)
