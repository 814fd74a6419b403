"""A running server of ours, as a test of the API sees it."""

from dataclasses import dataclass

import httpx

from fediverse_coord.app import Services
from fediverse_coord.desk import tokens
from fediverse_coord.desk.people import OPERATOR


@dataclass(frozen=True, slots=True)
class Api:
    """The address of a running server, and what is behind it."""

    url: str
    services: Services

    async def token(self, role: str, *actors: str, name: str = "Rosa") -> str:
        return await tokens.create(self.services.desk, OPERATOR, name, role, actors)

    def client(self, token: str | None) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.AsyncClient(base_url=f"{self.url}/api/v1", headers=headers, trust_env=False)
