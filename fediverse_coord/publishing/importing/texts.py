"""Markdown files with front matter, as many site makers write them.

Our own keys are taken as they are. Of others those are understood that nearly everybody uses:
`date`, `lang`, `categories`, `slug`, `permalink`, `url`, `draft`; the rest is passed over. What
says of itself that it is not for everybody, or not yet, or no longer, is refused: a page is public.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from fediverse_coord.errors import Refusal
from fediverse_coord.protocol.times import parse_as2_datetime
from fediverse_coord.publishing import frontmatter
from fediverse_coord.publishing.importing.days import day_in
from fediverse_coord.publishing.importing.entries import Imported, with_title
from fediverse_coord.publishing.importing.pages import old_path_of
from fediverse_coord.publishing.inline import tag_from
from fediverse_coord.publishing.languages import is_tag, tag

NAMED = re.compile(
    r"(?P<work>.+?)\.(?P<language>[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\.(?:md|markdown)\Z"
)
FILE_DAY = re.compile(r"(?:^|/)(\d{4}-\d{2}-\d{2})-")
HEADING = re.compile(r"\A\s*#\s+(?P<title>[^\n]+)\n+")
OURS = (
    "visibility", "summary", "tags", "translator", "addressees", "organisations", "sources",
    "signatories", "topics", "form",
)  # fmt: skip
# By what a file says whether everybody may read it; where None stands, anything but HIDDEN does.
PUBLIC: Mapping[str, frozenset[str] | None] = {
    "visibility": frozenset({"public", "unlisted"}),
    "work_state": frozenset({"published"}),
    "state": frozenset({"published"}),
    "draft": frozenset({"false", "no"}),
    "published": None,
}
HIDDEN = frozenset({"false", "no"})


def text_from(source: str, path: str) -> Imported:
    """One file; `path` is where it lies below the folder. Raises Refusal."""
    given, body = frontmatter.parse(source)
    _require_public(given)
    body, heading = _without_heading(body)
    named = NAMED.fullmatch(path)
    language = _text(given, "language", "lang") or (named["language"] if named else None)
    moment = _moment(given)
    written = FILE_DAY.search(path)
    title, rest = with_title(_text(given, "title") or heading or "", [])
    old = _text(given, "old_path", "permalink", "url")
    return Imported(
        identity=f"markdown:{path}",
        place=path,
        title=title,
        content="\n\n".join(part for part in (rest, body.strip()) if part),
        language=tag(language) if language and is_tag(language) else None,
        moment=moment,
        day=day_in(_text(given, "dated") or (written[1] if written else "")),
        kind=_text(given, "kind"),
        countries=_countries(given),
        old_path=old_path_of(old),
        group=named["work"] if named else None,
        tags=_tags(given),
        fields=tuple((key, given[key]) for key in OURS if key in given and key != "tags"),
    )


def _require_public(given: Mapping[str, object]) -> None:
    """Raises Refusal."""
    for name, values in PUBLIC.items():
        said = given.get(name)
        word = str(said).casefold() if isinstance(said, str | bool) else None
        if word is not None and (word in HIDDEN if values is None else word not in values):
            raise Refusal(f"is not for everybody, as `{name}: {word[:40]}` says; change that first")


def _without_heading(body: str) -> tuple[str, str | None]:
    found = HEADING.match(body)
    return (body[found.end() :], found["title"].strip(" #")) if found else (body, None)


def _text(given: Mapping[str, object], *names: str) -> str | None:
    for name in names:
        value = given.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return None


def _moment(given: Mapping[str, object]) -> datetime | None:
    said = _text(given, "published", "date")
    if said is None:
        return None
    exact = parse_as2_datetime(said.replace(" ", "T", 1)) or parse_as2_datetime(said)
    if exact is not None:
        return exact
    day = day_in(said)
    return datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None


def _list(given: Mapping[str, object], name: str) -> list[str]:
    value = given.get(name)
    if isinstance(value, str):
        return [one for one in re.split(r"[,\s]+", value) if one]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _countries(given: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(
        one.upper() for one in _list(given, "countries") if re.fullmatch("[A-Za-z]{2}", one)
    )


def _tags(given: Mapping[str, object]) -> tuple[str, ...]:
    words = [*_list(given, "tags"), *_list(given, "categories")]
    made = (tag_from(one.removeprefix("#")) for one in words)
    return tuple(dict.fromkeys(one for one in made if one))[:20]
