"""Fedify, a framework many servers are made of, reads our documents and our signed requests."""

from datetime import UTC, datetime
from typing import Any

import pytest
from served import ACTOR, Served, asked

from fediverse_coord.protocol.keys import PublicKey, SigningKey, generate_rsa, public_pem
from fediverse_coord.protocol.signatures import Spec, digests_of, sign_get, sign_post

pytestmark = pytest.mark.judge

AS = "https://www.w3.org/ns/activitystreams#"
SECURITY = "https://w3id.org/security#"

US = "https://coord.example/actors/weavers"
INBOX = "https://mill.example/users/spinners/inbox"
OUTBOX = "https://mill.example/users/spinners/outbox"
PAGE = f"{OUTBOX}?page=2"
BODY = '{"type":"Create","summary":"Grève générale, 12 h"}'
KEY = SigningKey(f"{US}#main-key", generate_rsa())
SPECS = pytest.mark.parametrize("spec", list(Spec), ids=str)


def read(*urls: str) -> list[dict[str, Any]]:
    """What Fedify made of the documents: its type, and its own words, expanded."""
    answers = asked("fedify", {"task": "read", "urls": urls})
    return [{"type": one["type"], **one["document"][0]} for one in answers]


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [one["@id"] for one in found]


def texts(found: list[dict[str, Any]]) -> dict[str | None, str]:
    return {one.get("@language"): one["@value"] for one in found}


def test_fedify_reads_a_coordination(served: Served) -> None:
    (found,) = read(served.actor_id)
    document = served.document(served.actor_id)

    assert (found["type"], found["@id"]) == ("Organization", served.actor_id)
    assert texts(found[f"{AS}preferredUsername"]) == {None: ACTOR}
    assert texts(found[f"{AS}name"]) == {None: document["name"]}
    assert texts(found[f"{AS}summary"]) == {None: document["summary"]}
    assert ids(found["http://www.w3.org/ns/ldp#inbox"]) == [document["inbox"]]
    assert ids(found[f"{AS}followers"]) == [document["followers"]]
    assert ids(found[f"{SECURITY}publicKey"]) == [f"{served.actor_id}#main-key"]
    assert ids(found[f"{SECURITY}assertionMethod"]) == [f"{served.actor_id}#ed25519-key"]
    assert len(found[f"{AS}attachment"]) == len(document["attachment"])
    assert found[f"{AS}icon"][0][f"{AS}name"][0]["@value"] == document["icon"]["name"]


def test_fedify_reads_an_article_in_both_languages(served: Served) -> None:
    (found,) = read(served.article_id)
    document = served.document(served.article_id)

    assert (found["type"], found["@id"]) == ("Article", served.article_id)
    assert ids(found[f"{AS}attributedTo"]) == [served.actor_id]
    assert ids(found[f"{AS}to"]) == [f"{AS}Public"]
    for name in ("name", "summary", "content"):
        assert texts(found[AS + name]) == {None: document[name], **document[f"{name}Map"]}
    tags = [one[f"{AS}name"][0]["@value"] for one in found[f"{AS}tag"]]
    assert tags == [one["name"] for one in document["tag"]]


def test_fedify_reads_everything_else_we_serve(served: Served) -> None:
    documents = served.documents()
    urls = [served.origin + path for path, one in documents.items() if one["type"] != "Tombstone"]
    expected = [(url, documents[url.removeprefix(served.origin)]["type"]) for url in urls]

    assert [(one["@id"], one["type"]) for one in read(*urls)] == expected


def actor() -> dict[str, Any]:
    public = PublicKey(KEY.key_id, US, KEY.private_key.public_key())
    pem = {"id": KEY.key_id, "owner": US, "publicKeyPem": public_pem(public.key)}
    context = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"]
    return {"@context": context, "id": US, "type": "Organization", "publicKey": pem}


def accepted(*requests: dict[str, Any]) -> list[bool]:
    question = {"task": "requests", "requests": requests, "documents": {US: actor()}}
    return [one == KEY.key_id for one in asked("fedify", question)]


@SPECS
def test_fedify_accepts_what_we_post(spec: Spec) -> None:
    headers = sign_post(spec, INBOX, digests_of(BODY.encode()), KEY, datetime.now(UTC))
    request = {"method": "POST", "url": INBOX, "headers": headers, "body": BODY}
    other_body = {**request, "body": BODY.replace("12", "13")}
    other_place = {**request, "url": INBOX.replace("spinners", "owners")}

    assert accepted(request, other_body, other_place) == [True, False, False]


# Fedify leaves the query out of draft-cavage's `(request-target)`, where section 2.3 has it.
@pytest.mark.parametrize(
    "spec, url", [(Spec.CAVAGE, OUTBOX), (Spec.RFC9421, OUTBOX), (Spec.RFC9421, PAGE)]
)
def test_fedify_accepts_what_we_fetch(spec: Spec, url: str) -> None:
    headers = sign_get(spec, url, KEY, datetime.now(UTC), "application/activity+json")
    request = {"method": "GET", "url": url, "headers": headers}

    assert accepted(request, {**request, "url": f"{url}3"}) == [True, False]
