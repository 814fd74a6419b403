"""Declarations: a work with one version per language.  INTERFACE: Words, API, Wire choices.

What a person filled in becomes a `Draft` or a Refusal that names every faulty field; a
`Declaration` is what storage remembers. Making HTML is in `publishing/markdown.py`,
ActivityStreams in `publishing/rendering.py`, the table of states in `publishing/states.py`.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from fediverse_coord.errors import Refusal
from fediverse_coord.protocol.text import MAX_CONTENT, visible_length, without_controls
from fediverse_coord.publishing.details import Details as Details
from fediverse_coord.publishing.details import Display as Display
from fediverse_coord.publishing.details import Form as Form
from fediverse_coord.publishing.details import Kind as Kind
from fediverse_coord.publishing.details import Signatory as Signatory
from fediverse_coord.publishing.details import Source as Source
from fediverse_coord.publishing.details import VersionState as VersionState
from fediverse_coord.publishing.details import Visibility as Visibility
from fediverse_coord.publishing.fields import DETAIL_FIELDS, Fields, details
from fediverse_coord.publishing.illustrations import Image, Shown, is_key
from fediverse_coord.publishing.inline import is_tag, tag_key
from fediverse_coord.publishing.markdown import render, says_anything
from fediverse_coord.publishing.passages import Inserted
from fediverse_coord.publishing.slugs import slug_fault
from fediverse_coord.publishing.states import TRANSITIONS as TRANSITIONS
from fediverse_coord.publishing.states import State as State
from fediverse_coord.publishing.states import Verb as Verb
from fediverse_coord.publishing.states import next_state as next_state
from fediverse_coord.publishing.summaries import suggested_summary

MAX_TITLE = 150  # FEP-b2b8
MAX_SUMMARY = 500  # visible characters
MAX_TAGS = 30

FIELDS = (
    "title", "content", "summary", "language", "kind", "form", "slug", "tags", "original",
    "translator", "state", "visibility", "in_reply_to", "hero", *DETAIL_FIELDS,
)  # fmt: skip
AUTO = "auto"  # as a summary: take the suggested one


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft(Details):
    """What a person handed in, checked; `source` is Markdown and not rendered yet."""

    form: Form
    language: str
    source: str = field(repr=False)
    title: str | None = None
    summary: str | None = None
    kind: str | None = None
    slug: str | None = None
    tags: tuple[str, ...] = ()
    original: bool | None = None
    translator: str | None = None
    state: VersionState | None = None  # of the version; None leaves it to what is done with it
    visibility: Visibility = Visibility.PUBLIC
    in_reply_to: str | None = None
    hero: str | None = None
    inserted: tuple[Inserted, ...] = ()  # the passages it names, as the desk found them


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """The work in one language. `html` is sanitised; `title` and `summary` are plain text.

    `changed_in` is the declaration's revision in which the text was last changed or confirmed.
    `inserted` are the passages that `html` holds, with the words that it holds.
    """

    language: str
    title: str | None = None
    summary: str | None = None
    source: str = field(repr=False)
    html: str = field(repr=False)
    translator: str | None = None
    state: VersionState = VersionState.DRAFT
    changed_in: int = 1
    pictures: tuple[Shown, ...] = ()
    inserted: tuple[Inserted, ...] = ()

    @property
    def is_out(self) -> bool:
        return self.state is VersionState.PUBLISHED


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration(Details):
    """A work. `versions` begins with the original, whose language is `language`."""

    key: str
    actor_name: str
    form: Form
    state: State
    language: str
    slug: str
    versions: tuple[Version, ...]
    revision: int
    kind: str | None = None
    tags: tuple[str, ...] = ()
    visibility: Visibility = Visibility.PUBLIC
    in_reply_to: str | None = None
    published_at: datetime | None = None
    updated_at: datetime | None = None  # only when edited after release
    hero: Image | None = None

    @property
    def original(self) -> Version:
        return self.versions[0]

    def version(self, language: str) -> Version | None:
        return next((one for one in self.versions if one.language == language), None)

    @property
    def released(self) -> "Declaration":
        """With the published versions alone: all that readers and other servers may see."""
        return replace(self, versions=tuple(one for one in self.versions if one.is_out))

    def readied(self, languages: Collection[str] | None = None) -> "Declaration":
        """With these versions ready to go out, and no other translation; None readies them all."""
        return replace(self, versions=tuple(self._readied(one, languages) for one in self.versions))

    def _readied(self, one: "Version", languages: Collection[str] | None) -> "Version":
        if one.is_out:
            return one
        goes = languages is None or one.language in {*languages, self.language}
        return replace(one, state=VersionState.REVIEWED if goes else VersionState.DRAFT)

    def releasing(self) -> "Declaration":
        """With every version published that is ready, and the original in any case."""
        chosen = [
            replace(one, state=VersionState.PUBLISHED)
            if one.state is not VersionState.DRAFT or one.language == self.language
            else one
            for one in self.versions
        ]
        return replace(self, versions=tuple(chosen))

    def is_outdated(self, version: Version) -> bool:
        """Whether the original was changed since this translation was made or confirmed."""
        return self.original.changed_in > version.changed_in

    def with_version(self, version: Version) -> "Declaration":
        """With a version added or replaced, in its place."""
        known = {one.language: one for one in self.versions}
        return replace(self, versions=tuple((known | {version.language: version}).values()))


class InvalidDraft(Refusal):
    """The fields do not make a declaration. May carry a summary to take or to improve."""

    suggested_summary: str | None = None


def validated(
    data: Mapping[str, object],
    *,
    default_language: str,
    default_form: Form | None = None,
    kinds: Collection[str] = tuple(Kind),
    needs_content: bool = True,
) -> Draft:
    """The draft that the fields describe; `kinds` are those of the coordination.

    Without a form, a text with a title takes `default_form` (else Article), one without is
    a Note. The summary "auto" takes the suggested one. Raises InvalidDraft with a FieldFault
    for each faulty field.
    """
    given = Fields(data)
    given.only(FIELDS)
    title = _title(given)
    form = _form(given, title, default_form)
    draft = Draft(
        form=form,
        language=given.language("language", default_language),
        source=_content(given, needed=needs_content),
        title=title,
        summary=given.text("summary", MAX_CONTENT),
        kind=given.choice("kind", kinds),
        slug=_slug(given),
        tags=_tags(given),
        original=given.truth("original"),
        translator=given.text("translator"),
        state=_version_state(given),
        visibility=Visibility(given.choice("visibility", tuple(Visibility)) or "public"),
        in_reply_to=given.url("in_reply_to"),
        hero=_hero(given),
    )
    return _with_summary(_with_details(draft, details(given)), given)


def _version_state(given: Fields) -> VersionState | None:
    chosen = given.choice("state", tuple(VersionState))
    return VersionState(chosen) if chosen else None


def _with_details(draft: Draft, shared: Details) -> Draft:
    return replace(
        draft,
        dated=shared.dated,
        addressees=shared.addressees,
        countries=shared.countries,
        organisations=shared.organisations,
        sources=shared.sources,
        signatories=shared.signatories,
        topics=shared.topics,
    )


def _title(given: Fields) -> str | None:
    title = given.text("title", MAX_TITLE)
    if title is not None and "<" in title:
        # actors-and-objects.md 2.1: Mastodon puts `name` into HTML without escaping it.
        given.fault("title", "must be plain text without '<'")
    return title


def _form(given: Fields, title: str | None, default: Form | None) -> Form:
    chosen = given.choice("form", tuple(Form))
    if chosen is None:
        return (default or Form.ARTICLE) if title else Form.NOTE
    if chosen == Form.ARTICLE and given.given("title") is None:
        given.fault("title", "is needed for an article; a text without a title is a note")
    return Form(chosen)


def _content(given: Fields, *, needed: bool) -> str:
    value = given.given("content")
    if not isinstance(value, str) or not value.strip():
        if needed or not isinstance(value, str | None):
            given.fault("content", "is needed: the text, in Markdown")
        return ""
    if len(value.encode("utf-8", "replace")) > MAX_CONTENT:
        given.fault("content", f"must not be longer than {MAX_CONTENT:,} bytes; divide it")
        return ""
    text = without_controls(value.replace("\r\n", "\n"))
    if not says_anything(text):
        given.fault("content", "says nothing to read: HTML is not shown; write Markdown")
    return text


def _slug(given: Fields) -> str | None:
    slug = given.text("slug")
    reason = slug_fault(slug, "northern-shafts") if slug is not None else None
    if reason:
        given.fault("slug", reason)
    return slug


def _hero(given: Fields) -> str | None:
    key = given.text("hero")
    if key is not None and not is_key(key):
        given.fault("hero", "must be the key of a picture, as taking it in told (API: /media)")
    return key


SEPARATORS = re.compile(r"[\s,]+")


def _tags(given: Fields) -> tuple[str, ...]:
    """Tags without '#', each spelling once."""
    value = given.given("tags")
    words = SEPARATORS.split(value) if isinstance(value, str) else None
    listed = Fields({"tags": words}) if words is not None else given
    tags = [one.removeprefix("#") for one in listed.texts("tags") if one != "#"]
    for wrong in (one for one in tags if not is_tag(one)):
        given.fault("tags", f"'{wrong[:40]}' must be one word of letters, digits and '_'")
    if len(tags) > MAX_TAGS:
        given.fault("tags", f"must not be more than {MAX_TAGS}")
    known: dict[str, str] = {}
    for one in tags:
        known.setdefault(tag_key(one), one)
    return tuple(known.values())


def _with_summary(draft: Draft, given: Fields) -> Draft:
    """An Article's summary is what Mastodon's readers read: it has to be written."""
    if draft.summary == AUTO:
        draft = replace(draft, summary=_suggestion(draft) or None)
    length = visible_length(draft.summary or "")
    suggestion = None
    if length > MAX_SUMMARY:
        given.fault("summary", f"must not be longer than {MAX_SUMMARY} characters ({length} now)")
    elif draft.form is Form.ARTICLE and not length and draft.source:
        suggestion = _suggestion(draft)
        given.fault("summary", f"is needed for an article; for example: {suggestion}")
    if given.faults:
        raise _invalid(given, suggestion)
    return draft


def _suggestion(draft: Draft) -> str:
    return summary_from(draft.source)


def summary_from(source: str) -> str:
    """A summary to take or to improve: whole opening sentences of the Markdown text."""
    html = render(source, form="article", resolve_mention=lambda _: None, tag_url=lambda _: "").html
    return suggested_summary(html, MAX_SUMMARY)


def _invalid(given: Fields, suggestion: str | None) -> InvalidDraft:
    named = ", ".join(dict.fromkeys(one.field for one in given.faults))
    first = given.faults[0]
    reason = f"{first.field} {first.reason}" if len(given.faults) == 1 else f"mend: {named}"
    error = InvalidDraft(reason, faults=given.faults)
    error.suggested_summary = suggestion
    return error
