"""`login-link` and `sessions`, on real server processes and both engines."""

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
from engines import Place
from servers import ServerProcess, server

FORM = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}


@contextlib.contextmanager
def entered(process: ServerProcess, link: str) -> Iterator[httpx.Client]:
    """A browser that has followed the link."""
    with httpx.Client(base_url=process.origin, headers=FORM, follow_redirects=True) as client:
        follow(client, link)
        yield client


def follow(client: httpx.Client, link: str) -> None:
    page = client.get(link)
    secret = re.search(r'name="secret" value="([^"]+)"', page.text)
    assert secret is not None, page.text
    assert client.post("/console/enter", data={"secret": secret[1]}).status_code == 200


def token_in(client: httpx.Client, path: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(path).text)
    assert found is not None
    return found[1]


def test_a_link_from_the_command_opens_the_console_until_it_is_ended(
    tmp_path: Path, place: Place
) -> None:
    with contextlib.ExitStack() as stack:
        process = stack.enter_context(server(tmp_path / "server", "pits", start=False))
        place.migrated().settle(process.folder)
        process.start()
        link = process.run("login-link", "Rosa", "--role", "publisher", "--actor", "pits")
        assert re.fullmatch(rf"{process.origin}/console/enter/[A-Za-z0-9_-]{{43}}", link)
        client = stack.enter_context(entered(process, link))
        fields = {"csrf": token_in(client, "/console/@pits/write"), "languages": "en",
                  "content.en": "We stop at noon.", "revision": "", "do": "save"}  # fmt: skip
        assert client.post("/console/@pits/write", data=fields).status_code == 200
        (text,) = json.loads(process.run("list", "--json"))
        assert text["state"] == "draft"

        process.stop()
        process.start()  # a session outlives the process
        page = client.get(f"/console/declarations/{text['key']}")
        assert "We stop at noon." in page.text
        publish = {"csrf": token_in(client, "/console"), "revision": "1"}
        done = client.post(f"/console/declarations/{text['key']}/publish", data=publish)
        assert "Published." in done.text
        assert httpx.get(text["url"]).status_code == 200

        (one,) = json.loads(process.run("sessions", "list", "--json"))
        assert (one["coordinator"], one["role"], one["actors"]) == ("Rosa", "publisher", ["pits"])
        process.run("sessions", "end", one["session"])
        assert client.get("/console").status_code == 401
        assert link.rpartition("/")[2] not in process.log()


def test_a_session_follows_its_token_and_all_of_a_persons_end_at_once(tmp_path: Path) -> None:
    with server(tmp_path / "server", "pits") as process:
        refused = process.try_to_run("login-link", "Rosa")
        assert refused.returncode == 1
        assert b"--role is needed" in refused.stderr
        assert process.try_to_run("login-link", "Rosa", "--role", "queen").returncode == 2
        assert process.try_to_run("sessions", "end").returncode == 2

        token = process.run("token", "create", "--coordinator", "Rosa", "--role", "editor")
        with entered(process, process.run("login-link", "Rosa")) as rosa:
            process.run("token", "revoke", token)
            assert rosa.get("/console").status_code == 401
        links = [process.run("login-link", "Ana", "--role", "admin") for _ in range(2)]
        with entered(process, links[0]) as here, entered(process, links[1]) as there:
            process.run("sessions", "end", "--coordinator", "Ana")
            assert [one.get("/console").status_code for one in (here, there)] == [401, 401]
