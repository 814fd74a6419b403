"""TLS asks the name, while the address that was checked is dialled."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from certificates import DAY, Authority
from far_server import ACTIVITY, LAB, MakeClient, MakePeer, Peer, answer, document

from fediverse_coord.errors import Forbidden, Unreachable
from fediverse_coord.network.client import Client
from fediverse_coord.network.dereference import dereference, fetch_json
from fediverse_coord.network.guard import Guard
from fediverse_coord.network.transport import Limits, tls_context

HTTPS = Guard(networks=LAB.networks, ports=frozenset())


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def client(authority: Authority, make_client: MakeClient) -> Client:
    """Trusts the authority, and finds every name on loopback."""
    return make_client(HTTPS, tls=authority.trusted())


Named = Callable[..., Awaitable[Peer]]


@pytest.fixture
def named(make_peer: MakePeer) -> Named:
    async def make(context: ssl.SSLContext, host: str = "union.example") -> Peer:
        peer = await make_peer(context)
        peer.host = host
        peer.answers["/a"] = document(f'{{"id": "{peer.url("/a")}"}}'.encode())
        return peer

    return make


async def test_certificate_for_the_name_is_taken(
    authority: Authority, client: Client, named: Named
) -> None:
    context = authority.server("union.example")
    asked: list[str | None] = []
    context.sni_callback = lambda sock, name, ctx: asked.append(name)
    peer = await named(context)

    found = await dereference(peer.url("/a"), client, lambda url: {})

    assert found == {"id": peer.url("/a")}
    assert asked == ["union.example"]
    assert f"Host: union.example:{peer.port}" in peer.heads[0]
    assert (await client.post(peer.url("/a"), {}, b"{}")).status == 200


@pytest.mark.parametrize(
    "names", [("evil.example",), ("127.0.0.1",), ("sub.union.example",), ("*.union.example",)]
)
async def test_certificate_for_another_name_is_refused(
    authority: Authority, client: Client, named: Named, names: tuple[str, ...]
) -> None:
    peer = await named(authority.server(*names))

    with pytest.raises(Unreachable, match="TLS"):
        await client.get(peer.url("/a"), {})
    with pytest.raises(Unreachable, match="TLS"):
        await client.post(peer.url("/a"), {}, b"{}")
    assert peer.heads == []


async def test_expired_certificate_is_refused(
    authority: Authority, client: Client, named: Named
) -> None:
    expired = authority.server("union.example", until=datetime.now(UTC) - DAY)
    peer = await named(expired)

    with pytest.raises(Unreachable, match="TLS"):
        await client.get(peer.url("/a"), {})
    assert peer.heads == []


async def test_unknown_authority_is_refused(
    authority: Authority, make_client: MakeClient, named: Named, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    peer = await named(authority.server("union.example"))

    with pytest.raises(Unreachable, match="TLS"):
        await make_client(HTTPS, tls=tls_context()).get(peer.url("/a"), {})


async def test_authority_in_ssl_cert_file_is_trusted(
    authority: Authority, make_client: MakeClient, named: Named, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    peer = await named(authority.server("union.example"))

    assert (await make_client(HTTPS, tls=tls_context()).get(peer.url("/a"), {})).status == 200


async def test_certificate_for_an_address_is_taken_for_the_address(
    authority: Authority, client: Client, named: Named
) -> None:
    peer = await named(authority.server("127.0.0.1"), host="127.0.0.1")

    assert (await client.get(peer.url("/a"), {})).status == 200


async def test_international_name_is_asked_by_its_a_label(
    authority: Authority, client: Client, named: Named
) -> None:
    peer = await named(authority.server("xn--mnchen-3ya.example"), host="münchen.example")

    assert (await client.get(peer.url("/a"), {})).status == 200
    assert f"Host: xn--mnchen-3ya.example:{peer.port}" in peer.heads[0]


async def test_plain_http_behind_an_https_url_is_unreachable(client: Client) -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(200, b"{}"))
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    with pytest.raises(Unreachable):
        await client.get(f"https://union.example:{port}/a", {})
    server.close()


async def test_handshake_that_never_ends_is_given_up(
    authority: Authority, make_client: MakeClient
) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = make_client(
        HTTPS, tls=authority.trusted(), limits=Limits(connect_seconds=0.2, total_seconds=20)
    )

    with pytest.raises(Unreachable, match="no connection in time"):
        await client.get(f"https://union.example:{port}/a", {})
    server.close()


async def test_redirect_from_https_to_http_is_refused(
    authority: Authority, make_client: MakeClient, named: Named, peer: Peer
) -> None:
    client = make_client(LAB, tls=authority.trusted())  # would ask http, were it named by itself
    secure = await named(authority.server("union.example"))
    secure.answers["/a"] = answer(302, b"", f"Location: {peer.url('/a')}")

    for fetch in (dereference(secure.url("/a"), client, lambda url: {}),
                  fetch_json(secure.url("/a"), client)):  # fmt: skip
        with pytest.raises(Forbidden, match="away from https"):
            await fetch
    assert peer.heads == []


async def test_redirect_to_loopback_is_refused(
    authority: Authority, make_client: MakeClient, named: Named, make_peer: MakePeer
) -> None:
    inside = await make_peer(authority.server("127.0.0.1"))
    inside.answers["/a"] = answer(200, b"{}", f"Content-Type: {ACTIVITY}")
    outside = await named(authority.server("union.example"))
    outside.answers["/a"] = answer(302, b"", f"Location: {inside.url('/a')}")
    outside_only = Guard(networks=("127.0.0.3/32",), ports=frozenset())
    client = make_client(outside_only, lambda host, port: ["127.0.0.3"], tls=authority.trusted())
    relay = await asyncio.start_server(
        lambda reader, writer: outside.serve(reader, writer),
        "127.0.0.3", outside.port, ssl=authority.server("union.example"),
    )  # fmt: skip

    with pytest.raises(Forbidden):
        await fetch_json(outside.url("/a"), client)
    with pytest.raises(Forbidden):
        await dereference(outside.url("/a"), client, lambda url: {})
    assert len(outside.heads) == 2
    assert inside.heads == []
    relay.close()
