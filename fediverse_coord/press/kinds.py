"""Which kind of file somebody sends, by how it begins; what it is called tells nothing."""

from typing import Final

from fediverse_coord.errors import Refusal
from fediverse_coord.press import darkroom, leaflets, recordings
from fediverse_coord.publishing.illustrations import Kind

AS_PDF: Final = "save or print it as a PDF, and send that"
OFFICE: Final = f"this is an office document, which may tell who wrote it: {AS_PDF}"
NOTHING: Final = (
    "this is nothing that is taken: send a picture (PNG, JPEG, WebP), a recording (MP3, M4A, Ogg, "
    "FLAC, WAV) or a PDF"
)
WITHIN: Final = (b"[Content_Types].xml", b"_rels/.rels", b"word/", b"mimetypeapplication/")
PLAIN: Final = f"this is plain text: put it into the declaration, or {AS_PDF}"
OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
RICH_TEXT: Final = b"{\\rtf"
FILMS: Final = b"\x1aE\xdf\xa3"


def kind_of(content: bytes) -> Kind:
    """Raises Refusal, which says what it is and what to do, where it is nothing that we take."""
    if leaflets.is_document(content):
        return Kind.DOCUMENT
    if recordings.form_of(content) is not None:
        return Kind.RECORDING
    if content.startswith((OLD_OFFICE, RICH_TEXT)) or _is_office(content):
        raise Refusal(OFFICE)
    if content.startswith(FILMS):
        raise Refusal(recordings.SENTENCES["film"])
    try:
        darkroom.look(content)
    except Refusal as refusal:
        if refusal.reason != darkroom.NO_PICTURE:
            raise
        raise Refusal(PLAIN if _is_plain(content) else NOTHING) from None
    return Kind.PICTURE


def _is_office(content: bytes) -> bool:
    """By the names of what is packed first; nothing is unpacked."""
    start = content[:4_000]
    return content.startswith(b"PK\x03\x04") and any(name in start for name in WITHIN)


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
