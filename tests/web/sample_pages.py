"""One sample of every page, and a reader of HTML that notices what is wrong with it."""

from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

from markupsafe import Markup

from fediverse_coord.web.shown_files import Picture
from fediverse_coord.web.templating import render
from fediverse_coord.web.views import (
    AboutView,
    ArchiveView,
    Author,
    Choice,
    Choices,
    CoordinationCard,
    CorrectionNote,
    DeclarationView,
    Entry,
    ErrorView,
    Feed,
    Found,
    Hit,
    InteractView,
    Language,
    LanguageLink,
    Listing,
    Particulars,
    ProfileField,
    ProfileView,
    Response,
    SearchForm,
    SearchView,
    Site,
    Source,
    Tag,
    TagView,
    TombstoneView,
    View,
)

VOID = {"meta", "link", "img", "input", "br", "hr"}

EN = Language("en", "ltr", "English")
AR = Language("ar", "rtl", "العربية")
NOON = datetime(2026, 11, 14, 12, 5, tzinfo=UTC)

SITE = Site("coord.example", "https://coord.example", "https://code.example/coord", "0.1.0")
ICON = Picture("https://coord.example/media/icon.png", "A crane", 512, 512)
DOCKERS = Author(
    "Dockers’ Coordination",
    "@dockers@coord.example",
    "https://coord.example/@dockers",
    "https://coord.example/actors/dockers",
    "post@dockers.example",
    "https://coord.example/@dockers?lang=ar",
    ICON,
)
ENTRY = Entry(
    "https://coord.example/@dockers/quay",
    "To the crews of the grain quay",
    "The cranes have stood still since Monday.",
    "letter",
    EN,
    NOON,
    pinned=True,
)
LISTING = Listing(
    (ENTRY, replace(ENTRY, title=None, language=AR, pinned=False, withdrawn=True)),
    newer_url="?newer",
    older_url="?older",
)
PROFILE = ProfileView(
    site=SITE,
    language=EN,
    author=DOCKERS,
    summary="Dockers write to dockers.\n\nFrom every port.",
    fields=(ProfileField("Site", "dockers.example", "https://dockers.example/"),),
    followers=12873,
    listing=LISTING,
    image=Picture("https://coord.example/media/header.png", "A quay", 1500, 500),
    other_languages=(LanguageLink(AR, "https://coord.example/@dockers?lang=ar"),),
    feeds=(Feed("https://coord.example/@dockers/feed.atom", "Atom", "application/atom+xml"),),
)
REPLY = Response(
    "Rosa",
    "@rosa@far.example",
    "https://far.example/@rosa/1",
    Markup("<p>We are with you.</p>"),
    NOON,
    EN,
)
DECLARATION = DeclarationView(
    site=SITE,
    page_language=EN,
    language=EN,
    author=DOCKERS,
    url="https://coord.example/@dockers/quay",
    object_id="https://coord.example/actors/dockers/objects/ab2cd3ef4gh5ij6k",
    title="To the crews of the grain quay",
    summary="The cranes have stood still since Monday.",
    content=Markup("<p>The cranes have stood <em>still</em> since Monday.</p>"),
    kind="letter",
    published=NOON,
    edited=NOON,
    tags=(Tag("GrainQuay", "https://coord.example/@dockers/tags/GrainQuay"),),
    likes=3,
    boosts=1204,
    responses=(REPLY,),
    more_responses_url="?responses=2",
    other_languages=(LanguageLink(AR, "https://coord.example/@dockers/quay-ar"),),
)
INTERACT = InteractView(
    site=SITE,
    language=EN,
    uri=DECLARATION.object_id,
    author=DOCKERS,
    subject=DECLARATION.title,
    handle="@rosa@fra.example",
    fault="fra.example does not answer.",
)
TAGGED = TagView(
    site=SITE,
    language=EN,
    author=DOCKERS,
    tag="GrainQuay",
    url="https://coord.example/@dockers/tags/GrainQuay",
    listing=LISTING,
)
ARCHIVE = ArchiveView(
    site=SITE,
    language=EN,
    author=DOCKERS,
    url="https://coord.example/@dockers/archive?year=2026",
    search=SearchForm("https://coord.example/@dockers/archive", "", (("year", "2026"),)),
    choices=(
        Choices(
            "by_year",
            (
                Choice("2026", "https://coord.example/@dockers/archive", 12, True),
                Choice("2025", "https://coord.example/@dockers/archive?year=2025", 12_000),
            ),
        ),
        Choices(
            "by_topic", (Choice("#أجور", "https://coord.example/@dockers/archive?topic=x", 1),)
        ),
    ),
    listing=LISTING,
    feeds=(Feed("https://coord.example/@dockers/feed.atom", "Atom", "application/atom+xml"),),
    everything_url="https://coord.example/@dockers/archive",
)
ABOUT = AboutView(
    site=SITE,
    language=EN,
    coordinations=(CoordinationCard(author=DOCKERS, summary="Dockers write to dockers."),),
    url="https://coord.example/about",
    search=SearchForm("https://coord.example/search"),
)
SEARCH = SearchView(
    site=SITE,
    language=EN,
    url="https://coord.example/search",
    search=SearchForm("https://coord.example/search", "quay <wages>"),
    found=Found(
        hits=(
            Hit(
                url="https://coord.example/@dockers/quay",
                title=Markup("The <mark>quay</mark> &amp; we"),
                excerpt=Markup("No <mark>wages</mark> since winter."),
                kind="call",
                language=EN,
                published=NOON,
                author="Dockers",
            ),
        ),
        spellings=("Kai",),
        older_url="https://coord.example/search?q=quay&before=a1.en",
    ),
)
NOT_FOUND = replace(SEARCH, found=Found(hits=()))
GONE = TombstoneView(site=SITE, language=EN, deleted=NOON, author=DOCKERS)
FAULT = ErrorView(site=SITE, language=EN, status=503, detail="The database cannot be reached.")

PAGES: dict[str, tuple[str, View]] = {
    "archive": ("archive", ARCHIVE),
    "found": ("search", SEARCH),
    "not found": ("search", NOT_FOUND),
    "corrected": (
        "declaration",
        replace(
            DECLARATION,
            corrections=(CorrectionNote(NOON, "The date <was> wrong.", "A slip.", EN),),
            kind_url="https://coord.example/@dockers/archive?kind=letter",
            plain_url="https://coord.example/@dockers/quay.txt",
            particulars=Particulars(
                countries=(Source("Spain", "https://coord.example/@dockers/archive?country=ES"),),
                organisations=(
                    Source(
                        "Mine <Workers>", "https://coord.example/@dockers/archive?organisation=Mine"
                    ),
                ),
                translator="Ana",
            ),
        ),
    ),
    "profile": ("profile", PROFILE),
    "bare profile": (
        "profile",
        replace(
            PROFILE,
            author=replace(DOCKERS, icon=None),
            image=None,
            fields=(),
            other_languages=(),
            feeds=(),
            listing=Listing(()),
        ),
    ),
    "declaration": ("declaration", DECLARATION),
    "untitled declaration": ("declaration", replace(DECLARATION, title=None, kind=None, tags=())),
    "arabic declaration": ("declaration", replace(DECLARATION, page_language=AR, language=AR)),
    "withdrawn declaration": ("declaration", replace(DECLARATION, withdrawn_reason="Wrong day.")),
    "tag": ("tag", TAGGED),
    "about": ("about", ABOUT),
    "interact": ("interact", INTERACT),
    "bare interact": ("interact", InteractView(site=SITE, language=EN, uri="https://far.example")),
    "tombstone": ("tombstone", GONE),
    "error": ("error", FAULT),
    "unusual error": ("error", ErrorView(site=SITE, language=AR, status=418)),
}


class Page(HTMLParser):
    """The elements of a page, and whether each was closed where it was opened."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.faults: list[str] = []
        self.feed(html)
        self.close()
        self.faults += [f"{tag} stays open" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if len(dict(attrs)) < len(attrs):
            self.faults.append(f"{tag} has an attribute twice")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"{tag} closes something else")

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def meta(self, name: str) -> str | None:
        found = [a for a in self.all("meta") if name in (a.get("name"), a.get("property"))]
        return found[0]["content"] if found else None

    def links(self, rel: str) -> list[str | None]:
        return [a["href"] for a in self.all("link") if a.get("rel") == rel]


def page(name: str, view: View) -> Page:
    return Page(render(name, view).decode())
