"""Who gets JSON and who gets a page."""

import pytest

from fediverse_coord.web.negotiation import content_type_for, on_id, on_page

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
MASTODON = "application/activity+json, application/ld+json"
MASTODON_RESOLVER = (
    'application/activity+json, application/ld+json; profile="https://www.w3.org/ns/'
    'activitystreams", text/html;q=0.1'
)


@pytest.mark.parametrize(
    "accept, id_answer, page_answer",
    [
        ("", "json", "html"),
        ("*/*", "json", "html"),
        ("application/json", "json", "html"),
        (BROWSER, "html", "html"),
        (MASTODON, "json", "json"),
        (MASTODON_RESOLVER, "json", "json"),
        ("text/html", "html", "html"),
        ("text/html;q=0.9, application/activity+json", "json", "json"),
        ("text/html, application/activity+json;q=0.9", "html", "html"),
        ("text/html, application/activity+json", "json", "html"),
        ("application/ld+json", "json", "json"),
        ("application/activity+json;q=0", "json", "html"),
        ("TEXT/HTML", "html", "html"),
        ("text/html;q=x", "json", "html"),
        ("garbage", "json", "html"),
        (",;,;q=1,,", "json", "html"),
        ("text/html;q=1.0;level=1", "html", "html"),
        ("application/xhtml+xml", "html", "html"),
    ],
)
def test_the_wish_with_the_higher_weight_is_met(
    accept: str, id_answer: str, page_answer: str
) -> None:
    assert (on_id(accept), on_page(accept)) == (id_answer, page_answer)


def test_ld_json_is_named_with_its_profile_where_it_was_asked_for() -> None:
    asked = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
    assert content_type_for(asked) == asked
    assert content_type_for("*/*").startswith("application/activity+json")
