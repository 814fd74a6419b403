"""docs/api.md shows every call of the API once, and no other."""

import re
from pathlib import Path

from fediverse_coord.publishing.declarations import FIELDS
from fediverse_coord.web.api_models import NewDeclaration
from fediverse_coord.web.coordinator import CALLS

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"
CURL = re.compile(r"""^curl (?:-X (\w+) )?"\$API(/[^"?]+)[^"]*"(.*)$""", re.MULTILINE)
NOT_OFFERED = {"original", "in_reply_to"}  # for folders of files, and for answers


def shown() -> list[tuple[str, str]]:
    """(method, path) of every curl line, as curl would choose the method."""
    return [
        (method or ("POST" if " -d " in rest else "GET"), path)
        for method, path, rest in CURL.findall(DOCUMENT.read_text(encoding="utf-8"))
    ]


def test_every_call_has_one_curl_line() -> None:
    named = {
        "{name}": "NAME", "{key}": "KEY", "{lang}": "de", "{id}": "demands-2024",
        "{subject}": "country", "{about:path}": "ES", "{spelling:path}": "Kryvyi%20Rih",
    }  # fmt: skip
    calls = []
    for call in CALLS:
        path = call.path
        for place, word in named.items():
            path = path.replace(place, word)
        calls.append((call.method, path))
    assert sorted(shown()) == sorted(calls)


def test_the_schema_offers_the_fields_that_are_read() -> None:
    offered = set(NewDeclaration.model_fields) - {"publish"}
    assert offered == set(FIELDS) - NOT_OFFERED
    text = DOCUMENT.read_text(encoding="utf-8")
    assert {name for name in offered if f"`{name}`" not in text} == set()
