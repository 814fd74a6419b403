"""The coordinators' API asked by its own description: schemathesis, over real HTTP.

It may never be answered with a 5xx, nor with a status, a type or a body that the description
does not name. Left out are two of its checks: that what fits the schema is taken (rules that no
schema can say are refused, each by its field), and that a missing header is answered otherwise
than with 428, which RFC 6585 3 has for If-Match.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from servers import ServerProcess, server

pytestmark = pytest.mark.judge

SECONDS = 30
EXCLUDED = "positive_data_acceptance,negative_data_rejection,missing_required_header"

# Otherwise nearly every question would end at 404.
KNOWN = """
[generation]
database = "none"

[parameters]
"path.name" = "pits"
"path.lang" = "de"
"header.If-Match" = "*"

[[operations]]
include-path-regex = "^/api/v1/declarations/"
include-method = ["GET", "PATCH", "POST", "PUT"]
parameters = {{ "path.key" = "{key}" }}
"""


@pytest.fixture
def coordinated(tmp_path: Path) -> Iterator[tuple[ServerProcess, str]]:
    more = "[limits]\napi_per_token_per_minute = 1000000\n"
    with server(tmp_path / "server", "pits", more=more) as process:
        yield process, process.run("token", "create", "--coordinator", "Ada", "--role", "admin")


def drafted(process: ServerProcess, token: str) -> str:
    answer = httpx.post(
        f"{process.origin}/api/v1/actors/pits/declarations",
        headers={"Authorization": f"Bearer {token}"},
        json={"content": "The lifts stand still.", "form": "note"},
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["key"])


def test_schemathesis_finds_the_api_as_it_describes_itself(
    coordinated: tuple[ServerProcess, str], tmp_path: Path
) -> None:
    process, token = coordinated
    config, report = tmp_path / "schemathesis.toml", tmp_path / "report.json"
    config.write_text(KNOWN.format(key=drafted(process, token)))

    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"]
    command += [f"{process.origin}/api/v1/openapi.json", "-H", f"Authorization: Bearer {token}"]
    command += ["--phases", "coverage,fuzzing", "--max-time", str(SECONDS), "--seed", "1"]
    command += ["--exclude-checks", EXCLUDED, "--max-examples", "20", "--continue-on-failure"]
    command += ["--no-shrink", "--report", "json", "--report-json-path", str(report)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)

    found = json.loads(report.read_text())
    assert found["failures"] == [], done.stdout
    assert found["errors"] == [], done.stdout
    assert found["operations"]["tested"] == found["operations"]["total"] > 0
    assert done.returncode == 0, done.stdout
    assert "Traceback" not in process.log()
