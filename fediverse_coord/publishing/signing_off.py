"""How signatories stand under a text: one line each, in the language of the text.

The same lines go over the wire, onto pages, paper and into plain text. Of somebody whose name only
the editors know, no more is told than the country: an office could say who it is.
"""

from collections.abc import Sequence
from html import escape

from fediverse_coord.publishing.details import Details, Signatory
from fediverse_coord.publishing.languages import country_name
from fediverse_coord.publishing.notices import known_to_editors


def signed_lines(details: Details, language: str) -> tuple[str, ...]:
    """Plain text. People who cannot be told apart stand there once, with how many they are."""
    lines: dict[str, int] = {}
    for one in details.signatories:
        line = signed_line(one, language)
        lines[line] = lines.get(line, 0) + 1
    return tuple(_counted(line, number) for line, number in lines.items())


def _counted(line: str, number: int) -> str:
    return line if number == 1 else f"{line} ×\u202f{number}"


def signed_line(one: Signatory, language: str) -> str:
    """`Ana Ruiz, delegate, Mine Workers, Spain`."""
    country = country_name(one.country, language) if one.country else None
    if one.shown_name is None:
        return _joined((known_to_editors(language), country), language)
    return _joined((one.shown_name, one.office, one.organisation, country), language)


def _joined(parts: Sequence[str | None], language: str) -> str:
    comma = COMMAS.get(language.partition("-")[0], ", ")
    return comma.join(part for part in parts if part)


COMMAS = {"ar": "، ", "fa": "، ", "ur": "، ", "ps": "، ", "zh": "，", "ja": "、"}


def signed_html(details: Details, language: str) -> str:
    """A paragraph with a line for each; nothing where nobody signed."""
    lines = signed_lines(details, language)
    return f"<p>{'<br>'.join(escape(one, quote=False) for one in lines)}</p>" if lines else ""
