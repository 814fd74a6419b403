"""Corrections that readers are told of: when, what and why, oldest first.

`told` is JSON: for each language a mapping of `what` and `why`. A deleted declaration's go with
its words (`declarations.ERASE`); a redacted name is taken out of them as well.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from fediverse_coord.protocol.times import from_milliseconds, milliseconds
from fediverse_coord.publishing.corrections import Correction, Told
from fediverse_coord.storage.database import Reader, Row, Transaction

INSERT = """
INSERT INTO corrections (declaration, told, corrected_at) VALUES (:row, :told, :now)
"""
OF = """
SELECT id, told, corrected_at FROM corrections WHERE declaration = :row ORDER BY id
"""
REWRITE = "UPDATE corrections SET told = :told WHERE id = :id"


@dataclass(frozen=True, slots=True)
class Remembered:
    """A correction and its row."""

    row: int
    correction: Correction


async def insert(tx: Transaction, row: int, correction: Correction) -> None:
    await tx.execute(INSERT, row=row, told=_text(correction.told), now=milliseconds(correction.at))


async def of(reader: Reader, row: int) -> tuple[Correction, ...]:
    return tuple(one.correction for one in await rows_of(reader, row))


async def rows_of(reader: Reader, row: int) -> list[Remembered]:
    return [_remembered(one) for one in await reader.fetch_all(OF, row=row)]


async def rewrite(tx: Transaction, remembered: Remembered) -> None:
    """Its words as they are now; when it was made stays."""
    await tx.execute(REWRITE, id=remembered.row, told=_text(remembered.correction.told))


def _text(told: Mapping[str, Told]) -> str:
    plain = {language: {"what": one.what, "why": one.why} for language, one in told.items()}
    return json.dumps(plain, ensure_ascii=False)


def _remembered(row: Row) -> Remembered:
    told = {language: Told(**one) for language, one in json.loads(row["told"]).items()}
    return Remembered(row["id"], Correction(from_milliseconds(row["corrected_at"]), told))
