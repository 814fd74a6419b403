"""Years of texts, as an import leaves them, written at once: a server with an archive.

By storage's own functions, so that every row is there that an import makes; only reading and
rendering Markdown is left out. Kinds, countries, organisations, topics and languages differ in
how many texts they have: a few have most of them, many have one or two.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import islice

from bench.imports import FIRST, texts
from fediverse_coord import app
from fediverse_coord.config import Config
from fediverse_coord.protocol.chance import random_key
from fediverse_coord.publishing.declarations import (
    Declaration,
    Form,
    Kind,
    State,
    Version,
    VersionState,
)
from fediverse_coord.storage import actors, imports
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.imports import Entry, NewWork

ACTOR = "bench"
AT_ONCE = 500
DAYS = 17 * 365
COUNTRIES = ("CL", "GH", "PE", "IN", "PL", "KE")
LANGUAGES = ("es", "fr", "de", "uk", "ar")


async def fill(config: Config, number: int) -> None:
    """So many works in an empty server's database."""
    async with app.opened(config) as services:
        actor = await actors.by_name(services.db, ACTOR)
        assert actor is not None
        now = datetime.now(UTC)
        made = works(number)
        while portion := list(islice(made, AT_ONCE)):

            async def write(tx: Transaction, portion: Sequence[NewWork] = portion) -> None:
                await imports.insert(tx, actor.row, portion, None, now)

            await services.db.write(write)


def works(number: int) -> Iterator[NewWork]:
    chance = random.Random(11)
    for count, (title, _, body) in enumerate(texts(number)):
        day = FIRST + timedelta(days=count * DAYS // number)
        versions = [version("en", title, body)]
        if count % 5 == 0:
            language = LANGUAGES[_rank(chance, len(LANGUAGES))]
            versions.append(version(language, title, body))
        declaration = Declaration(
            key=random_key(),
            actor_name=ACTOR,
            form=Form.ARTICLE,
            state=State.PUBLISHED,
            language="en",
            slug=f"shaft-{count}",
            versions=tuple(versions),
            revision=1,
            kind=tuple(Kind)[_rank(chance, len(Kind))],
            tags=(f"Topic{_rank(chance, 400)}", f"Of{count // 3}"),
            countries=(COUNTRIES[_rank(chance, len(COUNTRIES))],),
            organisations=(f"Crew {_rank(chance, 2000)}",),
            dated=day,
            published_at=datetime.combine(day, time(hour=count % 24), UTC),
        )
        yield NewWork(declaration, (Entry(f"shaft-{count}", f"shaft-{count}", "en"),))


def _rank(chance: random.Random, among: int) -> int:
    """Low numbers often, high ones seldom."""
    return int(among * chance.random() ** 3)


def version(language: str, title: str, body: str) -> Version:
    html = "".join(f"<p>{one}</p>" for one in body.split("\n\n"))
    return Version(
        language=language,
        title=title,
        summary=body[:300],
        source=body,
        html=html,
        state=VersionState.PUBLISHED,
    )
