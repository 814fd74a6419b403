"""What is taken apart in one look is what the rules make of it, one by one."""

from hypothesis import given
from hypothesis import strategies as st

from fediverse_coord.errors import MalformedDocument
from fediverse_coord.protocol import uris
from fediverse_coord.protocol.uris import Address, parse

LABELS = st.text("ab9-_.", min_size=0, max_size=5)
PATHS = st.text("aZ9/.@~_-%#?2e", max_size=12)
PORTS = st.sampled_from(["", ":8443", ":0", ":80", ":99999", ":", ":08"])


def slowly(iri: str) -> Address | None:
    try:
        return uris._taken_apart(iri)
    except MalformedDocument:
        return None


def quickly(iri: str) -> Address | None:
    try:
        return parse(iri)
    except MalformedDocument:
        return None


@given(st.sampled_from(["http", "https", "ftp", "HTTPS"]), LABELS, LABELS, PORTS, PATHS)
def test_one_look_and_every_rule_agree(
    scheme: str, first: str, last: str, port: str, path: str
) -> None:
    iri = f"{scheme}://{first}.{last}{port}{path}"
    assert quickly(iri) == slowly(iri)


def test_the_usual_ones_are_taken_in_one_look() -> None:
    usual = [
        "https://far.example/users/ann",
        "https://far.example/inbox",
        "https://social.far.example/@ann/109876543210",
        "https://far.example/users/ann#main-key",
        "http://far.example:8080/inbox",
    ]
    assert all(uris.SIMPLE.match(one) for one in usual)
    assert [slowly(one) for one in usual] == [parse(one) for one in usual]
