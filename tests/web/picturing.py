"""A running site and a coordinator who sends it pictures, over HTTP."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import photographs
from running_site import MASTODON, Site
from sample_pages import Page

from fediverse_coord.desk import tokens
from fediverse_coord.desk.people import OPERATOR

ALTS = {"en": "A gate", "de": "Ein Tor"}
ARTICLE = {"title": "The gate", "summary": "We stand at the gate.", "content": "Words.\n"}


@dataclass(slots=True)
class Picturing:
    """What an editor of the pits may do, and what readers then see."""

    site: Site
    token: str

    @property
    def folder(self) -> Path:
        config = self.site.services.config
        return config.path(config.media.directory)

    def pictures(self) -> set[str]:
        """The files of declarations' pictures that lie there."""
        return {one.name for one in self.folder.glob("*") if len(one.stem) == 64}

    async def call(
        self, method: str, path: str, body: object = None, token: str | None = None, **headers: str
    ) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named["Authorization"] = f"Bearer {self.token if token is None else token}"
        address = f"/api/v1{path}"
        return await self.site.reader.request(method, address, json=body, headers=named)

    async def send(
        self,
        content: bytes | None = None,
        *,
        alts: dict[str, str] | None = None,
        actor: str = "pits",
        token: str | None = None,
        **headers: str,
    ) -> httpx.Response:
        """POST /api/v1/media"""
        told = {f"alt[{language}]": alt for language, alt in (alts or ALTS).items()}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.site.reader.post(
            "/api/v1/media",
            data={"actor": actor, **told},
            files={"file": ("photo.jpg", content or photographs.telling(size=(1800, 1200)))},
            headers={"Authorization": f"Bearer {self.token if token is None else token}"} | named,
        )

    async def taken_in(self, content: bytes | None = None, **more: Any) -> dict[str, Any]:
        answer = await self.send(content, **more)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def publish(self, **fields: Any) -> dict[str, Any]:
        answer = await self.refused(**fields)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def refused(self, **fields: Any) -> httpx.Response:
        body = {"publish": True, **ARTICLE, **fields}
        return await self.call("POST", "/actors/pits/declarations", body)

    async def document(self, iri: str) -> dict[str, Any]:
        answer = await self.site.reader.get(iri, headers=MASTODON)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def page(self, url: str) -> Page:
        return await self.site.page(url)

    async def status(self, url: str) -> int:
        return (await self.site.reader.get(url)).status_code


async def picturing(site: Site) -> Picturing:
    desk = site.services.desk
    return Picturing(site, await tokens.create(desk, OPERATOR, "Rosa", "publisher", ["pits"]))


async def token_of(site: Site, role: str, *actors: str) -> str:
    return await tokens.create(site.services.desk, OPERATOR, f"Karl {role}", role, actors)
