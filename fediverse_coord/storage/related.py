"""What else a reader of a work may want to read: what shares its topics, organisations, countries.

Of each mark only the latest works are looked at: it costs the same among a hundred thousand.
"""

from collections import defaultdict

from fediverse_coord.storage import declarations
from fediverse_coord.storage.database import Reader
from fediverse_coord.storage.declarations import Work

LOOKED_AT = 100  # works of one mark
MARKS = 12  # of one kind

# A topic says more of a text than a country does.
TABLES = (
    ("topic", "declaration_tags", "tag", 4.0),
    ("organisation", "declaration_organisations", "organisation", 3.0),
    ("country", "declaration_countries", "country", 1.0),
)


# Of a cross join SQLite takes the tables in this order: a few marks, then their headings.
def _marks(subject: str, table: str, column: str) -> str:
    return f"""
SELECT h.id AS heading FROM {table} m CROSS JOIN headings h
 WHERE m.declaration = :row
   AND h.actor = :actor AND h.subject = '{subject}' AND h.mark = m.{column}
 ORDER BY h.mark LIMIT :limit
"""  # noqa: S608


STATEMENTS = tuple(
    (_marks(subject, table, column), weight) for subject, table, column, weight in TABLES
)
MARKED = """
SELECT c.declaration AS row FROM catalogue c JOIN declarations d ON d.id = c.declaration
 WHERE c.heading = :heading AND d.state = 'published'
 ORDER BY c.published_at DESC, c.declaration DESC LIMIT :limit
"""


async def related(reader: Reader, work: Work, limit: int = 4) -> list[Work]:
    """The nearest first: a mark that few others bear counts more. None that was withdrawn."""
    scores: defaultdict[int, float] = defaultdict(float)
    for marks, weight in STATEMENTS:
        for one in await reader.fetch_all(marks, row=work.row, actor=work.actor, limit=MARKS):
            rows = await reader.fetch_all(MARKED, heading=one["heading"], limit=LOOKED_AT)
            for row in rows:
                scores[row["row"]] += weight / len(rows)
    scores.pop(work.row, None)
    nearest = sorted(scores, key=lambda row: (-scores[row], -row))[:limit]
    return await declarations.by_rows(reader, nearest)
