"""Markdown files with front matter, as many site makers write them.

Our own keys are taken as they are. Of others those are understood that nearly everybody uses:
`date`, `lang`, `categories`, `slug`, `permalink`, `url`, `draft`; the rest is passed over. What
says of itself that it is not for everybody, or not yet, or no longer, is refused: a page is public.
So is what lies where site makers keep drafts.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import PurePosixPath

from fediverse_coord.errors import Refusal
from fediverse_coord.protocol.times import parse_as2_datetime
from fediverse_coord.publishing.importing import heads
from fediverse_coord.publishing.importing.days import day_in, not_zero
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
NO = frozenset({"false", "no", "off", "n", "0", "null", "~"})
# By what a file says whether everybody may read it; where None stands, anything but NO does.
PUBLIC: Mapping[str, frozenset[str] | None] = {
    "visibility": frozenset({"public", "unlisted"}),
    "work_state": frozenset({"published"}),
    "state": frozenset({"published"}),
    "status": frozenset({"published", "publish", "public"}),
    "published": None,
    **dict.fromkeys(("draft", "private", "hidden", "unlisted", "protected", "password"), NO | {""}),
}
OPENS = ("publishdate", "publish_date", "pubdate", "published", "date")
CLOSES = ("expirydate", "expiry_date", "unpublishdate")
DRAFTS = frozenset({"_drafts", "drafts"})


def text_from(source: str, path: str, now: datetime) -> Imported:
    """One file; `path` is where it lies below the folder. Raises Refusal."""
    given, body = heads.parted(source)
    _require_public(given, path, now)
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


def _require_public(given: Mapping[str, object], path: str, now: datetime) -> None:
    """Raises Refusal."""
    said = {name.casefold(): value for name, value in given.items()}
    told = next(_not_public(said), None) or _not_now(said, now)
    if told:
        raise Refusal(f"is not for everybody, as `{told}` says; change that first")
    if DRAFTS.intersection(map(str.casefold, PurePosixPath(path).parts[:-1])):
        raise Refusal("lies in a folder of drafts; move it out of there first")
    written = FILE_DAY.search(path)
    if written and _is_to_come(day_in(written[1]), now):
        raise Refusal(f"is of a day to come, as its name says ({written[1]}); change that first")


def _not_public(said: Mapping[str, object]) -> Iterator[str]:
    for name, values in PUBLIC.items():
        for word in _words(said.get(name)):
            if word in NO if values is None else word not in values:
                yield f"{name}: {'…' if name == 'password' else word[:40]}"


def _words(value: object) -> list[str]:
    """What is said, by itself or in a list; of nothing at all no word."""
    if isinstance(value, list):
        return [word for one in value for word in _words(one)]
    return [] if value is None else [str(value).strip().casefold()]


def _not_now(said: Mapping[str, object], now: datetime) -> str | None:
    for name in (*OPENS, *CLOSES):
        day = _moment_of(_text(said, name))
        if day is not None and (day > now) is (name in OPENS):
            return f"{name}: {_text(said, name)}"[:60]
    return None


def _is_to_come(day: date | None, now: datetime) -> bool:
    return day is not None and day > now.date()


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
    return _moment_of(_text(given, "published")) or _moment_of(_text(given, "date"))


def _moment_of(said: str | None) -> datetime | None:
    if said is None:
        return None
    exact = parse_as2_datetime(said.replace(" ", "T", 1)) or parse_as2_datetime(said)
    if exact is not None:
        return not_zero(exact)
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
