"""What stands above a Markdown text, as site makers write it: YAML, TOML, or bare lines.

Hugo's TOML stands between lines of `+++`; Pelican and MultiMarkdown write `Key: value` lines up to
the first empty one. What is not recognised here would be published as words of the text.
"""

import re
import tomllib
from typing import Any

from fediverse_coord.errors import Refusal
from fediverse_coord.publishing import frontmatter

TOML = re.compile(r"\+\+\+[ \t]*\r?\n(.*?)^\+\+\+[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
BARE = re.compile(r"(?:[A-Za-z][\w-]{0,40}:[^\n]*\n(?:[ \t]+\S[^\n]*\n)*)+(?=\s*\n|\Z)", re.ASCII)
FIELD = re.compile(r"^([A-Za-z][\w-]*):([^\n]*\n(?:[ \t]+\S[^\n]*\n)*)", re.ASCII | re.MULTILINE)
SAYS_WHAT_IT_IS = frozenset({"title", "status"})  # else it is a text with a colon


def parted(source: str) -> tuple[dict[str, object], str]:
    """The fields and the text below them. Raises Refusal for what cannot be read."""
    text = source.lstrip("\ufeff \t\r\n")
    if text.startswith("---"):
        return frontmatter.parse(text)
    if fenced := TOML.match(text):
        return _from_toml(fenced[1]), text[fenced.end() :].lstrip("\r\n")
    if text.startswith(("{\n", "{\r\n")):
        raise Refusal("has its front matter in JSON, which is not read: write 'key: value' lines")
    return _from_lines(text) or frontmatter.parse(source)


def _from_toml(said: str) -> dict[str, object]:
    if len(said) > frontmatter.MAX_FRONT_MATTER:
        raise Refusal(
            f"the front matter is longer than {frontmatter.MAX_FRONT_MATTER:,} characters"
        )
    try:
        found: dict[str, object] = _as_text(tomllib.loads(said.replace("\r\n", "\n")))
    except (ValueError, RecursionError) as error:
        raise Refusal(f"the front matter is not readable TOML: {error}"[:300]) from None
    return found


def _as_text(value: Any) -> Any:
    """As YAML is read here: lists and mappings of texts."""
    if isinstance(value, dict):
        return {name: _as_text(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_as_text(one) for one in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _from_lines(text: str) -> tuple[dict[str, object], str] | None:
    lines = text[: frontmatter.MAX_FRONT_MATTER].replace("\r\n", "\n") + "\n"
    head = BARE.match(lines)
    if head is None:
        return None
    found: dict[str, object] = {
        name.lower(): " ".join(said.split()) for name, said in FIELD.findall(head[0])
    }
    if SAYS_WHAT_IT_IS.isdisjoint(found):
        return None
    return found, text.replace("\r\n", "\n")[head.end() :].lstrip("\n")
