"""Handles under the organisation's domain, the server under another: they are found by both."""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from servers import ServerProcess, server
from two_sides import Side, document, eventually


@dataclass
class Website:
    """The organisation's own web server, which hands WebFinger on, as docs/deploy.md shows."""

    port: int = 0
    leads_to: str = ""

    @property
    def domain(self) -> str:
        return f"127.0.0.1:{self.port}"


@pytest.fixture
def website() -> Iterator[Website]:
    site = Website()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hands_on = self.path.startswith("/.well-known/webfinger?") and site.leads_to
            self.send_response(302 if hands_on else 404)
            if hands_on:
                self.send_header("Location", f"{site.leads_to}{self.path}")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.port = listening.server_address[1]
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    yield site
    listening.shutdown()
    listening.server_close()
    thread.join()


def begun(process: ServerProcess, name: str) -> Side:
    token = process.run("token", "create", "--coordinator", "Ana", "--role", "admin")
    process.start()
    return Side(process, name, token)


def under(process: ServerProcess, domain: str) -> None:
    """Writes the domain of its handles into the settings."""
    text = re.sub(r"handle_domain = .*\n", "", process.config.read_text())
    line = f'[server]\nhandle_domain = "{domain}"\n'
    process.config.write_text(text.replace("[server]\n", line))


@pytest.fixture
def sides(tmp_path: Path, website: Website) -> Iterator[tuple[Side, Side]]:
    with (
        server(tmp_path / "one", "pits", start=False) as one,
        server(tmp_path / "two", "docks", start=False) as two,
    ):
        website.leads_to = one.origin
        under(one, website.domain)
        yield begun(one, "pits"), begun(two, "docks")


def webfinger(origin: str, account: str) -> Any:
    resource = {"resource": f"acct:{account}"}
    return httpx.get(f"{origin}/.well-known/webfinger", params=resource, follow_redirects=True)


def test_others_find_follow_and_mention_by_either_domain(
    sides: tuple[Side, Side], website: Website
) -> None:
    pits, docks = sides
    handle, other = f"@pits@{website.domain}", pits.handle
    for origin, account in (
        (f"http://{website.domain}", handle), (pits.server.origin, handle),
        (pits.server.origin, other),
    ):  # fmt: skip
        answer = webfinger(origin, account.removeprefix("@")).json()
        assert answer["subject"] == f"acct:{handle.removeprefix('@')}"
        assert [one["href"] for one in answer["links"] if one["rel"] == "self"] == [pits.actor_id]
    assert webfinger(pits.server.origin, "pits@elsewhere.example").status_code == 404

    told = document(pits.actor_id)
    assert (told["id"], told["webfinger"]) == (pits.actor_id, handle.removeprefix("@"))
    assert handle in httpx.get(f"{pits.server.origin}/@pits").text
    assert handle in pits.server.run("actor", "list")

    docks.server.run("follow", handle)
    eventually(lambda: pits.counts()[0], 1)
    letter = docks.publish(content=f"To {handle}, and to {other}: the docks stand still.")
    eventually(lambda: [one["id"] for one in pits.responses()], [letter["id"]])
    mentions = [one for one in document(letter["id"])["tag"] if one["type"] == "Mention"]
    assert {(one["href"], one["name"]) for one in mentions} == {(pits.actor_id, handle)}

    ours = pits.publish(content=f"We, {other}, answer as {handle}.")
    mentions = [one for one in document(ours["id"])["tag"] if one["type"] == "Mention"]
    assert {(one["href"], one["name"]) for one in mentions} == {(pits.actor_id, handle)}


def test_the_doctor_sees_whether_the_loop_closes(
    sides: tuple[Side, Side], website: Website
) -> None:
    pits, docks = sides
    assert f"@pits@{website.domain} is found" in pits.server.run("doctor", ok=False)
    website.leads_to = docks.server.origin
    told = pits.server.run("doctor", ok=False)
    assert f"WebFinger of {website.domain} does not lead to the coordination" in told
    assert f"let the web server of {website.domain} hand on" in told


def test_another_domain_is_refused_until_it_is_wanted_and_followers_stay(
    sides: tuple[Side, Side], website: Website
) -> None:
    pits, docks = sides
    docks.server.run("follow", f"@pits@{website.domain}")
    eventually(lambda: pits.counts()[0], 1)
    pits.server.stop()

    own = pits.server.origin.removeprefix("http://")
    under(pits.server, "")
    refused = refusal(pits.server, "serve")
    assert f"handles stand under {website.domain}" in refused
    assert "actor handles" in refused
    assert "--yes" in refusal(pits.server, "actor", "handles")

    assert pits.server.run("actor", "handles", "--yes") == f"@pits@{own}"
    pits.server.start()
    assert pits.counts()[0] == 1
    assert document(pits.actor_id)["webfinger"] == f"pits@{own}"
    known = "SELECT state FROM deliveries JOIN activities ON activities.id = activity"
    eventually(lambda: pits.rows(f"{known} WHERE type = 'Update'"), [("delivered",)])
    assert pits.server.run("actor", "handles") == ""  # it is so already


def refusal(process: ServerProcess, *arguments: str) -> str:
    done = process.try_to_run(*arguments)
    assert (done.returncode, done.stdout) == (1, b"")
    return done.stderr.decode()
