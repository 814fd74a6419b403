"""`pdf`: a version of a declaration on paper."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fediverse_coord.cli import session, telling
from fediverse_coord.errors import Refusal

if TYPE_CHECKING:
    from fediverse_coord.app import Services
    from fediverse_coord.desk.papers import Paper

STDOUT = Path("-")


@click.command()
@click.argument("named", metavar="ID")
@click.option("--lang", "language", metavar="TAG", help="Which version; else the original.")
@click.option(
    "-o",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to write it; '-' is stdout. Else SLUG.TAG.pdf in this folder.",
)
def pdf(named: str, language: str | None, file: Path | None) -> None:
    """Write a version of ID as PDF; a draft is marked as one and carries no proof."""
    paper = session.acting(lambda services: _paper(services, named, language))
    if file == STDOUT:
        click.echo(paper.content, nl=False)
        return
    place = file or Path(paper.name)
    try:
        place.write_bytes(paper.content)
    except OSError as error:
        raise Refusal(f"{place} cannot be written: {error.strerror}") from None
    telling.result(str(place))


async def _paper(services: "Services", named: str, language: str | None) -> "Paper":
    from fediverse_coord.desk import papers
    from fediverse_coord.desk.lookups import key_of
    from fediverse_coord.desk.people import OPERATOR

    config, desk = services.config, services.desk
    media = config.path(config.media.directory)
    key = await key_of(desk, named)
    return await papers.of_coordinator(desk, media, OPERATOR, key, language)
