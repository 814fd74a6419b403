"""People and tokens as rows: known by a hash, ended for good, a name that can go."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from engines import Place
from incoming_rows import MINERS, NOW, settle_in

from fediverse_coord.storage import audit, idempotency, people, tokens
from fediverse_coord.storage.database import Database, Transaction, open_database

HASH = bytes(range(32))


@pytest.fixture
async def db(place: Place) -> AsyncIterator[Database]:
    opened = await open_database(place.migrated().url)
    await settle_in(opened)
    yield opened
    await opened.close()


async def made(db: Database, handle: str = "abcdefgh", actors: tuple[int, ...] = ()) -> int:
    """The row of Rosa, who has a token of that handle."""

    async def work(tx: Transaction) -> int:
        person = await people.ensure(tx, "Rosa", NOW)
        await tokens.insert(
            tx,
            person=person,
            handle=handle,
            secret_hash=HASH,
            role="editor",
            actors=actors,
            now=NOW,
        )
        return person

    return await db.write(work)


async def test_a_token_is_found_by_its_handle_with_its_person_and_coordinations(
    db: Database,
) -> None:
    await made(db, actors=(MINERS,))
    found = await tokens.by_handle(db, "abcdefgh")

    assert found is not None
    assert (found.person_name, found.role) == ("Rosa", "editor")
    assert (found.actors, found.secret_hash, found.revoked) == (frozenset({"miners"}), HASH, False)
    assert await tokens.by_handle(db, "hgfedcba") is None


async def test_a_token_without_named_coordinations_is_for_all(db: Database) -> None:
    await made(db)
    found = await tokens.by_handle(db, "abcdefgh")
    assert found is not None
    assert found.actors is None


async def test_a_token_is_revoked_once(db: Database) -> None:
    await made(db)
    assert await db.write(lambda tx: tokens.revoke(tx, "abcdefgh", NOW))
    assert not await db.write(lambda tx: tokens.revoke(tx, "abcdefgh", NOW))
    assert [one.revoked for one in await tokens.all_tokens(db)] == [True]


async def test_a_token_row_prints_neither_its_hash_nor_its_person(db: Database) -> None:
    await made(db)
    shown = repr(await tokens.all_tokens(db)) + repr(await people.all_people(db))
    assert "Rosa" not in shown
    assert repr(HASH) not in shown


async def test_the_same_name_is_the_same_person(db: Database) -> None:
    assert await made(db, "aaaaaaaa") == await made(db, "bbbbbbbb")
    assert [one.name for one in await people.all_people(db)] == ["Rosa"]


async def test_an_erased_name_leaves_the_row_number_in_the_audit(db: Database) -> None:
    row = await made(db)
    await db.write(lambda tx: audit.record(tx, row, "publish", "declaration:k", NOW))
    assert await db.write(lambda tx: people.erase(tx, "Rosa", NOW)) == row
    assert await db.write(lambda tx: people.erase(tx, "Rosa", NOW)) is None

    assert [one.name for one in await people.all_people(db)] == [None]
    assert [one.person for one in await audit.page(db)] == [row]


async def test_someone_of_the_same_name_later_is_somebody_else(db: Database) -> None:
    first = await made(db, "aaaaaaaa")
    await db.write(lambda tx: people.erase(tx, "Rosa", NOW))
    assert await made(db, "bbbbbbbb") != first


async def done(db: Database, person: int | None, verb: str) -> None:
    await db.write(lambda tx: audit.record(tx, person, verb, "declaration:k", NOW))


async def test_agreement_stands_until_something_else_is_done(db: Database) -> None:
    row = await made(db)
    for person, verb in ((row, "submit"), (None, "submit"), (row, "submit")):
        await done(db, person, verb)
    await db.write(lambda tx: audit.record(tx, row, "update", "declaration:other", NOW))
    assert await audit.people(db, "submit", "declaration:k") == {row}

    await done(db, row, "update")
    assert await audit.people(db, "submit", "declaration:k") == set()


async def test_an_answer_is_remembered_under_the_key_of_its_person(db: Database) -> None:
    row = await made(db)
    assert await db.write(lambda tx: idempotency.claim(tx, row, "k", HASH, NOW))
    assert not await db.write(lambda tx: idempotency.claim(tx, row, "k", HASH, NOW))
    await db.write(
        lambda tx: idempotency.fill(tx, row, "k", status=201, location="/there", body=b"{}")
    )
    await db.write(lambda tx: idempotency.release(tx, row, "k"))  # filled ones are not released

    found = await idempotency.find(db, row, "k")
    assert found is not None
    assert (found.fingerprint, found.status, found.location, found.body) == (
        HASH,
        201,
        "/there",
        b"{}",
    )
    assert await idempotency.find(db, row + 1, "k") is None


async def test_a_released_key_and_an_old_one_are_free_again(db: Database) -> None:
    row = await made(db)
    await db.write(lambda tx: idempotency.claim(tx, row, "k", HASH, NOW))
    await db.write(lambda tx: idempotency.release(tx, row, "k"))
    assert await db.write(lambda tx: idempotency.claim(tx, row, "k", HASH, NOW))

    later = NOW + timedelta(days=1)
    assert await db.write(lambda tx: idempotency.prune(tx, NOW)) == 0
    assert await db.write(lambda tx: idempotency.prune(tx, later)) == 1
