"""What the API takes and gives of passages, introductions and spellings.  INTERFACE: the API."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from fediverse_coord.publishing.introductions import MAX_INTRODUCTION, Subject
from fediverse_coord.publishing.passages import MAX_PASSAGE
from fediverse_coord.web.api_models import Asked, Json, described


def _texts(limit: int, description: str) -> Json:
    text = {"type": "string", "maxLength": limit}
    return {"type": "object", "additionalProperties": text, "description": description}


ORIGIN: Json = {
    "type": ["object", "null"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "description": "What it is called"},
        "url": {"type": "string", "description": "Where it is"},
        "declaration": {"type": "string", "description": "Instead of both: its key, id or page"},
    },
    "description": "Where it comes from; shown below the words, with a link",
}
IN_LANGUAGES = "By BCP 47; the first stands for those that are missing"


class Read(BaseModel):
    """A body whose fields the desk reads, so that every fault is named at once."""

    model_config = ConfigDict(extra="allow", frozen=True)

    def given(self) -> dict[str, object]:
        return self.model_dump(exclude_unset=True)


class PassageFields(Read):
    """The whole passage: a language that is not named goes."""

    texts: Annotated[object, described(_texts(MAX_PASSAGE, f"Markdown. {IN_LANGUAGES}"))] = None
    source: Annotated[object, described(ORIGIN)] = None


class PassageOut(BaseModel):
    """A line `{{passage: ID}}` in a text stands for it. `revision` is also its ETag."""

    id: str
    texts: dict[str, str]
    source: dict[str, str]
    revision: int
    uses: int = Field(description="Declarations that hold it, in whatever state")
    created: str
    updated: str


class PassagePage(BaseModel):
    items: list[PassageOut]
    next: str | None = Field(description="Send it as `cursor` to read on")


class UseOut(BaseModel):
    declaration: str = Field(description="Its key")
    url: str
    title: str | None
    state: str
    language: str
    older: bool = Field(description="It holds other words than the passage has now")


class UsePage(BaseModel):
    items: list[UseOut]
    next: str | None


class IntroductionFields(Read):
    """The whole introduction: a language that is not named goes."""

    texts: Annotated[object, described(_texts(MAX_INTRODUCTION, f"Plain text. {IN_LANGUAGES}"))] = (
        None
    )


class IntroductionOut(BaseModel):
    """What stands at the top of a page and in its feed. `revision` is also its ETag."""

    subject: Subject
    name: str
    texts: dict[str, str]
    revision: int
    updated: str


class IntroductionPage(BaseModel):
    items: list[IntroductionOut]
    next: str | None


class Spellings(Asked):
    names: list[str] = Field(min_length=2, max_length=50, description="They mean the same")


class SpellingsOut(BaseModel):
    names: list[str] = Field(description="All that mean the same, as they were written")


class SpellingsPage(BaseModel):
    items: list[SpellingsOut]
    next: str | None
