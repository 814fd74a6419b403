"""A process of its own that writes to a database, for tests that kill it or run beside it.

`pairs PATH NAME COUNT`: COUNT writes at once, each a row in two tables; every durable one is
printed. `stuck PATH`: stops in the middle of a transaction, after saying so.
"""

import asyncio
import sys
import time

from fediverse_coord.storage.database import Database, Transaction, Work, open_database


def pair(name: str, number: int) -> Work[None]:
    async def work(tx: Transaction) -> None:
        await tx.execute("INSERT INTO given (name, number) VALUES (:n, :i)", n=name, i=number)
        await tx.execute("INSERT INTO taken (name, number) VALUES (:n, :i)", n=name, i=number)

    return work


async def pairs(db: Database, name: str, count: int) -> None:
    async def one(number: int) -> None:
        await db.write(pair(name, number))
        print(number, flush=True)

    await asyncio.gather(*(one(number) for number in range(count)))


def hang() -> None:
    time.sleep(600)


async def stuck(db: Database) -> None:
    async def work(tx: Transaction) -> None:
        await tx.execute("INSERT INTO given (name, number) VALUES ('stuck', 1)")
        print("in the middle", flush=True)
        hang()

    await asyncio.gather(db.write(pair("stuck", 0)), db.write(work))


async def main(verb: str, path: str, *rest: str) -> None:
    db = await open_database(f"sqlite:///{path}", patience_seconds=60)
    if verb == "pairs":
        await pairs(db, rest[0], int(rest[1]))
    else:
        await stuck(db)
    await db.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
