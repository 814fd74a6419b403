"""Discovery, as software reads it that others wrote: schemas, an XML parser, Fedify."""

import json
import xml.etree.ElementTree as ElementTree
from typing import Any

import httpx
import pytest
from jsonschema import Draft4Validator
from served import ACTOR, JUDGES, Served, asked

pytestmark = pytest.mark.judge

VERSIONS = pytest.mark.parametrize("version", ["2.0", "2.1"])
XRD = "{http://docs.oasis-open.org/ns/xri/xrd-1.0}"
NAMESPACE = "http://nodeinfo.diaspora.software/ns/schema"
WEBFINGER = "/.well-known/webfinger"

# RFC 7033 4.4 as a schema: a JRD, and what each member may hold.
STRINGS = {"type": "object", "additionalProperties": {"type": ["string", "null"]}}
JRD: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "subject": {"type": "string", "format": "uri"},
        "aliases": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "properties": STRINGS,
        "links": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["rel"],
                "additionalProperties": False,
                "properties": {
                    "rel": {"type": "string"},
                    "type": {"type": "string", "pattern": "^[a-z]+/"},
                    "href": {"type": "string", "pattern": "^http"},
                    "template": {"type": "string", "pattern": "[{].+[}]"},
                    "titles": STRINGS,
                    "properties": STRINGS,
                },
            },
        },
    },
}


def fits(document: object, schema: dict[str, Any]) -> bool:
    Draft4Validator.check_schema(schema)
    Draft4Validator(schema).validate(document)
    return True


def jrd(url: str, **asked: str) -> dict[str, Any]:
    answer = httpx.get(url, params=asked or None)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    assert fits(found, JRD)
    return found


@VERSIONS
def test_nodeinfo_fits_its_schema(served: Served, version: str) -> None:
    schema = json.loads((JUDGES / "schemas" / f"nodeinfo-{version}.json").read_text())
    links = jrd(f"{served.origin}/.well-known/nodeinfo")["links"]
    (href,) = [one["href"] for one in links if one["rel"] == f"{NAMESPACE}/{version}"]

    answer = httpx.get(href)

    assert answer.headers["content-type"].endswith(f'profile="{NAMESPACE}/{version}#"')
    assert fits(answer.json(), schema)
    assert not Draft4Validator(schema).is_valid({**answer.json(), "sneaked": "in"})


def test_fedify_reads_our_nodeinfo_strictly(served: Served) -> None:
    documents = [httpx.get(f"{served.origin}/nodeinfo/{one}").json() for one in ("2.0", "2.1")]

    for found in asked("fedify", {"task": "nodeinfo", "documents": documents}):
        assert found["software"]["name"] == "fediverse-coord"
        assert found["protocols"] == ["activitypub"]
        assert found["usage"]["users"]["total"] == 3


def resources(served: Served) -> list[str]:
    handle = served.process.handle(ACTOR).removeprefix("@")
    return [f"acct:{handle}", served.actor_id, f"{served.origin}/@{ACTOR}"]


def test_webfinger_is_a_jrd_for_the_handle_the_id_and_the_page(served: Served) -> None:
    found = [jrd(served.origin + WEBFINGER, resource=one) for one in resources(served)]

    assert found[0] == found[1] == found[2]
    assert [one["href"] for one in found[0]["links"] if one["rel"] == "self"] == [served.actor_id]


def test_webfinger_of_the_server_itself_is_a_jrd(served: Served) -> None:
    jrd(served.origin + WEBFINGER, resource=f"{served.origin}/")


def test_fedify_finds_a_coordination_by_webfinger(served: Served) -> None:
    found = asked("fedify", {"task": "webfinger", "resource": served.actor_id})

    assert found["subject"] == resources(served)[0]
    assert served.actor_id in found["aliases"]


def test_host_meta_is_xrd_and_leads_to_webfinger(served: Served) -> None:
    answer = httpx.get(f"{served.origin}/.well-known/host-meta")
    assert answer.headers["content-type"].startswith("application/xrd+xml")

    root = ElementTree.fromstring(answer.content)
    (link,) = root.findall(f"{XRD}Link")
    template = link.attrib["template"]

    assert (root.tag, link.attrib["rel"]) == (f"{XRD}XRD", "lrdd")
    found = jrd(template.replace("{uri}", resources(served)[0]))
    assert found["subject"] == resources(served)[0]
