"""Pictures of declarations: taken in, shown on pages, said on the wire, and gone again.

Over HTTP, on both engines.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import photographs
import pytest
from engines import Place
from picturing import ALTS, ARTICLE, Picturing, picturing, token_of
from running_site import running_site

from fediverse_coord.outgoing.release import release_due
from fediverse_coord.web.responses import DATA_POLICY


@pytest.fixture
async def here(place: Place, tmp_path: Path) -> AsyncIterator[Picturing]:
    async with running_site(tmp_path / "site", "pits", "quays", place=place) as site:
        yield await picturing(site)


def in_text(key: str, alt: str = "At the gate", caption: str = "") -> str:
    title = f' "{caption}"' if caption else ""
    return f"Before.\n\n![{alt}](media:{key}{title})\n\nAfter.\n"


def images(page: Any, name: str) -> list[dict[str, str]]:
    return [one for one in page.all("img") if name in str(one["src"])]


async def test_what_is_taken_in_is_served_without_what_the_camera_told(here: Picturing) -> None:
    answer = await here.send()
    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"].endswith(f"/api/v1/media/{made['key']}")
    assert (made["width"], made["height"], made["alt"], made["used_by"]) == (1600, 1067, ALTS, [])
    for url in made["urls"].values():
        file = await here.site.reader.get(url)
        assert file.status_code == 200
        assert [one for one in photographs.SECRETS if one in file.content] == []
        assert file.headers["content-type"] == made["media_type"] == "image/jpeg"
        assert file.headers["x-content-type-options"] == "nosniff"
        assert file.headers["content-security-policy"] == DATA_POLICY
        assert "immutable" in file.headers["cache-control"]
    read = await here.call("GET", f"/media/{made['key']}")
    assert read.json() == made
    assert read.headers["etag"] == '"1"'


async def test_an_article_shows_its_pictures_in_each_languages_words(here: Picturing) -> None:
    hero, photo = await here.taken_in(), await here.taken_in(photographs.plain(size=(640, 480)))
    text = in_text(photo["key"], caption="Photo: the union")
    made = await here.publish(content=text, hero=hero["key"])
    german = {**ARTICLE, "content": in_text(photo["key"], "Am Tor")}
    answer = await here.call(
        "PUT", f"/declarations/{made['key']}/versions/de", german, If_Match="*"
    )
    assert answer.status_code == 200, answer.text
    assert made["hero"] == hero["key"]

    file = photo["urls"]["page"]
    for language, above, inside in (("en", "A gate", "At the gate"), ("de", "Ein Tor", "Am Tor")):
        page = await here.page(f"{made['url']}?lang={language}")
        (top,) = images(page, hero["urls"]["page"])
        assert (top["alt"], top["width"], top["height"]) == (above, "1600", "1067")
        (shown,) = images(page, file)
        assert (shown["alt"], shown["loading"]) == (inside, "lazy")
        assert page.meta("og:image") == hero["urls"]["card"]
        assert (page.meta("og:image:width"), page.meta("og:image:alt")) == ("1200", above)
        assert page.faults == []

    document = await here.document(made["id"])
    assert document["image"] == {
        "type": "Image", "mediaType": "image/jpeg", "url": hero["urls"]["page"],
        "width": 1600, "height": 1067, "name": "A gate",
    }  # fmt: skip
    assert document["attachment"] == [{
        "type": "Image", "mediaType": "image/jpeg", "url": file,
        "width": 640, "height": 480, "name": "At the gate",
    }]  # fmt: skip
    figure = f'<figure><img src="{file}" alt="At the gate" width="640" height="480" loading="lazy">'
    assert f"{figure}<figcaption>Photo: the union</figcaption></figure>" in document["content"]
    alone = await here.document(f"{made['id']}/versions/de")
    assert (alone["image"]["name"], alone["attachment"][0]["name"]) == ("Ein Tor", "Am Tor")


async def test_a_note_has_its_pictures_beside_its_text(here: Picturing) -> None:
    hero, photo = await here.taken_in(), await here.taken_in(photographs.seen_through())
    made = await here.publish(
        title=None, summary=None, form="note", content=in_text(photo["key"]), hero=hero["key"]
    )
    document = await here.document(made["id"])
    assert document["content"] == "<p>Before.</p>\n<p>After.</p>"
    assert "image" not in document
    assert [(one["url"], one["mediaType"], one["name"]) for one in document["attachment"]] == [
        (hero["urls"]["page"], "image/jpeg", "A gate"),
        (photo["urls"]["page"], "image/png", "At the gate"),
    ]
    page = await here.page(made["url"])
    assert [one["alt"] for one in images(page, "/media/") if one["alt"]] == [
        "A gate",
        "At the gate",
    ]


async def test_what_is_not_told_in_words_is_refused_by_name_and_not_saved(here: Picturing) -> None:
    hero = await here.taken_in(alts={"en": "A gate"})
    key = hero["key"]
    silent = await here.refused(content=in_text(key, ""), hero=key, language="fr")
    assert silent.status_code == 422
    faults = {one["field"]: one["detail"] for one in silent.json()["errors"]}
    assert set(faults) == {"content", "hero"}
    assert f"![what it shows](media:{key})" in faults["content"]
    assert "no alt text in 'fr'" in faults["hero"]
    assert (await here.call("GET", "/actors/pits/declarations")).json()["items"] == []

    made = await here.publish(hero=key, language="en-GB")  # what is said in English
    german = await here.call(
        "PUT", f"/declarations/{made['key']}/versions/de", ARTICLE, If_Match="*"
    )
    assert german.status_code == 422
    assert [one["field"] for one in german.json()["errors"]] == ["versions.de.hero"]
    told = await here.call("PATCH", f"/media/{key}", {"alt": {"de": "Ein Tor"}}, If_Match='"1"')
    assert told.status_code == 200, told.text
    german = await here.call(
        "PUT", f"/declarations/{made['key']}/versions/de", ARTICLE, If_Match="*"
    )
    assert german.status_code == 200, german.text


async def test_pictures_of_others_and_of_nobody_are_refused(here: Picturing) -> None:
    theirs = await token_of(here.site, "editor", "quays")
    foreign = await here.taken_in(actor="quays", token=theirs)
    for key in (foreign["key"], "a" * 16):
        answer = await here.refused(content=in_text(key), hero=key)
        assert answer.status_code == 422
        assert [one["field"] for one in answer.json()["errors"]] == ["content", "hero"]
    assert (await here.refused(hero="../../etc")).status_code == 422
    assert (await here.call("GET", f"/media/{foreign['key']}")).status_code == 403
    assert (await here.send(actor="quays")).status_code == 403


async def test_whoever_may_draft_may_send_pictures(here: Picturing) -> None:
    before = here.pictures()
    moderator = await token_of(here.site, "moderator", "pits")
    assert (await here.send(token=moderator)).status_code == 403
    assert (await here.send(token="none")).status_code == 401
    assert here.pictures() == before
    editor = await token_of(here.site, "editor", "pits")
    made = await here.taken_in(token=editor)
    assert (await here.call("GET", f"/media/{made['key']}", token=moderator)).status_code == 200


async def test_words_are_changed_by_whoever_saw_them(here: Picturing) -> None:
    made = await here.taken_in()
    path, words = f"/media/{made['key']}", {"alt": {"en": "The gate", "de": None}}
    assert (await here.call("PATCH", path, words)).status_code == 428
    assert (await here.call("PATCH", path, words, If_Match='"7"')).status_code == 412
    changed = await here.call("PATCH", path, words, If_Match='"1"')
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert changed.json()["alt"] == {"en": "The gate"}
    nothing = await here.call("PATCH", path, {"alt": {"en": None}}, If_Match="*")
    assert nothing.status_code == 422


async def test_a_hero_keeps_the_words_of_the_languages_it_is_read_in(here: Picturing) -> None:
    made = await here.taken_in()
    shown = await here.publish(hero=made["key"])
    path = f"/media/{made['key']}"
    taken = await here.call("PATCH", path, {"alt": {"en": None}}, If_Match="*")
    assert (taken.status_code, "read in en" in taken.text) == (409, True)
    new = await here.call("PATCH", path, {"alt": {"en": "The old gate"}}, If_Match="*")
    assert new.json()["used_by"] == [shown["key"]]
    (top,) = images(await here.page(shown["url"]), made["urls"]["page"])
    assert top["alt"] == "The old gate"


async def test_only_what_no_text_shows_can_be_deleted(here: Picturing) -> None:
    made = await here.taken_in()
    shown = await here.publish(content=in_text(made["key"]))
    path = f"/media/{made['key']}"
    used = await here.call("DELETE", path, If_Match="*")
    assert (used.status_code, "take it out" in used.text) == (409, True)
    without = {"content": "Words alone."}
    edited = await here.call("PATCH", f"/declarations/{shown['key']}", without, If_Match="*")
    assert edited.status_code == 200, edited.text
    assert "attachment" not in await here.document(shown["id"])
    assert (await here.call("DELETE", path, If_Match="*")).status_code == 204
    assert (await here.call("GET", path)).status_code == 404
    assert await here.status(made["urls"]["page"]) == 404
    assert here.pictures() == set()


async def test_with_a_declaration_go_the_pictures_that_no_other_shows(here: Picturing) -> None:
    alone, shared = await here.taken_in(), await here.taken_in(photographs.plain(size=(99, 99)))
    text = in_text(alone["key"]) + in_text(shared["key"])
    first = await here.publish(content=text, hero=alone["key"])
    await here.publish(content=in_text(shared["key"]))
    gone = await here.call("DELETE", f"/declarations/{first['key']}", If_Match="*")
    assert gone.status_code == 204
    assert await here.status(alone["urls"]["page"]) == 404
    assert await here.status(shared["urls"]["page"]) == 200
    assert here.pictures() == {url.rpartition("/")[2] for url in shared["urls"].values()}


async def test_a_withdrawn_text_takes_its_pictures_out_of_sight(here: Picturing) -> None:
    hero, photo = await here.taken_in(), await here.taken_in(photographs.plain(size=(99, 99)))
    made = await here.publish(content=in_text(photo["key"]), hero=hero["key"])
    kept = await here.publish(hero=hero["key"])
    why = {"reason": "The figures were wrong."}
    answer = await here.call("POST", f"/declarations/{made['key']}/withdraw", why)
    assert answer.status_code == 200, answer.text

    page = await here.page(made["url"])
    assert images(page, hero["urls"]["page"]) == images(page, photo["urls"]["page"]) == []
    assert page.meta("og:image") != hero["urls"]["card"]
    document = await here.document(made["id"])
    assert "image" not in document
    assert "attachment" not in document
    assert await here.status(photo["urls"]["page"]) == 404
    assert await here.status(hero["urls"]["page"]) == 200  # the other text shows it

    with_text = why | {"keep_text": True}
    await here.call("POST", f"/declarations/{kept['key']}/withdraw", with_text)
    assert await here.status(hero["urls"]["page"]) == 200
    assert images(await here.page(kept["url"]), hero["urls"]["page"]) != []


async def test_a_new_hero_makes_others_fetch_the_card_anew(here: Picturing) -> None:
    made = await here.publish()
    hero = await here.taken_in()
    change = {"hero": hero["key"], "quiet": True}
    await here.call("PATCH", f"/declarations/{made['key']}", change, If_Match="*")
    document = await here.document(made["id"])
    assert document["url"].endswith("?r=1")
    assert document["image"]["url"] == hero["urls"]["page"]
    without = await here.call("PATCH", f"/declarations/{made['key']}", {"hero": None}, If_Match="*")
    assert without.json()["hero"] is None
    assert "image" not in await here.document(made["id"])


async def test_a_scheduled_text_goes_out_with_its_pictures(here: Picturing) -> None:
    hero = await here.taken_in()
    services = here.site.services
    body = {**ARTICLE, "hero": hero["key"], "content": in_text(hero["key"])}
    made = (await here.call("POST", "/actors/pits/declarations", body)).json()
    moment = services.clock() + timedelta(hours=1)
    at = {"at": moment.isoformat()}
    answer = await here.call("POST", f"/declarations/{made['key']}/schedule", at)
    assert answer.status_code == 200, answer.text
    assert await release_due(services.db, services.publisher, lambda: moment) == 1
    document = await here.document(made["id"])
    assert document["image"]["url"] == document["attachment"][0]["url"] == hero["urls"]["page"]


async def test_no_words_around_a_text_tell_who_signed_it_unnamed(here: Picturing) -> None:
    who = [{"name": "Clara Velvet", "display": "hidden"}]
    named = await here.taken_in(alts={"en": "Clara Velvet speaks"})
    plain = await here.taken_in(alts={"en": "A gate"})
    refused = await here.refused(hero=named["key"], signatories=who)
    assert [one["field"] for one in refused.json()["errors"]] == ["hero.alts.en"]
    made = await here.publish(hero=plain["key"], signatories=who)
    told = {"content": "We stood.", "correction": {"what": "A tense.", "why": "clara_velvet did."}}
    for method, path, fields in (
        ("PATCH", f"/declarations/{made['key']}", {"hero": named["key"]}),
        ("PATCH", f"/declarations/{made['key']}", told),
        ("PATCH", f"/media/{plain['key']}", {"alt": {"en": "Clara Velvet speaks"}}),
    ):
        answer = await here.call(method, path, fields, If_Match="*")
        assert answer.status_code == 422, answer.text
        assert "only the editors may know" in answer.text
        assert "Velvet" not in answer.text
    page = await here.site.get("/" + made["url"].split("/", 3)[3])
    assert "Velvet" not in page.text


async def test_words_above_what_is_out_are_a_publishers(here: Picturing) -> None:
    made = await here.taken_in()
    await here.publish(hero=made["key"])
    path, words = f"/media/{made['key']}", {"alt": {"en": "Liars at a gate"}}
    editor = await token_of(here.site, "editor", "pits")
    refused = await here.call("PATCH", path, words, editor, If_Match="*")
    assert (refused.status_code, "needs the role publisher" in refused.text) == (403, True)
    assert (await here.call("GET", path)).json()["alt"]["en"] == "A gate"
    more = await here.call("PATCH", path, {"alt": {"fr": "Une porte"}}, editor, If_Match="*")
    assert more.status_code == 200, more.text
    assert (await here.call("PATCH", path, words, If_Match="*")).json()["warnings"] == []


async def test_names_in_words_above_what_is_out_are_told(here: Picturing) -> None:
    await here.site.protect("TR")
    made = await here.taken_in()
    await here.publish(hero=made["key"], countries=["TR"])
    words = {"alt": {"en": "Ahmet Demir at the gate"}}
    answer = await here.call("PATCH", f"/media/{made['key']}", words, If_Match="*")
    [told] = answer.json()["warnings"]
    assert "Ahmet Demir" in told
    await here.site.protect()
