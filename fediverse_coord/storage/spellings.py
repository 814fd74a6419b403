"""Other spellings of names, as editors keep them: Krivoy Rog, Kryvyi Rih, Кривий Ріг.

Names that mean the same carry the same `meaning`, which is the spelling of one of them. They are
asked for when somebody searches, and change nothing that is stored of texts.
"""

import json
from collections.abc import Iterable, Sequence

from fediverse_coord.publishing.search_questions import Question, names_in, with_spellings
from fediverse_coord.publishing.search_words import spelling_of
from fediverse_coord.storage.database import Reader, Transaction

ALL = "SELECT meaning, name FROM spellings ORDER BY meaning, name"
MEANINGS = "SELECT DISTINCT meaning FROM spellings WHERE spelling IN {named} ORDER BY meaning"
OTHERS = """
SELECT k.spelling AS known, o.name FROM spellings k JOIN spellings o ON o.meaning = k.meaning
 WHERE k.spelling IN {named} ORDER BY k.spelling, o.name
"""
PUT = """
INSERT INTO spellings (spelling, name, meaning) VALUES (:spelling, :name, :meaning)
ON CONFLICT (spelling) DO UPDATE SET name = excluded.name, meaning = excluded.meaning
"""
ROWS = "SELECT name, meaning FROM spellings"
PUT_NEW = """
INSERT INTO spellings (spelling, name, meaning) VALUES (:spelling, :name, :meaning)
ON CONFLICT (spelling) DO NOTHING
"""
JOIN = "UPDATE spellings SET meaning = :meaning WHERE meaning = :other"
DROP = "DELETE FROM spellings WHERE spelling = :spelling"
LONELY = """
DELETE FROM spellings WHERE meaning IN (
    SELECT meaning FROM spellings GROUP BY meaning HAVING count(*) = 1)
"""


async def all_names(reader: Reader) -> list[list[str]]:
    """The names that mean the same, together."""
    found: dict[str, list[str]] = {}
    for row in await reader.fetch_all(ALL):
        found.setdefault(row["meaning"], []).append(row["name"])
    return sorted(found.values())


async def rows(reader: Reader) -> list[dict[str, str]]:
    """Each name with the spelling that stands for what it means."""
    found = [(row["meaning"], row["name"]) for row in await reader.fetch_all(ROWS)]
    return [{"name": name, "meaning": meaning} for meaning, name in sorted(found)]


async def put(tx: Transaction, name: str, meaning: str) -> None:
    """A name as another database had it, where this one does not know it."""
    await tx.execute(PUT_NEW, spelling=spelling_of(name), name=name, meaning=meaning)


async def add(tx: Transaction, names: Sequence[str]) -> None:
    """From here on they mean the same, and the same as what each of them meant before."""
    await tx.alone("spellings")
    spelled = {spelling_of(name): name for name in names}
    meaning = min(spelled)
    for row in await tx.fetch_all(MEANINGS, rows=json.dumps(list(spelled))):
        await tx.execute(JOIN, meaning=meaning, other=row["meaning"])
    for spelling, name in spelled.items():
        await tx.execute(PUT, spelling=spelling, name=name, meaning=meaning)


async def remove(tx: Transaction, name: str) -> bool:
    """That name alone; of two the other goes too, as it means nothing else any more."""
    await tx.alone("spellings")
    found = await tx.execute(DROP, spelling=spelling_of(name)) > 0
    await tx.execute(LONELY)
    return found


async def of(reader: Reader, named: Iterable[str]) -> dict[str, list[str]]:
    """For each spelling that is known all names that mean the same, its own among them."""
    found: dict[str, list[str]] = {}
    for row in await reader.fetch_all(OTHERS, rows=json.dumps(list(named))):
        found.setdefault(row["known"], []).append(row["name"])
    return found


async def widened(reader: Reader, asked: Question) -> Question:
    """The question, with every spelling of the names in it."""
    names = names_in(asked)
    return with_spellings(asked, await of(reader, names)) if names else asked
