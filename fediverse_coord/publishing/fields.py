"""Reading what a person filled in: every fault is collected under its dotted name.

The same readers serve front matter, where each value is text, and JSON. A value that is
missing, null, empty text or an empty list counts as not given. Which fields there are, and
which a declaration needs, is said in `publishing/declarations.py`.
"""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from functools import lru_cache
from typing import TypeVar

from babel import Locale

from fediverse_coord.errors import FieldFault, MalformedDocument, Refusal
from fediverse_coord.protocol import uris
from fediverse_coord.protocol.text import single_line
from fediverse_coord.publishing import languages
from fediverse_coord.publishing.details import Details, Display, Signatory, Source

MAX_TEXT = 300
MAX_ITEMS = 100
MAX_SIGNATORIES = 1000
MAX_SEALED = 2000
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
LATEST = date(2199, 12, 31)  # what is later is a slip of the pen; texts may be centuries old

T = TypeVar("T")


class Fields:
    """One mapping on its way to becoming a value; `faults` grows as it is read."""

    def __init__(self, data: Mapping[str, object], prefix: str = "") -> None:
        self._data, self._prefix = data, prefix
        self.faults: list[FieldFault] = []

    def fault(self, name: str, reason: str) -> None:
        self.faults.append(FieldFault(f"{self._prefix}{name}", reason))

    def given(self, name: str) -> object | None:
        """The value, or nothing where it is empty."""
        value = self._data.get(name)
        return None if value in ("", None, [], ()) else value

    def only(self, known: Collection[str]) -> None:
        """Each key that is not known is a fault of its own."""
        for name in self._data:
            if name not in known:
                expected = ", ".join(sorted(known))
                self.fault(str(name)[:80], f"is not a field; known are: {expected}")

    def text(self, name: str, limit: int = MAX_TEXT) -> str | None:
        """One line of text without control characters."""
        value = self.given(name)
        if value is None:
            return None
        return self._line(name, value, limit)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; a single text stands for a list of one."""
        lines = (self._line(place, one, MAX_TEXT) for place, one in self._items(name, MAX_ITEMS))
        return tuple(dict.fromkeys(one for one in lines if one))

    def choice(self, name: str, choices: Collection[str]) -> str | None:
        """One of the words."""
        value = self.text(name)
        if value is not None and value not in choices:
            self.fault(name, f"must be one of: {', '.join(choices)}")
            return None
        return value

    def truth(self, name: str) -> bool | None:
        value = self.given(name)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in {"true", "yes", "false", "no"}:
            return value.lower() in {"true", "yes"}
        self.fault(name, "must be true or false")
        return None

    def language(self, name: str, default: str) -> str:
        value = self.given(name)
        try:
            return default if value is None else languages.tag(value)
        except Refusal as refusal:
            self.fault(name, refusal.faults[0].reason)
            return default

    def day(self, name: str, latest: date = date.max) -> date | None:
        value = self.given(name)
        if value is None:
            return None
        if not isinstance(value, str) or DAY.fullmatch(value) is None:
            self.fault(name, "must be a date such as 2026-05-01")
            return None
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.fault(name, f"is a day that there is not: {value}")
            return None
        if day > latest:
            self.fault(name, f"must not be later than {latest}")
            return None
        return day

    def url(self, name: str) -> str | None:
        value = self.given(name)
        try:
            if value is None or (isinstance(value, str) and uris.parse(value)):
                return value
        except MalformedDocument:
            pass
        self.fault(name, "must be a whole address that begins with https://")
        return None

    def countries(self, name: str) -> tuple[str, ...]:
        found = self._items(name, MAX_ITEMS)
        codes = (self._country(place, one) for place, one in found)
        return tuple(dict.fromkeys(one for one in codes if one))

    def country(self, name: str) -> str | None:
        value = self.given(name)
        return None if value is None else self._country(name, value)

    def objects(
        self, name: str, limit: int, known: Collection[str], read: Callable[["Fields"], T | None]
    ) -> tuple[T, ...]:
        """A list of mappings, each read by `read`; a bare text stands for its name."""
        found = (self._object(*one, known, read) for one in self._items(name, limit))
        return tuple(one for one in found if one is not None)

    def _object(
        self,
        place: str,
        value: object,
        known: Collection[str],
        read: Callable[["Fields"], T | None],
    ) -> T | None:
        value = {"name": value} if isinstance(value, str) else value
        if not isinstance(value, Mapping):
            self.fault(place, f"must have the fields: {', '.join(sorted(known))}")
            return None
        inner = Fields(value, f"{self._prefix}{place}.")
        inner.only(known)
        result = read(inner)
        self.faults.extend(inner.faults)
        return result

    def _items(self, name: str, limit: int) -> list[tuple[str, object]]:
        value = self.given(name)
        items = [value] if isinstance(value, str) else value
        if items is None:
            return []
        if not isinstance(items, list | tuple):
            self.fault(name, "must be a list")
            return []
        if len(items) > limit:
            self.fault(name, f"must not have more than {limit} entries")
        return [(f"{name}.{place}", one) for place, one in enumerate(items[:limit])]

    def _line(self, name: str, value: object, limit: int) -> str | None:
        if not isinstance(value, str):
            self.fault(name, "must be text")
            return None
        line = single_line(value)
        if len(line) > limit:
            self.fault(name, f"must not be longer than {limit} characters (it has {len(line)})")
        return line or None

    def _country(self, name: str, value: object) -> str | None:
        code = value.strip().upper() if isinstance(value, str) else ""
        if code in country_codes():
            return code
        self.fault(name, "must be a country's two letters (ISO 3166-1), such as ES")
        return None


@lru_cache(maxsize=1)
def country_codes() -> frozenset[str]:
    """ISO 3166-1 alpha-2, as CLDR lists it, without its groupings and reserved codes."""
    groupings = {"EU", "EZ", "UN", "ZZ", "QO", "XA", "XB", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"}
    territories = [str(one) for one in Locale("en").territories]
    return frozenset(one for one in territories if len(one) == 2 and one.isalpha()) - groupings


SOURCE_FIELDS = ("name", "url")
SIGNATORY_FIELDS = (
    "name", "office", "organisation", "country", "display", "from", "cleared", "sealed",
)  # fmt: skip
DETAIL_FIELDS = (
    "dated", "addressees", "countries", "organisations", "sources", "signatories", "topics",
)  # fmt: skip


def details(fields: Fields) -> Details:
    """The shared fields."""
    return Details(
        dated=fields.day("dated", LATEST),
        addressees=fields.texts("addressees"),
        countries=fields.countries("countries"),
        organisations=fields.texts("organisations"),
        sources=fields.objects("sources", MAX_ITEMS, SOURCE_FIELDS, _source),
        signatories=fields.objects("signatories", MAX_SIGNATORIES, SIGNATORY_FIELDS, _signatory),
        topics=fields.texts("topics"),
    )


def _source(fields: Fields) -> Source | None:
    name, url = fields.text("name"), fields.url("url")
    if name is None and url is None:
        fields.fault("name", "is needed")
        return None
    return Source(name or url or "", url)


def _signatory(fields: Fields) -> Signatory | None:
    name, sealed = fields.text("name"), fields.text("sealed", MAX_SEALED)
    display = Display(fields.choice("display", tuple(Display)) or Display.FULL)
    since = fields.day("from")
    is_never_named = display is Display.HIDDEN and since is None
    if name is None and sealed is None and not is_never_named:
        fields.fault("name", "is needed")
        return None
    return Signatory(
        name=name or "",
        office=fields.text("office"),
        organisation=fields.text("organisation"),
        country=fields.country("country"),
        display=display,
        since=since,
        cleared=fields.truth("cleared") or False,
        sealed=sealed,
    )
