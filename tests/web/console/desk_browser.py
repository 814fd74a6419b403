"""A browser as far as the console needs one: it keeps cookies, reads forms and sends them."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx
from running_site import BROWSER, Site
from sample_pages import Page

from fediverse_coord.desk import sessions
from fediverse_coord.desk.people import OPERATOR

FORM = "application/x-www-form-urlencoded"
OURS = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}


@dataclass(slots=True)
class FormFound:
    """A form of a page: where it goes, and what it would send without being touched."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def value(self, name: str) -> str:
        return next(value for known, value in self.fields if known == name)

    def filled(self, **given: str) -> list[tuple[str, str]]:
        """With other values; names with dots are written with two underscores."""
        wanted = {name.replace("__", "."): value for name, value in given.items()}
        kept = [(name, value) for name, value in self.fields if name not in wanted]
        return kept + [(name, value) for name, value in wanted.items() if value != OFF]


OFF = "\x00off"  # a box that is not ticked


class Forms(HTMLParser):
    """Every form of a page, with what stands in it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[FormFound] = []
        self._area: str | None = None
        self._text = ""
        self._select: str | None = None
        self._chosen: str | None = None
        self._option: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name"), given.get("value") or ""
        if tag == "form":
            self.found.append(FormFound(str(given["action"])))
        elif not self.found or tag not in {"input", "textarea", "select", "option", "button"}:
            return
        elif tag == "input" and name:
            if given.get("type") not in {"checkbox", "radio"} or "checked" in given:
                self.found[-1].fields.append((name, value))
        elif tag == "textarea":
            self._area, self._text = name, ""
        elif tag == "select":
            self._select, self._chosen = name, None
        elif tag == "option" and self._select:
            self._option = value
            if self._chosen is None or "selected" in given:
                self._chosen = value
        elif tag == "button" and name:
            self.found[-1].buttons.append((name, value))

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None:
            self.found[-1].fields.append((self._area, self._text.removeprefix("\n")))
            self._area = None
        elif tag == "select" and self._select is not None:
            self.found[-1].fields.append((self._select, self._chosen or ""))
            self._select = None


@dataclass(slots=True)
class Desk:
    """Somebody at the console. What they see is the last answer."""

    site: Site
    client: httpx.AsyncClient
    answer: httpx.Response = field(default_factory=lambda: httpx.Response(200))

    async def get(self, path: str, **headers: str) -> Page:
        """Follows redirects, as browsers do."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answer = await self.client.get(path, headers=BROWSER | named)
        return self.page

    @property
    def page(self) -> Page:
        return Page(self.answer.text)

    @property
    def path(self) -> str:
        return self.answer.url.raw_path.decode()

    def form(self, ending: str = "") -> FormFound:
        """The form of the last page whose action ends so; never the one that logs out."""
        found = [one for one in Forms(self.answer.text).found if one.action.endswith(ending)]
        return next(one for one in found if ending or one.action != "/console/leave")

    async def send(self, pairs: list[tuple[str, str]], path: str, **headers: str) -> Page:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = str(httpx.QueryParams(pairs)).encode()
        self.answer = await self.client.post(
            path, content=content, headers={**BROWSER, "Content-Type": FORM, **OURS, **named}
        )
        return self.page

    async def submit(self, ending: str = "", **given: str) -> Page:
        form = self.form(ending)
        return await self.send(form.filled(**given), form.action)

    async def press(self, button: str, ending: str = "", **given: str) -> Page:
        """Presses the button whose value this is."""
        form = self.form(ending)
        name = next(name for name, value in form.buttons if value == button)
        pairs = [one for one in form.filled(**given) if one[0] != name]
        return await self.send([*pairs, (name, button)], form.action)

    async def enter(self, name: str = "Rosa", role: str = "admin", *actors: str) -> None:
        """Logs in with a fresh link."""
        desk = self.site.services.desk
        secret = await sessions.login_link(desk, OPERATOR, name, role, actors)
        await self.get(f"/console/enter/{secret}")
        await self.submit("/console/enter")
        assert self.answer.status_code == 200, self.answer.text

    def box(self, name: str) -> str:
        """What a box says that nobody has ticked."""
        found = re.search(rf'type="checkbox"[^>]* name="{name}" value="([^"]+)">', self.answer.text)
        assert found
        return found.group(1)

    @property
    def alerts(self) -> str:
        """What the page says in its faults and notices."""
        text = self.answer.text
        found = re.findall(
            r'<(?:p|div) class="(?:notice|fault|done)[^>]*>(.*?)</(?:p|div)>', text, re.S
        )
        return " ".join(re.sub(r"<[^>]+>", " ", one) for one in found)


@asynccontextmanager
async def at_desk(
    site: Site, name: str = "Rosa", role: str = "admin", *actors: str
) -> AsyncIterator[Desk]:
    async with httpx.AsyncClient(base_url=site.origin, follow_redirects=True, timeout=30) as client:
        desk = Desk(site, client)
        await desk.enter(name, role, *actors)
        yield desk


def faults_in(html: str) -> Iterator[str]:
    """What is not HTML5 as we write it, or would keep somebody out."""
    page = Page(html)
    yield from page.faults
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    yield from (
        f"id {one} twice" for one in sorted({one for one in ids if ids.count(one) > 1}, key=str)
    )
    labelled = {attributes.get("for") for attributes in page.all("label")}
    for tag in ("input", "select", "textarea"):
        for one in page.all(tag):
            named = one.get("aria-labelledby") in ids  # which leads somewhere, as looked at below
            if one.get("type") != "hidden" and one.get("id") not in labelled and not named:
                yield f"{tag} {one.get('name')} has no label"
    for _, attributes in page.elements:
        yield from (
            f"{name} in the page" for name in attributes if name == "style" or name.startswith("on")
        )
        for name in ("aria-describedby", "aria-labelledby", "list"):
            if name in attributes and attributes[name] not in ids:
                yield f"{name} leads nowhere: {attributes[name]}"
        target = attributes.get("href") or ""
        if target.startswith("#") and target[1:] not in ids:
            yield f"{target} leads nowhere"
    if {"script", "iframe", "object"} & {tag for tag, _ in page.elements}:
        yield "a script"
    if len(page.all("h1")) != 1:
        yield f"{len(page.all('h1'))} headings of the first level"
    if len(html.encode()) > 50_000:
        yield f"{len(html.encode())} bytes"
