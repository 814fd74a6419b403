"""A place with one coordination, as `init` and the first command make it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from running_command import Place, Warm, begun


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    process = Warm(tmp_path_factory.mktemp("streams"))
    yield process
    process.end()


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> Path:
    """Made once: keys take their time."""
    place = Place(tmp_path_factory.mktemp("founded"), warm)
    assert begun(place).code == 0
    assert place.run("list").code == 0
    return place.folder


@pytest.fixture
def empty(tmp_path: Path, warm: Warm) -> Place:
    folder = tmp_path / "empty"
    folder.mkdir()
    return Place(folder, warm)


@pytest.fixture
def place(founded: Path, tmp_path: Path, warm: Warm) -> Place:
    folder = tmp_path / "place"
    shutil.copytree(founded, folder)
    return Place(folder, warm)


@pytest.fixture
def other(founded: Path, tmp_path: Path, warm: Warm) -> Place:
    """The same coordination with the same keys, and nothing written yet."""
    folder = tmp_path / "other"
    shutil.copytree(founded, folder)
    return Place(folder, warm)
