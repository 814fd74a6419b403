"""Files that we serve, as pages show them: pictures, recordings, documents."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Picture:
    """An image that we serve, in CSS pixels."""

    url: str
    alt: str
    width: int
    height: int
    media_type: str = "image/png"
    small_url: str | None = None
    small_width: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A recording (`seconds`) or a document (`pages`) of so many `bytes`."""

    url: str
    title: str
    media_type: str
    bytes: int
    seconds: int
    pages: int
    thumbnail: Picture

    @property
    def megabytes(self) -> int:
        """0 where kilobytes tell more."""
        return round(self.bytes / 1_000_000)

    @property
    def kilobytes(self) -> int:
        return max(1, round(self.bytes / 1_000))

    @property
    def duration(self) -> str:
        """As players show it; an hour is sixty minutes."""
        return f"{self.seconds // 60}:{self.seconds % 60:02}"
