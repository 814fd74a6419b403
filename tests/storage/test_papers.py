"""Papers are kept with the revision they were made of, and go with it; on each engine."""

import asyncio
from datetime import timedelta

from forgettable import NOON, Rows

from fediverse_coord.storage import declarations, erasing, papers
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.forgetting import Kept
from fediverse_coord.storage.pruning import Pruner


async def keep(rows: Rows, content: bytes, language: str = "en", revision: int = 1) -> bool:
    async def work(tx: Transaction) -> bool:
        await declarations.hold(tx, 1)
        return await papers.put(tx, 1, language, revision, "1.1", content, rows.now)

    return await rows.db.write(work)


async def found(rows: Rows, language: str = "en", revision: int = 1, edition: str = "1.1") -> bytes:
    return await papers.find(rows.db, 1, language, revision, edition) or b""


async def test_a_paper_is_found_by_exactly_what_it_was_made_of(rows: Rows) -> None:
    assert await keep(rows, b"%PDF one")
    assert await found(rows) == b"%PDF one"
    assert await found(rows, language="fr") == b""
    assert await found(rows, revision=2) == b""
    assert await found(rows, edition="1.2") == b""


async def test_a_new_edition_takes_the_place_of_the_old(rows: Rows) -> None:
    await keep(rows, b"%PDF one")
    await keep(rows, b"%PDF two")
    assert await found(rows) == b"%PDF two"
    assert await rows.count("papers") == 1


async def test_a_paper_of_an_old_revision_is_not_kept(rows: Rows) -> None:
    await rows.execute("UPDATE declarations SET revision = 2 WHERE id = 1")
    assert not await keep(rows, b"%PDF", revision=1)
    assert await rows.count("papers") == 0


async def test_saving_and_erasing_drop_the_papers_of_all_languages(rows: Rows) -> None:
    await keep(rows, b"%PDF one")
    await keep(rows, b"%PDF two", "fr")
    work = await declarations.by_row(rows.db, 1)
    assert work is not None
    await rows.db.write(lambda tx: declarations.save(tx, work, None, NOON))
    assert await rows.count("papers") == 0
    await keep(rows, b"%PDF one")
    await rows.db.write(lambda tx: erasing.erase(tx, 1))
    assert await rows.count("papers") == 0


async def test_a_paper_that_is_kept_while_its_text_is_changed_does_not_stay(rows: Rows) -> None:
    work = await declarations.by_row(rows.db, 1)
    assert work is not None

    async def change(tx: Transaction) -> None:
        await declarations.hold(tx, 1)
        await tx.execute("UPDATE declarations SET revision = 2 WHERE id = 1")
        await papers.drop(tx, 1)

    for _ in range(10):
        await rows.execute("UPDATE declarations SET revision = 1 WHERE id = 1")
        await asyncio.gather(keep(rows, b"%PDF"), rows.db.write(change))
        assert await rows.count("papers") == 0


async def test_papers_go_by_age_and_beyond_so_many_bytes_the_oldest_first(rows: Rows) -> None:
    for place, language in enumerate(("de", "en", "es", "fr", "it")):
        rows.now = NOON - timedelta(days=40 - 10 * place)
        await keep(rows, b"x" * 100, language)
    rows.now = NOON
    kept = Kept(papers=timedelta(days=25), papers_bytes=250)
    await Pruner(rows.db, lambda: NOON, kept).step()
    rows.pruner = Pruner(rows.db, lambda: NOON, kept)
    await rows.rounds()
    left = await rows.db.fetch_all("SELECT language FROM papers ORDER BY language")
    assert [one["language"] for one in left] == ["fr", "it"]
