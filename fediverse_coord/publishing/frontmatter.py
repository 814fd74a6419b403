"""Front matter: YAML between two lines of `---` before a Markdown text.

Read with the smallest YAML there is: every scalar is text (so that `no` is Norwegian or
Norway and not a falsehood), no anchors or aliases, no tags, no repeated keys. Which keys and
values make sense is decided where they are read, `publishing/declarations.py`, with everything
else that is wrong in them.
"""

import re
from collections.abc import Iterator

import yaml

from fediverse_coord.errors import Refusal

MAX_FRONT_MATTER = 64_000  # characters
MAX_DEPTH = 8
EVENTS = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # libyaml is ten times as quick

FENCED = re.compile(
    r"\ufeff?---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)


def parse(text: str) -> tuple[dict[str, object], str]:
    """The fields and the text after them; no fields where there is no front matter.

    Values are texts, lists and mappings of texts. Raises Refusal for YAML that cannot be read,
    with its line.
    """
    fenced = FENCED.match(text)
    if fenced is None:
        return {}, text.removeprefix("\ufeff")
    return _mapping(fenced[1]), text[fenced.end() :].lstrip("\r\n")


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
        raise Refusal("the front matter must be 'key: value' lines")
    return found


def _told(error: yaml.MarkedYAMLError) -> str:
    line = error.problem_mark.line + 2 if error.problem_mark else 1
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
    line = place.start_mark.line + 2 if place.start_mark else 1
    return Refusal(f"front matter, line {line}: {problem}")
