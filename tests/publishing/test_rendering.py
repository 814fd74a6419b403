"""From a declaration to its object, held against what others read of it."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from fediverse_coord.protocol.uris import Uris
from fediverse_coord.protocol.vocabulary import AS2, PUBLIC
from fediverse_coord.protocol.wire import dumps
from fediverse_coord.publishing.declarations import (
    Declaration,
    Form,
    State,
    Version,
    Visibility,
)
from fediverse_coord.publishing.rendering import Edition, Named, object_from, version_from

URIS = Uris("https://coord.example")
RELEASED = datetime(2026, 10, 14, 17, 46, 40, tzinfo=UTC)
ENGLISH = Version(
    language="en",
    title="On the shafts & the men",
    summary="Five demands < six.",
    source="…",
    html="<p>We demand.</p>",
)
GERMAN = replace(
    ENGLISH, language="de", title="Zu den Schächten", summary="Fünf.", html="<p>Wir fordern.</p>"
)
ARTICLE = Declaration(
    key="abcdefgh23456723",
    actor_name="pits",
    form=Form.ARTICLE,
    state=State.PUBLISHED,
    language="en",
    slug="shafts",
    versions=(ENGLISH,),
    revision=1,
    tags=("solidarity",),
    published_at=RELEASED,
)
NOTE = replace(ARTICLE, form=Form.NOTE)


def rendered(declaration: Declaration, **more: object) -> dict[str, object]:
    return object_from(Edition(declaration, **more), URIS).document  # type: ignore[arg-type]


def test_an_article_carries_what_mastodon_shows_of_it() -> None:
    document = rendered(ARTICLE)
    assert document["type"] == "Article"
    assert document["name"] == "On the shafts & the men"  # plain text, no entities
    assert document["summary"] == "<p>Five demands &lt; six.</p>"
    assert document["url"] == "https://coord.example/@pits/shafts"
    assert AS2 in document["@context"]  # type: ignore[operator]


def test_content_equals_the_first_entry_of_its_map() -> None:
    document = rendered(replace(ARTICLE, versions=(ENGLISH, GERMAN)))
    texts = document["contentMap"]
    assert isinstance(texts, dict)
    assert list(texts) == ["en", "de"]
    assert document["content"] == texts["en"]


def test_a_note_has_no_summary_and_begins_with_its_title() -> None:
    document = rendered(NOTE)
    assert document["type"] == "Note"
    assert "summary" not in document
    assert "name" not in document
    content = str(document["content"])
    assert content.startswith("<p><strong>On the shafts &amp; the men</strong></p>")
    assert content.endswith('">https://coord.example/@pits/shafts</a></p>')


def test_a_short_statement_is_its_text_alone() -> None:
    plain = replace(ENGLISH, title=None, summary=None)
    assert rendered(replace(NOTE, versions=(plain,)))["content"] == "<p>We demand.</p>"


def test_collections_are_bare_ids_and_source_is_never_delivered() -> None:
    document = rendered(ARTICLE)
    assert [document[name] for name in ("replies", "likes", "shares")] == [
        f"https://coord.example/actors/pits/objects/abcdefgh23456723/{name}"
        for name in ("replies", "likes", "shares")
    ]
    assert "source" not in document
    assert "id" not in document["preview"]  # type: ignore[operator]


def test_updated_is_told_only_after_an_edit() -> None:
    assert "updated" not in rendered(ARTICLE)
    assert rendered(replace(ARTICLE, updated_at=RELEASED))["updated"] == "2026-10-14T17:46:40Z"


def test_quoting_is_allowed_and_nothing_else_is_declared() -> None:
    assert rendered(ARTICLE)["interactionPolicy"] == {"canQuote": {"automaticApproval": [PUBLIC]}}


def test_a_mention_is_told_in_tag_and_in_cc() -> None:
    rosa = Named("@rosa@far.example", "https://far.example/users/rosa")
    document = rendered(ARTICLE, mentions=(rosa,))
    assert {"type": "Mention", "href": rosa.actor_id, "name": rosa.handle} in document["tag"]  # type: ignore[operator]
    assert rosa.actor_id in document["cc"]  # type: ignore[operator]


def test_a_direct_answer_is_addressed_to_its_people_alone() -> None:
    rosa = Named("@rosa@far.example", "https://far.example/users/rosa")
    document = rendered(replace(NOTE, visibility=Visibility.DIRECT), mentions=(rosa,))
    assert (document["to"], document["cc"]) == ([rosa.actor_id], [])


def test_the_summary_ends_with_the_languages_there_are() -> None:
    summary = str(rendered(replace(ARTICLE, versions=(ENGLISH, GERMAN)))["summary"])
    assert summary.endswith(
        '<p><a href="https://coord.example/@pits/shafts?lang=en">English</a> · '
        '<a href="https://coord.example/@pits/shafts?lang=de">Deutsch</a></p>'
    )


def test_an_edit_that_mastodon_cannot_see_is_told_in_the_summary() -> None:
    summary = rendered(ARTICLE, corrected=date(2026, 10, 20))["summary"]
    assert summary == "<p>(corrected 2026-10-20)</p><p>Five demands &lt; six.</p>"


@pytest.mark.parametrize("form", [Form.ARTICLE, Form.NOTE])
def test_a_withdrawn_text_is_gone_and_its_reason_stands_there(form: Form) -> None:
    withdrawn = replace(ARTICLE, form=form, state=State.WITHDRAWN)
    document = rendered(withdrawn, reason="The talks have begun & go on.", url_revision=1)
    told = str(document)
    assert "We demand" not in told
    assert "The talks have begun &amp; go on." in told
    assert document["url"] == "https://coord.example/@pits/shafts?r=1"
    if form is Form.ARTICLE:
        assert document["name"] == "Withdrawn: On the shafts & the men"
        assert document["summary"] == "<p>The talks have begun &amp; go on.</p>"


def test_further_languages_are_left_out_from_the_last_when_they_do_not_fit() -> None:
    large = "<p>" + "x" * 20_000 + "</p>"
    versions = tuple(replace(ENGLISH, language=one, html=large) for one in ("en", "de", "fr"))
    rendering = object_from(Edition(replace(ARTICLE, versions=versions)), URIS)
    assert list(rendering.document["contentMap"]) == ["en"]
    assert rendering.left_out == ("de", "fr")
    assert set(rendering.document["nameMap"]) == {"en", "de", "fr"}
    assert len(dumps(rendering.document)) < 60_000


def test_a_very_long_text_goes_out_once() -> None:
    long = replace(ENGLISH, html="<p>" + "x" * 40_000 + "</p>")
    rendering = object_from(Edition(replace(ARTICLE, versions=(long,))), URIS)
    assert "contentMap" not in rendering.document
    assert len(dumps(rendering.document)) < 60_000


def test_a_version_is_its_own_document_in_its_language_alone() -> None:
    edition = Edition(replace(ARTICLE, versions=(ENGLISH, GERMAN)))
    document = version_from(edition, GERMAN, URIS)
    assert document["id"].endswith("/objects/abcdefgh23456723/versions/de")
    assert document["content"] == "<p>Wir fordern.</p>"
    assert document["contentMap"] == {"de": "<p>Wir fordern.</p>"}
    assert document["name"] == "Zu den Schächten"
