"""A coordinator's list: what is looked for is found in whatever state it is, few or many."""

import pytest

from fediverse_coord.desk import drafts, edits, releases
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.storage import declaration_lists

pytestmark = pytest.mark.both_engines


async def made(desk: Desk, content: str, *, publish: bool = True, **fields: object) -> str:
    given = {"content": content, **fields}
    done = await drafts.create(desk, OPERATOR, "dockers", given, publish=publish)
    return done.work.declaration.key


async def with_words(desk: Desk, words: str, **chosen: str) -> list[str]:
    """The keys of all pages of two."""
    found: list[str] = []
    before = 2**62
    while page := await drafts.page(
        desk, OPERATOR, "dockers", words=words, before=before, limit=2, **chosen
    ):
        found += [one.declaration.key for one in page]
        before = page[-1].row
    return found


# However few make a word frequent, so that both ways to its texts are gone.
@pytest.mark.parametrize("many", [2_000, 1])
async def test_words_are_found_in_every_state_newest_first(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(declaration_lists, "MANY", many)
    monkeypatch.setattr(declaration_lists, "PORTION", 2)
    out = await made(desk, "The **hoist** stands.", kind="letter")
    await made(desk, "Something else.")
    kept = await made(desk, "Hoist and belt.")
    gone = await made(desk, "A hoist that was early.")
    draft = await made(desk, "No hoisting yet.", publish=False)
    unlisted = await made(desk, "For those who know the hoist.", visibility="unlisted")
    await drafts.create(desk, OPERATOR, "porters", {"content": "Their hoist."}, publish=True)
    await releases.withdraw(desk, OPERATOR, kept, "Early.", keep_text=True)
    await releases.withdraw(desk, OPERATOR, gone, "Early.")

    assert await with_words(desk, "HOIST") == [unlisted, draft, gone, kept, out]
    assert await with_words(desk, "hoist", state="draft") == [draft]
    assert await with_words(desk, "hoist", kind="letter") == [out]
    assert await with_words(desk, "hoist", language="de") == []
    assert await with_words(desk, "no hoi") == [draft]
    assert await with_words(desk, "lighthouse") == []
    assert await with_words(desk, "?!") == []


async def test_a_translation_that_is_a_draft_is_found_as_it_is_written(desk: Desk) -> None:
    key = await made(desk, "The cage stands.")
    german = {"content": "Der Förderkorb steht.", "state": "draft"}
    await edits.put_version(desk, OPERATOR, key, "de", german)
    assert await with_words(desk, "korb steht") == [key]
