"""From a coordination's file to what is remembered of it, and from there to its actor document.

The remembered profile holds all that the document says, so that it can be made anew (after a
change of keys) without the file.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fediverse_coord.errors import ConfigError, Refusal
from fediverse_coord.press import pictures
from fediverse_coord.press.pictures import cleaned
from fediverse_coord.protocol.activities import sealed
from fediverse_coord.protocol.actor import Picture, Profile, coordination_actor
from fediverse_coord.protocol.keys import PublicKey, SigningKey
from fediverse_coord.protocol.uris import Uris, host_in
from fediverse_coord.publishing import coordinations
from fediverse_coord.publishing.coordinations import Coordination
from fediverse_coord.publishing.languages import native_name
from fediverse_coord.storage.shelf import Shelf

# What is remembered besides the file: the form of titled texts, where the file leaves it open.
CHOSEN_HERE = frozenset({"asks_form", "chosen_form"})


def profile_of(
    coordination: Coordination,
    folder: Path,
    media: Path,
    uris: Uris,
    known: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """What is remembered: plain JSON. Pictures are put into this machine's media folder.

    A picture whose file is the one of the `known` profile keeps its address, and is made again
    only where this machine lacks it.  ADR 0028.
    """
    stored = {
        name: _stored(picture, folder, media, uris, known.get(name) or {})
        for name, picture in (("icon", coordination.icon), ("image", coordination.image))
    }
    return {
        "languages": list(coordination.languages),
        "texts": {language: asdict(texts) for language, texts in coordination.texts.items()},
        "contact": coordination.contact,
        "fields": [asdict(one) for one in coordination.fields],
        "aliases": list(coordination.aliases),
        "attribution_domains": list(coordination.attribution_domains),
        "default_form": coordination.default_form,
        "asks_form": not coordination.form_is_written,
        "chosen_form": None if coordination.form_is_written else known.get("chosen_form"),
        "policies": {**asdict(coordination.policies), "kinds": list(coordination.policies.kinds)},
        "example": coordination.example,
        **_edition(coordination),
        **stored,
    }


def _edition(coordination: Coordination) -> dict[str, Any]:
    """Left out where there is none, so that profiles remembered before stay the same."""
    if coordination.edition_of is not None:
        return {"edition_of": coordination.edition_of}
    return {"editions": dict(coordination.editions)} if coordination.editions else {}


def _stored(
    picture: coordinations.Picture | None,
    folder: Path,
    media: Path,
    uris: Uris,
    known: Mapping[str, Any],
) -> dict[str, Any] | None:
    if picture is None:
        return None
    path = folder / picture.file
    try:
        content = path.read_bytes()
        source = hashlib.sha256(content).hexdigest()
        if known.get("source") != source:
            return _made(cleaned(content), media, uris) | {"alt": picture.alt, "source": source}
        if not (media / name_in(known)).exists():
            Shelf(media).put(name_in(known), cleaned(content).content)
        return {**known, "alt": picture.alt}
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    except Refusal as refusal:
        raise ConfigError(f"{path}: {refusal.reason}") from None


def pictures_in(profile: Mapping[str, Any]) -> list[str]:
    """The names of its pictures' files, which lie in the media folder of each machine."""
    return [name_in(one) for one in (profile.get("icon"), profile.get("image")) if one]


def name_in(stored: Mapping[str, Any]) -> str:
    """Under which its file lies."""
    return str(stored["url"]).rpartition("/")[2]


def _made(made: pictures.Picture, media: Path, uris: Uris) -> dict[str, Any]:
    name = f"{hashlib.sha256(made.content).hexdigest()[:32]}.{made.extension}"
    Shelf(media).put(name, made.content)
    return {
        "url": uris.media(name),
        "media_type": made.media_type,
        "width": made.width,
        "height": made.height,
    }


def document_of(
    uris: Uris,
    username: str,
    type_: str,
    profile: dict[str, Any],
    keys: Sequence[PublicKey],
    proof_key: SigningKey,
    created: datetime,
    now: datetime,
) -> bytes:
    """The actor document with its proof, as its id answers it."""
    language = profile["languages"][0]
    texts = profile["texts"][language]
    described = Profile(
        name=texts["name"],
        username=username,
        type=type_,
        summary=paragraphs(texts["summary"]),
        published=created,
        fields=(*_fields(profile), *_edition_fields(uris, profile)),
        icon=_picture(profile["icon"]),
        image=_picture(profile["image"]),
        aliases=tuple(profile["aliases"]),
        attribution_domains=(uris.host.partition(":")[0], *profile["attribution_domains"]),
        approves_followers=profile["policies"]["approve_followers"],
    )
    return sealed(coordination_actor(uris, described, keys), proof_key, now)


def _fields(profile: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["name"], field_html(one["value"])) for one in profile["fields"]]


def _edition_fields(uris: Uris, profile: dict[str, Any]) -> list[tuple[str, str]]:
    """Where the other languages have actors of their own, each is a line that leads there."""
    named = {native_name(one): name for one, name in profile.get("editions", {}).items()}
    if "edition_of" in profile:
        named = {"*": profile["edition_of"]}
    return [(language, _edition_link(uris, name)) for language, name in named.items()]


def _edition_link(uris: Uris, name: str) -> str:
    return f'<a href="{escape(uris.profile(name))}">{escape(uris.handle(name), quote=False)}</a>'


def _picture(stored: dict[str, Any] | None) -> Picture | None:
    return Picture(stored["url"], stored["media_type"], stored["alt"]) if stored else None


def paragraphs(text: str) -> str:
    """Plain paragraphs as HTML."""
    parts = (" ".join(part.split()) for part in text.split("\n\n"))
    return "".join(f"<p>{escape(part, quote=False)}</p>" for part in parts if part)


def field_html(value: str) -> str:
    """A field's value: an https address becomes a link that can be verified (rel=me)."""
    if not value.startswith("https://") or host_in(value) is None:
        return escape(value, quote=False)
    shown = escape(value.removeprefix("https://").rstrip("/"), quote=False)
    rel = "me nofollow noopener noreferrer"
    return f'<a href="{escape(value)}" rel="{rel}" target="_blank">{shown}</a>'


def texts_in(profile: Mapping[str, Any], language: str) -> Mapping[str, str]:
    """Name and summary in that language, in its base language, or in the first one."""
    texts: Mapping[str, Mapping[str, str]] = profile["texts"]
    base = language.partition("-")[0]
    return texts.get(language) or texts.get(base) or texts[profile["languages"][0]]


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two profiles say the same, as far as it comes from the file."""
    return _of_file(one) == _of_file(other)


def _of_file(profile: dict[str, Any]) -> str:
    said = {name: value for name, value in profile.items() if name not in CHOSEN_HERE}
    return json.dumps(said, sort_keys=True)
