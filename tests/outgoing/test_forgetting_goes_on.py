"""The roads of a running server forget by themselves, as the settings say."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from servers import free_port, write_folder

from fediverse_coord import app, config

NOON = datetime(2026, 10, 14, 12, tzinfo=UTC)
MET = """
INSERT INTO remote_actors
       (actor_id, host, type, username, name, inbox_url, also_known_as, fetched_at)
VALUES (:id, 'far', 'Person', 'ann', 'Ann', 'https://far/inbox', '[]', :at)
"""


async def test_strangers_go_after_as_many_days_as_the_settings_say(tmp_path: Path) -> None:
    write_folder(tmp_path, free_port(), ("pits",), more="[retention]\nstrangers_days = 20")
    settings = config.load(tmp_path / "config.toml")
    async with app.opened(settings, clock=lambda: NOON) as services:
        for name, days in (("old", 21), ("young", 19)):
            at = int(NOON.timestamp() * 1000) - days * 86_400_000
            await services.db.write(lambda tx, name=name, at=at: tx.execute(MET, id=name, at=at))  # type: ignore[misc]
        worker, _ = app.roads(services)
        async with app.running(worker.run()), asyncio.timeout(20):
            while await services.db.fetch_value("SELECT count(*) FROM remote_actors") != 1:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert await services.db.fetch_value("SELECT actor_id FROM remote_actors") == "young"
