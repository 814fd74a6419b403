"""No word that was taken out of a text stays in the index's file."""

import sqlite3
from pathlib import Path

from fediverse_coord.storage.database import open_database
from fediverse_coord.storage.migrate import migrate
from fediverse_coord.storage.search_upkeep import Upkeep

NAME = "einnamederverschwinde"
PUT = "INSERT INTO search (place, declaration, language, words) VALUES (?, ?, 'en', ?)"
CLEAR = "DELETE FROM search WHERE place < 59"
CHECK = "INSERT INTO search_index (search_index) VALUES ('integrity-check')"


def holding_the_name(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir() if NAME.encode() in file.read_bytes()]


async def test_a_word_is_gone_from_the_file_once_the_index_was_cleaned(tmp_path: Path) -> None:
    file = tmp_path / "coord.db"
    db = await open_database(f"sqlite:///{file}")
    await migrate(db)
    connection = sqlite3.connect(file)
    for place in range(1, 60):
        words = f"{NAME} {NAME}{place % 7} wages ¤" if place < 59 else "wages ¤"
        connection.execute(PUT, (place, place, words))
    connection.commit()
    assert holding_the_name(tmp_path) != []
    await db.write(lambda tx: tx.execute(CLEAR))
    upkeep = Upkeep(db)
    while await upkeep.step():
        pass
    connection.execute(CHECK)
    connection.close()
    await db.close()
    assert holding_the_name(tmp_path) == []
