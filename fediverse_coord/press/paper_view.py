"""What stands on paper, as values: one version of a declaration, ready to be set.

Everything is decided before: only what a reader may see is handed in, texts are plain, and `html`
is as `protocol/sanitize` leaves it. `paper` sets it, `paper_proof` seals the result.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from fediverse_coord.publishing.languages import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """Whose paper it is. `handle` is `@name@host`, `icon` a PNG or JPEG of our own making."""

    name: str
    handle: str
    contact: str
    icon: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a text was received from, or first stood."""

    name: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperView:
    """One version. `heading` names the document also where the text has no title.

    `words` are those of `paper_words`, in the version's language as far as they are written.
    `signed` is the version's signed JSON, attached byte for byte; a draft has none.
    """

    letterhead: Letterhead
    heading: str
    title: str | None
    language: str
    direction: Direction
    moment: datetime
    html: str = field(repr=False)
    page_url: str
    kind: str | None = None
    date: str | None = None
    addressees: tuple[str, ...] = ()
    signatories: tuple[str, ...] = ()
    sources: tuple[Origin, ...] = ()
    translator: str | None = None
    notices: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    signed: bytes | None = field(default=None, repr=False)
