"""A stranger's post, read into what we keep of it.  actors-and-objects.md 2.6, security D2, E1.

Total: whatever is missing or faulty is left out. Text is cleaned here, once, before it is
stored; attachments, emoji and images stay where they are.
"""

from dataclasses import dataclass
from datetime import datetime
from html import escape

from fediverse_coord.protocol.addressing import Visibility, addressees, visibility_of
from fediverse_coord.protocol.documents import (
    Document,
    as_list,
    first_id,
    language_map,
    text_of,
    types_of,
)
from fediverse_coord.protocol.sanitize import plain_text, response_html
from fediverse_coord.protocol.times import parse_as2_datetime
from fediverse_coord.protocol.uris import MAX_LENGTH, host_in, origin_of
from fediverse_coord.protocol.vocabulary import POST_TYPES
from fediverse_coord.publishing.languages import is_tag, tag
from fediverse_coord.publishing.moderation import narrower
from fediverse_coord.storage.remote_actors import RemoteActor

MAX_HTML = 100_000  # characters that are read of a post
MAX_CLEAN = 300_000  # and what cleaning may make of them: it adds `rel`, closes and escapes
MAX_HEADING = 500


@dataclass(frozen=True, slots=True)
class Post:
    """What is kept. `html` is clean."""

    object_id: str
    in_reply_to: str | None
    visibility: Visibility
    language: str | None
    html: str
    url: str | None
    published_at: datetime
    updated_at: datetime | None


def post_in(
    document: Document, activity: Document | None, author: RemoteActor, now: datetime
) -> Post | None:
    """The post, or nothing where it is none: another type, no id, a vote in a poll."""
    object_id = first_id(document.get("id"))
    if object_id is None or len(object_id) > MAX_LENGTH or not types_of(document) & POST_TYPES:
        return None
    html = _html(document)
    if not html:
        return None
    return Post(
        object_id=object_id,
        in_reply_to=_address(first_id(document.get("inReplyTo"))),
        visibility=_visibility(document, activity, author),
        language=_language(document),
        html=html,
        url=_page(document, object_id),
        published_at=_moment(document, "published", now) or now,
        updated_at=_moment(document, "updated", now),
    )


def _address(iri: str | None) -> str | None:
    """What can be compared and shown as an address; `javascript:` and novels are none."""
    return iri if origin_of(iri) is not None else None


def _visibility(document: Document, activity: Document | None, author: RemoteActor) -> Visibility:
    """The narrower of what the post and its activity say, where both say something."""
    said = [one for one in (document, activity) if one is not None and addressees(one)]
    found = [visibility_of(one, followers_id=author.followers_id) for one in said] or ["direct"]
    return found[0] if len(found) == 1 else narrower(found[0], found[1])


def _html(document: Document) -> str:
    """The content, under its title or warning where it has one."""
    content = text_of(document, "content", limit=MAX_HTML)
    if content is None:
        return ""  # also votes, which have a name and no content
    is_html = document.get("mediaType", "text/html") == "text/html"
    body = response_html(content if is_html else f"<p>{escape(content)}</p>")
    headings = (_heading(document, name) for name in ("name", "summary"))
    return "".join([*(one for one in headings if one), _bounded(body)]) if body else ""


def _bounded(body: str) -> str:
    """Cleaned HTML, never cut: what has become too long keeps the beginning of its words alone."""
    return body if len(body) <= MAX_CLEAN else f"<p>{escape(plain_text(body)[:MAX_HTML])}</p>"


def _heading(document: Document, name: str) -> str:
    given = text_of(document, name, limit=MAX_HEADING * 4)
    text = plain_text(given).strip() if given else ""
    return f"<p><strong>{escape(text[:MAX_HEADING])}</strong></p>" if text else ""


def _language(document: Document) -> str | None:
    """The key whose text is the content, else the first (actors-and-objects.md 2.5)."""
    texts = language_map(document, "content")
    content = document.get("content")
    same = next((key for key, text in texts.items() if text == content), None)
    found = same or next(iter(texts), None)
    return tag(found) if found is not None and is_tag(found) else None


def _page(document: Document, object_id: str) -> str | None:
    """The address for people, on the host of the id."""
    for value in as_list(document.get("url")):
        href = value.get("href") if isinstance(value, dict) else value
        html = not isinstance(value, dict) or value.get("mediaType", "text/html") == "text/html"
        if html and isinstance(href, str) and host_in(href) == host_in(object_id) is not None:
            return href
    return None


def _moment(document: Document, name: str, now: datetime) -> datetime | None:
    """When, as far as it is written and not in the future."""
    found = parse_as2_datetime(document.get(name))
    return min(found, now) if found is not None else None
