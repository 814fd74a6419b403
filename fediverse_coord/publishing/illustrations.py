"""Pictures of declarations, as values: files of several sizes, and what they show, in words.

INTERFACE: Images. A text names a picture by `media:KEY`; its own words for it are its alt text.
A declaration's hero has the alt texts that were given with the picture, one a language. A
recording or a document is a picture of it and the file itself, `enclosed`. What is in a file is
`press`'s, where it lies `storage`'s.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

SCHEME = "media:"
MAX_ALT = 1_500  # Mastodon shows so many characters
MARKS = re.compile(r"[\\\[\]`*_~<>&!#@:|=+^$]")  # what Markdown may take for more than itself
KEY = re.compile(r"[a-z2-7]{16}\Z", re.ASCII)


def is_key(text: str) -> bool:
    """Whether it could name a picture."""
    return KEY.match(text) is not None


def line_of(key: str, alt: str) -> str:
    """The line that puts a picture into a text, told there in these words."""
    return f"![{as_told(alt)}]({SCHEME}{key})"


def as_told(alt: str) -> str:
    """The words so that Markdown takes them for nothing else."""
    return MARKS.sub(r"\\\g<0>", " ".join(alt.split()))


@dataclass(frozen=True, slots=True)
class File:
    """A file that we serve below `/media`; its name is the hash of its content."""

    name: str
    media_type: str
    width: int
    height: int


class Kind(StrEnum):
    """What is sent to be shown, heard or read."""

    PICTURE = "picture"
    RECORDING = "recording"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Enclosed:
    """What is heard or read: a file below `/media`, its bytes, and its seconds or pages."""

    name: str
    media_type: str
    bytes: int
    seconds: int = 0
    pages: int = 0

    @property
    def kind(self) -> Kind:
        return Kind.RECORDING if self.seconds else Kind.DOCUMENT


@dataclass(frozen=True, slots=True)
class Image:
    """A picture in three sizes. `alts` are pairs of language and text, in order of language.

    Where it is one of something `enclosed`, they are its title, or what is heard in it.
    """

    key: str
    actor_name: str
    page: File
    small: File
    card: File
    alts: tuple[tuple[str, str], ...] = ()
    enclosed: Enclosed | None = None

    @property
    def kind(self) -> Kind:
        return self.enclosed.kind if self.enclosed else Kind.PICTURE

    def alt_in(self, language: str) -> str | None:
        """What it shows, in that language; what is said in `pt` is read in `pt-BR` as well."""
        said = dict(self.alts)
        return said.get(language) or said.get(language.partition("-")[0])


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture where a text shows it, with the text's own words for it."""

    image: Image
    alt: str
