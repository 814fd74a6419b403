"""What is known about a declaration besides its text.  INTERFACE: "Fields shared by front
matter, API, console and export".

`Details` is what a draft and a declaration have in common; `details_as_fields` writes it with
the interface's names, in JSON's types. Reading a person's input is in `publishing/fields.py`,
which names are confidential in `publishing/naming.py`.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Kind(StrEnum):
    """What a text does; a coordination may know further kinds by its policy."""

    DECLARATION = "declaration"
    CALL = "call"
    SOLIDARITY = "solidarity"
    PROTEST = "protest"
    LETTER = "letter"
    GREETING = "greeting"
    REPORT = "report"
    RESOLUTION = "resolution"
    PROPOSAL = "proposal"
    STATEMENT = "statement"


class Form(StrEnum):
    """As what it goes over the wire."""

    NOTE = "note"
    ARTICLE = "article"


class Visibility(StrEnum):
    PUBLIC = "public"
    UNLISTED = "unlisted"
    FOLLOWERS = "followers"
    DIRECT = "direct"


class VersionState(StrEnum):
    """How far a language version is; one that is missing has no row."""

    DRAFT = "draft"
    REVIEWED = "reviewed"
    PUBLISHED = "published"


class Display(StrEnum):
    """How much of a signatory's name is shown."""

    FULL = "full"
    INITIALS = "initials"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Source:
    name: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who signed, as text. `since` is the interface's `from`: from that day on the name is shown.

    `name` is all of it that rows and readers may see; a confidential one is kept in `sealed`
    alone, and `name` holds its initials or nothing. `cleared` says that an editor has made sure
    that naming this person is safe.
    """

    name: str = field(repr=False)
    office: str | None = None
    organisation: str | None = None
    country: str | None = None  # ISO 3166-1 alpha-2
    display: Display = Display.FULL
    since: date | None = None
    cleared: bool = False
    sealed: str | None = field(default=None, repr=False)

    def display_on(self, day: date) -> Display:
        """How much of the name is shown on that day."""
        if self.since is None:
            return self.display
        if day >= self.since:
            return Display.FULL
        return Display.HIDDEN if self.display is Display.FULL else self.display

    @property
    def shown_name(self) -> str | None:
        """The name as readers may see it; nothing where only the editors know it.

        What is shown from a later day on was taken out of `name` when it was saved.
        """
        if self.sealed is not None:
            return self.name or None
        match self.display:
            case Display.FULL:
                return self.name
            case Display.INITIALS:
                return initials(self.name)
            case Display.HIDDEN:
                return None


def initials(name: str) -> str:
    """`Rosa María Lux` as `R. M. L.`"""
    letters = (next((one for one in word if one.isalnum()), "") for word in name.split())
    return " ".join(f"{one}." for one in letters if one)


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    dated: date | None = None  # what stands on the document; never `published`
    addressees: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()  # ISO 3166-1 alpha-2
    organisations: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    signatories: tuple[Signatory, ...] = ()
    topics: tuple[str, ...] = ()

    def details_as_fields(self) -> dict[str, object]:
        """With the interface's names, in JSON's types; what is empty is left out."""
        fields: dict[str, object] = {
            "dated": self.dated.isoformat() if self.dated else None,
            "addressees": list(self.addressees),
            "countries": list(self.countries),
            "organisations": list(self.organisations),
            "sources": [_filled({"name": one.name, "url": one.url}) for one in self.sources],
            "signatories": [signatory_fields(one) for one in self.signatories],
            "topics": list(self.topics),
        }
        return {name: value for name, value in fields.items() if value}


def signatory_fields(one: Signatory) -> dict[str, object]:
    """As rows keep it: a confidential name is there as it was sealed, and nowhere else."""
    fields: dict[str, object] = dict(
        _filled(
            {
                "name": one.name or None,
                "office": one.office,
                "organisation": one.organisation,
                "country": one.country,
                "display": str(one.display),
                "from": one.since.isoformat() if one.since else None,
                "sealed": one.sealed,
            }
        )
    )
    return fields | ({"cleared": True} if one.cleared else {})


def _filled(fields: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value is not None}
