"""The process in which strangers' PDF files are read: `leaflets` starts it, one a file.

It is run by its path, apart from the rest of the house, as `reencoder` is for pictures. A PDF comes
in on stdin, how many pages it may have as an argument; on stdout goes a line of JSON, a new PDF
and the first page as a picture. The new one holds what the pages look like and nothing else: no
text or layer that lies hidden below, no form, program, attachment or earlier state, no word on who
made it, and no picture with what a camera wrote into it. What it finds wrong is said by one word;
`leaflets` has the sentences.
"""

import io
import json
import resource
import sys
import zlib
from typing import Any

import pypdfium2
import pypdfium2.raw
from PIL import Image, ImageChops, JpegImagePlugin

ENCODERS = (JpegImagePlugin,)
MEMORY_BYTES = 800_000_000  # of address space
CPU_SECONDS = 100
DOTS = 150 / 72  # a point of a page; what is larger than A4 gets fewer
LONGEST = 1_754  # of a page, in dots: A4 is 297 mm high
SHORTEST = 8
QUALITY = 60
GREY = 12  # how far red, green and blue may differ in what is still printed in grey


class Fault(Exception):
    """What is wrong, in a word."""


def limit() -> None:
    """No way back: a reader that is taken over has nothing to reach."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))  # stdin and stdout are open already


def opened(content: bytes, most: int) -> pypdfium2.PdfDocument:
    """The file; nothing of it has run, and nothing can: the reader knows no JavaScript."""
    try:
        found = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise Fault("locked" if _is_locked(error) else "unreadable") from None
    if len(found) > most:
        raise Fault("pages")
    if not len(found):
        raise Fault("unreadable")
    return found


def _is_locked(error: Exception) -> bool:
    code = getattr(error, "err_code", None)
    return code in {pypdfium2.raw.FPDF_ERR_PASSWORD, pypdfium2.raw.FPDF_ERR_SECURITY}


def seen(page: pypdfium2.PdfPage) -> Image.Image:
    """What the page looks like, as it would be printed: in grey where there is no colour."""
    longest = max(page.get_size())
    scale = min(DOTS, LONGEST / max(longest, 1))
    if min(page.get_size()) * scale < SHORTEST:
        raise Fault("unreadable")
    shown = page.render(scale=scale, may_draw_forms=False, fill_color=(255, 255, 255, 255))
    picture: Image.Image = shown.to_pil().convert("RGB")
    return picture if _is_coloured(picture) else picture.convert("L")


def _is_coloured(picture: Image.Image) -> bool:
    small = picture.resize((max(1, picture.width // 4), max(1, picture.height // 4)))
    red, green, blue = small.split()
    pairs = (ImageChops.difference(red, green), ImageChops.difference(green, blue))
    return any(max(one.getdata()) > GREY for one in pairs)


def packed(picture: Image.Image) -> tuple[bytes, str]:
    """Its bytes and how a PDF tells them: printed letters in sixteen greys, the rest as a JPEG."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY, optimize=True)
    jpeg = out.getvalue()
    if picture.mode != "L":
        return jpeg, "/ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode"
    greys = zlib.compress(_sixteen_greys(picture), 9)
    if len(greys) < len(jpeg):
        return greys, "/ColorSpace /DeviceGray /BitsPerComponent 4 /Filter /FlateDecode"
    return jpeg, "/ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /DCTDecode"


def _sixteen_greys(picture: Image.Image) -> bytes:
    """Two dots a byte; a row ends with a whole one."""
    even = Image.new("L", (picture.width + picture.width % 2, picture.height), 255)
    even.paste(picture)
    dots = even.point([(one * 15 + 127) // 255 for one in range(256)]).tobytes()
    high, low = dots[::2].translate(bytes((one << 4) & 255 for one in range(256))), dots[1::2]
    whole = int.from_bytes(high, "big") | int.from_bytes(low, "big")
    return whole.to_bytes(len(high), "big")


def bound(pages: list[tuple[Image.Image, tuple[float, float]]]) -> bytes:
    """A PDF (ISO 32000-1) of pictures, one a page, and not a word besides."""
    out, places = io.BytesIO(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), list[int]()
    out.seek(0, io.SEEK_END)

    def put(text: str, stream: bytes | None = None) -> None:
        places.append(out.tell())
        out.write(f"{len(places)} 0 obj\n".encode())
        if stream is None:
            out.write(f"<<{text}>>".encode())
        else:
            out.write(f"<<{text} /Length {len(stream)}>>\nstream\n".encode() + stream)
            out.write(b"\nendstream")
        out.write(b"\nendobj\n")

    kids = " ".join(f"{3 + 3 * place} 0 R" for place in range(len(pages)))
    put(" /Type /Catalog /Pages 2 0 R ")
    put(f" /Type /Pages /Count {len(pages)} /Kids [{kids}] ")
    for place, (picture, (width, height)) in enumerate(pages):
        first = 3 + 3 * place
        put(
            f" /Type /Page /Parent 2 0 R /MediaBox [0 0 {width:.2f} {height:.2f}]"
            f" /Contents {first + 1} 0 R /Resources <</XObject <</P {first + 2} 0 R>>>> "
        )
        put("", f"{width:.2f} 0 0 {height:.2f} 0 0 cm /P Do".encode())
        content, told = packed(picture)
        size = f"/Width {picture.width} /Height {picture.height}"
        put(f" /Type /XObject /Subtype /Image {size} {told}", content)
    start = out.tell()
    out.write(f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n".encode())
    out.write("".join(f"{one:010d} 00000 n \n" for one in places).encode())
    out.write(f"trailer\n<</Size {len(places) + 1} /Root 1 0 R>>\n".encode())
    out.write(f"startxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


def copied(content: bytes, most: int) -> tuple[dict[str, Any], bytes]:
    """The new PDF, the first page as a JPEG behind it, and what they are."""
    found = opened(content, most)
    pages = [(seen(page), page.get_size()) for page in found]
    made, first = bound(pages), io.BytesIO()
    pages[0][0].save(first, "JPEG", quality=85)
    cover = first.getvalue()
    return {"pages": len(pages), "bytes": len(made), "cover": len(cover)}, made + cover


def made(content: bytes, most: int) -> tuple[dict[str, Any], bytes]:
    """What is answered."""
    try:
        return copied(content, most)
    except Fault as fault:
        return {"fault": str(fault)}, b""
    except MemoryError:
        return {"fault": "memory"}, b""
    except Exception:  # whatever readers raise: the file is not what it says it is
        return {"fault": "unreadable"}, b""


def main() -> None:
    Image.preinit()
    limit()
    told, content = made(sys.stdin.buffer.read(), int(sys.argv[1]))
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + content)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
