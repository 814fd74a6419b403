"""One server for all judges."""

import shutil
from collections.abc import Iterator

import pytest
from served import ROOT, Served, serving

# Where the pasture, Caddy or Chromium can't be installed, .ci/judges has said why.
_PASTURE = ROOT / ".judges" / "pasture" / ".ready"
collect_ignore = [] if _PASTURE.exists() else ["test_pasture_judged.py"]
if shutil.which("caddy") is None:
    collect_ignore.append("test_deployed.py")
if shutil.which("chromium") is None:
    collect_ignore.append("test_console_judged.py")


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("judged") / "server") as running:
        yield running
