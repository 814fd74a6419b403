"""What readers choose texts by, in the archive, its feeds and search."""

from dataclasses import dataclass

from fediverse_coord.publishing.search_words import marked


@dataclass(frozen=True, slots=True)
class Filter:
    """Empty parts ask for nothing. `country` is ISO 3166-1, `language` a version's tag."""

    year: int | None = None
    kind: str = ""
    country: str = ""
    organisation: str = ""
    language: str = ""
    topic: str = ""

    @property
    def is_empty(self) -> bool:
        return self == Filter()

    @property
    def is_combined(self) -> bool:
        """Whether more than one thing is chosen."""
        return len(self.marks) > 1

    @property
    def marks(self) -> tuple[str, ...]:
        """The words of search that every version has which is chosen (`search_words.marked`)."""
        given = (
            ("y", self.year),
            ("k", self.kind),
            ("c", self.country),
            ("o", self.organisation),
            ("l", self.language),
            ("g", self.topic),
        )
        return tuple(marked(letter, value) for letter, value in given if value)
