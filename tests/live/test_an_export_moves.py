"""A coordination comes back from its export on another machine, and its follower is still there."""

import shutil
from pathlib import Path

import httpx
from servers import ServerProcess, server, write_folder
from test_imports_are_quiet import begun
from two_sides import ACTIVITY_JSON, Side, eventually

HEARD = "SELECT activity_id FROM seen_activities WHERE actor_id LIKE '%pits' ORDER BY activity_id"


def status(iri: str) -> int:
    return httpx.get(iri, headers=ACTIVITY_JSON).status_code


def beside(old: ServerProcess, folder: Path) -> ServerProcess:
    """An empty server of the same origin with the same key file, and keys of its own."""
    write_folder(folder, old.port, ("pits",))
    shutil.copy(old.folder / "instance.key", folder / "instance.key")
    return ServerProcess(folder, old.port)


def test_graves_answer_410_and_followers_hear_what_is_new_and_nothing_old(tmp_path: Path) -> None:
    with (
        server(tmp_path / "one", "pits", start=False) as one,
        server(tmp_path / "two", "docks", start=False) as two,
    ):
        pits, docks = begun(one, "pits"), begun(two, "docks")
        docks.server.run("follow", pits.handle)
        eventually(pits.counts, (1, 0))
        kept, gone = pits.publish(content="Down tools."), pits.publish(content="Too early.")
        one.run("delete", gone["id"], "--yes")
        eventually(lambda: len(docks.rows(HEARD)), 2)
        one.run("export", str(tmp_path / "out"), "--with-followers")
        one.stop()

        again = beside(one, tmp_path / "three")
        try:
            told = again.run("import", "export", str(tmp_path / "out"), "--actor", "pits")
            assert told == "2 declarations are back; nobody was told"
            back = begun(again, "pits")
            assert (status(kept["id"]), status(gone["id"])) == (200, 410)
            assert back.counts() == (1, 0)
            made = back.publish(content="Down tools again.")
            assert receipts(back) == []  # held, until somebody says that the first one is off
            again.run("resume", "--yes")
            wanted = sorted(f"{one['id']}/activity" for one in (kept, gone, made))
            eventually(lambda: [row[0] for row in docks.rows(HEARD)], wanted)
        finally:
            again.stop()


def receipts(side: Side) -> list[tuple[str]]:
    return side.rows("SELECT state FROM deliveries WHERE state = 'delivered'")
