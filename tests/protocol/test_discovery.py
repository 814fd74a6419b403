"""Which resource means whom."""

import pytest

from fediverse_coord.protocol.discovery import (
    means_instance,
    name_asked_for,
    webfinger,
    webfinger_instance,
)
from fediverse_coord.protocol.uris import Uris

URIS = Uris("https://coord.example")


@pytest.mark.parametrize(
    "resource, name",
    [
        ("acct:pits@coord.example", "pits"),
        ("acct:PITS@COORD.EXAMPLE", "pits"),
        ("pits@coord.example", "pits"),
        ("acct:@pits@coord.example", "pits"),
        ("@pits@coord.example", "pits"),
        ("https://coord.example/actors/pits", "pits"),
        ("https://coord.example/@pits", "pits"),
        ("https://coord.example/@Pits", "pits"),
        ("https://coord.example/actors/pits/inbox", None),
        ("https://coord.example/actors/", None),
        ("https://coord.example.evil.example/@pits", None),
        ("http://coord.example/@pits", None),
        ("acct:pits@other.example", None),
        ("acct:@coord.example", None),
        ("pits", None),
        ("", None),
        ("mailto:pits@coord.example@", None),
    ],
)
def test_a_resource_means_a_name(resource: str, name: str | None) -> None:
    assert name_asked_for(resource, URIS) == name


@pytest.mark.parametrize(
    "resource",
    [
        "https://coord.example/",
        "https://coord.example",
        "https://coord.example/actor",
        "acct:coord.example@coord.example",
    ],
)
def test_the_server_itself_can_be_asked_for(resource: str) -> None:
    assert means_instance(resource, URIS)


def test_there_is_exactly_one_self_link_and_it_is_the_id() -> None:
    document = webfinger(URIS, "pits", ("https://coord.example/media/a.png", "image/png"))
    own = [link for link in document["links"] if link["rel"] == "self"]
    assert [link["href"] for link in own] == ["https://coord.example/actors/pits"]
    assert own[0]["type"] == "application/activity+json"
    assert document["subject"] == "acct:pits@coord.example"


def test_the_instance_actor_closes_its_loop() -> None:
    document = webfinger_instance(URIS, by_account=True)
    assert document["subject"] == "acct:coord.example@coord.example"
    assert document["links"][0]["href"] == "https://coord.example/actor"


APART = Uris("https://coord.example", "miners.example")


@pytest.mark.parametrize("host", ["coord.example", "miners.example", "MINERS.example"])
def test_either_domain_means_the_name_and_the_subject_is_the_handle(host: str) -> None:
    assert name_asked_for(f"acct:pits@{host}", APART) == "pits"
    document = webfinger(APART, "pits")
    assert document["subject"] == "acct:pits@miners.example"
    assert "acct:pits@coord.example" in document["aliases"]
    assert APART.handle("pits") == "@pits@miners.example"
    assert APART.actor("pits") == "https://coord.example/actors/pits"


def test_the_instance_actor_stays_on_its_host() -> None:
    subject = webfinger_instance(APART, by_account=True)["subject"]
    assert subject == "acct:coord.example@coord.example"
    assert name_asked_for("acct:pits@org.example", APART) is None
