"""Paper: one version of a declaration as PDF, A4, tagged, in the language and direction it has.

Values in, bytes out, and the same values make the same bytes. Set by typst from `paper.typ`, to
which everything people wrote is handed as data, never as markup. Takes some ten milliseconds of a
core, without the interpreter's lock: callers on an event loop go by a thread. The proof that closes
the file is put on by `paper_proof`.
"""

import base64
import io
import json
import re
from datetime import UTC
from functools import cache
from importlib.resources import files

import segno

from fediverse_coord.press.paper_fonts import families, fonts
from fediverse_coord.press.paper_markup import Node, blocks_of, breakable, plain_blocks
from fediverse_coord.press.paper_view import PaperView
from fediverse_coord.protocol.sanitize import plain_text

EDITION = 2  # to be raised with every change of how a paper looks: kept ones are made anew
ACCESSIBLE = "ua-1"
LEADING = {"ar": 0.85, "fa": 0.85, "ur": 0.95, "hi": 0.85, "zh": 0.9, "ja": 0.9, "ko": 0.85}
PNG = b"\x89PNG"
CODE, REGION = re.compile(r"[a-z]{2,3}"), re.compile(r"[A-Z]{2}")


def pdf_of(view: PaperView) -> bytes:
    """The PDF, without a seal. Raises nothing that a text could cause."""
    from typst import TypstError  # a server of which nobody wants paper need not load it

    blocks = _spoken(blocks_of(view.html))
    try:
        return _set(view, blocks, [ACCESSIBLE])
    except TypstError:
        pass  # a sign without a glyph, or a shape of the text that PDF/UA does not know
    try:
        return _set(view, blocks, [])
    except TypstError:
        return _set(view, plain_blocks(plain_text(view.html)), [])


def _set(view: PaperView, blocks: list[Node], standards: list[str]) -> bytes:
    import typst

    sheets: dict[str, bytes] = {
        "main.typ": _template(),
        "data.json": json.dumps(_data(view, blocks), ensure_ascii=False).encode(),
    }
    if view.letterhead.icon is not None:
        sheets["icon.svg"] = _wrapped(view.letterhead.icon)
    if view.signed is not None:
        sheets["declaration.json"] = view.signed
    made: object = typst.compile(  # type: ignore[call-overload] # files in memory: not in its stub
        sheets,
        format="pdf",
        font_paths=fonts(),
        ignore_system_fonts=True,
        timestamp=int(view.moment.timestamp()),
        pdf_standards=standards,
    )
    if not isinstance(made, bytes):
        raise TypeError("typst returned no file")
    return made


@cache
def _template() -> bytes:
    return files(__package__).joinpath("paper.typ").read_bytes()


def _wrapped(picture: bytes) -> bytes:
    """A PNG or JPEG as a file of text: typst's binding takes no other."""
    from PIL import Image

    kind = "png" if picture.startswith(PNG) else "jpeg"
    with Image.open(io.BytesIO(picture)) as opened:
        size = f'width="{opened.width}" height="{opened.height}"'
    data = base64.b64encode(picture).decode()
    image = f'<image {size} href="data:image/{kind};base64,{data}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{image}</svg>'.encode()


def _data(view: PaperView, blocks: list[Node]) -> dict[str, object]:
    """All that the template reads."""
    head = view.letterhead
    language, _, _ = view.language.partition("-")
    return {
        **_tongue(view.language),
        "rtl": view.direction == "rtl",
        "fonts": families(view.language),
        "leading": LEADING.get(language, 0.72),
        "words": dict(view.words),
        "heading": view.heading,
        "author": head.name,
        "handle": head.handle,
        "contact": breakable(head.contact),
        "mail": head.contact,
        "icon": "icon.svg" if head.icon is not None else None,
        "description": f"{head.handle} · {view.page_url}",
        "keywords": list(view.topics),
        "moment": list(view.moment.astimezone(UTC).timetuple()[:6]),
        "kind": view.kind,
        "date": view.date,
        "addressees": [breakable(one) for one in view.addressees],
        "title": breakable(view.title) if view.title else None,
        "notices": [breakable(one) for one in view.notices],
        "blocks": blocks,
        "translator": view.translator,
        "signatories": [breakable(one) for one in view.signatories],
        "sources": [
            {"name": breakable(one.name), "url": one.url, "shown": breakable(one.url or "")}
            for one in view.sources
        ],
        "url": view.page_url,
        "url-shown": breakable(view.page_url),
        "qr": _qr(view.page_url),
        "signed": view.signed is not None,
        "draft": view.signed is None,
    }


def _tongue(tag: str) -> dict[str, str | None]:
    """The tag's parts as typst knows them: ISO 639 and 3166 codes. Scripts it sees itself."""
    language, *parts = tag.split("-")
    region = next((one for one in parts if REGION.fullmatch(one)), None)
    known = language if CODE.fullmatch(language) else "en"
    return {"lang": known, "region": region}


def _spoken(blocks: list[Node]) -> list[Node]:
    """Passages in another language get its fonts."""
    for one in _nodes(blocks):
        tag = one.pop("lang", None)
        if isinstance(tag, str) and CODE.fullmatch(tag.partition("-")[0]):
            one |= {"tongue": tag.partition("-")[0], "fonts": families(tag)}
    return blocks


def _nodes(value: object) -> "list[Node]":
    """Every node of the tree."""
    found, waiting = [], [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            found.append(one)
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return found


def _qr(address: str) -> str:
    """A QR code as SVG, with the quiet border that scanners ask for."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(out, kind="svg", border=2, xmldecl=False)
    return out.getvalue().decode()
