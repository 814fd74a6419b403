"""The demonstration happens whole, with its judges.

They are installed here; without them it says so (tests/demo).
"""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.judge

ROOT = Path(__file__).parents[2]


def demonstration(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fediverse_coord", "demo"]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=180, check=False
    )


def test_the_demonstration_happens_whole_with_the_shipped_coordinations() -> None:
    done = demonstration(ROOT)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Missing" not in done.stdout


def test_the_demonstration_happens_whole_where_no_coordination_is_shipped(tmp_path: Path) -> None:
    done = demonstration(tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "@weavers" in done.stdout
    assert list(tmp_path.iterdir()) == []
