"""The papers are true: what the README says to type works, and tables say what the code does."""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from servers import COMMAND, ServerProcess, environment, server

from bench import table
from fediverse_coord.cli import COMMANDS, program
from fediverse_coord.incoming.handlers import HANDLERS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
OWN = ".venv/bin/fediverse-coord"
NOT_RUN = ("make run", "make test")  # the second one is running this


def shell_blocks(paper: str) -> list[str]:
    return re.findall(r"```sh\n(.*?)```", paper, re.DOTALL)


def blocks_with(text: str) -> str:
    """The one block of the README in which it stands."""
    (found,) = [block for block in shell_blocks(README) if text in block]
    return found


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """What `make run` serves, at another port."""
    with server(tmp_path_factory.mktemp("readme") / "server", "icg") as running:
        yield running


def run(ours: ServerProcess, block: str) -> str:
    """The block in a shell, with this server's address and settings; its stdout."""
    own = shlex.join([*COMMAND, "--config", str(ours.config)])
    script = block.replace("http://localhost:8000", ours.origin).replace(OWN, own)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment(),
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_curl_of_the_readme_publishes(ours: ServerProcess) -> None:
    told = json.loads(run(ours, blocks_with("curl ")))
    assert told["state"] == "published"
    assert told["url"].startswith(f"{ours.origin}/@icg/")


def test_the_commands_of_the_readme_publish_and_list(ours: ServerProcess) -> None:
    published, *listed = run(ours, blocks_with("publish --actor icg")).splitlines()
    key = published.rpartition("/")[2]
    assert published == f"{ours.actor_id('icg')}/objects/{key}"
    assert any(line.startswith(key) for line in listed)


def test_every_other_line_of_the_readme_is_one_of_the_two_commands() -> None:
    run_here = {blocks_with("curl "), blocks_with("publish --actor icg")}
    others = [block for block in shell_blocks(README) if block not in run_here]
    lines = [line for block in others for line in block.splitlines()]
    assert [line for line in lines if not line.startswith(NOT_RUN)] == []


@pytest.mark.parametrize("paper", table.PAPERS)
def test_tables_of_measurements_are_made_from_the_results(paper: str) -> None:
    text = (ROOT / paper).read_text(encoding="utf-8")
    assert table.rewritten(paper, text) == text, "run `python -m bench.table`"


def test_a_measurement_appears_in_both_tables(tmp_path: Path) -> None:
    figures = {
        "hosts": 2000,
        "processes": 1,
        "tls": False,
        "deliveries_a_second": 1280,
        "share_of_signing": 0.4,
        "cpu_in_signatures": 2.1,
    }
    circumstances = {"date": "2026-05-01", "machine": "2 cores", "commit": "abc1234"}
    result = figures | {"cpu_seconds_per_1000": 0.7} | circumstances
    (tmp_path / "deliver_http_2000_by_1.json").write_text(json.dumps(result))
    paper = f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n"
    short = table.rewritten("README.md", paper, tmp_path)
    whole = table.rewritten("bench/README.md", paper, tmp_path)
    assert "| 1,280 a second | 40% of what one core can sign" in short
    assert "| deliveries_a_second | 1,280 |" in whole
    assert "old" not in short + whole
    assert all(text.startswith("before\n") and "2026-05-01" in text for text in (short, whole))


def rows_below(paper: str, heading: str) -> list[list[str]]:
    """The cells of the table below a heading, without its head."""
    section = paper.partition(f"\n## {heading}")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def test_federation_names_every_activity_we_act_on_and_no_other() -> None:
    rows = rows_below((ROOT / "FEDERATION.md").read_text(encoding="utf-8"), "What we take")
    named = [name for types, _ in rows for name in types.split(", ")]
    assert sorted(named) == sorted(HANDLERS)


def test_the_interface_names_every_command() -> None:
    rows = rows_below((ROOT / "docs/interface.md").read_text(encoding="utf-8"), "Commands")
    usages = [usage for names, _ in rows for usage in re.findall(r"`([^`]+)`", names)]
    assert set(COMMANDS) <= {usage.split()[0] for usage in usages}


CALL = re.compile(
    r"(?:sudo -u coord )?(?:coord|fediverse-coord)(?: --config \S+)? (?P<words>[a-z].*)"
)


def calls_in(paper: str) -> Iterator[list[str]]:
    """The words after the program's name, wherever a guide calls it."""
    text = paper.replace("\\\n", " ")
    said = [part for block in shell_blocks(text) for line in block.splitlines()
            for part in line.split(" | ")]  # fmt: skip
    for one in [*said, *re.findall(r"`([^`\n]+)`", text)]:
        if found := CALL.fullmatch(one.strip()):
            yield found["words"].split()


@pytest.mark.parametrize("paper", ["docs/operators.md", "docs/coordinators.md", "docs/deploy.md"])
def test_guides_call_only_what_exists(paper: str) -> None:
    calls = list(calls_in((ROOT / paper).read_text(encoding="utf-8")))
    assert calls
    assert [" ".join(words) for words in calls if not exists(words)] == []


def exists(words: list[str]) -> bool:
    """Whether there is such a command, with such options."""
    context = click.Context(program)
    command = program.get_command(context, words[0])
    if isinstance(command, click.Group):
        command = command.get_command(context, words[1])
    known = {name for one in command.params for name in one.opts} if command else set()
    asked = {word.partition("=")[0] for word in words if word.startswith("--")}
    return command is not None and asked <= known
