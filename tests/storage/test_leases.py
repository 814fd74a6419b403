"""A lease is longer than whatever is done under it, however short it is set."""

from datetime import timedelta
from pathlib import Path

import pytest

from fediverse_coord import config
from fediverse_coord.errors import ConfigError
from fediverse_coord.storage.leases import Lease


@pytest.mark.parametrize("seconds", [4, 60, 120, 3600])
def test_what_begins_in_time_ends_within_the_lease(seconds: float) -> None:
    lease = Lease(seconds)
    under_way = lease.attempt_seconds + lease.asking_seconds
    assert lease.begin_within + timedelta(seconds=under_way) < lease.length
    assert timedelta(seconds=lease.effect_seconds) < lease.margin < lease.length


def settings(folder: Path, text: str) -> config.Delivery:
    (folder / "config.toml").write_text(f"[delivery]\n{text}\n")
    return config.load(folder / "config.toml").delivery


def test_the_deadlines_of_an_exchange_fit_into_the_lease_set(tmp_path: Path) -> None:
    short = settings(tmp_path, "total_seconds = 2\nconnect_seconds = 1\nlease_seconds = 8")
    assert short.total_seconds <= Lease(short.lease_seconds).attempt_seconds
    standard = config.Delivery()
    assert standard.total_seconds <= Lease(standard.lease_seconds).attempt_seconds


@pytest.mark.parametrize("text", ["total_seconds = 31", "lease_seconds = 119"])
def test_a_lease_under_which_two_could_send_the_same_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=r"lease_seconds must be at least .* four times"):
        settings(tmp_path, text)
