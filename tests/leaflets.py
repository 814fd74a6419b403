"""PDF files as offices, scanners and attackers write them, made for the tests."""

import io
import zlib

import photographs
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

# What must never be found in anything that leaves the server.
SECRETS = (
    b"Quillfeather", b"PhoneMaker", b"SCRIPTSECRET", b"ATTACHED-SECRET", b"HIDDEN-SECRET",
    b"LINKSECRET", b"EARLIER-SECRET", b"GPSLatitude",
)  # fmt: skip
A4 = (595, 842)


def telling(pages: int = 2) -> bytes:
    """Author, XMP, a program, an attachment, a hidden layer, a photograph with its place …"""
    writer = PdfWriter()
    for number in range(pages):
        page = writer.add_blank_page(*A4)
        _write_on(writer, page, number)
    writer.add_metadata({"/Author": "Thessaly Quillfeather", "/Creator": "PhoneMaker Scan"})
    writer.add_attachment("EARLIER-SECRET.txt", b"ATTACHED-SECRET of Thessaly Quillfeather")
    root = writer.root_object
    root[NameObject("/OpenAction")] = script()
    root[NameObject("/Metadata")] = writer._add_object(_xmp())
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue() + b"\n% EARLIER-SECRET\n"


def script() -> DictionaryObject:
    return DictionaryObject(
        {
            NameObject("/S"): NameObject("/JavaScript"),
            NameObject("/JS"): TextStringObject("app.alert('SCRIPTSECRET')"),
        }
    )


def _xmp() -> StreamObject:
    made = DecodedStreamObject()
    made.set_data(b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>Thessaly Quillfeather</x:xmpmeta>")
    made.update({NameObject("/Type"): NameObject("/Metadata")})
    made[NameObject("/Subtype")] = NameObject("/XML")
    return made


def _write_on(writer: PdfWriter, page: DictionaryObject, number: int) -> None:
    """Words, words below a black bar, a photograph, and a link."""
    photo = photographs.telling()
    width, height = Image.open(io.BytesIO(photo)).size
    image = StreamObject()
    image._data = photo
    image.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Image"),
            NameObject("/Width"): NumberObject(width),
            NameObject("/Height"): NumberObject(height),
            NameObject("/ColorSpace"): NameObject("/DeviceRGB"),
            NameObject("/BitsPerComponent"): NumberObject(8),
            NameObject("/Filter"): NameObject("/DCTDecode"),
        }
    )
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    page[NameObject("/Resources")] = DictionaryObject(
        {
            NameObject("/Font"): DictionaryObject({NameObject("/F"): font}),
            NameObject("/XObject"): DictionaryObject({NameObject("/I"): writer._add_object(image)}),
        }
    )
    content = DecodedStreamObject()
    content.set_data(
        b"BT /F 24 Tf 60 760 Td (Page %d) Tj ET "
        b"BT /F 24 Tf 60 700 Td (HIDDEN-SECRET) Tj ET 0 g 50 690 300 40 re f "
        b"q 300 0 0 200 60 400 cm /I Do Q" % (number + 1)
    )
    page[NameObject("/Contents")] = writer._add_object(content)
    page[NameObject("/Annots")] = ArrayObject(
        [
            DictionaryObject(
                {
                    NameObject("/Type"): NameObject("/Annot"),
                    NameObject("/Subtype"): NameObject("/Link"),
                    NameObject("/Contents"): TextStringObject("LINKSECRET"),
                    NameObject("/Rect"): ArrayObject([NumberObject(one) for one in (0, 0, 9, 9)]),
                    NameObject("/A"): script(),
                }
            )
        ]
    )


def locked() -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(telling())))
    writer.encrypt("a passphrase")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def bomb(megabytes: int = 900) -> bytes:
    """A page whose content unfolds to very much more than the file has."""
    packer, piece = zlib.compressobj(9), b"0 0 m 9 9 l S " * 70_000
    first, other = (
        packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2)
    )  # after a full flush the same words are the same bytes
    packed = first + other * (megabytes - 1) + b"\x03\x00" + bytes(4)
    head = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    pages = b"2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj\n"
    page = b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>endobj\n"
    body = b"4 0 obj<</Length %d/Filter/FlateDecode>>stream\n" % len(packed)
    return head + pages + page + body + packed + b"\nendstream endobj\ntrailer<</Root 1 0 R>>\n"


def endless() -> bytes:
    """A tree of pages that holds itself."""
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Count 1000000/Kids[2 0 R 2 0 R]>>endobj\ntrailer<</Root 1 0 R>>\n"
    )
