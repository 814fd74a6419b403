"""Two of our servers, two processes: everything they have to say to each other, and power cuts.

Each is killed (SIGKILL) where it hurts: after it promised something and before it did it, and
while the other one speaks. Nothing is lost, and nothing happens twice.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from servers import ServerProcess, server
from two_sides import Side, document, eventually

LETTER = "To the docks, {handle}: the pits are out since Monday."
CORRECTED = "To the docks, {handle}: the pits are out since Tuesday."
ANSWER = "The docks load nothing for your company."
THANKS = "We shall not forget it."


@pytest.fixture
def sides(tmp_path: Path) -> Iterator[tuple[Side, Side]]:
    """Pits and docks; both with a token, the docks with nobody at work yet."""
    with (
        server(tmp_path / "one", "pits", start=False) as one,
        server(tmp_path / "two", "docks", start=False) as two,
    ):
        with ThreadPoolExecutor() as both:
            pits = both.submit(_begun, one, "pits")
            docks = both.submit(_begun, two, "docks", "--no-work")
        yield pits.result(), docks.result()


def _begun(process: ServerProcess, name: str, *arguments: str) -> Side:
    token = process.run("token", "create", "--coordinator", "Ana", "--role", "admin")
    process.start(*arguments)
    return Side(process, name, token)


def test_two_servers_lose_nothing_and_do_nothing_twice(sides: tuple[Side, Side]) -> None:
    pits, docks = sides
    _follow_each_other(pits, docks)
    letter = _a_letter_is_published_before_the_power_goes(pits, docks)
    answer = _it_is_answered(pits, docks, letter)
    _an_answer_waits_for_a_server_that_is_down(pits, docks, letter, answer)
    _it_is_passed_on_once(pits, docks, letter)
    _it_is_edited_and_then_deleted(pits, docks, letter)
    _nothing_is_left_over(pits, docks)


def _follow_each_other(pits: Side, docks: Side) -> None:
    """The docks say 202 and die before they act on it."""
    pits.server.run("follow", docks.handle)
    eventually(lambda: docks.rows("SELECT type FROM inbox"), [("Follow",)])
    assert pits.counts() == (0, 0)

    docks.restart()
    eventually(pits.counts, (0, 1))

    docks.server.run("follow", pits.handle)
    eventually(docks.counts, (1, 1))
    eventually(pits.counts, (1, 1))


def _a_letter_is_published_before_the_power_goes(pits: Side, docks: Side) -> Any:
    """The coordinator has their 201; nothing has been sent."""
    pits.restart("--no-work")
    letter = pits.publish(content=LETTER.format(handle=docks.handle))
    assert docks.responses() == []

    pits.restart()
    eventually(lambda: [one["id"] for one in docks.responses()], [letter["id"]])
    eventually(lambda: set(pits.receipts(letter["key"])), {("Create", "delivered")})
    assert len(docks.responses()) == 1
    return letter


def _it_is_answered(pits: Side, docks: Side, letter: Any) -> Any:
    """The answer is held by the one who gets it, and shown once it is approved."""
    (heard,) = docks.responses()
    answer = docks.call("POST", f"/responses/{heard['key']}/answer", {"content": ANSWER})
    eventually(lambda: [one["id"] for one in pits.responses()], [answer["id"]])
    assert _replies(letter) == []

    pits.call("POST", f"/responses/{pits.responses()[0]['key']}/approve")
    assert _replies(letter) == [answer["id"]]
    return answer


def _replies(letter: Any) -> list[str]:
    return list(document(f"{letter['id']}/replies?page=first")["items"])


def _an_answer_waits_for_a_server_that_is_down(
    pits: Side, docks: Side, letter: Any, answer: Any
) -> None:
    docks.server.kill()
    (approved,) = pits.responses("approved")
    thanks = pits.call("POST", f"/responses/{approved['key']}/answer", {"content": THANKS})
    eventually(lambda: _has_failed(pits, thanks, "Create"), True)
    assert set(pits.receipts(thanks["key"])) == {("Create", "waiting")}

    docks.server.start()
    pits.call("POST", f"/declarations/{thanks['key']}/deliveries/resend")
    eventually(
        lambda: [one["id"] for one in docks.responses() if one["in_reply_to"] == answer["id"]],
        [thanks["id"]],
    )
    assert len(docks.responses()) == 2
    eventually(lambda: set(pits.receipts(thanks["key"])), {("Create", "delivered")})


def _has_failed(pits: Side, declaration: Any, type_: str) -> bool:
    """Whether each delivery of this type was tried in vain, and nothing is on its way."""
    items = pits.call("GET", f"/declarations/{declaration['key']}/deliveries")["items"]
    faults = [one["fault"] for one in items if one["activity"] == type_]
    return bool(faults) and all(faults)


def _it_is_passed_on_once(pits: Side, docks: Side, letter: Any) -> None:
    for _ in range(2):
        docks.call("POST", "/actors/docks/boosts", {"url": letter["id"]})
    _settled(docks)
    _settled(pits)
    assert document(letter["id"])["shares"]["totalItems"] == 1


def _it_is_edited_and_then_deleted(pits: Side, docks: Side, letter: Any) -> None:
    path = f"/declarations/{letter['key']}"
    changed = {"content": CORRECTED.format(handle=docks.handle)}
    pits.call("PATCH", path, changed, **{"If-Match": "*"})
    eventually(lambda: ["Tuesday" in one["html"] for one in _heard(docks, letter)], [True])

    docks.server.kill()
    pits.call("DELETE", path, **{"If-Match": "*"})
    assert document(letter["id"])["status"] == 410
    eventually(lambda: _has_failed(pits, letter, "Delete"), True)

    docks.server.start()
    pits.call("POST", f"{path}/deliveries/resend")
    eventually(lambda: _heard(docks, letter), [])
    assert "Tuesday" not in str(docks.responses())


def _heard(docks: Side, letter: Any) -> list[Any]:
    return [one for one in docks.responses() if one["id"] == letter["id"]]


def _nothing_is_left_over(pits: Side, docks: Side) -> None:
    """And followers are still one each."""
    for side in (pits, docks):
        _settled(side)
        assert side.counts() == (1, 1)
        assert "Traceback" not in side.server.log()


def _settled(side: Side) -> None:
    """Nothing waits to be sent, nothing that came waits to be done, and nothing was given up."""
    unsent = "SELECT state FROM deliveries WHERE state NOT IN ('delivered', 'superseded')"
    eventually(lambda: side.rows(unsent), [])
    eventually(lambda: side.rows("SELECT type, fault FROM inbox"), [])
