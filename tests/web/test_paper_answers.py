"""Papers over a real socket: what readers get, when, and when no more; on each engine."""

import asyncio
import io
from collections.abc import AsyncIterator

import pypdfium2
import pytest
from engines import Place
from pypdf import PdfReader
from running_site import MASTODON, Site, running_site

from fediverse_coord.desk import edits, papers, redacting
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.press.paper_proof import attached_text, read_proof
from fediverse_coord.storage import actors
from fediverse_coord.storage.database import Transaction
from fediverse_coord.storage.declarations import Work
from fediverse_coord.web.papers import PAPER_POLICY

NAME = "Rosamunde Unverwechselbar"


@pytest.fixture
async def site(place: Place, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    folder = tmp_path_factory.mktemp("papers")
    async with running_site(folder, "pits", "ended", place=place) as running:
        yield running


def paper(work: Work, language: str = "en") -> str:
    return f"/@{work.actor_name}/{work.declaration.slug}.pdf?lang={language}"


def text_of(content: bytes) -> str:
    pages = pypdfium2.PdfDocument(content)
    return " ".join(" ".join(page.get_textpage().get_text_range() for page in pages).split())


async def kept(site: Site) -> int:
    return int(str(await site.services.db.fetch_value("SELECT count(*) FROM papers")))


async def test_a_paper_is_answered_with_all_that_a_reader_needs(site: Site) -> None:
    work = await site.publish(
        "Down tools",
        kind="protest",
        dated="2026-05-01",
        addressees=["The Board"],
        signatories=[
            {"name": "Ana Ruiz", "office": "delegate"},
            {"name": NAME, "display": "initials"},
            {"name": "Nobody Tells", "office": "driver", "display": "hidden"},
        ],
        sources=[{"name": "The Quays"}],
    )
    answer = await site.get(paper(work))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-security-policy"] == PAPER_POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"] == (
        f'inline; filename="{work.declaration.slug}.en.pdf"'
    )
    assert answer.headers["link"] == f'<{site.origin}{site.path(work)}>; rel="canonical"'
    text = text_of(answer.content)
    told = ("Down tools", "Protest", "1 May 2026", "The Board", "Ana Ruiz, delegate", "R. U.")
    assert [one for one in told if one not in text] == []
    assert "x-robots-tag" not in answer.headers
    for hidden in (NAME, "Nobody Tells", "driver"):
        assert hidden not in text
        assert hidden.encode() not in (attached_text(answer.content) or b"")


async def test_search_engines_are_told_to_leave_what_the_page_tells_them_to_leave(
    site: Site,
) -> None:
    unlisted = await site.publish("Unlisted", visibility="unlisted")
    assert (await site.get(paper(unlisted))).headers["x-robots-tag"] == "noindex"
    withdrawn = await site.publish("Once listed")
    await site.withdraw(withdrawn, "Wrong.")
    assert (await site.get(paper(withdrawn))).headers["x-robots-tag"] == "noindex"


async def test_the_page_names_its_paper_for_people_and_programs(site: Site) -> None:
    work = await site.publish("Named")
    page = await site.page(site.path(work))
    address = f"{site.origin}{paper(work)}"
    assert address in page.links("alternate")
    assert address in [one["href"] for one in page.all("a")]


async def test_an_unchanged_paper_is_not_sent_again_and_always_the_same(site: Site) -> None:
    work = await site.publish("Twice")
    first = await site.get(paper(work))
    assert await kept(site) == 1
    again = await site.get(paper(work), If_None_Match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert (await site.get(paper(work), Accept="application/pdf")).content == first.content


async def test_what_is_attached_is_what_the_version_answers_byte_for_byte(site: Site) -> None:
    work = await site.publish("In two languages")
    await edits.put_version(
        site.services.desk,
        OPERATOR,
        work.declaration.key,
        "fr",
        {"title": "En deux langues", "summary": "Deux.", "content": "Arrêtons à midi."},
    )
    for language in ("en", "fr"):
        made = await site.get(paper(work, language))
        version = await site.get(
            f"/actors/pits/objects/{work.declaration.key}/versions/{language}", **MASTODON
        )
        assert version.status_code == 200
        assert attached_text(made.content) == version.content
        assert read_proof(made.content).holds(made.content)
        assert PdfReader(io.BytesIO(made.content)).trailer["/Root"]["/Lang"] == language


async def test_many_who_ask_at_once_get_one_paper(site: Site) -> None:
    work = await site.publish("Asked for")
    answers = await asyncio.gather(*(site.get(paper(work), Accept=f"a/{n}") for n in range(20)))
    assert {one.status_code for one in answers} == {200}
    assert len({one.content for one in answers}) == 1
    assert await kept(site) == 1


async def test_a_change_makes_a_new_paper_and_forgets_the_old_at_once(site: Site) -> None:
    work = await site.publish("Changing", content=f"Said by {NAME}.")
    assert NAME in text_of((await site.get(paper(work))).content)
    await site.edit(work, content="Said by all of us.")
    assert await kept(site) == 0
    text = text_of((await site.get(paper(work))).content)
    assert NAME not in text
    assert "Said by all of us." in text
    assert "Corrected on" in text


async def test_a_redacted_name_is_on_no_paper_any_more(site: Site) -> None:
    work = await site.publish("Names", content=f"Said by {NAME} and others.")
    assert NAME in text_of((await site.get(paper(work))).content)
    await redacting.redact(site.services.desk, OPERATOR, work.declaration.key, NAME)
    assert await kept(site) == 0
    content = (await site.get(paper(work))).content
    assert NAME not in text_of(content)
    assert NAME.encode() not in (attached_text(content) or NAME.encode())


async def test_a_version_that_is_a_draft_has_no_paper_for_readers(site: Site) -> None:
    work = await site.publish("Half translated")
    key, desk = work.declaration.key, site.services.desk
    french = {"title": "Traduit", "summary": "Un.", "content": "Secret.", "state": "draft"}
    await edits.put_version(desk, OPERATOR, key, "fr", french)
    answer = await site.get(paper(work, "fr"))
    assert ".en.pdf" in answer.headers["content-disposition"]
    assert "Secret" not in text_of(answer.content)
    config = site.services.config
    media = config.path(config.media.directory)
    made = await papers.of_coordinator(desk, media, OPERATOR, key, "fr")
    assert "PROJET" in text_of(made.content)
    assert attached_text(made.content) is None


async def test_a_correction_is_told_with_what_and_why(site: Site) -> None:
    work = await site.publish("Corrected")
    correction = {"what": "The hour.", "why": "It was noon."}
    desk, key = site.services.desk, work.declaration.key
    await edits.edit(desk, OPERATOR, key, {"content": "At one."}, correction=correction)
    text = text_of((await site.get(paper(work))).content)
    assert "The hour. It was noon." in text


async def test_a_withdrawn_text_leaves_its_notice_on_paper_and_nothing_else(site: Site) -> None:
    work = await site.publish("Withdrawn soon", signatories=[{"name": "Ana Ruiz"}])
    await site.get(paper(work))
    await site.withdraw(work, "The figures were wrong.")
    assert await kept(site) == 0
    content = (await site.get(paper(work))).content
    text = text_of(content)
    assert "This text has been withdrawn." in text
    assert "The figures were wrong." in text
    for gone in ("Down tools at noon", "Ana Ruiz"):
        assert gone not in text
        assert gone.encode() not in (attached_text(content) or b"")


async def test_what_the_page_does_not_show_the_paper_does_not_either(site: Site) -> None:
    draft = await site.draft("A draft")
    followers = await site.publish("For followers", visibility="followers")
    for hidden in (draft, followers):
        assert (await site.get(paper(hidden))).status_code == 404
    for nowhere in ("/@pits/nothing.pdf", "/@nobody/nothing.pdf", "/@pits/.pdf"):
        assert (await site.get(nowhere)).status_code == 404
    assert await kept(site) == 0


async def test_a_deleted_text_is_gone_on_paper_too(site: Site) -> None:
    work = await site.publish("Deleted soon")
    await site.get(paper(work))
    await site.delete(work)
    assert (await site.get(paper(work))).status_code == 410
    assert await kept(site) == 0


async def test_an_old_address_leads_to_the_paper_and_an_unknown_language_to_the_original(
    site: Site,
) -> None:
    work = await site.publish("Old name", slug="old-name")
    await site.edit(work, slug="new-name")
    answer = await site.get("/@pits/old-name.pdf?lang=en")
    assert (answer.status_code, answer.headers["location"]) == (
        301,
        f"{site.origin}/@pits/new-name.pdf?lang=en",
    )
    assert (await site.get("/@Pits/new-name.pdf")).status_code == 301
    there = await site.get("/@pits/new-name.pdf?lang=tlh")
    assert 'filename="new-name.en.pdf"' in there.headers["content-disposition"]


async def test_a_paper_with_another_letterhead_is_not_given_again(site: Site) -> None:
    work = await site.publish("Headed")
    desk, config = site.services.desk, site.services.config
    media = config.path(config.media.directory)
    actor = await actors.by_name(desk.db, "pits")
    assert actor is not None
    first = await papers.released(desk, media, actor, work, "en")

    async def other(tx: Transaction, edition: str) -> None:
        sql = "UPDATE papers SET content = :content, edition = :edition"
        await tx.execute(sql, content=b"of another", edition=edition)

    await desk.db.write(lambda tx: other(tx, papers.edition_of(actor)))
    assert (await papers.released(desk, media, actor, work, "en")).content == b"of another"
    await desk.db.write(lambda tx: other(tx, "another"))
    assert await papers.released(desk, media, actor, work, "en") == first
