"""The sheets of an export: what a coordination has besides declarations.  docs/export-format.md.

What everybody may read is a file of JSON lines each. Who follows, liked, boosted or was blocked
leaves together in one file, sealed with the instance's key in blocks whose context says which
block of whose export it is: none can be changed, moved or left out without being noticed. The
nonce follows from what is in the block, so that the same rows are the same bytes.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import IO

from fediverse_coord.errors import ConfigError, Refusal
from fediverse_coord.protocol.sealing import NONCE_BYTES, Seal
from fediverse_coord.storage.database import Reader
from fediverse_coord.storage.sheets import BY_NAME, SHEETS, Line, Sheet

PEOPLE = "followers.sealed"
BLOCK_LINES = 500
MOST_LINE = 4_000_000  # bytes: of a line in plain, and of a sealed block
OTHER_KEY = (
    "{path}: was sealed with another key file: put that of the first server here, or remove the "
    "file and come back without followers"
)


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose sheets they are: the coordination's and its editions' rows by name, and the key."""

    origin: str
    rows: dict[str, int]
    name: str
    seal: Callable[[], Seal] = field(repr=False)

    def context(self, block: int, *, is_last: bool) -> str:
        return f"export {self.origin} {self.name} {block} {'last' if is_last else 'more'}"


async def write_sheets(reader: Reader, whose: Whose, folder: Path, *, people: bool) -> None:
    """Writes those that have lines below the folder. Raises OSError, ConfigError."""
    for sheet in SHEETS:
        if not sheet.sealed:
            with _unless_empty(folder / f"{sheet.name}.jsonl") as out:
                async for line in _lines(reader, whose, sheet):
                    out.write(_text(line).encode())
    if people:
        with _unless_empty(folder / PEOPLE) as out:
            await _write_sealed(reader, whose, out)


@contextmanager
def _unless_empty(path: Path) -> Iterator[IO[bytes]]:
    with path.open("wb") as out:
        yield out
    if not path.stat().st_size:
        path.unlink()


async def _lines(reader: Reader, whose: Whose, sheet: Sheet) -> AsyncIterator[Line]:
    for name, row in whose.rows.items():
        if sheet.whole and name != whose.name:
            continue
        async for line in sheet.read(reader, row):
            yield line if name == whose.name else {"actor": name, **line}


async def _write_sealed(reader: Reader, whose: Whose, out: IO[bytes]) -> None:
    waiting, number = list[str](), 0
    for sheet in SHEETS:
        if sheet.sealed:
            async for line in _lines(reader, whose, sheet):
                waiting.append(_text({"sheet": sheet.name, **line}))
                if len(waiting) > BLOCK_LINES:
                    out.write(_sealed(whose, waiting[:BLOCK_LINES], number, is_last=False))
                    waiting, number = waiting[BLOCK_LINES:], number + 1
    out.write(_sealed(whose, waiting, number, is_last=True))


def _text(value: Line) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"


def _sealed(whose: Whose, lines: Sequence[str], number: int, *, is_last: bool) -> bytes:
    plain, context = "".join(lines).encode(), whose.context(number, is_last=is_last)
    seal = whose.seal()
    nonce = hmac.new(seal.secret, context.encode() + b"\0" + plain, hashlib.sha256).digest()
    return base64.b64encode(seal.close(plain, context, nonce[:NONCE_BYTES])) + b"\n"


# --- the way back -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """A line of a sheet, and where it stood, for people."""

    sheet: Sheet
    name: str
    line: Line = field(repr=False)
    place: str

    def faulty(self, reason: str) -> Refusal:
        return Refusal(f"{self.place}: {reason}"[:400])


def read_sheets(whose: Whose, folder: Path) -> Iterator[Found]:
    """All that is there, a line at a time. Raises Refusal, ConfigError."""
    for sheet in SHEETS:
        path = folder / f"{sheet.name}.jsonl"
        if not sheet.sealed and _is_there(path):
            for number, raw in enumerate(_raw_lines(path), start=1):
                yield _found(whose, sheet, _value(raw, path, number), f"{path}, line {number}")
    if _is_there(folder / PEOPLE):
        yield from _read_sealed(whose, folder / PEOPLE)


def has_people(folder: Path) -> bool:
    """Whether followers come along."""
    return _is_there(folder / PEOPLE)


def _is_there(path: Path) -> bool:
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise Refusal(f"{path}: is no file")
    return path.exists()


def _raw_lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            for number in count(1):
                raw = file.readline(MOST_LINE + 1)
                if len(raw) > MOST_LINE:
                    raise Refusal(f"{path}, line {number}: has more than {MOST_LINE:,} bytes")
                if not raw:
                    return
                yield raw
    except OSError as error:
        raise Refusal(f"{path}: cannot be read: {error.strerror}") from None


def _value(raw: bytes, path: Path, number: int) -> Line:
    with suppress(ValueError, RecursionError):
        found = json.loads(raw)
        if isinstance(found, dict):
            return found
    raise Refusal(f"{path}, line {number}: is no readable JSON object")


def _found(whose: Whose, sheet: Sheet, line: Line, place: str) -> Found:
    name = line.pop("actor", whose.name)
    if name not in whose.rows:
        raise Refusal(f"{place}: is of {str(name)[:60]!r}, which has no file here")
    return Found(sheet, str(name), line, place)


def _read_sealed(whose: Whose, path: Path) -> Iterator[Found]:
    is_last = False
    for number, raw in enumerate(_raw_lines(path)):
        if is_last:
            raise Refusal(f"{path}: goes on after its end")
        plain, is_last = _opened(whose, path, raw, number)
        for line, text in enumerate(plain.splitlines(), start=1):
            value = _value(text, path, number + 1)
            sheet = BY_NAME.get(str(value.pop("sheet", "")))
            if sheet is None or not sheet.sealed:
                raise Refusal(f"{path}: holds what this version does not know; use a newer one")
            yield _found(whose, sheet, value, f"{path}, block {number + 1}, line {line}")
    if not is_last:
        raise Refusal(f"{path}: was cut off; use another copy")


def _opened(whose: Whose, path: Path, raw: bytes, number: int) -> tuple[bytes, bool]:
    try:
        sealed = base64.b64decode(raw.strip(), validate=True)
    except binascii.Error:
        raise Refusal(f"{path}, line {number + 1}: was changed; use another copy") from None
    for is_last in (False, True):
        with suppress(ConfigError):
            return whose.seal().open(sealed, whose.context(number, is_last=is_last)), is_last
    if number:
        raise Refusal(f"{path}, line {number + 1}: was changed; use another copy")
    raise ConfigError(OTHER_KEY.format(path=path))
