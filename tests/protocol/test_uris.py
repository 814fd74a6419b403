"""One reader for every URL from outside: what it takes, what it makes of it, what it refuses."""

from collections.abc import Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fediverse_coord.errors import MalformedDocument
from fediverse_coord.protocol import uris
from fediverse_coord.protocol.uris import (
    Address,
    Uris,
    host_in,
    host_of,
    origin_of,
    parse,
    same_origin,
    without_fragment,
)

READ = [
    # written, origin, target
    ("https://union.example/users/rosa", "https://union.example", "/users/rosa"),
    ("https://union.example", "https://union.example", "/"),
    ("https://union.example/", "https://union.example", "/"),
    ("HTTPS://Union.EXAMPLE/Users", "https://union.example", "/Users"),
    ("https://union.example:443/a", "https://union.example", "/a"),
    ("https://union.example:8443/a", "https://union.example:8443", "/a"),
    ("http://union.example:80/a", "http://union.example", "/a"),
    ("http://union.example:443/a", "http://union.example:443", "/a"),
    ("https://union.example?page=1", "https://union.example", "/?page=1"),
    ("https://union.example/a?b=c&d=/e?f", "https://union.example", "/a?b=c&d=/e?f"),
    ("https://union.example/a?", "https://union.example", "/a?"),
    ("https://union.example/a#main-key", "https://union.example", "/a"),
    ("https://union.example/a#b?c", "https://union.example", "/a"),
    ("https://union.example/@rosa/", "https://union.example", "/@rosa/"),
    ("https://union.example/a%2Fb", "https://union.example", "/a%2Fb"),
    ("https://union.example/a//b", "https://union.example", "/a//b"),
    ("https://union.example/.well-known/webfinger", "https://union.example",
     "/.well-known/webfinger"),
    ("https://union.example/tags/grève", "https://union.example", "/tags/gr%C3%A8ve"),
    ("https://union.example/a[1]?b[]=2", "https://union.example", "/a%5B1%5D?b%5B%5D=2"),
    ("https://union.example/it's?it's", "https://union.example", "/it's?it's"),
    ("https://gewerkschaft-münchen.example/a", "https://xn--gewerkschaft-mnchen-jbc.example", "/a"),
    ("https://СОЮЗ.example/a", "https://xn--g1ani7c.example", "/a"),
    ("https://union。example/a", "https://union.example", "/a"),
    ("https://straße.example/a", "https://xn--strae-oqa.example", "/a"),
    ("https://under_score.example/a", "https://under_score.example", "/a"),
    ("https://192.0.2.7/a", "https://192.0.2.7", "/a"),
    ("https://[2001:DB8:0:0::7]:8443/a", "https://[2001:db8::7]:8443", "/a"),
    ("https://[::ffff:127.0.0.1]/a", "https://[::ffff:7f00:1]", "/a"),
]  # fmt: skip

REFUSED = {
    "userinfo": "https://union.example@evil.example/",
    "userinfo with a password": "https://union.example:443@evil.example/",
    "empty userinfo": "https://@union.example/",
    "a backslash for the host": "https://evil.example\\@union.example/",
    "a backslash for a slash": "https:\\\\union.example\\a",
    "a line break": "https://union.example/a\r\nHost: evil.example",
    "a tab, which some leave out": "https://uni\ton.example/",
    "a NUL": "https://union.example/\x00",
    "a space": "https://union.example/a b",
    "a space before": " https://union.example/",
    "a no-break space": "https://union.example/a\u00a0b",
    "an ideographic space": "https://union.example/a\u3000b",
    "a text that turns around": "https://union.example/\u202egpj.exe",
    "half a character": "https://union.example/\ud800",
    "a trailing dot": "https://union.example./a",
    "an empty label": "https://union..example/a",
    "a dot before": "https://.union.example/a",
    "no host": "https:///a",
    "no slashes": "https:union.example/a",
    "one slash": "https:/union.example/a",
    "no scheme": "//union.example/a",
    "a relative reference": "/users/rosa",
    "nothing": "",
    "an empty port": "https://union.example:/a",
    "port nought": "https://union.example:0/a",
    "a port too high": "https://union.example:65536/a",
    "a port with a sign": "https://union.example:+443/a",
    "a port that is a word": "https://union.example:https/a",
    "an escaped slash in the host": "https://union.example%2fevil.example/",
    "an escaped letter in the host": "https://uni%6fn.example/",
    "a fullwidth slash in the host": "https://union.example／evil.example/",
    "a fullwidth at sign": "https://union.example＠evil.example/",
    "a label that begins with a hyphen": "https://-union.example/",
    "a label of 64": f"https://{'a' * 64}.example/",
    "a name of 254": f"https://{'a.' * 124}example/",
    "a decimal IPv4 address": "https://2130706433/",
    "a hexadecimal IPv4 address": "https://0x7f000001/",
    "an octal IPv4 address": "https://0177.0.0.1/",
    "a short IPv4 address": "https://127.1/",
    "an IPv4 number too high": "https://127.0.0.256/",
    "a name that ends in a number": "https://union.127/",
    "a name that ends in hexadecimal": "https://union.0x7f/",
    "IPv6 without brackets": "https://2001:db8::7/",
    "IPv6 with a zone": "https://[fe80::1%25eth0]/",
    "IPv6 of nine groups": "https://[1:2:3:4:5:6:7:8:9]/",
    "text after the bracket": "https://[2001:db8::7]evil.example/",
    "a future address": "https://[v1.a]/",
    "a bracket alone": "https://[2001:db8::7/",
    "a dot segment": "https://union.example/users/../admin",
    "a single dot segment": "https://union.example/./users",
    "an escaped dot segment": "https://union.example/users/%2E%2e/admin",
    "a dot segment at the end": "https://union.example/users/..",
    "a broken escape": "https://union.example/100%",
    "a broken escape in the query": "https://union.example/?a=%zz",
    "an escaped line break": "https://union.example/a%0d%0aHost:x",
    "an escaped NUL": "https://union.example/a%00",
    "an invalid international name": "https://\u2764\ufe0f\u0488.example/",
    "angle brackets": "https://union.example/<b>",
    "a quote": 'https://union.example/"onload=',
    "too long": "https://union.example/" + "a" * 2048,
    "ftp": "ftp://union.example/a",
    "file": "file:///etc/passwd",
    "gopher": "gopher://union.example/",
    "data": "data:application/activity+json,{}",
    "did": "did:key:z6Mk",
    "acct": "acct:rosa@union.example",
    "javascript": "javascript:alert(1)//https://union.example/",
}


@pytest.mark.parametrize("written, origin, target", READ)
def test_url_is_read_in_one_spelling(written: str, origin: str, target: str) -> None:
    address = parse(written)

    assert (address.origin, address.target) == (origin, target)
    assert parse(address.origin + address.target) == address


@pytest.mark.parametrize("written, origin, target", READ)
def test_the_http_client_sends_the_target_that_was_signed(
    written: str, origin: str, target: str
) -> None:
    url = httpx.URL(origin + target)

    assert url.raw_path.decode() == target
    assert parse(str(url)) == parse(written)


@pytest.mark.parametrize("written", REFUSED.values(), ids=REFUSED)
def test_url_that_two_readers_could_take_differently_is_refused(written: str) -> None:
    with pytest.raises(MalformedDocument):
        parse(written)
    assert origin_of(written) is None
    assert host_in(written) is None


@given(st.text() | st.text().map(lambda tail: "https://union.example/" + tail))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        address = parse(text)
    except MalformedDocument:
        return
    assert address.target.isascii()
    assert not set(address.target) & set(" \r\n\x00#\\")
    assert parse(address.origin + address.target) == address


@given(st.text(alphabet="a1.-xn:/@\\é。%[]", max_size=20))
def test_any_host_is_read_or_refused(text: str) -> None:
    try:
        address = parse(f"https://{text}/")
    except MalformedDocument:
        return
    assert host_in(address.origin) == address.host


@pytest.mark.parametrize(
    "value", [None, 7, ["https://union.example/"], {"id": "https://u.example"}]
)
def test_what_is_no_text_has_no_origin(value: object) -> None:
    assert origin_of(value) is None
    assert host_in(value) is None
    assert not same_origin(value, value)


@pytest.mark.parametrize(
    "a, b, same",
    [
        ("https://union.example/a", "https://UNION.example:443/b#c", True),
        ("https://münchen.example/", "https://xn--mnchen-3ya.example/", True),
        ("https://union.example/", "http://union.example/", False),
        ("https://union.example/", "https://union.example:8443/", False),
        ("https://union.example/", "https://union.example.evil.example/", False),
        ("https://union.example/", "https://sub.union.example/", False),
        ("https://union.example/", "https://uniоn.example/", False),  # a Cyrillic o
    ],
)
def test_origins_are_compared_as_origins(a: str, b: str, same: bool) -> None:
    assert same_origin(a, b) is same
    assert same_origin(b, a) is same


def test_a_host_alone_is_read_as_in_a_url() -> None:
    assert host_of("MÜNCHEN.example") == "xn--mnchen-3ya.example"
    with pytest.raises(MalformedDocument):
        host_of("union.example.")


def test_a_fragment_lives_in_its_document() -> None:
    assert without_fragment("https://union.example/a#main-key") == "https://union.example/a"


def test_only_ids_under_our_origin_are_ours() -> None:
    uris = Uris("https://coord.example")

    assert uris.is_ours(uris.object("icg", "abcdefgh"))
    assert uris.is_ours("https://COORD.example/actors/icg")
    assert not uris.is_ours("https://coord.example.evil.example/actors/icg")
    assert not uris.is_ours("https://coord.example@evil.example/actors/icg")
    assert uris.handle("icg") == "@icg@coord.example"


HOSTS = st.from_regex(
    r"([a-zA-Z0-9_.-]{1,20}(\.[a-z0-9-]{1,6}){0,2}|[0-9]{1,3}(\.[0-9]{1,3}){3})(:[0-9]{0,5})?",
    fullmatch=True,
)
PATHS = st.from_regex(r"(/[a-zA-Z0-9@._~%-]{0,6}){0,4}[?]?(#[a-z/.%]{0,4})?", fullmatch=True)


@given(st.sampled_from(["http://", "https://", "HTTPS://", "ftp://"]), HOSTS, PATHS)
def test_what_is_taken_apart_in_one_look_is_what_every_doubt_leaves(
    scheme: str, host: str, path: str
) -> None:
    def read(reader: Callable[[str], Address]) -> Address | None:
        try:
            return reader(scheme + host + path)
        except MalformedDocument:
            return None

    assert read(parse) == read(uris._taken_apart)


def test_the_usual_ones_are_taken_apart_in_one_look() -> None:
    usual = [
        "https://far.example/users/ann",
        "https://far.example/inbox",
        "https://social.far.example/@ann/109876543210",
        "https://far.example/users/ann#main-key",
        "http://far.example:8080/inbox",
        "http://127.0.0.1:59999/inbox",
        "https://203.0.113.255/",
    ]
    assert all(uris.SIMPLE.match(one) for one in usual)
    assert [uris._taken_apart(one) for one in usual] == [parse(one) for one in usual]
