"""Posts of a Mastodon archive: `outbox.json`, as that server hands it to whoever asks.

Only what was for everybody comes in, unlisted where it was so; answers to others belong to their
conversations and stay out, as do boosts. Media lie in the archive under the path that their
address ends with.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any, TextIO

from fediverse_coord.errors import Refusal
from fediverse_coord.protocol.documents import as_list
from fediverse_coord.protocol.times import parse_as2_datetime
from fediverse_coord.protocol.vocabulary import PUBLIC_ALIASES
from fediverse_coord.publishing.importing import listed_json
from fediverse_coord.publishing.importing.addresses import path_of
from fediverse_coord.publishing.importing.entries import (
    Faulty,
    Found,
    Imported,
    Picture,
    read,
    with_title,
)
from fediverse_coord.publishing.importing.markup import markdown_from
from fediverse_coord.publishing.importing.pages import old_path_of
from fediverse_coord.publishing.languages import is_tag, tag

IMAGES = ("image/png", "image/jpeg", "image/webp")


def posts_in(outbox: TextIO, name: str) -> Iterator[Found]:
    """The posts of an outbox, oldest first as the archive has them. Raises Refusal for no JSON."""
    number, items = 0, listed_json.members_of(outbox, "orderedItems")
    try:
        for number, item in enumerate(items, start=1):
            place = f"{name}, entry {number}"
            found = read(partial(_posted, item, place), place)
            if found is not None:
                yield found
    except listed_json.NoSuchList:
        yield Faulty(name, "is no outbox: it has no orderedItems")
    except (ValueError, RecursionError) as error:
        if number == 0:
            raise Refusal(f"{name}: is no readable JSON: {error}"[:300]) from None
        place = f"{name}, after entry {number}"
        yield Faulty(place, f"is no readable JSON from here on ({error})"[:300])


def _posted(item: Any, place: str) -> Found | None:
    if not isinstance(item, dict):
        return Faulty(place, "is no activity")
    return _post(item.get("object"), place) if item.get("type") == "Create" else None


def _post(one: Any, place: str) -> Found | None:
    if not isinstance(one, dict) or not isinstance(one.get("id"), str):
        return Faulty(place, "has no post in it")
    if not _is_open(one) or _answers_others(one):
        return None
    languages = one.get("contentMap")
    by_language = languages if isinstance(languages, dict) else {}
    said = next((key for key in by_language if is_tag(key)), None)
    html = one.get("content") or (by_language.get(said) if said else None)
    pictures = tuple(_pictures(one))
    if not isinstance(html, str) or not (html.strip() or pictures):
        return Faulty(place, "has no text")
    title, rest = with_title(str(one.get("name") or ""), [])
    warning = str(one.get("summary") or "").strip()
    content = markdown_from(html)
    parts = [rest, f"**{markdown_from(warning)}**" if warning else "", content]
    url = one.get("url") if isinstance(one.get("url"), str) else one["id"]
    return Imported(
        identity=f"mastodon:{one['id']}"[:400],
        place=place,
        title=title,
        content="\n\n".join(part for part in parts if part) or "…",
        language=tag(said) if said else None,
        moment=parse_as2_datetime(one.get("published")),
        url=url,
        old_path=old_path_of(url),
        pictures=pictures,
        fields=() if _has_public(one.get("to")) else (("visibility", "unlisted"),),
    )


def _is_open(one: Any) -> bool:
    return _has_public(one.get("to")) or _has_public(one.get("cc"))


def _has_public(addressed: Any) -> bool:
    named = as_list(addressed)
    return any(isinstance(each, str) and each in PUBLIC_ALIASES for each in named)


def _answers_others(one: Any) -> bool:
    """An answer to oneself goes on with a text, and is one."""
    answered = one.get("inReplyTo")
    if not isinstance(answered, str):
        return answered is not None
    author = one.get("attributedTo")
    return not (isinstance(author, str) and answered.startswith(f"{author}/"))


def _pictures(one: Any) -> Iterator[Picture]:
    for each in as_list(one.get("attachment")):
        if not isinstance(each, dict) or each.get("mediaType") not in IMAGES:
            continue
        url = each.get("url")
        if isinstance(url, str):
            alt = str(each.get("name") or each.get("summary") or "")
            yield Picture(path_of(url).lstrip("/"), alt)
