"""Searching as readers do: over HTTP, on each engine, and what is never found."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from engines import Place
from running_site import Site, running_site

from fediverse_coord.desk import coordinations, drafts, edits, releases, spellings
from fediverse_coord.desk.people import OPERATOR
from fediverse_coord.storage.search_upkeep import Upkeep

pytestmark = pytest.mark.both_engines

ERASE_SEARCH = "DELETE FROM search"
BEHIND = """
INSERT INTO search_upkeep (id, filled_to, unclean) VALUES (1, 0, 0)
ON CONFLICT (id) DO UPDATE SET filled_to = 0
"""
STATE = "SELECT filled_to, unclean FROM search_upkeep"


@pytest.fixture
async def site(place: Place, tmp_path: Path) -> AsyncIterator[Site]:
    async with running_site(tmp_path, "pits", "quays", place=place) as running:
        yield running


async def version(site: Site, key: str, language: str, title: str, content: str) -> None:
    fields = {"title": title, "summary": "…", "content": content, "state": "published"}
    await edits.put_version(site.services.desk, OPERATOR, key, language, fields)


async def world(site: Site) -> None:
    """Texts in nine scripts, of two years, two countries and two organisations."""
    await site.publish(
        "Wages first",
        slug="wages",
        kind="letter",
        dated="2024-03-01",
        countries=["ES"],
        organisations=["Pit Workers’ Union"],
        tags=["Wages"],
        content="The miners of Krivoy Rog stay below. Une grève générale, **today**.",
    )
    call = await site.publish(
        "The strike goes on", slug="strike", kind="call", countries=["CO"],
        content="Wages are owed since winter; nobody goes below before they are paid.",
    )  # fmt: skip
    key = call.declaration.key
    await version(site, key, "uk", "Страйк триває", "Шахтарі, місто Кривий Ріг.")
    await version(site, key, "el", "Η απεργία συνεχίζεται", "Εργάτες όλου του κόσμου.")
    await version(site, key, "ar", "الإضراب مستمر", "يا عُمّالَ العالم اتحدوا.")
    await version(site, key, "hi", "हड़ताल जारी है", "मज़दूर एक हों।")
    await version(site, key, "zh", "罢工继续", "全世界无产者，联合起来！")
    await version(site, key, "ja", "ストライキは続く", "万国の労働者、団結せよ。")
    await version(site, key, "ko", "파업은 계속된다", "만국의 노동자여 단결하라.")
    await site.publish("Quays shut", actor="quays", slug="quays", content="Dockers: no wages.")


async def found(site: Site, query: str, path: str = "/@pits/archive") -> list[str]:
    """Where the hits lead, without the origin."""
    answer = await site.reader.get(path, params=dict(one.split("=", 1) for one in query.split("&")))
    assert answer.status_code == 200, answer.text
    from sample_pages import Page

    page = Page(answer.text)
    assert page.faults == []
    links = [str(one["href"]) for one in page.all("a") if one.get("href")]
    return [
        one.removeprefix(site.origin).removeprefix("/@pits/").removeprefix("/@quays/")
        for one in links
        if "/@" in one and "/archive" not in one and not one.endswith(("/@pits", "/@quays"))
    ]


QUESTIONS = [
    ("q=wages", ["wages", "strike"]),  # the older one has it in its title
    ("q=WÁGES", ["wages", "strike"]),
    ("q=greve generale", ["wages"]),
    ("q=strike winter", ["strike"]),
    ("q=miner", ["wages"]),  # the beginning of the last word
    ("q=miner below", []),  # of the last word alone
    ("q=today miners", ["wages"]),
    ('q="nobody goes below"', ["strike"]),
    ('q="goes nobody below"', []),
    ('q="first the miners"', []),  # no phrase spans title and text
    ("q=страйк", ["strike?lang=uk"]),
    ("q=ΑΠΕΡΓΙΑ", ["strike?lang=el"]),
    ("q=κοσμου", ["strike?lang=el"]),
    ("q=الاضراب", ["strike?lang=ar"]),
    ("q=عمال العالم", ["strike?lang=ar"]),
    ("q=मजदूर", ["strike?lang=hi"]),
    ("q=无产者", ["strike?lang=zh"]),
    ("q=者无产", []),
    ("q=界", ["strike?lang=zh"]),
    ("q=労働者", ["strike?lang=ja"]),
    ("q=노동자", ["strike?lang=ko"]),
    ("q=wages&kind=call", ["strike"]),
    ("q=wages&country=es", ["wages"]),
    ("q=wages&year=2024", ["wages"]),
    ("q=wages&organisation=PIT workers' union", ["wages"]),
    ("q=wages&language=uk", []),
    ("q=strike&topic=wages", []),
    ("q=pits", []),
    ("q=" + "x" * 10_000, []),
    ("q=" + "wages " * 2_000, ["wages", "strike"]),
    ('q="', []),
    ("q=%*:^-+()[]{}\\'", []),
    ("q=NEAR(wages, strike)", []),
    ("q=wages* OR x", []),
    ("q=title:wages", []),
    ("q=\0wages\0", ["wages", "strike"]),
    ("q=🙂", []),
    ("q='; DROP TABLE search; --", []),
    ("q=_____", []),
    ("q=¤twages", []),
]


async def test_both_engines_find_the_same_and_nothing_typed_is_an_error(site: Site) -> None:
    await world(site)
    answers = {query: await found(site, query) for query, _ in QUESTIONS}
    assert answers == dict(QUESTIONS)


async def test_all_coordinations_of_the_server_are_searched_and_say_who_speaks(site: Site) -> None:
    await world(site)
    assert await found(site, "q=wages", "/search") == ["wages", "quays", "strike"]
    assert "/search" in (await site.page("/about")).text or (await site.get("/about")).text
    await coordinations.retire(site.services.desk, OPERATOR, "quays")
    assert await found(site, "q=dockers", "/search") == []


async def test_names_are_found_in_every_spelling_that_editors_keep(site: Site) -> None:
    await world(site)
    desk = site.services.desk
    assert await found(site, "q=kryvyi rih") == []
    await spellings.add(desk, OPERATOR, ["Krivoy Rog", "Kryvyi Rih"])
    await spellings.add(desk, OPERATOR, ["Kryvyi Rih", "Кривий Ріг"])
    for typed in ("kryvyi rih", "KRIVOY ROG", "Кривий Ріг", '"krivoy rog"'):
        assert sorted(await found(site, f"q={typed}")) == ["strike?lang=uk", "wages"], typed
    assert await found(site, "q=rog kryvyi") == []
    await spellings.remove(desk, OPERATOR, "krivoy rog")
    assert await found(site, "q=kryvyi rih") == ["strike?lang=uk"]
    await spellings.remove(desk, OPERATOR, "kryvyi rih")
    assert await spellings.all_names(desk, OPERATOR) == []


@pytest.mark.parametrize("visibility", ["unlisted", "followers", "direct"])
async def test_what_is_not_for_everybody_is_never_found(site: Site, visibility: str) -> None:
    await site.publish("Secret plan", slug="plan", visibility=visibility)
    await site.draft("Secret draft", slug="draft")
    assert await found(site, "q=secret") == []
    assert await found(site, "q=secret", "/search") == []


async def test_words_that_were_taken_back_are_not_found(site: Site) -> None:
    works = {
        name: await site.publish(f"Notice {name}", slug=name, content=f"Secret {name}.")
        for name in ("edited", "withdrawn", "kept", "deleted")
    }
    await site.edit(works["edited"], content="Nothing.")
    await site.withdraw(works["withdrawn"], "It was wrong.")
    await site.withdraw(works["kept"], "It was wrong.", keep_text=True)
    await site.delete(works["deleted"])
    assert await found(site, "q=secret") == ["kept"]
    assert sorted(await found(site, "q=notice")) == ["edited", "kept"]
    await releases.delete(site.services.desk, OPERATOR, works["kept"].declaration.key)
    assert await found(site, "q=secret") == []


async def test_of_signatories_what_is_shown_is_found(site: Site) -> None:
    await site.publish(
        "Signed",
        slug="signed",
        signatories=[
            {"name": "Rosa Delgado", "display": "full"},
            {"name": "Miguel Hidden", "display": "hidden"},
        ],
    )
    assert await found(site, "q=delgado") == ["signed"]
    assert await found(site, "q=miguel") == []


async def test_pages_of_hits_go_on_where_the_last_one_ended(site: Site) -> None:
    for number in range(23):
        title = "Wages" if number % 2 else "Other"
        await site.publish(f"{title} {number}", slug=f"t{number}", content="Wages, again.")
    first = await found(site, "q=wages")
    page = await site.get("/@pits/archive?q=wages")
    onward = page.text.partition('rel="next" class="onward" href="')[2].partition('"')[0]
    path = onward.replace("&amp;", "&").removeprefix(site.origin)
    second = (await site.get(path)).text
    titled = [f"t{number}" for number in range(21, 0, -2)]
    others = [f"t{number}" for number in range(22, -1, -2)]
    assert len([one for one in first if one.startswith("t")]) == 20
    assert [one for one in first if one.startswith("t")] == (titled + others)[:20]
    assert [one for one in (titled + others) if f'/@pits/{one}"' in second] == sorted(
        (titled + others)[20:], key=(titled + others).index
    )
    assert (await site.get("/@pits/archive?q=wages&before=nokey.en")).status_code == 404


async def many_languages(site: Site) -> None:
    """Found by who signs in every language, by a title in one, by its text in another."""
    signs = [{"name": "Ann Bell", "organisation": "Axle Union"}]
    work = await site.publish("Shafts", slug="shafts", signatories=signs)
    for language, title, content in (
        ("fr", "Les puits", "Rien."),
        ("es", "Pozos y minas", "Nada."),
        ("de", "Schächte", "Nichts von minas."),
    ):
        await version(site, work.declaration.key, language, title, content)


@pytest.mark.parametrize(
    "query, hits",
    [
        ("q=axle", ["shafts"]),
        ("q=axle&lang=es", ["shafts?lang=es"]),
        ("q=axle&lang=it", ["shafts"]),
        ("q=minas", ["shafts?lang=es"]),
        ("q=minas&language=de", ["shafts?lang=de"]),
        ("q=puits", ["shafts?lang=fr"]),
        ('q="minas y pozos"', []),
        ('q="von minas"', ["shafts?lang=de"]),
    ],
)
async def test_a_text_is_found_once_whatever_languages_it_has(
    site: Site, query: str, hits: list[str]
) -> None:
    await many_languages(site)
    assert [one for one in await found(site, query) if one.startswith("shafts")] == hits


async def test_pages_of_works_in_many_languages_tell_each_once(site: Site) -> None:
    for number in range(24):
        work = await site.publish(f"Text {number}", slug=f"t{number}", content="Axle works.")
        await version(site, work.declaration.key, "fr", "Axle" if number == 3 else "A", "Axle.")
    seen, path = list[str](), "/@pits/archive?q=axle"
    while path:
        text = (await site.get(path)).text
        seen += [one.partition("?")[0] for one in re.findall(r'/@pits/(t\d+[^"]*)"', text)]
        onward = text.partition('rel="next" class="onward" href="')[2].partition('"')[0]
        path = onward.replace("&amp;", "&").removeprefix(site.origin)
    assert seen == ["t3", *(f"t{number}" for number in range(23, -1, -1) if number != 3)]


async def test_hits_are_marked_and_hostile_words_stay_words(site: Site) -> None:
    await site.publish("Wages & more", slug="more", content="`<script>` wages `<b>`")
    text = (await site.get("/@pits/archive?q=wages+%3Cscript%3E")).text
    assert "<mark>Wages</mark> &amp; more" in text
    assert "&lt;<mark>script</mark>&gt;" in text
    assert "<script" not in text


async def test_what_was_published_before_search_came_is_taken_in(site: Site) -> None:
    await world(site)
    db = site.services.db
    before = await found(site, "q=wages")
    await db.write(lambda tx: tx.execute(ERASE_SEARCH))
    await db.write(lambda tx: tx.execute(BEHIND))
    assert await found(site, "q=wages") == []
    upkeep = Upkeep(db, portion=2)
    rounds = 0
    while await upkeep.step():
        rounds += 1
        assert rounds < 50
    assert await found(site, "q=wages") == before
    state = await db.fetch_one(STATE)
    assert state is not None
    assert (state["filled_to"], state["unclean"]) == (None, 0)


async def test_coordinators_find_drafts_too(site: Site) -> None:
    await world(site)
    await site.draft("Wages draft", slug="draft")
    desk = site.services.desk
    works = await drafts.page(desk, OPERATOR, "pits", words="wages")
    assert [one.declaration.slug for one in works] == ["draft", "strike", "wages"]
    works = await drafts.page(desk, OPERATOR, "pits", words="ΑΠΕΡΓΙΑ κοσμου")
    assert [one.declaration.slug for one in works] == ["strike"]
    assert await drafts.page(desk, OPERATOR, "pits", words="%*'\"") == []
