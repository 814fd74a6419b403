"""Which addresses, schemes and ports may be asked."""

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fediverse_coord.errors import Forbidden
from fediverse_coord.network.guard import Guard, Route, is_public, shown

PRIVATE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254",
    "127.0.0.1", "127.1.2.3", "127.255.255.255", "169.254.0.1", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.0.0.1", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.0.1",
    "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1", "::2", "::ffff:127.0.0.1",
    "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0.0.0.0", "::127.0.0.1",
    "::7f00:1", "::10.0.0.1", "::ffff:0:7f00:1", "64:ff9b::7f00:1", "64:ff9b::127.0.0.1",
    "64:ff9b::8.8.8.8", "64:ff9b:1::1", "100::1", "100:0:0:1::1", "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1",
    "2002:7f00:1::", "2002:0a00:0001::1", "3fff::1", "5f00::1", "fc00::1", "fd12:3456:789a::1",
    "fe80::1", "fe80::1%eth0", "fe80::1%1", "fec0::1", "ff02::1", "ff0e::1",
]  # fmt: skip

NO_ADDRESSES = ["", "localhost", "127.1", "0x7f000001", "0177.0.0.1", "2130706433", "1.2.3.4.5",
                "[::1]", "127.0.0.1:80", " 127.0.0.1", "2606:4700::1%eth0"]  # fmt: skip

PUBLIC = [
    "8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.0.1.1",
    "198.17.0.1", "198.20.0.1", "223.255.255.254", "169.253.1.1", "::ffff:8.8.8.8", "::8.8.8.8",
    "2001:200::1", "2001:4860:4860::8888", "2606:4700::1111", "2a01:4f8::1", "2003::1",
]  # fmt: skip


@pytest.mark.parametrize("ip", [*PRIVATE, *NO_ADDRESSES])
def test_address_that_is_not_public_is_not_asked(ip: str) -> None:
    assert not is_public(ip)
    assert not Guard().permits(ip)


@pytest.mark.parametrize("ip", PUBLIC)
def test_public_address_is_asked(ip: str) -> None:
    assert is_public(ip)
    assert Guard().permits(ip)


@given(st.ip_addresses(v=4))
def test_no_address_is_asked_that_python_knows_not_to_be_global(ip: IPv4Address) -> None:
    assert ip.is_global or not is_public(str(ip))


@pytest.mark.parametrize("ip", PRIVATE)
def test_literal_in_a_url_is_checked_like_a_resolved_one(ip: str) -> None:
    host = f"[{ip}]" if ":" in ip else ip
    with pytest.raises(Forbidden):
        Guard(ports=frozenset()).vet(f"https://{host}/inbox")


@pytest.mark.parametrize("host", ["127.1", "0x7f.1", "0x7f000001", "2130706433", "0177.0.0.1",
                                  "017700000001", "127.0.0.0x1", "１２７.０.０.１", "127。0。0。1",
                                  "①②⑦.0.0.1", "127.0.0.1.", "[::ffff:7f00:0001]"])  # fmt: skip
def test_every_spelling_of_loopback_is_refused(host: str) -> None:
    with pytest.raises(Forbidden):
        Guard().vet(f"https://{host}/")


@pytest.mark.parametrize(
    "url",
    ["http://union.example/", "file:///etc/passwd", "gopher://union.example/", "data:,x",
     "ftp://union.example/", "did:key:z6Mk", "ws://union.example/", "https://a@union.example/",
     "https://union.example/a\r\nX: y", "https://union.example/a b", "https://union.example/\0"],
)  # fmt: skip
def test_scheme_and_form_of_the_url_are_checked(url: str) -> None:
    with pytest.raises(Forbidden):
        Guard().vet(url)


@pytest.mark.parametrize("port", [22, 25, 80, 6379, 8443])
def test_only_the_listed_ports_are_asked(port: int) -> None:
    with pytest.raises(Forbidden):
        Guard().vet(f"https://union.example:{port}/")
    assert Guard(ports=frozenset({port})).vet(f"https://union.example:{port}/").port == port
    assert Guard(ports=frozenset()).vet(f"https://union.example:{port}/").port == port


def test_a_lab_asks_its_networks_and_no_other_private_one() -> None:
    lab = Guard(allow_http=True, networks=("127.0.0.0/8",), ports=frozenset())

    assert lab.permits("127.0.0.9")
    assert lab.permits("::ffff:127.0.0.9")
    assert lab.vet("http://127.0.0.1:8000/inbox").port == 8000
    assert not lab.permits("10.0.0.1")
    assert not lab.permits("::1")


def test_one_private_address_among_public_ones_forbids_them_all() -> None:
    guard = Guard()
    address = guard.vet("https://union.example/")

    with pytest.raises(Forbidden, match="not public") as refused:
        guard.routes(address, ["8.8.8.8", "1.1.1.1", "10.0.0.1"])
    assert "10.0.0.1" not in str(refused.value)  # strangers are told the fault


def test_two_ways_at_most_and_of_both_families() -> None:
    guard = Guard()
    address = guard.vet("https://union.example/")
    ips = ["2606:4700::1", "2606:4700::2", "8.8.8.8", "8.8.8.8"]

    assert guard.routes(address, ips) == (
        Route("2606:4700::1", 443, "union.example"),
        Route("8.8.8.8", 443, "union.example"),
    )
    assert len(guard.routes(address, ["8.8.8.8", "1.1.1.1", "9.9.9.9"])) == 2
    assert guard.routes(address, []) == ()


def test_a_strangers_url_is_shown_in_one_line() -> None:
    assert shown("https://union.example/\r\nlevel=error") == "?"
    assert len(shown("https://union.example/" + "a" * 5000)) == 300
    assert shown(None) == "not a text"
