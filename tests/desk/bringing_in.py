"""What tests of imports begin with: a source, and everything that comes of it."""

from datetime import date
from pathlib import Path

from earlier_site import Web

from fediverse_coord.desk import drafts, import_plans, imports
from fediverse_coord.desk.desk import Desk
from fediverse_coord.desk.import_plans import Plan
from fediverse_coord.desk.import_sources import Source
from fediverse_coord.desk.imports import Done
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.storage.declarations import Work


def source(form: str, place: str | Path, folder: Path, **more: object) -> Source:
    unpacked = folder / "unpacked"
    unpacked.mkdir(exist_ok=True)
    web = more.pop("web", Web({}))
    assert isinstance(web, Web)
    return Source(form, str(place), web.get, unpacked, **more)  # type: ignore[arg-type]


async def bring(desk: Desk, one: Source, **more: date) -> tuple[Plan, Done]:
    plan = await import_plans.plan_of(desk, "dockers", one, **more)
    return plan, await imports.carry_out(desk, OPERATOR, plan, one)


async def works(desk: Desk) -> list[Work]:
    return await drafts.page(desk, OPERATOR, "dockers")


def letters(folder: Path, number: int = 3) -> Path:
    place = folder / "letters"
    place.mkdir()
    for one in range(number):
        text = f"---\ntitle: Ghana, letter {one}\ndate: 2015-02-0{one % 9 + 1}\n---\nWe hear you."
        (place / f"{one}.md").write_text(text, encoding="utf-8")
    return place
