"""docs/deploy.md behind a proxy: found, followed, published to, lost, restored, resumed."""

import json
import shutil
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from behind_caddy import PATIENCE_SECONDS, Deployed, deployed

# As Mastodon asks, in this order, when somebody searches for a handle.
JRD = "application/jrd+json, application/json"
AS2 = "https://www.w3.org/ns/activitystreams"
ACTIVITY = f'application/activity+json, application/ld+json; profile="{AS2}"'
BROWSER = "a browser that tells much"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("deployed")


@pytest.fixture(scope="module")
def both(folder: Path) -> Iterator[list[Deployed]]:
    """The dockers, who publish, and the pits, who follow."""
    with deployed(folder, "dockers", "pits") as shown:
        yield shown


@pytest.fixture
def dockers(both: list[Deployed]) -> Deployed:
    return both[0]


@pytest.fixture
def web(folder: Path, dockers: Deployed) -> Iterator[httpx.Client]:
    """Somebody outside, who trusts the proxy's authority."""
    root = folder / "caddy" / "caddy" / "pki" / "authorities" / "local" / "root.crt"
    trusted = ssl.create_default_context(cafile=str(root))
    headers = {"User-Agent": BROWSER}
    with httpx.Client(base_url=dockers.origin, verify=trusted, headers=headers) as client:
        yield client


def told(shown: Deployed, *words: str) -> Any:
    return json.loads(shown.server.run(*words, "--json"))


def handle(shown: Deployed, name: str) -> str:
    return f"@{name}@{shown.origin.removeprefix('https://')}"


def eventually(question: Callable[[], Any], wanted: object) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while question() != wanted and time.monotonic() < deadline:
        time.sleep(0.1)
    assert question() == wanted


def publish_and_arrive(dockers: Deployed, text: str) -> None:
    found = dockers.server.run("publish", "-", "--actor", "dockers", "--form", "note", text=text)
    eventually(lambda: [one["state"] for one in told(dockers, "deliveries", found)], ["delivered"])


def test_the_doctor_finds_nothing_broken(dockers: Deployed) -> None:
    checks = {one["name"]: one for one in told(dockers, "doctor")}
    assert [one for one in checks.values() if one["state"] == "fail"] == []
    for name in ("origin", "inbox door", "WebFinger dockers", "actor dockers"):
        assert checks[name]["state"] == "ok"


def test_a_search_as_mastodon_makes_it_finds_the_coordination(
    dockers: Deployed, web: httpx.Client
) -> None:
    account = handle(dockers, "dockers").removeprefix("@")
    path = f"/.well-known/webfinger?resource=acct:{account}"
    found = web.get(path, headers={"Accept": JRD})
    assert (found.status_code, found.headers["content-type"]) == (200, "application/jrd+json")
    [actor_id] = [one["href"] for one in found.json()["links"] if one["rel"] == "self"]
    actor = web.get(actor_id, headers={"Accept": ACTIVITY})
    assert (actor.status_code, actor.json()["id"]) == (200, actor_id)
    assert actor.headers["content-type"].startswith("application/activity+json")


def test_the_proxy_says_who_asks_and_believes_no_stranger(web: httpx.Client) -> None:
    lies = {"X-Forwarded-Proto": "http", "X-Forwarded-For": "9.9.9.9", "X-Forwarded-Host": "evil"}
    seen = web.get("/livez", headers=lies).headers["coord-seen"]
    assert f"host={web.base_url.netloc.decode()}; scheme=https;" in seen


@pytest.mark.parametrize("size", [1_500_000, 11_000_000], ids=["for us", "for the proxy"])
def test_too_large_a_body_is_refused_for_good(web: httpx.Client, size: int) -> None:
    assert web.post("/inbox", content=b" " * size).status_code == 413


def test_a_tool_that_takes_packed_answers_can_edit(dockers: Deployed, web: httpx.Client) -> None:
    words = ("token", "create", "--coordinator", "Rosa", "--role", "admin")
    web.headers["Authorization"] = f"Bearer {dockers.server.run(*words)}"
    draft = {"content": "A draft that is long enough to be worth packing. " * 20}
    made = web.post("/api/v1/actors/dockers/declarations", json=draft)
    path = f"/api/v1/declarations/{made.json()['key']}"
    read = web.get(path, headers={"Accept-Encoding": "gzip, zstd"})
    match = {"If-Match": read.headers["etag"]}
    assert web.patch(path, json={"content": "Better."}, headers=match).status_code == 200


def test_what_was_lost_comes_back_with_its_followers(
    both: list[Deployed], web: httpx.Client, folder: Path
) -> None:
    dockers, pits = both
    pits.server.run("follow", handle(dockers, "dockers"))
    eventually(lambda: [one["followers"] for one in told(dockers, "followers")], [1])
    publish_and_arrive(dockers, "We stand with the crews on strike.\n")

    secret, backup = folder / "passphrase", str(folder / "dockers.backup")
    secret.write_text("paper in another place\n")
    secret.chmod(0o600)
    dockers.server.run("backup", backup, "--passphrase-file", str(secret))
    dockers.server.stop()
    down = web.get("/actors/dockers", headers={"Accept": ACTIVITY})
    assert down.status_code == 502
    shutil.rmtree(dockers.server.folder)
    dockers.server.folder.mkdir()
    dockers.server.run("restore", backup, "--passphrase-file", str(secret))
    dockers.server.start()
    dockers.server.run("resume", "--yes")
    publish_and_arrive(dockers, "Back again.\n")

    log = (folder / "caddy" / "caddy.log").read_text()
    assert "connection refused" in log
    assert BROWSER not in log
    assert "remote_ip" not in log
