"""Atom and RSS: entries, and where the feed goes on.  RFC 4287, RFC 5005; RSS 2.0.

The bytes are held to a limit and have no DOCTYPE before feedparser sees them: that is where
entities would be declared. It is handed bytes, so that it opens neither file nor address.
"""

import io
import re
from calendar import timegm
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import feedparser

from fediverse_coord.errors import Refusal
from fediverse_coord.publishing.importing.encodings import decoded
from fediverse_coord.publishing.importing.entries import (
    Faulty,
    Found,
    Imported,
    identity_of,
    with_title,
)
from fediverse_coord.publishing.importing.markup import markdown_from
from fediverse_coord.publishing.importing.pages import old_path_of
from fediverse_coord.publishing.inline import tag_from
from fediverse_coord.publishing.languages import is_tag, tag

MAX_BYTES = 64_000_000
DECLARATION = re.compile(r"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
PROLOGUE = re.compile(r"^\s*<\?xml[^>]*\?>", re.IGNORECASE)
CUTS = ("[…]", "[...]", "[&#8230;]", "[&hellip;]", "…")
NUMBER = re.compile(r"[0-9]{1,8}\Z")
MAX_TAGS = 20


@dataclass(frozen=True, slots=True)
class Page:
    """What one answer held; `next_url` where the feed says or is known to go on."""

    found: tuple[Found, ...]
    next_url: str | None = None


def page_of(data: bytes, name: str, url: str | None = None) -> Page:
    """The entries of a feed. Raises Refusal for what is none, or declares entities."""
    if len(data) > MAX_BYTES:
        raise Refusal(f"{name}: has more than {MAX_BYTES:,} bytes; import it in parts")
    text = decoded(data)
    if DECLARATION.search(text):
        raise Refusal(f"{name}: declares a DOCTYPE or entities, which are not read")
    plain = PROLOGUE.sub("", text, count=1).lstrip("\ufeff")
    parsed = feedparser.parse(io.BytesIO(plain.encode("utf-8", "replace")), sanitize_html=False)
    if not parsed.get("version") and not parsed.entries:
        raise Refusal(f"{name}: is no Atom or RSS feed")
    language = _language(parsed.feed.get("language"))
    found = [
        _entry(one, f"{name}, entry {number}", language)
        for number, one in enumerate(parsed.entries, start=1)
    ]
    if parsed.bozo and not isinstance(parsed.bozo_exception, feedparser.CharacterEncodingOverride):
        where = getattr(parsed.bozo_exception, "getLineNumber", lambda: None)()
        place = f"{name}, line {where}" if where else name
        found.append(Faulty(place, "is not well-formed XML from here on; what is before came in"))
    return Page(tuple(found), _next(parsed, url))


def _language(value: object) -> str | None:
    return tag(value) if isinstance(value, str) and is_tag(value) else None


def _entry(one: Any, place: str, language: str | None) -> Found:
    contents = one.get("content") or []
    html = max((str(each.get("value", "")) for each in contents), key=len, default="")
    summary = str(one.get("summary", ""))
    html = html or summary
    title, text = with_title(_plain(one.get("title", "")), [])
    content = markdown_from(html)
    if not content and not title:
        return Faulty(place, "has neither a title nor a text")
    link = _web(one.get("link"))
    said = next((each.get("language") for each in contents if each.get("language")), None)
    cut = html.rstrip().removesuffix("</p>").rstrip().endswith(CUTS)
    return Imported(
        identity=f"feed:{identity_of(str(one.get('id') or link or f'{title}{html}'))}",
        place=place,
        title=title,
        content="\n\n".join(part for part in (text and f"**{text}**", content) if part)
        or str(title),
        language=_language(said) or language,
        moment=_moment(one.get("published_parsed") or one.get("updated_parsed")),
        url=link,
        old_path=old_path_of(link),
        more_url=link if cut or not content else None,
        tags=_tags(one.get("tags") or []),
        is_title_only=not content,
        is_beginning=cut,
    )


def _plain(title: object) -> str:
    return re.sub(r"<[^<>]{0,200}>", "", str(title or ""))


def _web(link: object) -> str | None:
    return link if isinstance(link, str) and link.startswith(("http://", "https://")) else None


def _moment(parsed: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError, TypeError):
        return None


def _tags(given: Any) -> tuple[str, ...]:
    made = (tag_from(str(one.get("term") or "")) for one in given[:MAX_TAGS])
    return tuple(dict.fromkeys(one for one in made if one))


def _next(parsed: Any, url: str | None) -> str | None:
    """RFC 5005 says it; WordPress and Joomla count pages and entries."""
    if url is None:
        return None
    links = parsed.feed.get("links") or []
    said = next((one.get("href") for one in links if one.get("rel") == "next"), None)
    if said:
        return urljoin(url, str(said))
    maker = str(parsed.feed.get("generator", "")).lower()
    if not parsed.entries:
        return None
    if "wordpress" in maker:
        return _counted(url, "paged", 1, 2)
    if "joomla" in maker:
        return _counted(url, "start", len(parsed.entries), len(parsed.entries))
    return None


def _counted(url: str, name: str, step: int, first: int) -> str:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    now = query.get(name, "")
    query[name] = str(int(now) + step if NUMBER.match(now) else first)
    return urlunsplit(parts._replace(query=urlencode(query)))
