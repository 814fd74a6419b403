"""Languages as readers meet them, and plain words that have one of their own."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """A language as readers meet it: tag, `ltr` or `rtl`, and its name in itself."""

    tag: str
    direction: str
    name: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """Plain text in a language, which may be another than its page's."""

    language: Language
    text: str
