"""An earlier site of a coordination, whose pages a test writes."""

from collections.abc import Mapping
from dataclasses import dataclass

from fediverse_coord.errors import Unreachable


@dataclass
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str]


class Web:
    """An earlier site, as the guarded client would bring it."""

    def __init__(self, pages: Mapping[str, bytes | str]) -> None:
        self.pages, self.asked = dict(pages), list[str]()

    async def get(self, url: str, headers: Mapping[str, str], *, limit_bytes: int) -> Answer:
        self.asked.append(url)
        if url not in self.pages:
            raise Unreachable(url, "nobody answers")
        found = self.pages[url]
        if isinstance(found, str) and found.startswith("->"):
            return Answer(302, b"", {"location": found[2:]})
        body = found if isinstance(found, bytes) else found.encode()
        return Answer(200, body, {"content-type": "text/html; charset=utf-8"})
