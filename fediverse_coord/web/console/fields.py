"""Between the form of a declaration and the fields of the desk.  INTERFACE: Fields shared.

`typed_of` fills the form from what is saved, `fields_of` and `translations_of` read it; nothing is
judged here. Controls of a language end with its tag (`title.de`), rows have numbers
(`signatories.0.name`), as the desk names faults.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from fediverse_coord.desk import composing
from fediverse_coord.publishing import languages
from fediverse_coord.publishing.declarations import Declaration, Version
from fediverse_coord.publishing.fields import country_codes
from fediverse_coord.publishing.naming import masked
from fediverse_coord.web.console.typed import Typed

ORIGINAL = ("title", "summary", "content", "translator", "state")
LISTS = ("addressees", "organisations")
SIGNATORY = ("name", "office", "organisation", "country", "display", "from", "cleared", "sealed")
SOURCE = ("name", "url")
CORRECTION = ("what", "why")
ROWS = {"signatories": SIGNATORY, "sources": SOURCE}
ALWAYS_FILLED = frozenset({"display", "cleared", "open"})  # also in a row that nobody wrote in


def typed_of(one: Declaration, tag: str) -> Typed:
    """The form as it would be filled in; countries by their names in the language `tag`."""
    fields = {**composing.fields_of(one), "signatories": [], **masked(one)}
    pairs = [("revision", str(one.revision))]
    for version in one.versions:
        pairs += _version_pairs(version)
    pairs.append(("hero", one.hero.key if one.hero else ""))
    for name in ("kind", "form", "slug", "dated"):
        pairs.append((name, str(fields.get(name) or "")))
    for name in LISTS:
        pairs.append((name, "\n".join(_texts(fields.get(name)))))
    pairs.append(("topics", "\n".join(_texts(fields.get("topics")))))
    pairs.append(("tags", " ".join(_texts(fields.get("tags")))))
    pairs += [("countries", country_named(code, tag)) for code in _texts(fields.get("countries"))]
    pairs += _row_pairs("signatories", fields.get("signatories"), tag)
    pairs += _row_pairs("sources", fields.get("sources"), tag)
    return Typed(tuple(pairs))


def _version_pairs(one: Version) -> list[tuple[str, str]]:
    given = {
        "title": one.title,
        "summary": one.summary,
        "content": one.source,
        "translator": one.translator,
        "state": one.state.value,
    }
    named = [(f"{name}.{one.language}", value or "") for name, value in given.items()]
    return [("languages", one.language), *named]


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _row_pairs(name: str, rows: object, tag: str) -> Iterator[tuple[str, str]]:
    for number, row in enumerate(rows if isinstance(rows, list) else []):
        for key, value in row.items():
            if key == "country":
                value = country_named(str(value), tag)
            if key == "name" and row.get("sealed"):
                key = "shown"  # initials: the name itself stays where it is
            yield f"{name}.{number}.{key}", "yes" if value is True else str(value)


def country_named(code: str, tag: str) -> str:
    """The name of a country in that language; what is none as it was typed."""
    return languages.country_name(code, tag) if code in country_codes() else code


# --- and back ------------------------------------------------------------------------


def spoken(typed: Typed) -> list[str]:
    """The languages of the form, the original first, without those that are to go."""
    known = dict.fromkeys(typed.all("languages"))
    return [one for place, one in enumerate(known) if not place or not typed.has(f"remove.{one}")]


def compacted(typed: Typed) -> Typed:
    """Without empty rows and those to be removed, numbered anew, as faults will count them."""
    kept = tuple(pair for pair in typed.pairs if pair[0].partition(".")[0] not in ROWS)
    rows = [
        (f"{name}.{number}.{inner}", value)
        for name in ROWS
        for number, row in enumerate(_filled_rows(typed, name))
        for inner, value in row.pairs
    ]
    return replace(typed, pairs=(*kept, *rows))


def _filled_rows(typed: Typed, name: str) -> Iterator[Typed]:
    for row in typed.rows(name):
        written = [value for inner, value in row.pairs if inner not in ALWAYS_FILLED]
        if any(value.strip() for value in written) and not row.has("remove"):
            yield row


def fields_of(typed: Typed, tag: str) -> dict[str, object]:
    """The original and everything around all languages; `typed` is compacted."""
    original = spoken(typed)[0]
    fields: dict[str, object] = {"language": original, **_version(typed, original)}
    fields |= {name: typed.line(name) for name in ("kind", "form", "slug", "dated", "tags")}
    fields |= {name: typed.lines(name) for name in LISTS}
    if typed.has("hero"):
        fields["hero"] = typed.line("hero")
    fields["topics"] = [
        one.strip() for line in typed.lines("topics") for one in line.split(",") if one.strip()
    ]
    fields["countries"] = [country_code(one, tag) for one in typed.all("countries") if one.strip()]
    fields["signatories"] = [_signatory(row, tag) for row in typed.rows("signatories")]
    fields["sources"] = [{name: row.line(name) for name in SOURCE} for row in typed.rows("sources")]
    return fields


def _version(typed: Typed, language: str) -> dict[str, object]:
    fields: dict[str, object] = {name: typed.line(f"{name}.{language}") for name in ORIGINAL}
    fields["content"] = typed.get(f"content.{language}")
    return fields


def translations_of(typed: Typed) -> list[dict[str, object]]:
    """The other languages; one that is new and quite empty is none."""
    found = [{"language": one, **_version(typed, one)} for one in spoken(typed)[1:]]
    return [one for one in found if _is_begun(one)]


def _is_begun(fields: Mapping[str, object]) -> bool:
    return any(str(fields[name] or "").strip() for name in ("title", "summary", "content"))


def _signatory(row: Typed, tag: str) -> dict[str, Any]:
    fields: dict[str, Any] = {name: row.line(name) for name in SIGNATORY}
    fields["cleared"] = row.has("cleared")
    if fields["country"]:
        fields["country"] = country_code(fields["country"], tag)
    if fields["name"]:
        fields["sealed"] = None  # a name that was typed takes the sealed one's place
    return fields


def country_code(text: str, tag: str) -> str:
    """The two letters of a country named in that language; else what was typed."""
    return _codes_by_name(tag).get(text.strip().casefold(), text.strip())


@lru_cache(maxsize=16)
def _codes_by_name(tag: str) -> Mapping[str, str]:
    return {name.casefold(): code for code, name in languages.country_names(country_codes(), tag)}


def confirmed(typed: Typed) -> list[str]:
    return [one for one in spoken(typed) if typed.has(f"confirmed.{one}")]


def correction_of(typed: Typed) -> dict[str, object] | None:
    """What readers are told of an edit; None where it is no correction."""
    if typed.get("change") != "correction":
        return None
    told = {
        one: {name: typed.line(f"{name}.{one}") for name in CORRECTION} for one in spoken(typed)
    }
    written = {one: words for one, words in told.items() if any(words.values())}
    first = next(iter(told))
    return dict(written) or {first: dict(told[first])}


def control_of(field: str, original: str) -> str:
    """The control whose fault this is: `versions.de.title` as `title.de`."""
    parts = field.split(".")
    if "hero" in (parts[0], parts[-1]):
        return "hero"
    if parts[0] == "alt":
        return field
    if parts[0] == "versions" and len(parts) > 2:
        return f"{parts[2]}.{parts[1]}"
    if parts[0] == "correction":
        return f"{parts[2]}.{parts[1]}" if len(parts) > 2 else f"what.{original}"
    if parts[0] in ORIGINAL:
        return f"{parts[0]}.{original}"
    if parts[0] in ROWS:
        return ".".join(parts[:3]) if len(parts) > 2 else f"{parts[0]}.0.name"
    return parts[0]
