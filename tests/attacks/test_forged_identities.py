"""Actors, keys, names and proofs that claim to be another's.  security A9–A16.

Each test is an attack on a running server: afterwards nothing may have changed.
"""

import json
from typing import Any

import pytest
from besieged import Besieged, reply
from peers import AS2, CONTEXT, JRD_JSON, Peer

from fediverse_coord.protocol.keys import SigningKey
from fediverse_coord.protocol.signatures.integrity import prove


@pytest.fixture
async def word(here: Besieged) -> dict[str, Any]:
    """Something of ours to be answered."""
    return await here.publish("dockers")


# --- A9: keys that name their owner -------------------------------------------------------


async def test_a_key_that_claims_another_owner_signs_for_nobody(
    here: Besieged, far: Peer, evil: Peer
) -> None:
    ann, mallory = far.person("ann"), evil.person("mallory")
    bare = f"{evil.origin}/keys/1"
    evil.serve(bare, {"@context": CONTEXT, **mallory.public_key, "id": bare, "owner": ann.actor_id})
    listed = {**mallory.public_key, "owner": ann.actor_id}
    evil.serve(mallory.actor_id, mallory.document | {"publicKey": listed, "assertionMethod": []})
    before = here.everything()

    for key_id in (bare, mallory.key.key_id):
        key = SigningKey(key_id, mallory.key.private_key)
        follow = ann.activity("Follow", here.actor())
        assert await here.told(mallory, follow, key=key) == 401
    assert here.everything() == before


async def test_a_neighbours_document_cannot_list_a_key_of_ours_to_be(
    here: Besieged, far: Peer
) -> None:
    """A10: same host, another actor, who lists a key under the victim's id."""
    ann, neighbour = far.person("ann"), far.person("ann2")
    place = f"{far.origin}/users/ann2"
    stolen = {**neighbour.public_key, "id": f"{place}#main-key", "owner": ann.actor_id}
    far.serve(place, neighbour.document | {"publicKey": [stolen, neighbour.public_key | stolen]})
    before = here.everything()

    key = SigningKey(f"{place}#main-key", neighbour.key.private_key)
    assert await here.told(neighbour, ann.activity("Follow", here.actor()), key=key) == 401
    assert here.everything() == before


# --- A11: handles -------------------------------------------------------------------------


async def test_a_handle_that_its_host_does_not_confirm_is_not_shown(
    here: Besieged, far: Peer, evil: Peer, word: dict[str, Any]
) -> None:
    ann = far.person("ann")
    mallory = evil.person("mallory", preferredUsername="ann", name="Ann")
    claimed = {**mallory.jrd, "subject": f"acct:ann@{far.authority}"}
    evil.serve("/.well-known/webfinger?ann", claimed, content_type=JRD_JSON)
    await here.told(mallory, mallory.create(reply(mallory, word["id"], "11")))

    page = await here.page(word["url"])
    assert "We stand with you." in page
    assert ann.handle not in page
    assert f"@ann@{evil.authority}" not in page


# --- A12: hosts that look like others -----------------------------------------------------


def spellings(port: str) -> list[str]:
    """Ways of writing 127.0.0.1 with this port, or of seeming to."""
    return [
        f"http://127.0.0.1:{port}\\@evil.example/users/ann",
        f"http://evil.example@127.0.0.1:{port}/users/ann",
        f"http://127.0.0.1:{port}@evil.example/users/ann",
        f"http://127.1:{port}/users/ann",
        f"http://2130706433:{port}/users/ann",
        f"http://0x7f000001:{port}/users/ann",
        f"http://0177.0.0.1:{port}/users/ann",
        f"http://127.0.0.1.:{port}/users/ann",
        f"http://127.0.0.1:{port}/users/../users/ann",
        f"http://127.0.0.1:{port}/users/%2e%2e/users/ann",
        f"http://127.0.0.1:{port}/users/ann\r\nX: y",
        f"http://127.0.0.1:{port}/users/a nn",
        f"http://127.0.0.1:{port}/users/ann\u0000",
        f"http://127.0.0.1:0{port}0/users/ann",
        f"http://127。0。0。1:{port}/users/ann",
        f"http://１２７.0.0.1:{port}/users/ann",
        f"http:127.0.0.1:{port}/users/ann",
        f"http:///127.0.0.1:{port}/users/ann",
        f"//127.0.0.1:{port}/users/ann",
        f" http://127.0.0.1:{port}/users/ann",
        f"http://[::ffff:127.0.0.1]:{port}/users/ann",
        f"http://[::1%25lo]:{port}/users/ann",
        f"http://127.0.0.1:{port}/users/ann?",
        f"http://127.0.0.1:{port}/users/ann#",
        f"http://127.0.0.1:{port}/users/ann/",
        f"http://127.0.0.1:{port}/users//ann",
        f"http://127.0.0.1:{port}/users/%61nn",
        "javascript:alert(1)",
        "data:application/activity+json,{}",
        "acct:ann@127.0.0.1",
        "did:key:z6Mk",
        "https://xn--/users/ann",
        "https://a..b/users/ann",
        "https://-a.example/users/ann",
    ]


async def test_an_actor_spelled_otherwise_is_not_the_actor(here: Besieged, far: Peer) -> None:
    """Neither can the true ann be made to have done it, nor does anybody new come to be."""
    ann = far.person("ann")
    await here.told(ann, ann.activity("Like", "https://nothing.example/"))
    before = here.everything()
    for written in spellings(far.authority.partition(":")[2]):
        follow = ann.activity("Follow", here.actor(), actor=written, id=None)
        assert await here.told(ann, follow) in {202, 400}, written
        assert here.everything() == before, written


async def test_one_of_us_spelled_otherwise_is_not_followed(here: Besieged, far: Peer) -> None:
    ann, before = far.person("ann"), here.everything()
    for name in ("pits/", "%70its", "PITS", "/pits", "pits?", "pits#x", "../actors/pits"):
        followed = f"{here.origin}/actors/{name}"
        assert await here.told(ann, ann.activity("Follow", followed)) == 202, name
        assert here.everything() == before, name


# --- A13, A14: signatures inside documents ------------------------------------------------


async def test_a_linked_data_signature_proves_nothing(
    here: Besieged, far: Peer, evil: Peer, word: dict[str, Any]
) -> None:
    ann, mallory = far.person("ann"), evil.person("mallory")
    signature = {"type": "RsaSignature2017", "creator": ann.key.key_id, "signatureValue": "YQ=="}
    before = here.everything()
    for type_, about in (("Like", word["id"]), ("Follow", here.actor())):
        forged = ann.activity(type_, about, signature=signature)
        assert await here.told(mallory, forged) == 202
    assert here.everything() == before


async def test_a_proof_that_does_not_cover_what_it_stands_in_proves_nothing(
    here: Besieged, far: Peer, evil: Peer, word: dict[str, Any]
) -> None:
    ann, mallory = far.person("ann"), evil.person("mallory")
    like = ann.activity("Like", word["id"])
    proved = ann.proved(like)
    method = {**mallory.proved(like)["proof"], "verificationMethod": ann.proof_key.key_id}
    own_name = SigningKey(ann.proof_key.key_id, mallory.proof_key.private_key)
    forgeries = [
        {**proved, "object": f"{word['id']}?"} | {"type": "Announce", "object": word["id"]},
        {**like, "proof": method},
        mallory.proved(like),
        prove(like, own_name, far.clock()),
        {**like, "proof": [proved["proof"], proved["proof"]]},
        {**like, "proof": {**proved["proof"], "proofPurpose": "authentication"}},
        {**like, "type": "Announce", "result": proved, "object": word["id"]},
    ]
    before = here.everything()
    for forged in forgeries:
        assert await here.told(mallory, forged) == 202
    assert here.everything() == before


# --- A15: other names for the same thing --------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"@graph": [{"type": "Follow"}]},
        {"@included": {"id": "x"}},
        {"object": {"@reverse": {"actor": "x"}}},
        {"proof": {"@graph": {}}},
    ],
)
async def test_json_ld_that_moves_statements_about_is_malformed(
    here: Besieged, far: Peer, change: dict[str, Any]
) -> None:
    ann = far.person("ann")
    before = here.everything()
    assert await here.told(ann, ann.activity("Follow", here.actor()) | change) == 400
    assert here.everything() == before


async def test_aliases_of_properties_are_not_read(
    here: Besieged, far: Peer, evil: Peer, word: dict[str, Any]
) -> None:
    ann, mallory = far.person("ann"), evil.person("mallory")
    context = [AS2, {"benign": "as:actor", "actor": "as:nothing", "@vocab": AS2}]
    before = here.everything()
    for alias in ("as:actor", f"{AS2}#actor", "benign"):
        like = mallory.activity("Delete", ann.actor_id) | {"@context": context, alias: ann.actor_id}
        assert await here.told(mallory, like) == 202
    headless = {"@context": context, "@type": "Like", "@id": f"{mallory.actor_id}/1"}
    assert await here.told(mallory, headless | {"as:actor": mallory.actor_id}) == 400
    assert here.everything() == before


# --- A16: stamps --------------------------------------------------------------------------


async def test_a_stamp_is_given_only_for_the_askers_own_post(
    here: Besieged, far: Peer, evil: Peer, word: dict[str, Any]
) -> None:
    ann, mallory = far.person("ann"), evil.person("mallory")
    theirs = ann.note("16", quote=word["id"])
    unrelated = mallory.note("17")
    lying = {**theirs, "attributedTo": mallory.actor_id}
    for number, instrument in enumerate((theirs, theirs["id"], lying, unrelated, unrelated["id"])):
        asked = mallory.activity("QuoteRequest", word["id"], instrument=instrument)
        asked["id"] += f"/{number}"
        assert await here.told(mallory, asked) == 202
    assert here.rows("SELECT * FROM stamps") == []
    answers = [json.loads(one.body)["type"] for one in await evil.wait_for(1)]
    assert set(answers) == {"Reject"}
