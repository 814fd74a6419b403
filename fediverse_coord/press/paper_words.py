"""The few words that paper adds to a text, in the text's own language: `words/*.toml`.

A paper leaves the place where its reader's language is known, so it speaks the language of what
it carries; where that is not written here, English.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class PaperWords:
    """`phrases` by name, with `{}` where something is put in, and the names of `details.Kind`."""

    tag: str
    phrases: Mapping[str, str]
    kinds: Mapping[str, str]

    def kind(self, kind: str) -> str:
        """The name of a kind of text; one that only a coordination knows, as it writes it."""
        return self.kinds.get(kind) or kind.replace("-", " ").capitalize()


def words_in(tag: str) -> PaperWords:
    """The words of that language, of its base language, or of English."""
    base = tag.partition("-")[0].lower()
    return _read(base if base in _written() else FALLBACK)


@cache
def _written() -> frozenset[str]:
    folder = files(__package__).joinpath("words")
    return frozenset(one.name.removesuffix(".toml") for one in folder.iterdir())


@cache
def _read(tag: str) -> PaperWords:
    data = tomllib.loads(files(__package__).joinpath("words", f"{tag}.toml").read_text("utf-8"))
    return PaperWords(tag, data["phrases"], data["kinds"])
