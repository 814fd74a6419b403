"""Pictures on the coordinators' API: taken in as a form, read, described, deleted.

RFC 7578 (multipart/form-data). The file stays in memory until it is made anew: what a camera
wrote into it (where, when, whose) never comes to a disk of ours.
"""

import re
from collections.abc import AsyncGenerator
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.responses import Response

from fediverse_coord.desk import pictures
from fediverse_coord.desk.pictures import Known
from fediverse_coord.errors import FieldFault, Refusal
from fediverse_coord.protocol.times import as2_datetime
from fediverse_coord.protocol.uris import Uris
from fediverse_coord.web.api_calls import FORM, PREFIX, Ask, Call, told
from fediverse_coord.web.api_models import Asked, described
from fediverse_coord.web.responses import NO_STORE

ALT = re.compile(r"alt\[([^\[\]]{1,40})\]\Z")
MOST_FIELDS = 110

FORM_SCHEMA: JsonDict = {
    "patternProperties": {
        r"^alt\[[A-Za-z0-9-]+\]$": {"type": "string", "description": "What it shows, by language"}
    },
}


class NewMedia(BaseModel):
    """A form; `alt[en]`, `alt[de]` … say in that language what the picture shows."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=FORM_SCHEMA)

    file: Annotated[object, described({"type": "string", "format": "binary"})] = Field(
        description="A PNG, JPEG or WebP picture"
    )
    actor: str = Field(description="Whose picture it is")


class MediaChanges(Asked):
    """Languages that are not named stay; null takes one away."""

    alt: dict[str, str | None] = Field(description="What it shows, by language")


class MediaUrls(BaseModel):
    page: str = Field(description="At most 1600 pixels wide and high")
    small: str = Field(description="At most 480")
    card: str = Field(description="Cut to what link cards show, 1200 by 630")


class MediaOut(BaseModel):
    """A picture. `width` and `height` are those of `page`; `revision` is also its ETag."""

    key: str = Field(description="In a text: ![what it shows](media:KEY)")
    actor: str
    urls: MediaUrls
    media_type: str
    width: int
    height: int
    alt: dict[str, str]
    used_by: list[str] = Field(description="The keys of the declarations that show it")
    created: str
    revision: int


def media_out(uris: Uris, known: Known) -> MediaOut:
    image = known.media.image
    urls = (uris.media(one.name) for one in (image.page, image.small, image.card))
    return MediaOut(
        key=image.key,
        actor=image.actor_name,
        urls=MediaUrls(**dict(zip(("page", "small", "card"), urls, strict=True))),
        media_type=image.page.media_type,
        width=image.page.width,
        height=image.page.height,
        alt=dict(image.alts),
        used_by=list(known.users),
        created=as2_datetime(known.media.created_at),
        revision=known.media.revision,
    )


async def create_media(ask: Ask) -> Response:
    form = await _form(ask)
    try:
        content = await _file(ask, form)
        actor, alts = _fields(form)
    finally:
        await form.close()
    known = await pictures.take_in(ask.faces.desk, ask.person, actor, content, alts)
    uris = ask.faces.uris
    location = f"{uris.origin}{PREFIX}/media/{known.media.image.key}"
    return told(media_out(uris, known), status=201, location=location)


async def _form(ask: Ask) -> FormData:
    async def once() -> AsyncGenerator[bytes, None]:
        yield ask.body

    headers = ask.request.headers
    boundary = parse_options_header(headers.get("content-type"))[1].get(b"boundary", b"")
    if not boundary or b"--%b--" % boundary not in ask.body:
        raise HTTPException(400, "The body is not a form, or its end is missing.")
    parser = MultiPartParser(headers, once(), max_files=1, max_fields=MOST_FIELDS)
    parser.spool_max_size = len(ask.body) + 1  # never to a disk
    try:
        return await parser.parse()
    except MultiPartException as error:
        raise HTTPException(400, f"The body is not a form: {error.message}") from None


async def _file(ask: Ask, form: FormData) -> bytes:
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise _refusal("file", "is needed: a PNG, JPEG or WebP picture")
    content = await file.read()
    largest = ask.faces.config.media.largest_bytes
    if len(content) > largest:
        raise HTTPException(413, f"A picture may have {largest:,} bytes: make it smaller.")
    return content


def _fields(form: FormData) -> tuple[str, dict[str, object]]:
    """Whose picture it is, and the alt texts. Raises Refusal naming the field."""
    alts: dict[str, object] = {}
    for name, value in form.multi_items():
        found = ALT.match(name)
        if found is not None and isinstance(value, str):
            alts[found[1]] = value
        elif name not in {"file", "actor"}:
            raise _refusal(name[:80], "is not a field; known are: file, actor, alt[LANGUAGE]")
    actor = form.get("actor")
    if not isinstance(actor, str) or not actor.strip():
        raise _refusal("actor", "is needed: whose picture it is")
    return actor.strip(), alts


def _refusal(field: str, reason: str) -> Refusal:
    return Refusal(f"{field} {reason}", faults=[FieldFault(field, reason)])


async def read_media(ask: Ask) -> Response:
    known = await pictures.find(ask.faces.desk, ask.person, ask.part("key"))
    return told(media_out(ask.faces.uris, known))


async def describe_media(ask: Ask) -> Response:
    alts: dict[str, object] = dict(ask.read(MediaChanges).alt)
    known = await pictures.describe(
        ask.faces.desk, ask.person, ask.part("key"), alts, revision=ask.revision
    )
    return told(media_out(ask.faces.uris, known))


async def delete_media(ask: Ask) -> Response:
    await pictures.delete(ask.faces.desk, ask.person, ask.part("key"), revision=ask.revision)
    return Response(status_code=204, headers={"Cache-Control": NO_STORE})


MEDIA_CALLS = (
    Call("POST", "/media", create_media, "Take in a picture", NewMedia, MediaOut, 201,
         body_type=FORM),
    Call("GET", "/media/{key}", read_media, "Read a picture's facts", None, MediaOut),
    Call("PATCH", "/media/{key}", describe_media, "Say what it shows", MediaChanges, MediaOut),
    Call("DELETE", "/media/{key}", delete_media, "Delete what no text shows", status=204),
)  # fmt: skip
