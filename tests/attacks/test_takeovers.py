"""Activities that change what is another's.  security A7, A8, A10, inbound.md 3.

Ann follows, likes, boosts and has answered; Mallory, on her own server or as Ann's neighbour on
the same host, tries to undo, edit, delete or answer for her.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import pytest
from besieged import PUBLICLY, Besieged, reply
from peers import Peer, Person

from fediverse_coord.protocol.signatures import Spec


@dataclass(frozen=True, slots=True)
class Standing:
    """What is there to be taken."""

    here: Besieged
    word: dict[str, Any]
    ann: Person
    post: dict[str, Any]
    follow: dict[str, Any]
    like: dict[str, Any]
    boost: dict[str, Any]


@pytest.fixture
async def standing(here: Besieged, far: Peer) -> Standing:
    word, ann = await here.publish("dockers"), far.person("ann")
    post = reply(ann, word["id"], "1")
    follow = ann.activity("Follow", here.actor("dockers"))
    like = ann.activity("Like", word["id"])
    boost = ann.activity("Announce", word["id"], **PUBLICLY)
    for activity in (follow, like, boost, ann.create(post)):
        assert await here.told(ann, activity) == 202
    assert here.column("SELECT state FROM responses WHERE object_id = ?", post["id"]) == [
        "approved"
    ]
    return Standing(here, word, ann, post, follow, like, boost)


Attack: TypeAlias = Callable[[Standing, Person], dict[str, Any]]


def undo(name: str, *, bare: bool = False) -> Attack:
    def made(at: Standing, who: Person) -> dict[str, Any]:
        undone = getattr(at, name)
        return who.activity("Undo", undone["id"] if bare else undone)

    return made


def undo_in_own_name(name: str) -> Attack:
    """The inner activity is said to be the attacker's, with the victim's id."""

    def made(at: Standing, who: Person) -> dict[str, Any]:
        return who.activity("Undo", getattr(at, name) | {"actor": who.actor_id})

    return made


def about_post(type_: str, **changed: Any) -> Attack:
    def made(at: Standing, who: Person) -> dict[str, Any]:
        return who.activity(type_, at.post | {"content": "<p>Recanted.</p>"} | changed)

    return made


ATTACKS: dict[str, Attack] = {
    "update of a post": about_post("Update", updated="2026-10-15T12:00:00Z"),
    "update of a post by a claimed author": lambda at, who: who.activity(
        "Update", at.post | {"content": "<p>Recanted.</p>", "attributedTo": who.actor_id}
    ),
    "update of a post of two authors": lambda at, who: who.activity(
        "Update",
        at.post | {"content": "<p>!</p>", "attributedTo": [at.ann.actor_id, who.actor_id]},
    ),
    "update of the actor": lambda at, who: who.activity(
        "Update", at.ann.document | {"inbox": who.inbox_url, "publicKey": who.public_key}
    ),
    "update of one of ours": lambda at, who: who.activity(
        "Update", {"id": at.word["id"], "type": "Note", "attributedTo": who.actor_id}
    ),
    "delete of a post": lambda at, who: who.activity("Delete", at.post["id"]),
    "delete of a post as tombstone": lambda at, who: who.activity(
        "Delete", {"id": at.post["id"], "type": "Tombstone"}
    ),
    "delete of the actor": lambda at, who: who.activity("Delete", at.ann.actor_id),
    "delete of one of ours": lambda at, who: who.activity("Delete", at.word["id"]),
    "delete of our actor": lambda at, who: who.activity("Delete", at.here.actor("dockers")),
    "undo of a follow": undo("follow"),
    "undo of a follow by id": undo("follow", bare=True),
    "undo of a follow as one's own": undo_in_own_name("follow"),
    "undo of a like": undo("like"),
    "undo of a like by id": undo("like", bare=True),
    "undo of a like as one's own": undo_in_own_name("like"),
    "undo of a boost": undo("boost"),
    "undo of a boost by id": undo("boost", bare=True),
    "add": lambda at, who: who.activity(
        "Add", at.post["id"], target=f"{at.here.actor('dockers')}/featured"
    ),
    "remove": lambda at, who: who.activity(
        "Remove", at.word["id"], target=f"{at.here.actor('dockers')}/featured"
    ),
    "accept": lambda at, who: who.activity("Accept", at.follow),
    "reject": lambda at, who: who.activity("Reject", at.follow),
    "move": lambda at, who: who.activity("Move", at.ann.actor_id, target=who.actor_id),
    "move of ours": lambda at, who: who.activity(
        "Move", at.here.actor("dockers"), target=who.actor_id
    ),
    "block in another's name": lambda at, who: who.activity(
        "Block", at.here.actor("dockers"), attributedTo=at.ann.actor_id
    ),
}


@pytest.mark.parametrize("place", ["same host", "other host"])
async def test_nobody_changes_what_is_anothers(
    standing: Standing, far: Peer, evil: Peer, place: str
) -> None:
    here, ann = standing.here, standing.ann
    far.people = 5
    mallory = (far if place == "same host" else evil).person("mallory")
    gone = "SELECT gone_at FROM remote_actors WHERE actor_id = ?"
    before = here.everything()

    for name, attack in ATTACKS.items():
        activity = attack(standing, mallory)
        activity["id"] += f"/{len(name)}/{name.replace(' ', '-')}"
        assert await here.told(mallory, activity) in {202, 400}, name
        assert here.everything() == before, name
        assert here.column(gone, ann.actor_id) == [None], name
    assert "We stand with you." in await here.page(standing.word["url"])


async def test_the_owner_can_do_all_that(standing: Standing) -> None:
    """What the attacks above would have done, so that they prove something."""
    here, ann = standing.here, standing.ann
    edited = standing.post | {"content": "<p>Longer words.</p>"}
    assert await here.told(ann, ann.activity("Update", edited)) == 202
    html = here.column("SELECT html FROM responses WHERE object_id = ?", edited["id"])
    assert html == ["<p>Longer words.</p>"]
    for number, undone in enumerate((standing.follow, standing.like, standing.boost)):
        assert (
            await here.told(ann, ann.activity("Undo", undone, id=f"{ann.actor_id}/{number}")) == 202
        )
    assert await here.told(ann, ann.activity("Delete", edited["id"])) == 202
    row = here.column("SELECT id FROM remote_actors WHERE actor_id = ?", ann.actor_id)[0]
    for table in ("followers", "interactions", "responses"):
        assert here.rows(f"SELECT * FROM {table} WHERE remote_actor = ?", row) == []


@pytest.mark.parametrize("place", ["same host", "other host"])
@pytest.mark.parametrize("spec", list(Spec))
async def test_a_valid_signature_of_one_says_nothing_for_another(
    here: Besieged, far: Peer, evil: Peer, place: str, spec: Spec
) -> None:
    word, ann = await here.publish("dockers"), far.person("ann")
    far.people = 5
    mallory = (far if place == "same host" else evil).person("mallory")
    await here.told(mallory, mallory.activity("Like", "https://nothing.example/"))
    before = here.everything()

    post = {**ann.note("never"), "inReplyTo": word["id"]}
    far.pages.pop("/users/ann/statuses/never")
    for activity in (
        ann.activity("Follow", here.actor()),
        ann.activity("Like", word["id"]),
        ann.activity("Announce", word["id"], **PUBLICLY),
        ann.activity("Flag", [word["id"]], content="spam"),
        ann.create(post),
        ann.activity("Follow", here.actor(), actor=[ann.actor_id, mallory.actor_id]),
    ):
        assert await here.told(mallory, activity, spec=spec) == 202

    assert here.everything() == before
