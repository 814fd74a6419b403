"""The papers say what the code does: commands, settings, links, locks, lengths."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pydantic import BaseModel

from fediverse_coord.config import Config

ROOT = Path(__file__).parent.parent
PAPERS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "bench" / "README.md"])
NPM_LOCKS = sorted((ROOT / "tests" / "judges").glob("*/package-lock.json"))
LOCKS = sorted([*ROOT.glob("*.lock"), *(ROOT / "deploy").glob("*.lock")])
CHANGE_KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def without_code(text: str) -> str:
    return re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL)


def by_path(path: Path) -> str:
    return str(path.relative_to(ROOT))


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):.*## ", text_of("Makefile"), flags=re.MULTILINE))


def test_the_readme_is_read_in_one_sitting() -> None:
    assert len(text_of("README.md").splitlines()) <= 200


def test_the_readme_begins_a_line_with_each_of_the_two_commands() -> None:
    assert {"make run", "make test"} <= set(re.findall(r"^make [a-z]+", text_of("README.md"), re.M))


def test_every_make_command_is_told_to_contributors() -> None:
    told = set(re.findall(r"`make ([a-z]+)`", text_of("CONTRIBUTING.md")))
    assert targets() - told == {"help"}


@pytest.mark.parametrize("paper", PAPERS, ids=by_path)
def test_papers_name_only_make_commands_that_exist(paper: Path) -> None:
    text = paper.read_text(encoding="utf-8")
    assert set(re.findall(r"(?:^|`)(?:sudo )?make ([a-z]+)", text, re.M)) <= targets()


@pytest.mark.parametrize("paper", PAPERS, ids=by_path)
def test_links_between_papers_lead_somewhere(paper: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", without_code(paper.read_text(encoding="utf-8")))
    inner = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert [link for link in inner if not (paper.parent / link).exists()] == []


def test_changes_follow_keep_a_changelog() -> None:
    text = text_of("CHANGES.md")
    versions = re.findall(r"^## (.+)$", text, re.M)
    assert versions[0] == "[Unreleased]"
    dated = re.compile(r"\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}")
    assert [version for version in versions[1:] if not dated.fullmatch(version)] == []
    assert set(re.findall(r"^### (.+)$", text, re.M)) <= CHANGE_KINDS


def settings_of(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The dotted name of every setting a file can hold, as a tuple."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from settings_of(field.annotation, (*path, name))
        elif not field.exclude:
            yield (*path, name)


def settings_named(toml: str) -> set[tuple[str, ...]]:
    """Settings a file shows, commented out or not: `name = …` below its `[section]`."""
    section: tuple[str, ...] = ()
    found = set()
    for line in toml.splitlines():
        if heading := re.fullmatch(r"#? ?\[([a-z_.]+)\].*", line):
            section = tuple(heading[1].split("."))
        elif setting := re.match(r"#? ?([a-z_]+) *=", line):
            found.add((*section, setting[1]))
    return found


def test_the_example_names_every_setting_and_no_other() -> None:
    assert settings_named(text_of("config.example.toml")) == set(settings_of(Config))


def test_the_example_is_a_configuration() -> None:
    Config.model_validate(tomllib.loads(text_of("config.example.toml")))


@pytest.mark.parametrize("lock", LOCKS, ids=by_path)
def test_a_lock_pins_by_hash_and_names_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    pinned = re.findall(r"^[a-z0-9.-]+==", text, re.M)
    assert "://" not in text
    assert "--index" not in text
    assert 0 < len(pinned) <= text.count("--hash=sha256:")


def required() -> dict[str, list[str]]:
    project = tomllib.loads(text_of("pyproject.toml"))
    groups = project["dependency-groups"]
    run = project["project"]["dependencies"]
    demo = project["project"]["optional-dependencies"]["demo"]
    return {
        "deploy/requirements.lock": run,
        "requirements.lock": run + groups["dev"],
        "requirements-demo.lock": run + demo,
        "requirements-judges.lock": run + demo + groups["dev"] + groups["judges"],
    }


@pytest.mark.parametrize("lock", NPM_LOCKS, ids=by_path)
def test_a_judge_from_npm_is_fixed_by_hash_without_an_address(lock: Path) -> None:
    packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    fixed = {name: "integrity" in one and "resolved" not in one for name, one in packages.items()}
    assert [name for name, is_fixed in fixed.items() if name and not is_fixed] == []


@pytest.mark.parametrize("lock", required())
def test_a_lock_holds_everything_the_project_asks_for(lock: str) -> None:
    pins = dict(re.findall(r"^([a-z0-9.-]+)==([^\s;]+)", text_of(lock), re.M))
    wanted = [Requirement(line) for line in required()[lock]]
    unmet = [
        str(one)
        for one in wanted
        if not one.specifier.contains(pins.get(canonicalize_name(one.name), "0"))
    ]
    assert unmet == [], "run `make lock`"
