"""How many follow, by server. The rows are changed by `followers` alone."""

from fediverse_coord.storage.database import Reader

HOSTS = """
SELECT inboxes.origin, SUM(audience.followers) AS number
  FROM audience JOIN inboxes ON inboxes.id = audience.inbox
 WHERE audience.actor = :actor
 GROUP BY inboxes.origin ORDER BY number DESC, inboxes.origin
"""


async def by_host(reader: Reader, actor: int) -> list[tuple[str, int]]:
    """(origin, followers), the largest first."""
    rows = await reader.fetch_all(HOSTS, actor=actor)
    return [(row["origin"], int(row["number"])) for row in rows]
