"""Moments on the wire and in rows. Always aware, always UTC; the caller brings `now`.

AS2 and proofs write RFC 3339 with `Z`; HTTP writes the IMF-fixdate of RFC 9110 5.6.7;
rows hold whole milliseconds since 1970.
"""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def as2_datetime(moment: datetime) -> str:
    """`2026-10-14T17:46:40Z`: whole seconds, as peers compare them as text."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_as2_datetime(value: object) -> datetime | None:
    """A moment written by a stranger, or nothing. A missing zone is read as UTC."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def http_date(moment: datetime) -> str:
    """`Wed, 14 Oct 2026 17:46:40 GMT`."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


@lru_cache(maxsize=64)  # those of one second are all the same
def parse_http_date(value: str) -> datetime | None:
    """The three forms of RFC 9110 5.6.7, or nothing."""
    try:
        moment = parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, IndexError):
        return None


def milliseconds(moment: datetime) -> int:
    """For a row."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def from_milliseconds(value: int) -> datetime:
    """From a row."""
    return EPOCH + timedelta(milliseconds=value)
