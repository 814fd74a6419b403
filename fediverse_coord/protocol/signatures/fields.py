"""Structured fields as signatures need them: dictionaries in which no key repeats.  RFC 9651.

RFC 9651 lets the last of two equal keys win, so that signer and verifier may look at
different ones; here a repetition is malformed.
"""

from typing import NoReturn

import http_sf
from http_sf import DictionaryType, StructuredFieldError

from fediverse_coord.errors import MalformedDocument


def dictionary(value: str, name: str) -> DictionaryType:
    """The members of a field. Raises MalformedDocument."""
    try:
        found = http_sf.parse(
            value.encode("ascii"), tltype="dictionary", on_duplicate_key=_repeated
        )
    except (StructuredFieldError, ValueError):
        raise MalformedDocument(f"the {name} header cannot be read") from None
    assert isinstance(found, dict)
    return found


def byte_sequences(value: str, name: str) -> dict[str, bytes]:
    """The members that are byte sequences; others are left out. Raises MalformedDocument."""
    items = dictionary(value, name).items()
    bare = ((key, one[0] if isinstance(one, tuple) else one) for key, one in items)
    return {key: one for key, one in bare if isinstance(one, bytes)}


def _repeated(key: str, kind: str) -> NoReturn:
    raise MalformedDocument(f"the {kind} {key} stands twice in a signature header")
