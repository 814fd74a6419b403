"""Pictures, recordings, documents on the coordinators' API: taken in, read, described, deleted.

RFC 7578 (multipart/form-data). The file stays in memory until it is made anew: what a camera
or a program wrote into it (where, when, whose) never comes to a disk of ours.
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
from fediverse_coord.publishing.illustrations import Enclosed
from fediverse_coord.web.api_calls import FORM, PREFIX, Ask, Call, told
from fediverse_coord.web.api_models import Asked, described
from fediverse_coord.web.responses import NO_STORE
from fediverse_coord.web.zero_bytes import ZERO, ZERO_BYTE

ALT = re.compile(r"alt\[([^\[\]]{1,40})\]\Z")
MOST_FIELDS = 110

FORM_SCHEMA: JsonDict = {
    "patternProperties": {
        r"^alt\[[A-Za-z0-9-]+\]$": {
            "type": "string",
            "description": "What it shows or says, by language",
        }
    },
}


class NewMedia(BaseModel):
    """A form; `alt[en]`, `alt[de]` … say in that language what the picture shows.

    Of a recording they say what is heard, of a document they are the title.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra=FORM_SCHEMA)

    file: Annotated[object, described({"type": "string", "format": "binary"})] = Field(
        description="A picture (PNG, JPEG, WebP), a recording (MP3, M4A, Ogg, FLAC, WAV), or a PDF"
    )
    actor: str = Field(description="Whose it is")


class MediaChanges(Asked):
    """Languages that are not named stay; null takes one away."""

    alt: dict[str, str | None] = Field(description="What it shows, by language")


class MediaUrls(BaseModel):
    page: str = Field(description="At most 1600 pixels wide and high")
    small: str = Field(description="At most 480")
    card: str = Field(description="Cut to what link cards show, 1200 by 630")


class EnclosedOut(BaseModel):
    """What is heard or read: an MP3 of so many `seconds`, or a PDF of so many `pages`."""

    url: str
    media_type: str
    bytes: int
    seconds: int
    pages: int


class MediaOut(BaseModel):
    """A picture, or what else was taken in. `revision` is also its ETag.

    `urls`, `width` and `height` (those of `page`) are the picture's, of a recording those of how
    loud it is, of a document those of its first page.
    """

    key: str = Field(description="In a text: ![what it shows](media:KEY)")
    kind: str = Field(description="picture, recording or document")
    enclosed: EnclosedOut | None = Field(description="The recording or document itself")
    actor: str
    urls: MediaUrls
    media_type: str
    width: int
    height: int
    alt: dict[str, str]
    used_by: list[str] = Field(description="The keys of the declarations that show it")
    created: str
    revision: int
    warnings: list[str] = Field(
        default=[], description="Whom new words may name where readers see them already"
    )


def media_out(uris: Uris, known: Known) -> MediaOut:
    image = known.media.image
    urls = (uris.media(one.name) for one in (image.page, image.small, image.card))
    return MediaOut(
        key=image.key,
        kind=str(image.kind),
        enclosed=_enclosed_out(uris, image.enclosed) if image.enclosed else None,
        actor=image.actor_name,
        urls=MediaUrls(**dict(zip(("page", "small", "card"), urls, strict=True))),
        media_type=image.page.media_type,
        width=image.page.width,
        height=image.page.height,
        alt=dict(image.alts),
        used_by=list(known.users),
        created=as2_datetime(known.media.created_at),
        revision=known.media.revision,
        warnings=[one.told for one in known.named],
    )


def _enclosed_out(uris: Uris, one: Enclosed) -> EnclosedOut:
    return EnclosedOut(
        url=uris.media(one.name),
        media_type=one.media_type,
        bytes=one.bytes,
        seconds=one.seconds,
        pages=one.pages,
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
        raise _refusal("file", "is needed: a picture, a recording or a PDF")
    content = await file.read()
    largest = _most_for(ask, content)
    if len(content) > largest:
        raise HTTPException(413, f"Such a file may have {largest:,} bytes: make it smaller.")
    return content


def _most_for(ask: Ask, content: bytes) -> int:
    try:
        return ask.faces.desk.darkroom.bounds.most_for(content)
    except Refusal as refusal:
        raise Refusal(refusal.reason, faults=[FieldFault("file", refusal.reason)]) from None


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
        raise _refusal("actor", "is needed: whose it is")
    if ZERO in actor:
        raise _refusal("actor", ZERO_BYTE)
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
    Call("POST", "/media", create_media, "Take in a picture, a recording or a document", NewMedia,
         MediaOut, 201, body_type=FORM),
    Call("GET", "/media/{key}", read_media, "Read its facts", None, MediaOut),
    Call("PATCH", "/media/{key}", describe_media, "Say what it shows", MediaChanges, MediaOut),
    Call("DELETE", "/media/{key}", delete_media, "Delete what no text shows", status=204),
)  # fmt: skip
