"""What is shown when a name is to be taken out, and when it was, as values."""

from dataclasses import dataclass, field

from fediverse_coord.web.console.views import Page
from fediverse_coord.web.views import Language


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """Where a name stands, which is a phrase of the words, and how that would read without it."""

    what: str
    count: int
    language: Language | None
    reads: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacesView(Page):
    """Where a name stands, and whether it is to be taken out. `sealed` names are not looked at."""

    title: str
    text_language: Language
    back_url: str
    name: str = field(repr=False)
    count: int
    places: tuple[PlaceLine, ...]
    more: int
    sealed: int
    is_short: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedView(Page):
    title: str
    back_url: str
    revisions: int
    servers: int
    responses: tuple[str, ...]
    texts: tuple[str, ...]
