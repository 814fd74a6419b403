"""Questions asked at the same moment are one."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from fediverse_coord.storage.together import Together


class Book:
    """What is looked for, and which names were asked at once."""

    def __init__(self, **values: int) -> None:
        self.values, self.asked = values, list[list[str]]()
        self.fault: Exception | None = None
        self.opened = asyncio.Event()

    async def look(self, names: Sequence[str]) -> Mapping[str, int]:
        self.asked.append(sorted(names))
        self.opened.set()
        await asyncio.sleep(0)
        if self.fault is not None:
            raise self.fault
        return {name: self.values[name] for name in names if name in self.values}


async def test_what_is_asked_together_is_one_question() -> None:
    book = Book(a=1, b=2)
    together = Together(book.look)
    found = await asyncio.gather(*(together.find(name) for name in ("a", "b", "c", "a")))
    assert found == [1, 2, None, 1]
    assert book.asked == [["a", "b", "c"]]


async def test_what_is_asked_meanwhile_is_the_next_question() -> None:
    book = Book(a=1, b=2)
    together = Together(book.look)
    first = asyncio.create_task(together.find("a"))
    await book.opened.wait()
    again, other = together.find("a"), together.find("b")
    assert await asyncio.gather(first, again, other) == [1, 1, 2]
    assert book.asked == [["a"], ["a", "b"]]  # the first may have read what was there before


async def test_a_fault_reaches_everybody_who_asked_and_nobody_after() -> None:
    book = Book(a=1)
    together = Together(book.look)
    book.fault = ValueError("away")
    for found in await asyncio.gather(
        together.find("a"), together.find("b"), return_exceptions=True
    ):
        assert isinstance(found, ValueError)
    book.fault = None
    assert await together.find("a") == 1


async def test_who_leaves_takes_nothing_from_the_others() -> None:
    together = Together(Book(a=1).look)
    leaves, stays = (asyncio.create_task(together.find("a")) for _ in range(2))
    await asyncio.sleep(0)
    leaves.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaves
    assert await stays == 1
