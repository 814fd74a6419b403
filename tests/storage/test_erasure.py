"""What is deleted does not stay readable in the file."""

from pathlib import Path

from fediverse_coord.storage.database import Transaction, open_database

NAME = "a-name-that-must-not-stay"


def holding_the_name(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir() if NAME.encode() in file.read_bytes()]


async def test_a_deleted_value_is_gone_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "coord.db"
    db = await open_database(f"sqlite:///{path}")

    async def fill(tx: Transaction) -> None:
        await tx.execute("CREATE TABLE kept (id INTEGER PRIMARY KEY, said TEXT)")
        for number in range(200):
            said = f"{NAME} {number} " * 40
            await tx.execute("INSERT INTO kept (said) VALUES (:said)", said=said)

    async def erase(tx: Transaction) -> None:
        await tx.execute("DELETE FROM kept WHERE id > 3")
        await tx.execute("UPDATE kept SET said = 'nobody'")

    await db.write(fill)
    await db.write(erase)
    await db.close()
    assert holding_the_name(tmp_path) == []
