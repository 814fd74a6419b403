"""Answers' bodies, kept within their limit while they arrive.  RFC 9110 8.4, RFC 1952.

What counts is the size after unpacking: ten kilobytes of gzip can hold ten gigabytes. No
more is ever unpacked than the limit and one byte.
"""

import zlib

UNPACKERS = {"gzip": 31, "x-gzip": 31, "deflate": 15}  # zlib's wbits


class Body:
    """Grows by `feed` until it is `full`, that is, the stranger sent more than `limit` bytes."""

    __slots__ = ("_limit", "_parts", "_size", "_unpack", "fault", "full")

    def __init__(self, limit: int, encoding: str) -> None:
        self._limit, self._parts, self._size = limit, [b""], 0
        self.full = False
        self.fault: str | None = None
        self._unpack = None
        name = encoding.strip().lower()
        if name in UNPACKERS:
            self._unpack = zlib.decompressobj(UNPACKERS[name])
        elif name not in ("", "identity"):
            self.fault = "the body is in an encoding we did not ask for"

    def feed(self, data: bytes) -> None:
        """Takes the next bytes off the wire; sets `full` or `fault` instead of raising."""
        if self.full or self.fault:
            return
        room = self._limit - self._size
        if self._unpack is not None:
            data = self._unpacked(data, room + 1)
        self.full = len(data) > room
        self._parts.append(data[:room])
        self._size += min(len(data), room)

    def content(self) -> bytes:
        return b"".join(self._parts)

    @property
    def complete(self) -> bool:
        """Whether the packed stream has ended, as far as that can be told."""
        return self._unpack is None or self._unpack.eof or self._size == 0

    def _unpacked(self, data: bytes, most: int) -> bytes:
        assert self._unpack is not None
        try:
            found = self._unpack.decompress(data, most)
        except zlib.error:
            self.fault = "the body does not unpack"
            return b""
        if self._unpack.unused_data:
            self.fault = "the body goes on after its end"
        return found
