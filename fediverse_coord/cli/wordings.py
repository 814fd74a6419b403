"""Texts in several languages that stand on their own: of passages, of introductions.

Each is a file, stdin, or a folder with one file a language (`texts`), without a title or anything
else besides its language. One language is put beside those that are there; a folder is all of them.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from fediverse_coord.cli import texts
from fediverse_coord.errors import NotFound, Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from fediverse_coord.desk.desk import Desk

ALONE = frozenset({"content", "language", "original"})

actor_option = click.option(
    "--actor", metavar="NAME", help="The coordination; needed where there are several."
)
limit_option = click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
after_option = click.option("--after", type=click.IntRange(0), default=0, metavar="CURSOR")
json_option = click.option("--json", "as_json", is_flag=True)
lang_option = click.option("--lang", metavar="TAG", help="Of the text; else the coordination's.")


async def put_together(
    desk: "Desk", actor: str, source: str, lang: str | None, known: Mapping[str, str]
) -> dict[str, str]:
    """The text in every language, the first language first. Raises Refusal."""
    from fediverse_coord.desk.desk import coordination

    read = texts.read(source, {"language": lang})
    first: str = (await coordination(desk, actor)).profile["languages"][0]
    found = {str(one.get("language") or first): str(one["content"]) for one in map(_alone, read)}
    return found if texts.is_folder(source) else {**known, **found}


def _alone(fields: texts.Fields) -> texts.Fields:
    for name in fields:
        if name not in ALONE:
            raise Refusal(f"there is no '{name}' here: the text alone, and `language`")
    return fields


async def texts_of(found: "Awaitable[object]") -> dict[str, str]:
    """What is there already; nothing where there is none yet."""
    try:
        known = await found
    except NotFound:
        return {}
    return dict(getattr(known, "texts", {}))


def without(known: Mapping[str, str], lang: str, named: str) -> dict[str, str]:
    """All but that language. Raises NotFound."""
    if lang not in known:
        there = ", ".join(known)
        raise NotFound(f"{named} has no words in '{lang}'; there are: {there}")
    return {language: text for language, text in known.items() if language != lang}
