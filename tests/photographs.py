"""Picture files as cameras, editors and attackers write them, made for the tests."""

import io
import struct
import zlib

from PIL import Image, ImageCms, ImageDraw
from PIL.PngImagePlugin import PngInfo

# What must never be found in anything that leaves the server.
SECRETS = (
    b"PhoneMaker",
    b"Quillfeather",
    b"IPTC-keyword",
    b"photographer@",
    b"GPSLatitude",
    b"51,33.2N",
)
XMP = (
    b"http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF "
    b"xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description "
    b"exif:GPSLatitude='51,33.2N' xmlns:exif='http://ns.adobe.com/exif/1.0/' "
    b"creator='Thessaly Quillfeather XMP'/></rdf:RDF></x:xmpmeta>"
)
LATITUDE = (51.0, 33.0, 12.25)


def plain(form: str = "JPEG", size: tuple[int, int] = (60, 40), **more: object) -> bytes:
    """One colour, a corner of another: so it is seen where its top is."""
    picture = Image.new("RGB", size, "darkred")
    ImageDraw.Draw(picture).rectangle((0, 0, size[0] // 4, size[1] // 4), fill="white")
    return saved(picture, form, **more)


def saved(picture: Image.Image, form: str, **more: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **more)
    return out.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    made = Image.Exif()
    made[0x010F], made[0x0112] = "PhoneMaker", orientation
    made[0x013B] = "Thessaly Quillfeather"
    made.get_ifd(0x8825).update({1: "N", 2: LATITUDE, 3: "E", 4: (7.0, 2.0, 3.0)})
    return made


def profile() -> bytes:
    """A colour profile that names its owner."""
    made = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    return bytes(made) + b"photographer@home.example"


def telling(form: str = "JPEG", *, orientation: int = 1, size: tuple[int, int] = (60, 40)) -> bytes:
    """EXIF with a place, XMP, IPTC, a comment and a profile: everything a camera may tell."""
    content = plain(form, size, exif=exif(orientation), icc_profile=profile())
    if form == "JPEG":
        iptc = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00" + struct.pack(">I", 17)
        iptc += b"\x1c\x02\x19\x00\x0cIPTC-keyword\x00"
        parts = _segment(0xE1, XMP) + _segment(0xED, iptc) + _segment(0xFE, b"by Quillfeather")
        return content[:2] + parts + content[2:]
    if form == "PNG":
        info = PngInfo()
        info.add_text("Author", "Thessaly Quillfeather")
        info.add_itxt("XML:com.adobe.xmp", XMP.decode(), zip=False)
        return plain("PNG", size, exif=exif(orientation), icc_profile=profile(), pnginfo=info)
    return plain(form, size, exif=exif(orientation), icc_profile=profile(), xmp=XMP)


def _segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content


def bomb(width: int = 50_000, height: int = 50_000) -> bytes:
    """A PNG of a few bytes that says it has as many pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(3 * 1000 + 1), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND")


def _chunk(kind: bytes, content: bytes = b"") -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def seen_through() -> bytes:
    """A badge on nothing."""
    picture = Image.new("RGBA", (80, 80), (0, 0, 0, 0))
    ImageDraw.Draw(picture).ellipse((10, 10, 70, 70), fill=(160, 20, 20, 255))
    return saved(picture, "PNG")


def moving(form: str) -> bytes:
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    return saved(frames[0], form, save_all=True, append_images=frames[1:], duration=200)


def heic() -> bytes:
    """How a picture of an iPhone begins."""
    return b"\x00\x00\x00\x24ftypheic\x00\x00\x00\x00mif1MiHBmiaf" + bytes(200)
