"""What a reader chose from an archive or a feed, read from the query and written back into it.

What cannot be is no page at all: a mistyped address is not taken for an empty shelf.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from fediverse_coord.errors import NotFound
from fediverse_coord.publishing.fields import country_codes
from fediverse_coord.publishing.languages import is_tag, tag
from fediverse_coord.storage.archive import Filter
from fediverse_coord.web.faces import Faces
from fediverse_coord.web.page_answers import NOTHING
from fediverse_coord.web.zero_bytes import ZERO

LONGEST = 100
YEARS = range(1800, 10_000)


def filter_in(query: QueryParams) -> Filter:
    """Raises NotFound for a year, language, country or word that there cannot be."""
    given = {one.name: query.get(one.name, "") for one in fields(Filter)}
    if any(len(value) > LONGEST or ZERO in value for value in given.values()):
        raise NotFound(NOTHING)
    return Filter(
        year=_year(given["year"]),
        kind=given["kind"],
        country=_country(given["country"]),
        organisation=given["organisation"],
        language=_language(given["language"]),
        topic=given["topic"].removeprefix("#"),
    )


def _year(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) == 4 and int(text) in YEARS):
        raise NotFound(NOTHING)
    return int(text)


def _country(text: str) -> str:
    if text and text.upper() not in country_codes():
        raise NotFound(NOTHING)
    return text.upper()


def _language(text: str) -> str:
    if text and not is_tag(text):
        raise NotFound(NOTHING)
    return tag(text) if text else ""


def spoken_in(query: QueryParams) -> str:
    """`?lang=`: in which language a list is to be read; what is none is passed over."""
    text = query.get("lang", "")
    return tag(text) if is_tag(text) else ""


def unlike_first(language: str, profile: Mapping[str, Any]) -> str:
    """That language, where it is another than a coordination's first, which no address names."""
    return "" if language == profile["languages"][0] else language


def address_of_archive(
    faces: Faces, name: str, chosen: Filter, words: str = "", spoken: str = ""
) -> str:
    """The coordination's archive, with that chosen, and looked for."""
    return address(f"{faces.uris.profile(name)}/archive", chosen, words, spoken)


def read_in(address: str, spoken: str) -> str:
    """The address of a list, to be read in that language."""
    return f"{address}{'&' if '?' in address else '?'}lang={spoken}" if spoken else address


def address(base: str, chosen: Filter, words: str = "", spoken: str = "", **changed: object) -> str:
    """The address at which that is chosen and looked for; empty parts are left out."""
    wanted = replace(chosen, **changed)  # type: ignore[arg-type]
    parts = {"q": words} | {one.name: getattr(wanted, one.name) for one in fields(Filter)}
    parts["lang"] = spoken
    query = urlencode({name: value for name, value in parts.items() if value})
    return f"{base}?{query}" if query else base
