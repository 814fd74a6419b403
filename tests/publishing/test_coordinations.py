"""Coordination files: what is taken, what is refused, and that ours are data alone."""

import re
import tomllib
from pathlib import Path

import pytest

from fediverse_coord.errors import ConfigError
from fediverse_coord.publishing.coordinations import (
    DEFAULT_KINDS,
    Coordination,
    Field,
    Picture,
    Policies,
    coordination_from,
)

REPOSITORY = Path(__file__).parents[2]
SHIPPED = sorted((REPOSITORY / "actors").glob("*.toml"))

SMALLEST = """
username = "dockers"
languages = ["en"]
name = "Dockers' Coordination"
summary = "Dockers write to dockers."
contact = "post@dockers.example"
revision = 1
"""

WHOLE = """
example = true
revision = 7
username = "dock_2"
type = "Group"
languages = ["pt-BR", "ar"]
name = "Portuários"
summary = "Cartas de porto a porto."
contact = "post@dockers.example"
default_form = "note"
aliases = ["https://old.example/users/dockers"]
attribution_domains = ["DOCKERS.example"]
icon = { file = "art/crane.png", alt = "A crane" }
image = { file = "quay.jpg", alt = "A quay" }
fields = [{ name = "Site", value = "https://dockers.example/" }]

[texts.ar]
name = "عمال الموانئ"
summary = "رسائل من ميناء إلى ميناء."

[policies]
hold = "strangers"
kinds = ["open-letter"]
approvals = 1
approve_followers = true
"""


def read(text: str) -> Coordination:
    return coordination_from(tomllib.loads(text), file_name="dockers.toml")


def refusal(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read(text)
    return str(caught.value)


def test_the_smallest_file_is_completed_with_defaults() -> None:
    dockers = read(SMALLEST)

    assert (dockers.type, dockers.default_form, dockers.example) == (
        "Organization",
        "article",
        False,
    )
    assert dockers.policies == Policies("all", DEFAULT_KINDS, 0, False)
    assert (dockers.language, dockers.name) == ("en", "Dockers' Coordination")
    assert dockers.icon is dockers.image is None


def test_every_key_arrives() -> None:
    dockers = read(WHOLE)

    assert dockers.languages == ("pt-BR", "ar")
    assert dockers.icon == Picture("art/crane.png", "A crane")
    assert dockers.image == Picture("quay.jpg", "A quay")
    assert dockers.fields == (Field("Site", "https://dockers.example/"),)
    assert dockers.aliases == ("https://old.example/users/dockers",)
    assert dockers.attribution_domains == ("dockers.example",)
    assert dockers.policies == Policies("strangers", ("open-letter",), 1, True)
    assert (dockers.revision, dockers.type, dockers.default_form) == (7, "Group", "note")
    assert dockers.example is True


@pytest.mark.parametrize(
    "asked, name",
    [
        ("ar", "عمال الموانئ"),
        ("ar-DZ", "عمال الموانئ"),
        ("pt-BR", "Portuários"),
        ("sw", "Portuários"),
    ],
)
def test_texts_fall_back_to_the_base_and_then_to_the_default_language(
    asked: str, name: str
) -> None:
    assert read(WHOLE).texts_in(asked).name == name


@pytest.mark.parametrize("key", ["username", "languages", "name", "summary", "contact", "revision"])
def test_a_missing_key_is_named_with_its_file(key: str) -> None:
    without = "\n".join(line for line in SMALLEST.splitlines() if not line.startswith(key))

    assert refusal(without).startswith(f"dockers.toml: {key} ")


@pytest.mark.parametrize(
    "line, key",
    [
        ('sumary = "x"', "sumary"),
        ('icon = { file = "a.png", alt = "A", size = 3 }', "icon.size"),
        ('fields = [{ name = "Site", value = "x", link = "y" }]', "fields[0].link"),
        ("policies = { holds = 1 }", "policies.holds"),
        ('texts = { de = { name = "A", summary = "B" } }', "texts.de"),
    ],
)
def test_an_unknown_key_is_refused_by_name(line: str, key: str) -> None:
    assert refusal(SMALLEST + line).startswith(f"dockers.toml: {key} ")


@pytest.mark.parametrize(
    "old, new",
    [
        ('username = "dockers"', 'username = "Dockers"'),
        ('username = "dockers"', 'username = "dock-ers"'),
        ('username = "dockers"', 'username = ""'),
        ('username = "dockers"', f'username = "{"d" * 31}"'),
        ('username = "dockers"', "username = 3"),
        ('languages = ["en"]', 'languages = "en"'),
        ('languages = ["en"]', "languages = []"),
        ('languages = ["en"]', 'languages = ["english!"]'),
        ('languages = ["en"]', 'languages = ["en", "EN"]'),
        ('languages = ["en"]', 'languages = ["en", "de"]'),
        ('name = "Dockers\' Coordination"', f'name = "{"d" * 129}"'),
        ('contact = "post@dockers.example"', 'contact = "dockers.example"'),
        ("revision = 1", "revision = 0"),
        ("revision = 1", "revision = true"),
        ("revision = 1", 'revision = "1"'),
    ],
)
def test_a_faulty_value_is_refused(old: str, new: str) -> None:
    assert old in SMALLEST
    assert refusal(SMALLEST.replace(old, new)).startswith("dockers.toml: ")


@pytest.mark.parametrize(
    "line",
    [
        'type = "Workers"',
        'default_form = "poem"',
        'example = "yes"',
        'aliases = ["@dockers@old.example"]',
        'aliases = ["http://old.example/users/dockers"]',
        'attribution_domains = ["https://dockers.example"]',
        'icon = "crane.png"',
        'icon = { file = "crane.png" }',
        'icon = { file = "/etc/crane.png", alt = "A" }',
        'icon = { file = "../crane.png", alt = "A" }',
        'icon = { file = "crane.svg", alt = "A" }',
        'fields = ["Site"]',
        'fields = { name = "Site", value = "x" }',
        'policies = { hold = "some" }',
        "policies = { approvals = -1 }",
        'policies = { kinds = ["Open Letter"] }',
    ],
)
def test_a_faulty_optional_value_is_refused(line: str) -> None:
    key = line.partition(" ")[0]

    assert refusal(SMALLEST + line).startswith(f"dockers.toml: {key}")


def test_three_coordinations_are_shipped() -> None:
    assert [path.stem for path in SHIPPED] == ["icg", "icog", "iwc"]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_coordination_is_an_example_with_its_pictures(path: Path) -> None:
    found = coordination_from(tomllib.loads(path.read_text("utf-8")), file_name=path.name)

    assert (found.username, found.revision, found.example) == (path.stem, 1, True)
    assert (found.policies.hold, found.policies.approvals) == ("all", 0)
    assert found.icon is not None
    assert found.image is not None
    assert (path.parent / found.icon.file).stat().st_size < 150_000
    assert (path.parent / found.image.file).stat().st_size < 150_000
    assert all(text.summary and len(text.summary) < 500 for text in found.texts.values())


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_package_names_no_coordination(path: Path) -> None:
    name = re.compile(rf"\b{path.stem}\b", re.IGNORECASE)
    sources = (REPOSITORY / "fediverse_coord").rglob("*")
    texts = [one for one in sources if one.suffix in {".py", ".html", ".css", ".sql", ".toml"}]

    assert texts
    assert [str(one) for one in texts if name.search(one.read_text("utf-8"))] == []
