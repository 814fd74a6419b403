"""Forms that carry a file, read as they come.  RFC 7578 (multipart/form-data).

Of what was typed as much is kept as other forms may have, of the file as much as a picture may
have. What is longer is read on and let go, so that the form can be shown again with everything
that was typed in it. Nothing is written to a disk.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from fediverse_coord.errors import Refusal
from fediverse_coord.protocol.text import encodable
from fediverse_coord.web.console.typed import MOST_FIELDS, NO_FORM, TOO_MANY, Typed, Upload

FORM_TYPE = "multipart/form-data"
FILE = "picture"
LET_GO = 300_000_000  # bytes that are read without being kept, of somebody who is logged in


@dataclass(frozen=True, slots=True)
class Bounds:
    """Most bytes of text, of the file, and of all that is read; why a longer file is refused."""

    text: int
    file: int
    read: int
    why: str


def is_form(headers: Mapping[str, str]) -> bool:
    return headers.get("content-type", "").partition(";")[0].strip().lower() == FORM_TYPE


async def read(request: Request, bounds: Bounds) -> Typed | None:
    """Nothing where it is longer than is read. Raises Refusal for what is no form of ours."""
    _, options = parse_options_header(request.headers.get("content-type"))
    kept, length = Kept(bounds), 0
    try:
        parser = MultipartParser(options.get(b"boundary", b""), kept.callbacks())  # type: ignore[arg-type]
        async for chunk in request.stream():
            length += len(chunk)
            if length > bounds.read or kept.text > bounds.text:
                return None
            parser.write(chunk)
    except FormParserError:
        raise Refusal(NO_FORM) from None
    if not kept.ended:
        raise Refusal(NO_FORM)
    return None if kept.text > bounds.text else kept.typed


@dataclass(slots=True)
class Kept:
    """What is kept of the parts so far."""

    bounds: Bounds
    pairs: list[tuple[str, str]] = field(default_factory=list, repr=False)
    upload: Upload | None = field(default=None, repr=False)
    text: int = 0
    ended: bool = False
    _header: bytearray = field(default_factory=bytearray, repr=False)
    _told: bytearray = field(default_factory=bytearray, repr=False)
    _named: dict[bytes, bytes] = field(default_factory=dict, repr=False)
    _value: bytearray = field(default_factory=bytearray, repr=False)
    _is_cut: bool = False

    @property
    def typed(self) -> Typed:
        return Typed(tuple(self.pairs), self.upload)

    def callbacks(self) -> dict[str, object]:
        names = ("part_begin", "header_begin", "header_field", "header_value", "header_end",
                 "part_data", "part_end", "end")  # fmt: skip
        return {f"on_{name}": getattr(self, name) for name in names}

    def part_begin(self) -> None:
        self._named, self._value, self._is_cut = {}, bytearray(), False

    def header_begin(self) -> None:
        self._header, self._told = bytearray(), bytearray()

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._told += data[start:end]

    def header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._named = parse_options_header(bytes(self._told))[1]

    def part_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._is_cut = self._is_cut or len(self._value) + end - start > self.bounds.file
        else:
            self.text += end - start
            self._is_cut = self.text > self.bounds.text
        if self._is_cut:
            self._value = bytearray()
        else:
            self._value += data[start:end]

    @property
    def _is_file(self) -> bool:
        return b"filename" in self._named

    def part_end(self) -> None:
        name = self._named.get(b"name", b"").decode("utf-8", "replace")
        if not self._is_file:
            self._keep(name, self._value.decode("utf-8", "replace"))
        elif name == FILE and self.upload is None and self._named[b"filename"]:
            self.upload = Upload(bytes(self._value), self.bounds.why if self._is_cut else "")

    def _keep(self, name: str, value: str) -> None:
        self.text += len(name)
        if len(self.pairs) == MOST_FIELDS:
            raise Refusal(TOO_MANY)
        self.pairs.append((encodable(name), encodable(value)))

    def end(self) -> None:
        self.ended = True
