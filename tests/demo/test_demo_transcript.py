"""What the demonstration tells, and when it calls itself a success."""

import importlib.util
import io
from pathlib import Path

import pytest
from rich.console import Console

from fediverse_coord.demo import processes, samples, world
from fediverse_coord.demo.transcript import Transcript
from fediverse_coord.errors import Refusal


def transcript() -> tuple[Transcript, io.StringIO]:
    written = io.StringIO()
    return Transcript(Console(file=written, highlight=False, soft_wrap=True)), written


def test_it_succeeds_when_every_expectation_held() -> None:
    told, written = transcript()
    told.expect(True, "100 of 100 came")

    assert told.verdict() == 0
    assert "ok  100 of 100 came" in written.getvalue()
    assert "All 1 expectations held" in written.getvalue()


def test_one_missing_expectation_is_named_and_fails_it() -> None:
    told, written = transcript()
    told.expect(True, "100 of 100 came")
    told.expect(False, "99 of 100 [held]")

    assert told.verdict() == 1
    assert written.getvalue().endswith("Missing (1):\n  99 of 100 [held]\n")


def test_where_no_judge_is_installed_it_names_them_and_what_to_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    with pytest.raises(Refusal, match=r"apsig, http-message-signatures.*make demo"):
        world.run(keep=False)


def test_a_server_is_founded_on_the_sample_where_no_actors_are_shipped(tmp_path: Path) -> None:
    made = processes.founded(tmp_path / "ours", None, samples.WEAVERS)

    assert made.names == ("weavers",)
    assert made.config.federation.lab
    assert made.handle.startswith("@weavers@127.0.0.1:")
