"""Rows to be forgotten or kept: a little world in which each is a line."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from fediverse_coord.protocol.times import milliseconds
from fediverse_coord.storage.database import Database, Transaction, Value
from fediverse_coord.storage.forgetting import Kept
from fediverse_coord.storage.pruning import Pruner

NOON = datetime(2026, 10, 14, 12, tzinfo=UTC)
NUMBERS = itertools.count(1)


@dataclass(slots=True)
class Rows:
    """Inserts rows; what a table asks for and no test cares about has a value here."""

    db: Database
    now: datetime
    pruner: Pruner = field(init=False)

    def __post_init__(self) -> None:
        self.pruner = Pruner(self.db, lambda: self.now, Kept())

    def ago(self, days: float) -> int:
        return milliseconds(self.now - timedelta(days=days))

    async def insert(self, table: str, **row: Value) -> None:
        await self.insert_many(table, [row])

    async def insert_many(self, table: str, rows: list[dict[str, Value]]) -> None:
        names = ", ".join(rows[0])
        values = ", ".join(f":{one}" for one in rows[0])

        async def work(tx: Transaction) -> None:
            await tx.execute_many(f"INSERT INTO {table} ({names}) VALUES ({values})", rows)

        await self.db.write(work)

    async def execute(self, sql: str) -> None:
        await self.db.write(lambda tx: tx.execute(sql))

    async def count(self, table: str, where: str = "1 = 1") -> int:
        return int(str(await self.db.fetch_value(f"SELECT count(*) FROM {table} WHERE {where}")))

    async def rounds(self) -> int:
        """Everything that is due now; how many portions it took."""
        portions = 0
        while await self.pruner.step():
            portions += 1
        return portions

    async def world(self) -> None:
        """An actor, its declaration with an object, an activity, an inbox, a person: each row 1."""
        await self.insert(
            "actors", id=1, name="pits", actor_id="https://here/pits", type="Organization",
            role="coordination", profile="{}", revision=1, document=b"{}", created_at=1,
            updated_at=1,
        )  # fmt: skip
        await self.insert("people", id=1, name="Rosa", created_at=1)
        await self.insert(
            "declarations", id=1, actor=1, key="k", slug="s", state="published", form="note",
            language="en", visibility="public", fields="{}", keeps_text=0, revision=1,
            url_revision=0, created_at=1, updated_at=1,
        )  # fmt: skip
        await self.object(1)
        await self.activity(1)
        await self.inbox(1)

    async def object(self, row: int, **changed: Value) -> None:
        await self.insert(
            "objects",
            **{"id": row, "actor": 1, "object_id": f"https://here/o{row}", "type": "Note",
               "document": b"{}", "likes": 0, "shares": 0, "created_at": 1, **changed},
        )  # fmt: skip

    async def activity(self, row: int, **changed: Value) -> None:
        await self.insert(
            "activities",
            **{"id": row, "actor": 1, "activity_id": f"https://here/a{row}", "type": "Create",
               "object": 1, "object_id": "https://here/o1", "document": b"{}", "fetchable": 1,
               "listed": 1, "created_at": 1, **changed},
        )  # fmt: skip

    async def inbox(self, row: int, origin: str = "https://far") -> None:
        await self.insert("inboxes", id=row, url=f"{origin}/inbox{row}", origin=origin)

    async def delivery(self, inbox: int, activity: int = 1, **changed: Value) -> None:
        await self.insert(
            "deliveries",
            **{"activity": activity, "inbox": inbox, "object": 1, "state": "delivered",
               "attempts": 1, "due_at": 1, "created_at": 1, "settled_at": 1, **changed},
        )  # fmt: skip

    def stranger(self, row: int, days: float = 31) -> dict[str, Value]:
        return {
            "id": row, "actor_id": f"https://far/p{row}", "host": "far", "type": "Person",
            "username": f"p{row}", "name": "P", "inbox_url": f"https://far/p{row}/inbox",
            "also_known_as": "[]", "fetched_at": self.ago(days),
        }  # fmt: skip
