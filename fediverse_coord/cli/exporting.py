"""`export`: everything that was written here, as files.  docs/export-format.md."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fediverse_coord.cli import session, telling
from fediverse_coord.cli.progress import progress

if TYPE_CHECKING:
    from fediverse_coord.app import Services
    from fediverse_coord.desk.exports import Exported


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--actor", "names", metavar="NAME", multiple=True, help="This one; else all.")
@click.option(
    "--with-confidential",
    is_flag=True,
    help="Also sealed names, sealed as they are: only this server's key file opens them.",
)
@click.option(
    "--with-followers",
    is_flag=True,
    help="Also who follows, liked, boosted, is blocked: sealed for this server's key file.",
)
@click.option("--json", "as_json", is_flag=True, help="What was written.")
def export(
    folder: Path,
    names: tuple[str, ...],
    with_confidential: bool,
    with_followers: bool,
    as_json: bool,
) -> None:
    """Write everything as Markdown, pictures, and JSON with proofs into the empty folder DIR."""

    async def work(services: "Services") -> "Exported":
        from fediverse_coord.desk import exports
        from fediverse_coord.desk.people import OPERATOR

        with progress("writing") as told:
            return await exports.export(
                services.desk,
                OPERATOR,
                folder,
                names,
                with_confidential=with_confidential,
                with_followers=with_followers,
                progress=told,
            )

    _tell(session.acting(work), as_json=as_json)


def _tell(made: "Exported", *, as_json: bool) -> None:
    if as_json:
        telling.result_json(
            {
                "folder": str(made.folder),
                "declarations": made.counts,
                "left_out": made.left_out,
                "missing_pictures": made.missing,
            }
        )
    else:
        telling.result(str(made.folder))
    telling.say(f"declarations of {', '.join(made.counts) or 'nobody'}: {made.works:,}")
    if made.left_out:
        telling.say(f"{made.left_out:,} letters to single people stay here")
    for name in made.missing:
        telling.say(f"the file {name} is not where media lie: bring it from a backup")
    if made.with_names:
        telling.say("sealed names are in it, for this server's key file: keep the two apart")
    if made.with_followers:
        telling.say("followers are in it, for this server's key file: keep the two apart")
