"""Which kind of file somebody sends, by how it begins; what it is called tells nothing."""

import zipfile
from io import BytesIO
from typing import Final

from fediverse_coord.errors import Refusal
from fediverse_coord.press import darkroom, leaflets, recordings
from fediverse_coord.publishing.illustrations import Kind

AS_PDF: Final = "save or print it as a PDF, and send that"
WRITTEN: Final = {
    "word/": "a Word document",
    "xl/": "an Excel table",
    "ppt/": "a PowerPoint presentation",
    "content.xml": "a LibreOffice document",
    "META-INF/container.xml": "an e-book",
}
PLAIN: Final = f"this is plain text: put it into the declaration, or {AS_PDF}"
OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FILMS: Final = b"\x1aE\xdf\xa3"


def kind_of(content: bytes) -> Kind:
    """Raises Refusal, which says what it is and what to do, where it is nothing that we take."""
    if leaflets.is_document(content):
        return Kind.DOCUMENT
    if recordings.form_of(content) is not None:
        return Kind.RECORDING
    told = _told(content)
    if told is not None:
        raise Refusal(told)
    darkroom.look(content)
    return Kind.PICTURE


def _told(content: bytes) -> str | None:
    """What people send in good faith instead of a PDF or a sound."""
    if content.startswith(b"PK\x03\x04"):
        name = _office(content)
        return f"this is {name}, and may tell who wrote it: {AS_PDF}" if name else None
    if content.startswith(OLD_OFFICE):
        return f"this is an old Office document, and may tell who wrote it: {AS_PDF}"
    if content.startswith(b"{\\rtf"):
        return f"this is a text with its layout (RTF): {AS_PDF}"
    if content.startswith(FILMS):
        return recordings.SENTENCES["film"]
    return PLAIN if _is_plain(content) else None


def _office(content: bytes) -> str | None:
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            names = packed.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return None
    return next(
        (told for begins, told in WRITTEN.items() if any(one.startswith(begins) for one in names)),
        None,
    )


def _is_plain(content: bytes) -> bool:
    """Words and nothing else, and none of the markup that browsers run."""
    start = content[:2_000]
    is_markup = start.lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"<")
    if not start.strip() or is_markup or b"\x00" in start:
        return False
    try:
        text = start.decode("utf-8", "strict" if len(content) < 2_000 else "ignore")
    except UnicodeDecodeError:
        return False
    return sum(one.isprintable() or one in "\r\n\t" for one in text) == len(text) and " " in text
