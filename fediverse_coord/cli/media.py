"""`media move` and `media check`: where the files of media lie.  docs/operators.md."""

from typing import TYPE_CHECKING

import click

from fediverse_coord.cli import session, telling
from fediverse_coord.cli.progress import progress
from fediverse_coord.errors import Refusal

if TYPE_CHECKING:
    from fediverse_coord.app import Services
    from fediverse_coord.config import Config
    from fediverse_coord.desk.carrying_media import Carried, Checked

NAMED = 20  # of what is missing; --json has them all


@click.group()
def media() -> None:
    """Carry pictures, recordings and documents elsewhere; look whether all are there."""


@media.command()
@click.option("--to", "place", metavar="DIRECTORY|s3://BUCKET/PREFIX", required=True)
@click.option("--json", "as_json", is_flag=True, help="What was carried.")
def move(place: str, as_json: bool) -> None:
    """Copy every file there, each held against its hash; also while the server serves.

    Can be stopped and run again. What to write into config.toml then is said at the end.
    """
    config = session.settings()

    async def work(services: "Services") -> "Carried":
        from fediverse_coord.desk import carrying_media
        from fediverse_coord.desk.people import OPERATOR

        with progress("carrying") as told:
            return await carrying_media.move(services.desk, config, OPERATOR, place, told)

    made = session.acting(work)
    facts = {"place": made.place, "carried": made.carried, "there_already": made.there,
             "bytes": made.bytes, "missing": made.missing, "broken": made.broken}  # fmt: skip
    if as_json:
        telling.result_json(facts)
    else:
        telling.result(made.place)
    telling.say(f"{made.carried:,} files carried ({made.bytes:,} bytes), {made.there:,} were there")
    _named("is nowhere: bring it from a backup", made.missing)
    _named("is not what its name says: bring it from a backup", made.broken)
    _next(config, made.place)
    if made.missing or made.broken:
        raise Refusal("not every file could be carried; what was carried stays there")


def _next(config: "Config", place: str) -> None:
    from fediverse_coord.desk import stores

    first = str(stores.shelves(config).places[0])
    if first != place:
        telling.say("new files still go to the old place. Next, in config.toml:")
        telling.say("  [media]")
        telling.say(f'  store = "{place}"')
        telling.say(f'  formerly = "{first}"')
        telling.say("then start again, and run this command once more for what came meanwhile")
    elif config.media.formerly:
        telling.say(
            f"nothing is needed of {config.media.formerly} any more: take `formerly` out of"
        )
        telling.say("config.toml, delete its files when you trust the new place, and start again:")
        telling.say("the pictures of coordinations are made anew from actors/ then")


@media.command()
@click.option("--contents", is_flag=True, help="Read every file, and hold it against its hash.")
@click.option("--json", "as_json", is_flag=True)
def check(contents: bool, as_json: bool) -> None:
    """Name the files that are missing, and those that nothing tells of."""

    async def work(services: "Services") -> "Checked":
        from fediverse_coord.desk import carrying_media
        from fediverse_coord.desk.people import OPERATOR

        with progress("looking") as told:
            return await carrying_media.check(services.desk, OPERATOR, told, contents=contents)

    made = session.acting(work)
    if as_json:
        telling.result_json(
            {"files": made.files, "missing": made.missing, "broken": made.broken,
             "unmade": made.unmade, "strays": made.strays, "fresh": made.fresh}
        )  # fmt: skip
    else:
        rows = [(name, "missing", "") for name in made.missing]
        rows += [(name, "broken", "") for name in made.broken]
        rows += [(name, "unmade", "") for name in made.unmade]
        rows += [(name, "stray", place) for place, names in made.strays.items() for name in names]
        telling.table(("FILE", "IS", "WHERE"), rows)
    telling.say(f"{made.files:,} files are told of; {len(made.missing):,} of them are missing")
    if made.unmade:
        telling.say("pictures of coordinations are made from actors/ when the server starts again")
    if made.strays:
        telling.say("strays are cleared away by the running server, each hour a portion")
    if made.missing or made.broken:
        raise Refusal("bring the missing files from a backup: unpack it elsewhere, and copy them")


def _named(what: str, names: list[str]) -> None:
    for name in names[:NAMED]:
        telling.say(f"{name} {what}")
    if len(names) > NAMED:
        telling.say(f"… and {len(names) - NAMED:,} more: --json has them all")
