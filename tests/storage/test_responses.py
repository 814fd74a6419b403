"""Responses, likes, boosts, stamps, blocks, keys: what came back, and who may change it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from engines import Place
from incoming_rows import DECLARATION, MINERS, NOW, PORTERS, known, profile, settle_in

from fediverse_coord.storage import (
    blocks,
    interactions,
    objects,
    origins,
    remote_actors,
    remote_keys,
    reports,
    responses,
    stamps,
)
from fediverse_coord.storage.database import Database, open_database
from fediverse_coord.storage.interactions import Interaction
from fediverse_coord.storage.responses import NewResponse, Response

REPLY_ID = "https://far.example/notes/1"


@pytest.fixture
async def db(place: Place) -> AsyncIterator[Database]:
    opened = await open_database(place.migrated().url)
    await settle_in(opened)
    yield opened
    await opened.close()


def reply(remote_actor: int, **changed: object) -> NewResponse:
    new = NewResponse(
        key="r1",
        actor=MINERS,
        remote_actor=remote_actor,
        object=1,
        object_id=REPLY_ID,
        in_reply_to=DECLARATION,
        visibility="public",
        state="held",
        language="en",
        html="<p>We stand with you.</p>",
        url=None,
        published_at=NOW,
    )
    return replace(new, **changed)  # type: ignore[arg-type]


async def only(db: Database) -> Response:
    [found] = await responses.by_object_id(db, REPLY_ID)
    return found


async def test_an_approved_response_is_shown_with_its_author(db: Database) -> None:
    ann = await known(db, "ann")
    assert await db.write(lambda tx: responses.insert(tx, reply(ann.row), NOW))
    assert await responses.approved(db, 1) == []
    assert await db.write(lambda tx: responses.decide(tx, "r1", "approved"))

    [shown] = await responses.approved(db, 1)
    assert (shown.author_name, shown.author_host) == ("Ann", "far.example")
    assert await responses.approved_earlier(db, MINERS, [ann.row, ann.row + 1]) == {ann.row}
    assert await responses.approved_earlier(db, PORTERS, [ann.row]) == set()
    assert await responses.thread_of(db, REPLY_ID) == (MINERS, 1)


@pytest.mark.parametrize("visibility", ["followers", "direct"])
async def test_what_was_not_for_everybody_can_never_be_approved(
    db: Database, visibility: str
) -> None:
    ann = await known(db, "ann")
    mail = reply(ann.row, visibility=visibility, state="mailbox")
    await db.write(lambda tx: responses.insert(tx, mail, NOW))

    assert not await db.write(lambda tx: responses.decide(tx, "r1", "approved"))
    assert await responses.approved(db, 1) == []
    assert (await only(db)).state == "mailbox"


async def test_a_response_is_kept_once_for_each_coordination(db: Database) -> None:
    ann = await known(db, "ann")
    assert await db.write(lambda tx: responses.insert(tx, reply(ann.row), NOW))
    assert not await db.write(lambda tx: responses.insert(tx, reply(ann.row, key="r2"), NOW))
    other = reply(ann.row, key="r3", actor=PORTERS, object=None)
    assert await db.write(lambda tx: responses.insert(tx, other, NOW))


async def test_only_the_author_deletes_a_response(db: Database) -> None:
    ann, ben = await known(db, "ann"), await known(db, "ben")
    await db.write(lambda tx: responses.insert(tx, reply(ann.row), NOW))

    assert await db.write(lambda tx: responses.delete(tx, REPLY_ID, ben.row)) == 0
    assert await db.write(lambda tx: responses.delete(tx, REPLY_ID, ann.row)) == 1


async def test_an_older_edit_that_comes_late_changes_nothing(db: Database) -> None:
    ann = await known(db, "ann")
    await db.write(lambda tx: responses.insert(tx, reply(ann.row), NOW))

    async def edit(html: str, minutes: int) -> bool:
        old = await only(db)
        return await db.write(
            lambda tx: responses.revise(
                tx,
                old,
                html=html,
                language="en",
                url=None,
                visibility="public",
                state="held",
                edited_at=NOW + timedelta(minutes=minutes),
            )
        )

    assert await edit("<p>second</p>", 10)
    assert not await edit("<p>first</p>", 5)
    assert (await only(db)).html == "<p>second</p>"


async def test_likes_and_boosts_count_once_for_each_actor(db: Database) -> None:
    ann, ben = await known(db, "ann"), await known(db, "ben")
    for who, like_id in ((ann, "l1"), (ann, "l2"), (ben, "l3")):
        await db.write(
            lambda tx, w=who, i=like_id: interactions.add(  # type: ignore[misc]
                tx, "like", [Interaction(1, w.row, i)], NOW
            )
        )
    found = await objects.by_id(db, DECLARATION)
    assert found is not None
    assert (found.likes, found.shares) == (2, 0)

    assert not await db.write(lambda tx: interactions.remove_by_id(tx, "l2", ben.row))
    assert await db.write(lambda tx: interactions.remove_by_id(tx, "l2", ann.row))
    assert await db.write(lambda tx: interactions.remove_all_of(tx, ben.row)) == 1
    found = await objects.by_id(db, DECLARATION)
    assert found is not None
    assert found.likes == 0


async def test_a_quote_has_one_stamp_and_a_revoked_one_stays_known(db: Database) -> None:
    ann = await known(db, "ann")
    stamp = stamps.Stamp(
        key="s1", actor=MINERS, object=1, remote_actor=ann.row, quoting_id="q", document=b"{}"
    )
    assert await db.write(lambda tx: stamps.insert(tx, stamp, NOW))
    again = replace(stamp, key="s2")
    assert not await db.write(lambda tx: stamps.insert(tx, again, NOW))
    assert await db.write(lambda tx: stamps.revoke(tx, "s1", NOW))
    found = await stamps.by_quote(db, 1, "q")
    assert found is not None
    assert found.revoked


@pytest.mark.parametrize(
    ("host", "blocked"),
    [
        ("evil.example", True),
        ("a.evil.example", True),
        ("a.b.c.d.e.f.g.h.i.j.evil.example", True),
        ("notevil.example", False),
        ("evil.example.org", False),
        ("example", False),
    ],
)
async def test_a_blocked_domain_covers_the_names_below_it(
    db: Database, host: str, blocked: bool
) -> None:
    await db.write(lambda tx: blocks.add(tx, "domain", "*.Evil.example", "spam", NOW))
    assert await blocks.is_blocked(db, host=host) is blocked


async def test_a_blocked_actor_blocks_no_neighbour(db: Database) -> None:
    await db.write(lambda tx: blocks.add(tx, "actor", "https://far.example/users/eve", None, NOW))
    one, other = "https://far.example/users/eve", "https://far.example/users/ann"
    assert await blocks.is_blocked(db, host="far.example", actor_id=one)
    assert not await blocks.is_blocked(db, host="far.example", actor_id=other)
    assert await db.write(lambda tx: blocks.remove(tx, "actor", one))
    assert not await blocks.is_blocked(db, host="far.example", actor_id=one)


async def test_an_owners_old_key_goes_when_its_document_no_longer_has_it(db: Database) -> None:
    await db.write(lambda tx: remote_keys.replace(tx, "o", [("k1", "A"), ("k2", "B")], NOW))
    await db.write(lambda tx: remote_keys.replace(tx, "o", [("k2", "C")], NOW))
    assert await remote_keys.find(db, "k1") is None
    found = await remote_keys.find(db, "k2")
    assert found is not None
    assert found.public_key == "C"


async def test_a_key_cannot_be_taken_over_by_another_owner(db: Database) -> None:
    await db.write(lambda tx: remote_keys.replace(tx, "ann", [("k", "A")], NOW))
    await db.write(lambda tx: remote_keys.replace(tx, "eve", [("k", "E")], NOW))
    found = await remote_keys.find(db, "k")
    assert found is not None
    assert (found.owner_id, found.public_key) == ("ann", "A")


async def test_a_new_reading_keeps_the_proven_handle_of_the_same_name(db: Database) -> None:
    ann = await known(db, "ann")
    await db.write(lambda tx: remote_actors.set_handle(tx, ann.row, "@ann@far.example"))
    assert (await known(db, "ann")).handle == "@ann@far.example"

    renamed = replace(profile("ann"), username="admin")
    again = await db.write(lambda tx: remote_actors.remember(tx, renamed, NOW))
    assert again.handle is None
    assert again.label == "far.example"


async def test_one_who_left_is_emptied(db: Database) -> None:
    ann = await known(db, "ann")
    assert await db.write(lambda tx: remote_actors.forget(tx, ann.row, NOW))
    found = await remote_actors.by_row(db, ann.row)
    assert found is not None
    assert (found.name, found.gone) == ("", True)


async def test_the_format_that_worked_is_remembered_for_a_while(db: Database) -> None:
    until = NOW + timedelta(days=30)
    await db.write(lambda tx: origins.remember_spec(tx, "https://far.example", "rfc9421", until))
    assert await origins.spec_for(db, "https://far.example", NOW) == "rfc9421"
    assert await origins.spec_for(db, "https://far.example", until) is None


async def test_a_report_waits_until_somebody_has_dealt_with_it(db: Database) -> None:
    await db.write(lambda tx: reports.add(tx, "Flag", "a", "x\ny", "spam", NOW))
    [one] = await reports.open_reports(db)
    assert await reports.is_open(db, "Flag", "a", "x\ny")
    assert await reports.recent(db, "a", NOW - timedelta(hours=1)) == 1
    assert await db.write(lambda tx: reports.handle(tx, one.row, NOW))
    assert await reports.open_reports(db) == []
