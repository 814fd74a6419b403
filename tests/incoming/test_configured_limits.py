"""What the configuration says about floods is what holds."""

from pathlib import Path

from servers import free_port, write_folder

from fediverse_coord import app, config
from fediverse_coord.incoming.services import Floods
from fediverse_coord.remote.keys import KeyLimits

HERE, SECOND = "https://far.example/users/ann", 1.0
LIMITS = "\n[limits]\ninbox_per_host_per_minute = 3\nkeys_per_host_per_minute = 2\n"


async def test_activities_and_keys_of_a_host_are_counted_as_configured(tmp_path: Path) -> None:
    write_folder(tmp_path, free_port(), ("pits",), more=LIMITS)
    async with app.opened(config.load(tmp_path / "config.toml")) as services:
        floods = services.incoming.floods
        assert [floods.admit(f"{HERE}{n}", SECOND) for n in range(4)] == [True] * 3 + [False]
        assert not floods.admit(HERE, SECOND + 19)
        assert floods.admit(HERE, SECOND + 40)
        keys = services.peers.limits.keys.by_host
        assert [keys.take("far.example", SECOND) for _ in range(3)] == [True, True, False]


def test_the_defaults_are_the_same_with_and_without_a_file() -> None:
    limits = config.Limits()
    assert Floods.of(limits.inbox_per_host_per_minute) == Floods()
    assert KeyLimits.of(limits.keys_per_host_per_minute) == KeyLimits()
