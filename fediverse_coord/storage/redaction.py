"""Where earlier words of a declaration lie besides its present ones: for taking a name out of them.

Old revisions, old slugs, corrections, what an imported text was called and where it was read, what
media of the coordination are told as, and answers of the API that are kept to be repeated. Each is
read, handed to a function of the caller's, and written anew where that changed it; all in the
caller's transaction.
"""

import json
from collections.abc import Callable, Iterator

from fediverse_coord.publishing.corrections import Told
from fediverse_coord.publishing.importing.entries import hidden
from fediverse_coord.storage import corrections
from fediverse_coord.storage.corrections import Remembered
from fediverse_coord.storage.database import Row, Transaction

REVISIONS = """
SELECT revision, language, title, summary, source FROM declaration_revisions
 WHERE declaration = :row ORDER BY revision, language
"""
REWRITE_REVISION = """
UPDATE declaration_revisions SET title = :title, summary = :summary, source = :source
 WHERE declaration = :row AND revision = :revision AND language = :language
"""
SLUGS = "SELECT slug FROM slugs WHERE declaration = :row ORDER BY slug"
DROP_SLUG = "DELETE FROM slugs WHERE declaration = :row AND slug = :slug"
PATHS = "SELECT path FROM old_paths WHERE declaration = :row ORDER BY path"
DROP_PATH = "DELETE FROM old_paths WHERE path = :path"
IDENTITIES = "SELECT actor, identity FROM imported_entries WHERE declaration = :row"
HIDE_IDENTITY = """
UPDATE imported_entries SET identity = :hidden WHERE actor = :actor AND identity = :identity
"""
ALTS = """
SELECT m.key, t.alt FROM media m JOIN media_texts t ON t.media = m.id
 WHERE m.actor = :actor ORDER BY m.id
"""
RENAME_AUDITED = "UPDATE audit SET subject = :instead WHERE subject = :subject"
ANSWERED = "SELECT person, key, body FROM idempotency WHERE body IS NOT NULL"
DROP_ANSWER = "DELETE FROM idempotency WHERE person = :person AND key = :key"

Rewriting = Callable[[str | None, str], str | None]
"""Text and its language, to the text as it may stay."""


async def rewrite_revisions(tx: Transaction, row: int, rewritten: Rewriting) -> int:
    """Every old revision, in its language; how many were changed."""
    changed = 0
    for old in await tx.fetch_all(REVISIONS, row=row):
        words = {name: old[name] for name in ("title", "summary", "source")}
        new = {name: rewritten(text, old["language"]) for name, text in words.items()}
        if new != words:
            changed += 1
            place = {"revision": old["revision"], "language": old["language"]}
            await tx.execute(REWRITE_REVISION, row=row, **place, **new)
    return changed


async def rewrite_corrections(tx: Transaction, row: int, rewritten: Rewriting) -> None:
    for one in await corrections.rows_of(tx, row):
        told = {
            language: Told(rewritten(words.what, language) or "", rewritten(words.why, language))
            for language, words in one.correction.told.items()
        }
        if told != one.correction.told:
            correction = type(one.correction)(one.correction.at, told)
            await corrections.rewrite(tx, Remembered(one.row, correction))


async def drop_slugs(tx: Transaction, row: int, says: Callable[[str], bool]) -> int:
    """Addresses that say too much lead nowhere any more; how many."""
    found = [one["slug"] for one in await tx.fetch_all(SLUGS, row=row)]
    for slug in filter(says, found):
        await tx.execute(DROP_SLUG, row=row, slug=slug)
    return sum(map(says, found))


async def hide_origins(tx: Transaction, row: int, says: Callable[[str], bool]) -> int:
    """Old paths lead nowhere; what a text was called in its source is known by its hash alone."""
    paths = [one["path"] for one in await tx.fetch_all(PATHS, row=row) if says(one["path"])]
    for path in paths:
        await tx.execute(DROP_PATH, path=path)
    entries = await tx.fetch_all(IDENTITIES, row=row)
    for one in entries:
        if says(one["identity"]):
            instead = hidden(one["identity"])
            named = {"actor": one["actor"], "identity": one["identity"]}
            await tx.execute(HIDE_IDENTITY, hidden=instead, **named)
    return len(paths) + sum(says(one["identity"]) for one in entries)


async def media_that_say(tx: Transaction, actor: int, says: Callable[[str], bool]) -> list[str]:
    """Keys of pictures, recordings and documents of the coordination that such words tell."""
    rows = await tx.fetch_all(ALTS, actor=actor)
    return list(dict.fromkeys(one["key"] for one in rows if says(one["alt"])))


async def rename_audited(tx: Transaction, subject: str, instead: str) -> None:
    """What was done to a thing that is called so stays known, without what it is called."""
    await tx.execute(RENAME_AUDITED, subject=subject, instead=instead)


async def drop_answers(tx: Transaction, says: Callable[[str], bool]) -> None:
    """A kept answer that says too much is not repeated; its request could be made again."""
    for one in await tx.fetch_all(ANSWERED):
        if says(_text(one)):
            await tx.execute(DROP_ANSWER, person=one["person"], key=one["key"])


def _text(answer: Row) -> str:
    """What its JSON says: in the body itself, the end of a line is a sign of two letters."""
    body = bytes(answer["body"])
    try:
        return "\n".join(_strings(json.loads(body)))
    except ValueError:
        return body.decode("utf-8", "replace")


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in (*value, *value.values()):
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)
