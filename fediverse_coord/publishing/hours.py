"""Hours as people mean them: a wall clock in a time zone.  IANA time zone database, RFC 3339.

The zone stays with a schedule, so that an hour is shown as it was meant; the moment is fixed when
it is given.
"""

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from fediverse_coord.errors import FieldFault, Refusal

CONTINENTS = frozenset({
    "Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
})  # fmt: skip
UNKNOWN_ZONE = "must be a time zone by its IANA name, such as Europe/Madrid"
NO_ZONE = "needs an offset, such as 2026-05-01T18:00:00+02:00, or a time_zone beside it"
TOO_FAR = "must lie in the future, and within a year"
NO_SUCH_HOUR = "is an hour that does not exist there: clocks are put forward over it"


@lru_cache(maxsize=1)
def zones() -> tuple[str, ...]:
    """Names of places to choose from, as the system's database has them, and UTC."""
    places = (one for one in available_timezones() if one.partition("/")[0] in CONTINENTS)
    return ("UTC", *sorted(places))


def zone_of(name: str) -> ZoneInfo:
    """Raises Refusal for a name that is none of `zones`."""
    if name not in zones():
        raise _refused("time_zone", UNKNOWN_ZONE)
    return ZoneInfo(name)


def moment_in(at: datetime, zone: str | None) -> datetime:
    """The moment in UTC. An hour that comes twice is the first. Raises Refusal."""
    known = zone_of(zone) if zone else None
    if at.tzinfo is None and known is None:
        raise _refused("at", NO_ZONE)
    try:
        moment = (at if at.tzinfo else at.replace(tzinfo=known)).astimezone(UTC)
        there = moment.astimezone(known or UTC).replace(tzinfo=None)
    except OverflowError:  # beside the first or the last day that there is
        raise _refused("at", TOO_FAR) from None
    if at.tzinfo is None and there != at:
        raise _refused("at", NO_SUCH_HOUR)
    return moment


def _refused(field: str, reason: str) -> Refusal:
    return Refusal(f"{field} {reason}", faults=[FieldFault(field, reason)])
