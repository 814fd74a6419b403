"""From a declaration to its ActivityStreams object: the one border between their words.

INTERFACE: Wire choices; FEP-b2b8, FEP-044f. Pure: HTML was made and mentions were resolved
when the draft was saved. The proof is added by whoever stores the bytes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from html import escape

from fediverse_coord.protocol.activities import CONTEXT
from fediverse_coord.protocol.addressing import address
from fediverse_coord.protocol.documents import Document
from fediverse_coord.protocol.times import as2_datetime
from fediverse_coord.protocol.uris import Uris
from fediverse_coord.protocol.vocabulary import PUBLIC
from fediverse_coord.protocol.wire import dumps
from fediverse_coord.publishing.attachments import pictures_from
from fediverse_coord.publishing.corrections import Correction
from fediverse_coord.publishing.declarations import Declaration, Form, State, Version
from fediverse_coord.publishing.inline import tag_key
from fediverse_coord.publishing.languages import native_name
from fediverse_coord.publishing.notices import (
    corrected_line,
    original_line,
    withdrawn_content,
    withdrawn_title,
)
from fediverse_coord.publishing.signing_off import signed_html

# Misskey takes 64 KiB; an activity around the object, and its proof, need some of it.
LARGEST_OBJECT = 57_000

# As `markdown` writes it.
MENTION = re.compile(r'<a href="[^"]*" class="u-url mention">@<span>([^<]*)</span></a>')

OBJECT_CONTEXT = [
    *CONTEXT,
    {
        "gts": "https://gotosocial.org/ns#",
        "sensitive": "as:sensitive",
        "Hashtag": "as:Hashtag",
        "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
        "canQuote": {"@id": "gts:canQuote", "@type": "@id"},
        "automaticApproval": {"@id": "gts:automaticApproval", "@type": "@id"},
    },
]


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody the text mentions: `handle` is `@user@host`."""

    handle: str
    actor_id: str


@dataclass(frozen=True, slots=True)
class Edition:
    """What is rendered: a released declaration and what only its row knows.

    `corrected` tells readers of an edit they would not see, `correction` what it was; `reason` is
    why it was withdrawn.
    """

    declaration: Declaration
    mentions: tuple[Named, ...] = ()
    url_revision: int = 0
    corrected: date | None = None
    correction: Correction | None = None
    reason: str = ""
    keeps_text: bool = False


@dataclass(frozen=True, slots=True)
class Rendering:
    """The object, and the languages whose text did not fit into what is delivered."""

    document: Document
    left_out: tuple[str, ...] = ()


def object_from(edition: Edition, uris: Uris) -> Rendering:
    """The Note or Article as it is delivered, without its proof."""
    one = edition.declaration
    texts = {version.language: content_of(edition, version, uris) for version in one.versions}
    document = {
        **_head(edition, uris, uris.object(one.actor_name, one.key)),
        **(_article_parts(edition, uris) if one.form is Form.ARTICLE else {}),
        "content": texts[one.language],
        "contentMap": texts,
        **({} if _without_text(edition) else pictures_from(one, uris)),
        **_tail(edition, uris),
    }
    return _fitting(document, one.language)


def _without_text(edition: Edition) -> bool:
    return edition.declaration.state is State.WITHDRAWN and not edition.keeps_text


def version_from(edition: Edition, version: Version, uris: Uris) -> Document:
    """One language alone, at its own id."""
    one = edition.declaration
    object_id = uris.object(one.actor_name, one.key)
    alone = replace(edition, declaration=_only(one, version))
    document = dict(object_from(alone, uris).document)
    return document | {"id": f"{object_id}/versions/{version.language}"}


def edition_from(
    edition: Edition, version: Version, name: str, published: datetime, uris: Uris
) -> Document:
    """One language as the actor of that name publishes it: by itself, naming and answering nobody.

    The last line leads to the page of the whole work.
    """
    one = edition.declaration
    is_first = one.updated_at is None or one.updated_at <= published
    alone = replace(
        _only(one, version),
        actor_name=name,
        in_reply_to=None,
        published_at=published,
        updated_at=None if is_first else one.updated_at,
    )
    document = dict(object_from(replace(edition, declaration=alone, mentions=()), uris).document)
    text = MENTION.sub(r"@\1", document["content"])
    content = text + _original_line(edition, version, uris)
    del document["inReplyTo"]
    return document | {"content": content, "contentMap": {version.language: content}}


def _original_line(edition: Edition, version: Version, uris: Uris) -> str:
    one = edition.declaration
    title = one.original.title or page_url(edition, uris)
    line = original_line(version.language).format(
        f'<a href="{page_url(edition, uris)}">{escape(title, quote=False)}</a>'
    )
    return f"<p>{line}</p>"


def _only(declaration: Declaration, version: Version) -> Declaration:
    return replace(declaration, language=version.language, versions=(version,))


def page_url(edition: Edition, uris: Uris) -> str:
    """The page's address; a new `?r=N` makes other servers fetch the link card anew."""
    one = edition.declaration
    page = uris.page(one.actor_name, one.slug)
    return f"{page}?r={edition.url_revision}" if edition.url_revision else page


def _head(edition: Edition, uris: Uris, object_id: str) -> Document:
    one = edition.declaration
    people = [named.actor_id for named in edition.mentions]
    to, cc = address(one.visibility.value, uris.followers(one.actor_name), people)
    head: Document = {
        "@context": OBJECT_CONTEXT,
        "id": object_id,
        "type": "Article" if one.form is Form.ARTICLE else "Note",
        "attributedTo": uris.actor(one.actor_name),
        "to": to,
        "cc": cc,
        "published": as2_datetime(one.published_at) if one.published_at else None,
    }
    if one.updated_at is not None:
        # GoToSocial refuses `updated` before `published`; it is told only after an edit.
        head["updated"] = as2_datetime(one.updated_at)
    return {
        **head,
        "url": page_url(edition, uris),
        "inReplyTo": one.in_reply_to,
        "sensitive": False,
    }


def _article_parts(edition: Edition, uris: Uris) -> Document:
    one = edition.declaration
    titles = {version.language: title_of(edition, version) for version in one.versions}
    summaries = {version.language: summary_of(edition, version, uris) for version in one.versions}
    title, summary = titles[one.language], summaries[one.language]
    return {
        "name": title,
        "nameMap": titles,
        "summary": summary,
        "summaryMap": summaries,
        "mediaType": "text/html",
        "preview": {
            "type": "Note",
            "attributedTo": uris.actor(one.actor_name),
            "content": f"<p><strong>{escape(title, quote=False)}</strong></p>{summary}",
        },
    }


def title_of(edition: Edition, version: Version) -> str:
    """Plain text: Mastodon puts `name` into HTML without escaping it."""
    title = version.title or ""
    if edition.declaration.state is State.WITHDRAWN:
        return withdrawn_title(title, version.language)
    return title


def summary_of(edition: Edition, version: Version, uris: Uris) -> str:
    """HTML. All that Mastodon's readers see of an Article besides its title and card."""
    if edition.declaration.state is State.WITHDRAWN:
        return f"<p>{escape(edition.reason, quote=False)}</p>"
    text = f"<p>{escape(version.summary or '', quote=False)}</p>"
    return f"{_corrected_html(edition, version)}{text}{_languages_line(edition, uris)}"


def _corrected_html(edition: Edition, version: Version) -> str:
    """Notices come first: what follows may be folded or cut where it is read."""
    if edition.corrected is None:
        return ""
    told = (
        edition.correction.in_language(version.language, edition.declaration.language)
        if edition.correction
        else None
    )
    line = corrected_line(edition.corrected, version.language, told.what if told else None)
    return f"<p>{escape(line, quote=False)}</p>"


def _languages_line(edition: Edition, uris: Uris) -> str:
    versions = edition.declaration.versions
    if len(versions) < 2:
        return ""
    page = uris.page(edition.declaration.actor_name, edition.declaration.slug)
    links = " · ".join(
        f'<a href="{page}?lang={one.language}">{escape(native_name(one.language))}</a>'
        for one in versions
    )
    return f"<p>{links}</p>"


def content_of(edition: Edition, version: Version, uris: Uris) -> str:
    """HTML of one language: a titled Note begins with its title and ends with its page."""
    one = edition.declaration
    if one.state is State.WITHDRAWN:
        notice = withdrawn_content(edition.reason, version.language)
        kept = version.html + signed_html(one, version.language)
        return notice + kept if edition.keeps_text else notice
    text = version.html + signed_html(one, version.language)
    if one.form is Form.ARTICLE:
        return text
    text = _corrected_html(edition, version) + text
    if not version.title:
        return text
    url = page_url(edition, uris)
    title = escape(version.title, quote=False)
    return f'<p><strong>{title}</strong></p>{text}<p><a href="{url}">{url}</a></p>'


def _tail(edition: Edition, uris: Uris) -> Document:
    one = edition.declaration
    object_id = uris.object(one.actor_name, one.key)
    return {
        "tag": _tags(edition, uris),
        # A missing policy means to Mastodon that quoting is not allowed; the others would
        # have to be enforced if they were declared.
        "interactionPolicy": {"canQuote": {"automaticApproval": [PUBLIC]}},
        "replies": f"{object_id}/replies",
        "likes": f"{object_id}/likes",
        "shares": f"{object_id}/shares",
    }


def _tags(edition: Edition, uris: Uris) -> list[Document]:
    one = edition.declaration
    mentions: Sequence[Document] = [
        {"type": "Mention", "href": named.actor_id, "name": named.handle}
        for named in edition.mentions
    ]
    hashtags = [
        {"type": "Hashtag", "href": uris.tag(one.actor_name, tag_key(tag)), "name": f"#{tag}"}
        for tag in one.tags
    ]
    return [*mentions, *hashtags]


def _fitting(document: Document, original: str) -> Rendering:
    """Leaves out further languages' texts from the last, while the bytes are too many."""
    texts, left_out = dict(document["contentMap"]), []
    while len(dumps({**document, "contentMap": texts})) > LARGEST_OBJECT and len(texts) > 1:
        language, _ = texts.popitem()
        left_out.append(language)
    document = {**document, "contentMap": texts}
    if "nameMap" in document and len(dumps(document)) > LARGEST_OBJECT:
        # `nameMap` still tells the language; the text stands in `content`.
        document = {name: value for name, value in document.items() if name != "contentMap"}
    return Rendering(document, tuple(reversed(left_out)))
