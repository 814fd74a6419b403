"""Somebody at the console who adds pictures to a text, as browsers send them."""

from desk_browser import OURS, Desk, FormFound
from running_site import BROWSER, Site
from sample_pages import Page

from fediverse_coord.desk import drafts, pictures
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.storage.declarations import Work

WRITE = "/console/@pits/write"
LARGEST = 2_000_000
TYPED = {
    "title__en": "At the gate",
    "summary__en": "We stand there.",
    "content__en": 'Dear colleagues,\n\nwe "stand" at the <gate> & wait – قف.',
    "addressees": "The night shift\nThe day shift",
    "signatories__0__name": "Amara Voss",
}


async def send(
    desk: Desk,
    content: bytes | None,
    ending: str = "/write",
    *,
    button: str = "picture",
    language: str = "en",
    **given: str,
) -> Page:
    """Presses a button of the form as browsers do, with a file in its place among the fields."""
    form = desk.form(ending)
    pairs = [one for one in form.filled(**given) if one[0] != "picture"]
    fields: list[tuple[str, tuple[str | None, str | bytes]]] = [
        (name, (None, value)) for name, value in [*pairs, ("do", button)]
    ]
    fields.insert(4, ("picture", ("gate.jpg" if content is not None else "", content or b"")))
    desk.answer = await desk.client.post(
        form.action, files=fields, headers={**BROWSER, **OURS, "Accept-Language": language}
    )
    return desk.page


def kept(form: FormFound) -> dict[str, str]:
    """What stands in the fields of TYPED, with the line ends of the sender."""
    return {name: form.value(name.replace("__", ".")).replace("\r\n", "\n") for name in TYPED}


async def album(site: Site, name: str = "pits") -> list[str]:
    found = await pictures.recent(site.services.desk, OPERATOR, name, limit=100)
    return [one.image.key for one in found]


async def saved(desk: Desk) -> Work:
    key = desk.path.partition("?")[0].split("/")[3]
    return await drafts.find(desk.site.services.desk, OPERATOR, key)
