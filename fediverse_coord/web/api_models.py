"""What the coordinators' API takes and gives, as pydantic models.  INTERFACE: the API.

The fields of a declaration are described here and read by `publishing/declarations`, the same
for a file, a command and a request: one reader names every faulty field at once, so here they
carry their schema and let any value through.
"""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    WithJsonSchema,
    field_validator,
)

from fediverse_coord.publishing.declarations import (
    Display,
    Form,
    State,
    VersionState,
    Visibility,
)
from fediverse_coord.web.zero_bytes import ZERO, ZERO_BYTE

Json = dict[str, object]


def _text(description: str, **more: object) -> Json:
    return {"type": ["string", "null"], "description": description, **more}


def _texts(description: str) -> Json:
    return {"type": "array", "items": {"type": "string"}, "description": description}


SIGNATORY: Json = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "name": _text("The whole name; `display` says how much of it is shown"),
        "office": _text("In the name of which office"),
        "organisation": _text("Of which organisation"),
        "country": _text("ISO 3166-1, two letters"),
        "display": {"enum": [one.value for one in Display], "default": "full"},
        "from": _text("The day from which the whole name is shown", format="date"),
        "cleared": {"type": "boolean", "description": "Naming this person was found to be safe"},
        "sealed": _text("The handle of a sealed name, instead of `name`: it stays as it is"),
    },
}
SOURCE: Json = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {"name": _text("What it is called"), "url": _text("Where it is")},
}


CORRECTION: Json = {
    "type": ["object", "null"],
    "properties": {
        "what": _text("What was changed, in one sentence"),
        "why": _text("Why"),
    },
    "additionalProperties": True,
    "description": "Readers are told; may hold such an object for each language instead",
}


def described(schema: Json) -> object:
    """Any value, of which the schema says what it should be."""
    return WithJsonSchema(schema)


class Asked(BaseModel):
    """A body of ours: what it does not know is refused by name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*")
    @classmethod
    def _no_zero_byte(cls, value: object) -> object:
        """A text of a declaration is freed of it (`publishing/fields`); no other has one."""
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(one, str) and ZERO in one for one in texts):
            raise ValueError(ZERO_BYTE)
        return value


TAKE_UP = "Give a published text the passages it names in their present words"


class Fields(BaseModel):
    """The fields of a declaration. Unknown ones are passed on, to be refused with the others."""

    model_config = ConfigDict(extra="allow", frozen=True)
    wishes: ClassVar[set[str]] = set()  # what is not of the declaration but of the request

    title: Annotated[object, described(_text("Plain text, at most 150 characters"))] = None
    content: Annotated[object, described(_text("The text, in Markdown"))] = None
    summary: Annotated[
        object, described(_text("Needed for an article, at most 500 characters; `auto` takes one"))
    ] = None
    kind: Annotated[object, described(_text("What the text does, such as `solidarity`"))] = None
    slug: Annotated[object, described(_text("The end of the page's address"))] = None
    tags: Annotated[object, described(_texts("Without '#'"))] = None
    dated: Annotated[object, described(_text("The date on the document", format="date"))] = None
    addressees: Annotated[object, described(_texts("To whom it is written"))] = None
    countries: Annotated[object, described(_texts("ISO 3166-1, two letters each"))] = None
    organisations: Annotated[object, described(_texts("Whom it is about"))] = None
    sources: Annotated[object, described({"type": "array", "items": SOURCE})] = None
    signatories: Annotated[object, described({"type": "array", "items": SIGNATORY})] = None
    topics: Annotated[object, described(_texts("What it is about"))] = None
    language: Annotated[object, described(_text("BCP 47; the coordination's first without"))] = None
    translator: Annotated[object, described(_text("Who translated"))] = None
    state: Annotated[object, described({"enum": [one.value for one in VersionState]})] = None
    form: Annotated[object, described({"enum": [one.value for one in Form]})] = None
    visibility: Annotated[object, described({"enum": [one.value for one in Visibility]})] = None
    hero: Annotated[object, described(_text("The key of the picture above the text"))] = None

    def given(self) -> dict[str, object]:
        """What was in the body, and nothing else."""
        return self.model_dump(exclude_unset=True, exclude=self.wishes)


class NewDeclaration(Fields):
    wishes = {"publish"}

    publish: StrictBool = Field(default=False, description="Release it at once")


class Changes(Fields):
    """Fields that are not named stay; null empties one."""

    wishes = {"quiet", "correction", "take_up"}

    take_up: StrictBool = Field(default=False, description=TAKE_UP)
    quiet: StrictBool = Field(default=False, description="A typing error: readers are not told")
    correction: Annotated[object, described(CORRECTION)] = None


class VersionFields(Fields):
    """A translation: title, summary, content, translator."""

    wishes = {"take_up"}

    take_up: StrictBool = Field(default=False, description=TAKE_UP)


class AnswerFields(Fields):
    """`visibility` is that of the message without; content is all that is needed."""


class Release(Asked):
    languages: list[str] | None = Field(
        default=None, max_length=100, description="The original goes in any case; null: all"
    )


class Schedule(Asked):
    at: datetime | None = Field(
        description="RFC 3339; without an offset it is the hour in `time_zone`; null: a draft again"
    )
    time_zone: str | None = Field(
        default=None, max_length=60, description="IANA, such as Europe/Madrid; kept with the hour"
    )
    languages: list[str] | None = Field(default=None, max_length=100)


class Withdrawal(Asked):
    reason: str = Field(description="Readers see it in the place of the text")
    keep_text: StrictBool = Field(default=False, description="Show the text below the notice")


class Redaction(Asked):
    name: str = Field(max_length=300, description="As it stands in the text; any case and accents")


class Redacted(BaseModel):
    revisions: int = Field(description="Old revisions and addresses that said the name")
    servers: int = Field(description="Have the text and are told")
    responses: list[str] = Field(description="Keys of approved responses by others that say it")
    texts: list[str] = Field(description="Keys of other declarations whose passages say it")
    beyond: str = Field(description="What cannot be recalled")


class Pin(Asked):
    pinned: StrictBool = True


class BoostOf(Asked):
    url: str = Field(max_length=2048, description="The id or page of a public post")


class PassageHeld(BaseModel):
    id: str
    language: str
    text: str


class VersionOut(BaseModel):
    language: str
    title: str | None
    summary: str | None
    content: str
    translator: str | None
    state: VersionState
    outdated: bool = Field(description="The original was changed since")
    passages: list[PassageHeld] = Field(description="Those that the text holds, in its words")


class CorrectionOut(BaseModel):
    at: str
    told: dict[str, dict[str, str | None]] = Field(description="`what` and `why`, by language")


class DeclarationOut(BaseModel):
    """A declaration as coordinators see it. `revision` is also its ETag."""

    id: str
    key: str
    url: str
    actor: str
    state: State
    form: Form
    kind: str | None
    visibility: Visibility
    language: str
    languages: list[str]
    title: str | None
    summary: str | None
    slug: str
    tags: list[str]
    in_reply_to: str | None
    hero: str | None = Field(description="The key of the picture above the text")
    revision: int
    created: str
    published: str | None
    updated: str | None
    scheduled: str | None
    time_zone: str | None
    pinned: bool
    reason: str | None
    versions: list[VersionOut]
    corrections: list[CorrectionOut]
    details: dict[str, object]
    warnings: list[str] = []


class DeclarationPage(BaseModel):
    items: list[DeclarationOut]
    next: str | None = Field(description="Send it as `cursor` to read on")


class EditOut(BaseModel):
    """An edit of what is published that waits for other coordinators."""

    key: str
    declaration: str = Field(description="The key of the declaration")
    proposed: str
    missing: int = Field(description="How many others still have to agree")
    agreed: bool = Field(description="Whether you have agreed to it")
    outdated: bool = Field(description="The text was changed since: it can no more be approved")
    other_names: list[int] = Field(
        description="Places of the signatories whose sealed name it would change, from 0"
    )
    result: DeclarationOut = Field(description="The declaration as the edit would make it")


class EditPage(BaseModel):
    items: list[EditOut]
    next: str | None = Field(description="Send it as `cursor` to read on")


class ReceiptOut(BaseModel):
    server: str
    activity: str
    state: str
    attempts: int
    status: int | None
    fault: str | None
    next_try: str | None
    settled: str | None
    late: bool = Field(description="It arrived after 6 hours: timelines there may not show it")


class ReceiptPage(BaseModel):
    items: list[ReceiptOut]
    next: str | None


class Resend(Asked):
    server: str | None = Field(
        default=None, max_length=300, description="Only this one, by its host or origin"
    )


class Resent(BaseModel):
    resent: int


class AuthorOut(BaseModel):
    id: str
    name: str
    label: str = Field(description="The proven handle, else the server alone")
    url: str | None


class ResponseOut(BaseModel):
    key: str
    id: str
    url: str | None
    author: AuthorOut
    in_reply_to: str | None
    visibility: Literal["public", "unlisted", "followers", "direct"]
    state: Literal["held", "approved", "rejected", "mailbox"]
    language: str | None
    html: str = Field(description="Cleaned; show it in a sandbox nevertheless")
    published: str
    edited: str | None
    received: str


class ResponsePage(BaseModel):
    items: list[ResponseOut]
    next: str | None


class FollowersOut(BaseModel):
    """Numbers, never names."""

    followers: int
    requested: int
    following: int


class Boosted(BaseModel):
    id: str = Field(description="The Announce's id")


class FaultOut(BaseModel):
    field: str
    detail: str


class Problem(BaseModel):
    """RFC 9457, with every faulty field."""

    type: str
    title: str
    status: int
    detail: str | None = None
    errors: list[FaultOut] | None = None
    suggested_summary: str | None = None
