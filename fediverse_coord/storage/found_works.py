"""What search finds, a work once, with those of its versions that have what is asked for.

A version's place counts down through its work (`search.place_of`), so that versions which are found
in the same way stand side by side: they are read off together, and a page goes on below all of
them. A work that is found by a title is not told again where another of its versions is found
by its text.
"""

from dataclasses import dataclass
from typing import Final

from fediverse_coord.publishing.search_questions import Question
from fediverse_coord.storage import search
from fediverse_coord.storage.database import Reader
from fediverse_coord.storage.filters import Filter
from fediverse_coord.storage.search import BEGINNING, VERSIONS, Below

AT_ONCE: Final = 100  # versions


@dataclass(frozen=True, slots=True)
class FoundWork:
    """`languages` are those of the versions that were found, the first of them first."""

    declaration: int
    languages: tuple[str, ...]


def below_work(version: Below) -> Below:
    """Below all versions of the work to which the version of that place belongs."""
    return Below(version.in_title, version.place // VERSIONS * VERSIONS)


async def find(
    reader: Reader,
    asked: Question,
    chosen: Filter,
    *,
    actor: int | None = None,
    below: Below = BEGINNING,
    limit: int,
) -> list[FoundWork]:
    """Those with all words in a title first, then the others; of each the newest day first.

    The last one may have been found in more languages than are told.
    """
    works, titled, most = dict[int, list[str]](), set[int](), limit
    is_first = below == BEGINNING  # then all that are found by a title are met on the way
    while len(works) < limit:
        hits = await search.find(reader, asked, chosen, actor=actor, below=below, limit=most)
        titled.update(hit.declaration for hit in hits if hit.in_title)
        if not is_first:
            rows = sorted({hit.declaration for hit in hits if not hit.in_title} - titled)
            titled |= await search.titled_among(reader, asked, rows, chosen.language)
        for hit in hits:
            if hit.in_title or hit.declaration not in titled:
                works.setdefault(hit.declaration, []).append(hit.language)
        if len(hits) < most:
            break
        below, most = Below(hits[-1].in_title, hits[-1].place), AT_ONCE
    found = [FoundWork(row, tuple(languages)) for row, languages in works.items()]
    return found[:limit]
