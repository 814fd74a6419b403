"""Whether what is written stays written: a row that comes and goes in one transaction.

A full disk or a lock of somebody else's is not seen by reading, nor by a write that changes
nothing. Nobody ever sees the row.
"""

from fediverse_coord.storage.database import Database, Transaction

COME = """
INSERT INTO seen_requests (fingerprint, seen_at) VALUES (:fingerprint, 0)
ON CONFLICT (fingerprint) DO NOTHING
"""
GO = "DELETE FROM seen_requests WHERE fingerprint = :fingerprint"
ROW = b"probe"  # no hash is so short


async def write(db: Database) -> None:
    """Raises StorageUnavailable where nothing can be written now."""
    await db.write(_come_and_go)


async def _come_and_go(tx: Transaction) -> None:
    await tx.execute(COME, fingerprint=ROW)
    await tx.execute(GO, fingerprint=ROW)
