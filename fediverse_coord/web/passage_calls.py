"""The API of passages, introductions and spellings: rows of `coordinator`'s table of calls."""

from starlette.responses import Response

from fediverse_coord.desk import introductions, passages, spellings
from fediverse_coord.desk.passages import Use
from fediverse_coord.protocol.times import as2_datetime
from fediverse_coord.protocol.uris import Uris
from fediverse_coord.storage.introductions import Introduction
from fediverse_coord.storage.passages import Passage
from fediverse_coord.web.api_calls import Ask, Call, told
from fediverse_coord.web.passage_models import (
    IntroductionFields,
    IntroductionOut,
    IntroductionPage,
    PassageFields,
    PassageOut,
    PassagePage,
    Spellings,
    SpellingsOut,
    SpellingsPage,
    UseOut,
    UsePage,
)
from fediverse_coord.web.responses import NO_STORE

MOST = 200


async def list_passages(ask: Ask) -> Response:
    found, following = await passages.page(
        ask.faces.desk, ask.person, ask.part("name"), after=ask.cursor() or 0, limit=ask.limit()
    )
    return told(PassagePage(items=[_passage(one) for one in found], next=_next(following)))


def _next(cursor: int | None) -> str | None:
    return None if cursor is None else str(cursor)


def _passage(one: Passage) -> PassageOut:
    return PassageOut(
        id=one.slug,
        texts=dict(one.texts),
        source=one.origin.as_fields(),
        revision=one.revision,
        uses=one.uses,
        created=as2_datetime(one.created_at),
        updated=as2_datetime(one.updated_at),
    )


async def read_passage(ask: Ask) -> Response:
    found = await passages.find(ask.faces.desk, ask.person, ask.part("name"), ask.part("id"))
    return told(_passage(found))


async def put_passage(ask: Ask) -> Response:
    fields = ask.read(PassageFields).given()
    name, slug = ask.part("name"), ask.part("id")
    saved = await passages.put(
        ask.faces.desk, ask.person, name, slug, fields, revision=ask.revision
    )
    return told(_passage(saved))


async def delete_passage(ask: Ask) -> Response:
    name, slug = ask.part("name"), ask.part("id")
    await passages.delete(ask.faces.desk, ask.person, name, slug, revision=ask.revision)
    return _nothing()


def _nothing() -> Response:
    return Response(status_code=204, headers={"Cache-Control": NO_STORE})


async def list_uses(ask: Ask) -> Response:
    name, slug = ask.part("name"), ask.part("id")
    found, following = await passages.uses(
        ask.faces.desk, ask.person, name, slug, before=ask.cursor(), limit=ask.limit()
    )
    items = [_use(ask.faces.uris, one) for one in found]
    return told(UsePage(items=items, next=_next(following)))


def _use(uris: Uris, one: Use) -> UseOut:
    declaration = one.work.declaration
    version = declaration.version(one.language)
    return UseOut(
        declaration=declaration.key,
        url=uris.page(declaration.actor_name, declaration.slug),
        title=version.title if version else None,
        state=declaration.state.value,
        language=one.language,
        older=one.is_older,
    )


async def list_introductions(ask: Ask) -> Response:
    found, following = await introductions.page(
        ask.faces.desk, ask.person, ask.part("name"), after=ask.cursor() or 0, limit=ask.limit()
    )
    items = [_introduction(one) for one in found]
    return told(IntroductionPage(items=items, next=_next(following)))


def _introduction(one: Introduction) -> IntroductionOut:
    return IntroductionOut(
        subject=one.place.subject,
        name=one.place.name,
        texts=dict(one.texts),
        revision=one.revision,
        updated=as2_datetime(one.updated_at),
    )


def _about(ask: Ask) -> tuple[str, str, str]:
    return ask.part("name"), ask.part("subject"), ask.part("about")


async def read_introduction(ask: Ask) -> Response:
    return told(_introduction(await introductions.find(ask.faces.desk, ask.person, *_about(ask))))


async def put_introduction(ask: Ask) -> Response:
    fields = ask.read(IntroductionFields).given()
    saved = await introductions.put(
        ask.faces.desk, ask.person, *_about(ask), fields, revision=ask.revision
    )
    return told(_introduction(saved))


async def delete_introduction(ask: Ask) -> Response:
    await introductions.delete(ask.faces.desk, ask.person, *_about(ask), revision=ask.revision)
    return _nothing()


async def list_spellings(ask: Ask) -> Response:
    found = await spellings.all_names(ask.faces.desk, ask.person)
    first, most = ask.cursor() or 0, min(max(ask.limit(), 1), MOST)
    items = [SpellingsOut(names=names) for names in found[first : first + most]]
    following = first + most if len(found) > first + most else None
    return told(SpellingsPage(items=items, next=_next(following)))


async def add_spellings(ask: Ask) -> Response:
    names = ask.read(Spellings).names
    known = await spellings.add(ask.faces.desk, ask.person, names)
    return told(SpellingsOut(names=known))


async def remove_spelling(ask: Ask) -> Response:
    await spellings.remove(ask.faces.desk, ask.person, ask.part("spelling"))
    return _nothing()


PASSAGES = "/actors/{name}/passages"
PASSAGE = f"{PASSAGES}/{{id}}"
INTRODUCTIONS = "/actors/{name}/introductions"
INTRODUCTION = f"{INTRODUCTIONS}/{{subject}}/{{about:path}}"
PAGED = ("cursor", "limit")

PASSAGE_CALLS = (
    Call("GET", PASSAGES, list_passages, "List passages", None, PassagePage, query=PAGED),
    Call("GET", PASSAGE, read_passage, "Read a passage", None, PassageOut),
    Call("PUT", PASSAGE, put_passage, "Put a passage, in all its languages", PassageFields,
         PassageOut),
    Call("DELETE", PASSAGE, delete_passage, "Delete a passage that no text holds", status=204),
    Call("GET", f"{PASSAGE}/uses", list_uses, "Where a passage is used", None, UsePage,
         query=PAGED),
    Call("GET", INTRODUCTIONS, list_introductions, "List introductions", None, IntroductionPage,
         query=PAGED),
    Call("GET", INTRODUCTION, read_introduction, "Read an introduction", None, IntroductionOut),
    Call("PUT", INTRODUCTION, put_introduction, "Introduce a topic, country or organisation",
         IntroductionFields, IntroductionOut),
    Call("DELETE", INTRODUCTION, delete_introduction, "Take an introduction away", status=204),
    Call("GET", "/spellings", list_spellings, "List names that mean the same", None,
         SpellingsPage, query=PAGED),
    Call("POST", "/spellings", add_spellings, "Say that names mean the same", Spellings,
         SpellingsOut),
    Call("DELETE", "/spellings/{spelling:path}", remove_spelling, "Take one spelling out",
         status=204),
)  # fmt: skip
