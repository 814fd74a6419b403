"""Taking a name out of what stands beside a declaration: words of its coordination, its old names.

Introductions, passages and the descriptions of media belong to the whole coordination, and say the
name no more, whichever text they stand with. Other declarations are left as they are: each is
redacted by itself. docs/redacting.md says what of every table is reached.
"""

from collections.abc import Mapping
from datetime import datetime

from fediverse_coord.desk import redacting_passages
from fediverse_coord.publishing.notices import name_removed
from fediverse_coord.publishing.occurrences import Occurrences
from fediverse_coord.storage import introductions, media, redaction
from fediverse_coord.storage.changes import touch
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.declarations import Work
from fediverse_coord.storage.introductions import Introduction

AT_ONCE = 200


async def rewrite(tx: Transaction, seen: Work, found: Occurrences, now: datetime) -> int:
    """How many places said the name."""
    changed = await _introductions(tx, seen, found, now)
    if changed:
        await touch(tx, f"list:{seen.actor_name}", now)
    changed += await redacting_passages.rewrite(tx, seen, found, now)
    changed += await _media(tx, seen.actor, found, now)
    return changed + await redaction.hide_origins(tx, seen.row, found.are_in)


def without(texts: Mapping[str, str], found: Occurrences) -> dict[str, str]:
    """Texts by their languages, as they may stay."""
    return {one: found.replaced(text, name_removed(one)) for one, text in texts.items()}


async def _introductions(tx: Transaction, seen: Work, found: Occurrences, now: datetime) -> int:
    await introductions.hold(tx, seen.actor)
    changed, after = 0, 0
    while page := await introductions.page(tx, seen.actor, after=after, limit=AT_ONCE):
        for one in page:
            changed += await _introduction(tx, seen, one, found, now)
        after = page[-1].row
    return changed


async def _introduction(
    tx: Transaction, seen: Work, one: Introduction, found: Occurrences, now: datetime
) -> bool:
    """One of a page that is called by the name goes as a whole, as no text is chosen there now."""
    told, place = without(one.texts, found), one.place
    if found.are_in(place.name) or found.are_in(place.mark):
        await introductions.drop(tx, one.row)
        begins = f"introduction:{seen.actor_name}/{place.subject}"
        await redaction.rename_audited(tx, f"{begins}/{place.mark}", begins)
        return True
    if told != one.texts:
        await introductions.put(tx, seen.actor, place, told, one.revision + 1, now)
        return True
    return False


async def _media(tx: Transaction, actor: int, found: Occurrences, now: datetime) -> int:
    """Alternative texts and titles of everything that the coordination took in."""
    keys = await redaction.media_that_say(tx, actor, found.are_in)
    for key in keys:
        one = await media.by_key(tx, key)
        if one is not None:
            await media.describe(tx, one, without(dict(one.image.alts), found), now)
    return len(keys)
