"""A follower on another server hears nothing while years of texts come in, and is still there."""

from pathlib import Path

from servers import ServerProcess, server
from two_sides import Side, eventually

TEXT = "---\ntitle: Text {0}\ndate: 2011-01-{1:02d}\n---\n\nOf those days.\n"


def begun(process: ServerProcess, name: str) -> Side:
    token = process.run("token", "create", "--coordinator", "Ana", "--role", "admin")
    process.start()
    return Side(process, name, token)


def test_a_follower_receives_nothing_of_an_import_and_all_that_comes_after(tmp_path: Path) -> None:
    texts = tmp_path / "texts"
    texts.mkdir()
    for number in range(1, 26):
        (texts / f"{number}.md").write_text(TEXT.format(number, number), encoding="utf-8")
    with (
        server(tmp_path / "one", "pits", start=False) as one,
        server(tmp_path / "two", "docks", start=False) as two,
    ):
        pits, docks = begun(one, "pits"), begun(two, "docks")
        docks.server.run("follow", pits.handle)
        eventually(pits.counts, (1, 0))
        quiet = pits.rows("SELECT count(*) FROM activities")

        told = pits.server.run("import", "markdown", str(texts), "--actor", "pits", "--yes")
        assert told == "imported 25 works with 25 texts; nobody was told"
        again = pits.server.run("import", "markdown", str(texts), "--actor", "pits", "--yes")
        assert again == "imported 0 works with 0 texts; nobody was told"

        assert pits.rows("SELECT count(*) FROM activities") == quiet
        for table in ("objects", "fan_outs", "deliveries WHERE object IS NOT NULL", "reach"):
            assert pits.rows(f"SELECT count(*) FROM {table}") == [(0,)]
        # What is published afterwards arrives: the silence was not a broken wire.
        made = pits.publish(content="Down tools at noon.")
        eventually(lambda: pits.receipts(made["key"]), [("Create", "delivered")])
        assert len(pits.rows("SELECT id FROM deliveries WHERE object IS NOT NULL")) == 1
        heard = "SELECT DISTINCT activity_id FROM seen_activities WHERE actor_id LIKE '%pits'"
        eventually(lambda: docks.rows(heard), [(made["id"] + "/activity",)])
