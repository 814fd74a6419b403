"""What came back, over the API: the mailbox is the moderators', decisions are told at once."""

import httpx
import pytest
from api_server import Api
from far_people import FarServer

from fediverse_coord.desk.desk import Desk, coordination
from fediverse_coord.storage import responses
from fediverse_coord.storage.responses import NewResponse

ANSWER = {"content": "Thank you. We pass it on at the gate."}


async def respond(desk: Desk, far: FarServer, key: str, visibility: str = "public") -> str:
    """A response of Ann's to the dockers; its id."""
    far.person("ann")
    ann = await desk.peers.handle(far.handle("ann"))
    actor = await coordination(desk, "dockers")
    new = NewResponse(
        key=key,
        actor=actor.row,
        remote_actor=ann.row,
        object=None,
        object_id=f"{ann.actor_id}/posts/{key}",
        in_reply_to=None,
        visibility=visibility,  # type: ignore[arg-type]
        state="held" if visibility == "public" else "mailbox",
        language="en",
        html="<p>We stand with you.</p>",
        url=None,
        published_at=desk.clock(),
    )
    await desk.db.write(lambda tx: responses.insert(tx, new, desk.clock()))
    return new.object_id


async def test_responses_are_listed_decided_and_answered(
    api: Api, moderator: httpx.AsyncClient, far: FarServer
) -> None:
    object_id = await respond(api.services.desk, far, "r1")
    listed = (await moderator.get("/actors/dockers/responses?state=held")).json()
    assert [(one["key"], one["id"]) for one in listed["items"]] == [("r1", object_id)]
    assert listed["items"][0]["author"]["label"] == far.handle("ann")

    for verb, state in (("approve", "approved"), ("reject", "rejected")):
        decided = await moderator.post(f"/responses/r1/{verb}")
        assert (decided.status_code, decided.json()["state"]) == (200, state)
    answered = await moderator.post("/responses/r1/answer", json=ANSWER)
    assert (answered.status_code, answered.json()["in_reply_to"]) == (201, object_id)
    assert answered.json()["visibility"] == "public"


async def test_a_direct_message_is_for_moderators_and_never_approved(
    api: Api, moderator: httpx.AsyncClient, publisher: httpx.AsyncClient, far: FarServer
) -> None:
    await respond(api.services.desk, far, "r1", "direct")
    assert (await publisher.get("/actors/dockers/responses")).json()["items"] == []
    assert (await publisher.get("/actors/dockers/responses?state=mailbox")).status_code == 403
    assert (await moderator.post("/responses/r1/approve")).status_code == 409
    answered = await moderator.post("/responses/r1/answer", json=ANSWER)
    assert (answered.status_code, answered.json()["visibility"]) == (201, "direct")


@pytest.mark.parametrize("verb", ["approve", "reject", "answer"])
async def test_who_is_no_moderator_decides_nothing(
    api: Api, publisher: httpx.AsyncClient, far: FarServer, verb: str
) -> None:
    await respond(api.services.desk, far, "r1")
    assert (await publisher.post(f"/responses/r1/{verb}", json=ANSWER)).status_code == 403
    assert (await publisher.post(f"/responses/none/{verb}", json=ANSWER)).status_code == 404


async def test_followers_are_numbers(publisher: httpx.AsyncClient) -> None:
    answer = await publisher.get("/actors/dockers/followers")
    assert answer.json() == {"followers": 0, "requested": 0, "following": 0}
