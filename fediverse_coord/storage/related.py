"""What else a reader of a work may want to read: what shares its topics, organisations, countries.

Of each mark only the latest works are looked at: it costs the same among a hundred thousand.
"""

from collections import defaultdict

from fediverse_coord.storage import declarations
from fediverse_coord.storage.archive import SHOWN
from fediverse_coord.storage.database import Reader
from fediverse_coord.storage.declarations import Work

LOOKED_AT = 100  # works of one mark
MARKS = 12  # of one kind

# A topic says more of a text than a country does.
TABLES = (
    ("declaration_tags", "tag", 4.0),
    ("declaration_organisations", "organisation", 3.0),
    ("declaration_countries", "country", 1.0),
)


def _marks(table: str, column: str) -> str:
    return f"SELECT {column} AS mark FROM {table} WHERE declaration = :row LIMIT :limit"  # noqa: S608


def _marked(table: str, column: str) -> str:
    return f"""
SELECT m.declaration AS row FROM {table} m
 WHERE m.{column} = :mark
   AND EXISTS (SELECT 1 FROM declarations d
                WHERE d.id = m.declaration AND {SHOWN} AND d.state = 'published')
 ORDER BY m.declaration DESC LIMIT :limit
"""  # noqa: S608


STATEMENTS = tuple(
    (_marks(table, column), _marked(table, column), weight) for table, column, weight in TABLES
)


async def related(reader: Reader, work: Work, limit: int = 4) -> list[Work]:
    """The nearest first: a mark that few others bear counts more. None that was withdrawn."""
    scores: defaultdict[int, float] = defaultdict(float)
    for marks, marked, weight in STATEMENTS:
        for one in await reader.fetch_all(marks, row=work.row, limit=MARKS):
            rows = await reader.fetch_all(
                marked, mark=one["mark"], actor=work.actor, limit=LOOKED_AT
            )
            for row in rows:
                scores[row["row"]] += weight / len(rows)
    scores.pop(work.row, None)
    nearest = sorted(scores, key=lambda row: (-scores[row], -row))[:limit]
    found = [await declarations.by_row(reader, row) for row in nearest]
    return [one for one in found if one is not None]
