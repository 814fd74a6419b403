"""Front matter: YAML between two lines of `---` before a Markdown text.

What looks like front matter and is none is refused, never taken for text: it may hold names that
only the editors know. Text that has to begin like it begins with an empty one.

Read with the smallest YAML there is: every scalar is text (so that `no` is Norwegian or
Norway and not a falsehood), no anchors or aliases, no tags, no repeated keys. Which keys and
values make sense is decided where they are read, `publishing/declarations.py`, with everything
else that is wrong in them.
"""

import re
from collections.abc import Iterator

import yaml

from fediverse_coord.errors import Refusal
from fediverse_coord.publishing.declarations import FIELDS
from fediverse_coord.publishing.fields import SIGNATORY_FIELDS

MAX_FRONT_MATTER = 64_000  # characters
MAX_DEPTH = 8
EVENTS = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # libyaml is ten times as quick

FENCED = re.compile(
    r"\ufeff?(?:[ \t]*\r?\n)*---+[ \t]*\r?\n(.*?)^(?:---+|\.\.\.)[ \t]*(?:\r?\n|\Z)",
    re.DOTALL | re.MULTILINE,
)
NO_SIGN = " \t\xa0\u200b\u2060\ufeff"  # nothing of it is seen, at the beginning of a line
FENCE = re.compile(r"---+[ \t]*")
LIKE_A_FENCE = re.compile(r"[-\u2010-\u2015\u2212]{2,}|[\u2014\u2015]|\+\+\+|```ya?ml")
FIELD = re.compile(r"(?:- +)?[\"']?(?P<name>[A-Za-z_][\w-]*)[\"']?\s*:(?:\s|\Z)")
OURS = frozenset({*FIELDS, "hero_alt"})
SIGNING = re.compile(  # anywhere in a text; nobody writes so for readers
    rf"^[ \t]*(?:signatories\s*:\s*(?:\[|-\s*(?:\{{|(?:{'|'.join(SIGNATORY_FIELDS)})\s*:))"
    r"|(?:-[ \t]+)?display\s*:\s*[\"']?(?:hidden|initials)[\"']?[ \t]*$)",
    re.IGNORECASE | re.MULTILINE,
)

NEVER_CLOSED = (
    "front matter begins in line {} and is never closed: put a line of three hyphens (---) after "
    "its last field, or write *** where a rule is meant"
)
NO_FIELDS = (
    "the front matter must be 'key: value' lines; where a rule is meant at the beginning, write ***"
)
NO_FENCE = (
    "line {} looks like the beginning of front matter, which is a line of three hyphens (---) and "
    "nothing before them: mend it, or write *** where a rule is meant"
)
NOT_BETWEEN = (
    "line {} begins with the field '{}', which counts only in front matter: put a line of three "
    "hyphens (---) before the first field and after the last; where it is text that readers are to "
    "see, put two such lines above it"
)
IN_TEXT = (
    "line {} says who signs, and stands in the text, where everybody would read it: put it into "
    "the front matter, between two lines of three hyphens (---) above the text"
)


def parse(text: str) -> tuple[dict[str, object], str]:
    """The fields and the text after them; no fields where there is no front matter.

    Values are texts, lists and mappings of texts. Raises Refusal for YAML that cannot be read,
    with its line, and for a text that may be meant as front matter.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    fenced = FENCED.match(text)
    if fenced is None:
        _require_text(text)
    end = fenced.end() if fenced else 0
    if found := SIGNING.search(text, end):
        raise Refusal(IN_TEXT.format(text.count("\n", 0, found.start()) + 1))
    if fenced is None:
        return {}, text.removeprefix("\ufeff")
    above = "\n" * text.count("\n", 0, fenced.start(1))  # so that faults tell their line
    return _mapping(above + fenced[1]), text[end:].lstrip("\n")


def _require_text(text: str) -> None:
    """Raises Refusal where the first lines may be meant as front matter."""
    lines = [line.lstrip(NO_SIGN) for line in text.splitlines()]
    first = next((place for place, line in enumerate(lines) if line), None)
    if first is None:
        return
    if FENCE.fullmatch(text.splitlines()[first].removeprefix("\ufeff")):
        raise Refusal(NEVER_CLOSED.format(first + 1))
    if LIKE_A_FENCE.fullmatch(lines[first].rstrip()):
        raise Refusal(NO_FENCE.format(first + 1))
    for place, line in enumerate(lines[first:], first + 1):
        named = FIELD.match(line)
        if named and named["name"].lower() in OURS:
            raise Refusal(NOT_BETWEEN.format(place, named["name"]))
        if line and not named and not line.startswith(("#", "- ")):
            return


def _mapping(source: str) -> dict[str, object]:
    if len(source) > MAX_FRONT_MATTER:
        raise Refusal(f"the front matter is longer than {MAX_FRONT_MATTER:,} characters")
    try:
        found = _document(yaml.parse(source, Loader=EVENTS))
    except yaml.MarkedYAMLError as error:
        raise Refusal(_told(error)) from None
    except (yaml.YAMLError, ValueError):
        raise Refusal("the front matter is not readable YAML; write 'key: value' lines") from None
    if found in (None, ""):
        return {}
    if not isinstance(found, dict):
        raise Refusal(NO_FIELDS)
    return found


def _told(error: yaml.MarkedYAMLError) -> str:
    line = error.problem_mark.line + 1 if error.problem_mark else 1
    return f"front matter, line {line}: {error.problem or 'not readable'}"


def _document(events: Iterator[yaml.Event]) -> object:
    """The one document that the events tell; nothing where there is none."""
    found: object = None
    for event in events:
        if isinstance(event, yaml.NodeEvent):
            if found is not None:
                raise _refused("must be 'key: value' lines, and nothing after them", event)
            found = _value(event, events, MAX_DEPTH)
    return found


def _value(event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> object:
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
        raise _refused("anchors ('&') and aliases ('*') are not read; use quotes", event)
    if getattr(event, "tag", None) is not None:
        raise _refused("tags ('!') are not read; use quotes", event)
    if depth == 0:
        raise _refused("nested too deeply", event)
    if isinstance(event, yaml.MappingStartEvent):
        return _fields(events, depth - 1)
    if isinstance(event, yaml.SequenceStartEvent):
        return _items(events, depth - 1)
    return str(getattr(event, "value", ""))


def _goes_on(event: yaml.Event) -> bool:
    return not isinstance(event, yaml.CollectionEndEvent)


def _items(events: Iterator[yaml.Event], depth: int) -> list[object]:
    found = []
    while _goes_on(one := next(events)):
        found.append(_value(one, events, depth))
    return found


def _fields(events: Iterator[yaml.Event], depth: int) -> dict[str, object]:
    found: dict[str, object] = {}
    while _goes_on(key := next(events)):
        if not isinstance(key, yaml.ScalarEvent) or key.value in found:
            raise _refused("each key must be one word and stand once", key)
        name = str(_value(key, events, depth))
        found[name] = _value(next(events), events, depth)
    return found


def _refused(problem: str, place: yaml.Event) -> Refusal:
    line = place.start_mark.line + 1 if place.start_mark else 1
    return Refusal(f"front matter, line {line}: {problem}")
