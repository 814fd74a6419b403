"""Front matter: YAML between two lines of `---` before a Markdown text.

Read with the smallest YAML there is: every scalar is text (so that `no` is Norwegian or
Norway and not a falsehood), no anchors or aliases, no tags, no repeated keys. Which values
make sense is decided in `publishing/declarations.py`; here only the keys are held against
those it knows.
"""

import re
from collections.abc import Collection, Hashable

import yaml

from fediverse_coord.errors import FieldFault, Refusal
from fediverse_coord.publishing.declarations import FIELDS

MAX_FRONT_MATTER = 64_000  # characters
MAX_DEPTH = 8
KNOWN = frozenset(FIELDS) - {"content"}

FENCED = re.compile(
    r"\ufeff?---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)


def parse(text: str, known: Collection[str] = KNOWN) -> tuple[dict[str, object], str]:
    """The fields and the text after them; no fields where there is no front matter.

    Values are texts, lists and mappings of texts. Raises Refusal: for YAML that cannot be
    read, with its line; for unknown keys, each by its name.
    """
    fenced = FENCED.match(text)
    if fenced is None:
        return {}, text.removeprefix("\ufeff")
    fields = _mapping(fenced[1])
    unknown = [name for name in fields if name not in known]
    if unknown:
        raise _unknown(unknown, known)
    return fields, text[fenced.end() :].lstrip("\r\n")


def _mapping(source: str) -> dict[str, object]:
    if len(source) > MAX_FRONT_MATTER:
        raise Refusal(f"the front matter is longer than {MAX_FRONT_MATTER:,} characters")
    try:
        found = yaml.load(source, Loader=_TextLoader)  # noqa: S506 - texts only, see below
    except yaml.MarkedYAMLError as error:
        raise Refusal(_told(error)) from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise Refusal("the front matter is not readable YAML; write 'key: value' lines") from None
    if found in (None, ""):
        return {}
    if not isinstance(found, dict):
        raise Refusal("the front matter must be 'key: value' lines")
    return found


def _told(error: yaml.MarkedYAMLError) -> str:
    line = error.problem_mark.line + 2 if error.problem_mark else 1
    return f"front matter, line {line}: {error.problem or 'not readable'}"


def _unknown(names: list[str], known: Collection[str]) -> Refusal:
    expected = f"known are: {', '.join(sorted(known))}"
    named = ", ".join(repr(name[:80]) for name in names)
    faults = [FieldFault(name[:80], f"is not a front matter key; {expected}") for name in names]
    return Refusal(f"front matter does not know {named}; {expected}", faults=faults)


class _TextLoader(yaml.BaseLoader):
    """BaseLoader makes texts, lists and mappings, nothing else; this one makes fewer."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _refused("anchors ('&') and aliases ('*') are not read; use quotes", event)
        if getattr(event, "tag", None) is not None:
            raise _refused("tags ('!') are not read; use quotes", event)
        if self.depth >= MAX_DEPTH:
            raise _refused("nested too deeply", event)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(
        self, node: yaml.MappingNode, deep: bool = False
    ) -> dict[Hashable, object]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value in seen:
                raise _refused("each key must be one word and stand once", key)
            seen.add(key.value)
        return dict(super().construct_mapping(node, deep=True))


def _refused(problem: str, place: yaml.Event | yaml.Node) -> Refusal:
    line = place.start_mark.line + 2 if place.start_mark else 1
    return Refusal(f"front matter, line {line}: {problem}")
