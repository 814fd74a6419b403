"""Strangers' documents, read through small total functions.  ActivityStreams 2.0.

AS2 documents stay dicts: strangers send anything, unknown properties survive, and
a reader never raises. `Document` is the one place where `Any` comes in. Parsing
bytes, with its limits, is in `protocol/wire.py`.
"""

from collections.abc import Iterator
from typing import Any, TypeAlias

Document: TypeAlias = dict[str, Any]


def as_list(value: object) -> list[Any]:
    """AS2 lets one value stand where a list is meant."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def id_of(value: object) -> str | None:
    """The id of an embedded object, or the IRI itself."""
    found = value.get("id") if isinstance(value, dict) else value
    return found if isinstance(found, str) and found else None


def first_id(value: object) -> str | None:
    """The first id where one or a list of ids or objects stands."""
    if isinstance(value, str) and value:
        return value
    return next(ids_of(value), None)


def ids_of(value: object) -> Iterator[str]:
    """Every id where one or a list of ids or objects stands."""
    if isinstance(value, str):  # which is what most are
        return iter((value,) if value else ())
    return (found for one in as_list(value) if (found := id_of(one)) is not None)


def types_of(document: object) -> set[str]:
    """`type` may be one or several; foreign values are left out."""
    if not isinstance(document, dict):
        return set()
    return {one for one in as_list(document.get("type")) if isinstance(one, str)}


def text_of(document: object, name: str, *, limit: int | None = None) -> str | None:
    """A text property: the plain string, else the first value of its language map."""
    if not isinstance(document, dict):
        return None
    found = document.get(name)
    if isinstance(found, list):
        found = next((one for one in found if isinstance(one, str)), None)
    if not isinstance(found, str):
        found = next(iter(language_map(document, name).values()), None)
    return found[:limit] if found is not None else None


def language_map(document: object, name: str) -> dict[str, str]:
    """`contentMap` for `content`, and so on; entries that are not text are left out."""
    found = document.get(f"{name}Map") if isinstance(document, dict) else None
    if not isinstance(found, dict):
        return {}
    return {k: v for k, v in found.items() if isinstance(k, str) and isinstance(v, str)}


def embedded(value: object) -> Document | None:
    """The object itself where it is embedded, the first where there are several."""
    return next((one for one in as_list(value) if isinstance(one, dict)), None)
