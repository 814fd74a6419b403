"""`import`: the texts of an earlier site.  INTERFACE: Commands.

First what would be done is told, then the person is asked (`asking`), then it is done. Where nobody
can be asked it ends after the first. Nothing that comes in is ever sent.
"""

import gc
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fediverse_coord.cli import asking, session, telling
from fediverse_coord.cli.progress import progress
from fediverse_coord.errors import Refusal

if TYPE_CHECKING:
    from fediverse_coord.app import Services
    from fediverse_coord.desk.import_plans import Plan
    from fediverse_coord.desk.import_sources import Source
    from fediverse_coord.desk.imports import Decide, Done
    from fediverse_coord.desk.returning import Returned
    from fediverse_coord.publishing.importing.entries import Faulty, Imported

EXPORT = "export"
FORMS = ("feed", "markdown", "mastodon", "page", EXPORT)
SHOWN_FAULTS = 50
SHOWN_WORKS = 20  # before questions; --dry-run shows all
UNASKED = 3  # the exit code where nobody could be asked, and nothing was done


@click.command("import")
@click.argument("form", type=click.Choice(FORMS))
@click.argument("source", metavar="SOURCE")
@click.option("--actor", metavar="NAME", help="The coordination; needed where there are several.")
@click.option("--mapping", metavar="FILE|NAME", help="For pages: how they are laid out.")
@click.option("--date", "undated", type=click.DateTime(["%Y-%m-%d"]), help="Of texts without any.")
@click.option("--dry-run", is_flag=True, help="Only tell what would be done.")
@click.option("--yes", is_flag=True, help="Ask nothing; take versions that are nearly certain.")
@click.option("--strict", is_flag=True, help="Where one text is faulty, take none.")
@click.option("--json", "as_json", is_flag=True, help="What came in, and what did not.")
def import_(
    form: str,
    source: str,
    actor: str | None,
    mapping: str | None,
    undated: datetime | None,
    dry_run: bool,
    yes: bool,
    strict: bool,
    as_json: bool,
) -> None:
    """Bring in texts of an earlier site: with their days, and without sending anything.

    SOURCE is a file, a folder or, for feed and page, an address. What came in once is passed over.
    An export of this program comes back with its ids, into a coordination that has none.
    """
    if mapping and form != "page":
        raise click.UsageError("--mapping belongs to pages")
    if form == EXPORT:
        if undated or dry_run or strict:
            raise click.UsageError("an export comes back whole: no --date, --dry-run or --strict")
        _bring_back(Path(source), actor, as_json=as_json)
        return

    async def work(services: "Services") -> None:
        from fediverse_coord.desk import import_plans, import_sources

        _collect_less()
        layout = import_sources.layout_named(mapping) if mapping else None
        name = await session.chosen_actor(services.desk, actor)
        with tempfile.TemporaryDirectory(prefix="fediverse-coord-") as folder:
            opened = import_sources.Source(
                form,
                source,
                services.client.get,
                Path(folder),
                layout,
                services.config.media.largest_bytes,
            )
            with progress("reading") as told:
                plan = await import_plans.plan_of(
                    services.desk,
                    name,
                    opened,
                    undated=undated.date() if undated else None,
                    progress=told,
                )
            await _go_on(services, plan, opened, dry_run, yes, strict, as_json)

    session.acting(work)


def _collect_less() -> None:
    """Each text is thousands of short lives; looking for cycles among them took a sixth."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _bring_back(folder: Path, actor: str | None, *, as_json: bool) -> None:
    async def work(services: "Services") -> "Returned":
        from fediverse_coord.desk import returning
        from fediverse_coord.desk.people import OPERATOR

        name = await session.chosen_actor(services.desk, actor)
        return await returning.bring_back(services.desk, OPERATOR, folder, name)

    made = session.acting(work)
    for slug in made.unscheduled:
        telling.say(f"{slug} has missed its hour and is a draft now: `schedule` it again")
    for name in made.missing:
        telling.say(f"the export lacks the picture {name}")
    if as_json:
        facts = {"works": made.works, "lines": made.lines, "unscheduled": made.unscheduled}
        more = {"missing_pictures": made.missing, "sending": not made.held}
        telling.result_json({**facts, **more})
    else:
        telling.result(f"{made.works} declarations are back; nobody was told")
    if made.held:
        telling.say(
            "followers are back: switch the first server off, then `fediverse-coord resume`; "
            "until then this one receives and sends nothing"
        )


async def _go_on(
    services: "Services",
    plan: "Plan",
    source: "Source",
    dry_run: bool,
    yes: bool,
    strict: bool,
    as_json: bool,
) -> None:
    from fediverse_coord.desk import imports
    from fediverse_coord.desk.people import OPERATOR
    from fediverse_coord.publishing.importing.deciding import if_sure

    if strict:
        await _refuse_faulty(services, plan, source)
    if dry_run or (plan.works and not yes and not _can_ask()):
        _tell_plan(plan, as_json=as_json)
        if not dry_run:
            telling.say("nothing was imported, as nobody can be asked here: repeat with --yes")
            raise click.exceptions.Exit(UNASKED)
        return
    _tell_counts(plan)
    decide: Decide = if_sure
    if plan.works and not yes:
        _tell_works(plan, SHOWN_WORKS, telling.say)
        decide = asking.decisions(plan)
    with progress("writing", plan.works) as told:
        done = await imports.carry_out(
            services.desk, OPERATOR, plan, source, decide=decide, progress=told
        )
    _tell_done(plan, done, as_json=as_json)


async def _refuse_faulty(services: "Services", plan: "Plan", source: "Source") -> None:
    from fediverse_coord.desk import imports
    from fediverse_coord.desk.people import OPERATOR

    found = await imports.check(services.desk, OPERATOR, plan, source)
    if plan.faulty or found:
        _tell_faults([*plan.faults, *found])
        number = plan.faulty + len(found)
        raise Refusal(f"there are {number} faults, and nothing was imported (--strict)")


def _can_ask() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _tell_counts(plan: "Plan") -> None:
    told = f"{plan.texts} texts as {plan.works} works, {plan.groups} of them in several languages"
    more = {
        "here already": plan.known,
        "repeated in it": plan.twice,
        "without a day": plan.undated,
        "mere titles": plan.title_only,
        "faulty": plan.faulty,
    }
    counted = [f"{number} {what}" for what, number in more.items() if number]
    telling.say("; ".join([told, *counted]))


def _tell_plan(plan: "Plan", *, as_json: bool) -> None:
    """What `--yes` would do; where it would take a proposal apart, JSON says so (`together`)."""
    from fediverse_coord.publishing.importing.deciding import if_sure

    _tell_counts(plan)
    if as_json:
        works = [
            {
                "confidence": one.confidence,
                "together": len(if_sure(one).works) == 1,
                "versions": [_facts(each) for each in one.members],
            }
            for one in plan.proposals()
        ]
        telling.result_json({**_summary(plan), "works": works})
        return
    _tell_works(plan, plan.works, telling.result)
    _tell_faults(plan.faults)


def _tell_works(plan: "Plan", most: int, say: Callable[[str], None]) -> None:
    for number, one in enumerate(islice(plan.proposals(), most), start=1):
        for place, each in enumerate(one.members):
            lead = f"{number:>5}" if place == 0 else "    ="
            facts = [
                str(each.moment.date()) if each.day and each.moment else "no day",
                str(each.language),
                each.kind or "-",
                ",".join(each.countries) or "-",
            ]
            sure = f" ({one.confidence:.0%})" if place and one.confidence < 1 else ""
            say(f"{lead}  {'  '.join(facts)}  {asking.named(each)}{sure}")
    if plan.works > most:
        say(f"and {plan.works - most} more; --dry-run shows all")


def _facts(one: "Imported") -> dict[str, object]:
    return {
        "title": one.title,
        "language": one.language,
        "kind": one.kind,
        "countries": list(one.countries),
        "dated": one.day,
        "published": one.moment,
        "url": one.url,
        "old_path": one.old_path,
        "title_only": one.is_title_only,
        "beginning_only": one.is_beginning,
        "place": one.place,
        "length": len(one.content),
    }


def _summary(plan: "Plan") -> dict[str, object]:
    return {
        "texts": plan.texts,
        "works_planned": plan.works,
        "groups": plan.groups,
        "known": plan.known,
        "repeated": plan.twice,
        "undated": plan.undated,
        "title_only": plan.title_only,
        "faulty": [_fault(one) for one in plan.faults],
    }


def _fault(one: "Faulty") -> dict[str, str]:
    return {"place": one.place, "reason": one.reason}


def _tell_faults(faults: "list[Faulty]") -> None:
    for one in faults[:SHOWN_FAULTS]:
        telling.say(f"left out: {one.place}: {one.reason}")
    if len(faults) > SHOWN_FAULTS:
        telling.say(f"and {len(faults) - SHOWN_FAULTS} more; --json names them all")


def _tell_done(plan: "Plan", done: "Done", *, as_json: bool) -> None:
    faults = [*plan.faults, *done.faults]
    if as_json:
        facts = {"works": done.works, "versions": done.texts, "faulty": [_fault(o) for o in faults]}
        telling.result_json({**_summary(plan), **facts})
        return
    _tell_faults(faults)
    telling.result(f"imported {done.works} works with {done.texts} texts; nobody was told")
