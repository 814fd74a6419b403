"""What each page for people shows, as values; `templating` puts them on paper.

Everything here is ready to be shown: addresses are absolute, HTML in a `Markup` has been
through `protocol/sanitize`, every other text is plain and escaped by the templates. Who
may see what was decided before: a view holds only what is public. Field names say what
is meant: `_url` is followed by a reader, `_id` is an ActivityPub id.
"""

from dataclasses import dataclass
from datetime import date, datetime

from markupsafe import Markup

from fediverse_coord.web.shown_files import Attachment, Picture
from fediverse_coord.web.tongues import Language as Language
from fediverse_coord.web.tongues import Spoken


@dataclass(frozen=True, slots=True)
class Site:
    """What every page carries: the server, and where its source code is."""

    host: str
    origin: str
    source_url: str
    version: str


@dataclass(frozen=True, slots=True)
class Author:
    """The coordination that speaks. `handle` is `@name@host`.

    `home_url` is its profile in the language in which it is named here.
    """

    name: str
    handle: str
    profile_url: str
    actor_id: str
    contact: str
    home_url: str
    icon: Picture | None = None


@dataclass(frozen=True, slots=True)
class ProfileField:
    """A line under the description; with `url`, the value is a link."""

    name: str
    value: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Tag:
    """A hashtag without its sign, and its page."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A declaration in a list. An untitled statement has `title` None and opens with `excerpt`."""

    url: str
    title: str | None
    excerpt: str
    kind: str | None
    language: Language
    published: datetime
    dated: date | None = None  # where the list is sorted by it
    pinned: bool = False
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of declarations, newest first; the addresses carry cursors."""

    entries: tuple[Entry, ...]
    newer_url: str | None = None
    older_url: str | None = None


@dataclass(frozen=True, slots=True)
class LanguageLink:
    """The same text in another language."""

    language: Language
    url: str


@dataclass(frozen=True, slots=True)
class Response:
    """An approved reply. `name` and `handle` are a stranger's words, `content` is sanitised."""

    name: str
    handle: str
    url: str
    content: Markup
    published: datetime
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where what a declaration says can be read; without `url` it is only named."""

    name: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Particulars:
    """What stands on the document besides its text. Names as their owners let them be shown."""

    dated: date | None = None
    addressees: tuple[str, ...] = ()
    signatories: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    countries: tuple[Source, ...] = ()
    organisations: tuple[Source, ...] = ()
    translator: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed of the coordination, once there is one: `title` says which, with its media type."""

    url: str
    title: str
    media_type: str


@dataclass(frozen=True, slots=True)
class EditionLink:
    """The actor that speaks one language of a coordination."""

    language: Language
    handle: str
    url: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the things by which an archive is leafed through, and how many texts stand there.

    The address of the chosen one takes the choice back. Among hits nobody has counted.
    """

    label: str
    url: str
    number: int | None
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen by, such as `by_year`: the name of the phrase that says so."""

    name: str
    options: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class SearchForm:
    """Asks for words. `kept` are the choices that stay; `text` is what was looked for."""

    action: str
    text: str = ""
    kept: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A version that was found, its words marked. `author` where several speak."""

    url: str
    title: Markup | None
    excerpt: Markup
    kind: str | None
    language: Language
    published: datetime
    dated: date | None = None
    withdrawn: bool = False
    author: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One page of hits; `spellings` are other names that were looked for as well."""

    hits: tuple[Hit, ...]
    spellings: tuple[str, ...] = ()
    newer_url: str | None = None
    older_url: str | None = None


@dataclass(frozen=True, slots=True)
class CorrectionNote:
    """What was corrected, when and why, in the words of its language."""

    at: datetime
    what: str
    why: str | None
    language: Language


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileView:
    """`/@{name}`. `language` is that of the page itself, `summary` is plain paragraphs."""

    site: Site
    language: Language
    author: Author
    summary: str
    fields: tuple[ProfileField, ...]
    followers: int
    listing: Listing
    image: Picture | None = None
    other_languages: tuple[LanguageLink, ...] = ()
    feeds: tuple[Feed, ...] = ()
    archive_url: str | None = None
    editions: tuple[EditionLink, ...] = ()
    edition_of: Author | None = None
    noindex: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationView:
    """`/@{name}/{slug}`. `language` is that of the text; `page_language` that of the page.

    A withdrawn text has `withdrawn_reason`; `content` is then empty, or the text where it is
    kept to be read, and search engines are told to stay away. `script_url` is of the script that
    keeps a reader's place. `image` is what link cards show,
    `hero` stands above the text; `pictures` below it are those of a Note. What was imported and
    never sent has no `object_id`, and nothing is answered to it.
    """

    site: Site
    page_language: Language
    language: Language
    author: Author
    url: str
    object_id: str | None
    title: str | None
    summary: str
    content: Markup
    kind: str | None
    published: datetime
    edited: datetime | None = None
    particulars: Particulars = Particulars()
    tags: tuple[Tag, ...] = ()
    likes: int = 0
    boosts: int = 0
    responses: tuple[Response, ...] = ()
    more_responses_url: str | None = None
    other_languages: tuple[LanguageLink, ...] = ()
    image: Picture | None = None
    paper_url: str | None = None
    bundle_url: str | None = None
    hero: Picture | None = None
    pictures: tuple[Picture, ...] = ()
    enclosed: tuple[Attachment, ...] = ()
    withdrawn_reason: str | None = None
    corrections: tuple[CorrectionNote, ...] = ()
    kind_url: str | None = None
    plain_url: str | None = None
    editions: tuple[EditionLink, ...] = ()
    related: tuple[Entry, ...] = ()
    noindex: bool = False
    is_imported: bool = False
    script_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveView:
    """`/@{name}/archive`. `everything_url` leads out of what was chosen.

    `url` is the same in whatever language it is read; `is_translated`: not in the usual one.
    Where words are looked for, `found` is shown instead of `listing`.
    """

    site: Site
    language: Language
    author: Author
    url: str
    choices: tuple[Choices, ...]
    search: SearchForm
    listing: Listing | None = None
    found: Found | None = None
    feeds: tuple[Feed, ...] = ()
    everything_url: str | None = None
    introduction: Spoken | None = None
    other_languages: tuple[LanguageLink, ...] = ()
    is_translated: bool = False
    noindex: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchView:
    """`/search`: over all coordinations of the server. Before anything is asked: the form alone."""

    site: Site
    language: Language
    url: str
    search: SearchForm
    found: Found | None = None
    noindex: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TagView:
    """`/@{name}/tags/{tag}`."""

    site: Site
    language: Language
    author: Author
    tag: str
    url: str
    listing: Listing
    introduction: Spoken | None = None
    feeds: tuple[Feed, ...] = ()
    other_languages: tuple[LanguageLink, ...] = ()
    noindex: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CoordinationCard:
    """A coordination on the about page."""

    author: Author
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutView:
    """`/about`: which coordinations speak from here, and with what."""

    site: Site
    language: Language
    coordinations: tuple[CoordinationCard, ...]
    url: str
    search: SearchForm
    noindex: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractView:
    """`/interact`: asks for the reader's own handle; `uri` is what they came from.

    `handle` and `fault` return what was typed and why it did not work.
    """

    site: Site
    language: Language
    uri: str
    author: Author | None = None
    subject: str | None = None
    handle: str = ""
    fault: str | None = None
    noindex: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TombstoneView:
    """What answers `410`: the address of a text that has been deleted, or of an ended actor."""

    site: Site
    language: Language
    deleted: datetime | None
    author: Author | None = None
    noindex: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorView:
    """Any other refusal. `detail` is one plain sentence that adds to what the status says."""

    site: Site
    language: Language
    status: int
    detail: str | None = None
    noindex: bool = True


View = (
    ProfileView
    | DeclarationView
    | ArchiveView
    | SearchView
    | TagView
    | AboutView
    | InteractView
    | TombstoneView
    | ErrorView
)
