"""What an answer to a delivery means, and when to try again. Pure.

The outcomes follow what other servers do with the same statuses: a 4xx is final for most,
401, 408, 425 and 429 are not, and a redirect of a POST is never followed.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum

from fediverse_coord.protocol.times import parse_http_date

FIRST_WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720, 1440, 2880))
# Who says "later" is alive: restarting, or busy with everybody's posts of this minute.
SOON_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
ANSWERED_WAITS = (timedelta(seconds=5), timedelta(minutes=1))
LONGEST_PATIENCE = timedelta(hours=24)
JITTER = 0.25

SECOND_KNOCK = frozenset({400, 401, 403, 406})
TRY_AGAIN = frozenset({401, 408, 425, 429})

FAILURES_BEFORE_PROBING = 5
PROBE_EVERY = timedelta(minutes=30)
FAILING_BEFORE_PAUSE = timedelta(days=7)


class Outcome(Enum):
    DELIVERED = "delivered"
    LATER = "later"  # 401 after the second knock, 408, 425, 429, 5xx but 501, silence
    REFUSED = "refused"  # final: 3xx, 501, every other 4xx
    GONE = "gone"  # 410: ask the actor before forgetting anyone


def outcome_of(status: int | None) -> Outcome:
    """The outcome of an HTTP status, or of silence (None)."""
    if status is None:
        return Outcome.LATER
    if 200 <= status < 300:
        return Outcome.DELIVERED
    if status == 410:
        return Outcome.GONE
    if status in TRY_AGAIN or (status >= 500 and status != 501):
        return Outcome.LATER
    return Outcome.REFUSED


def next_attempt(
    attempts: int,
    allowed: int,
    now: datetime,
    jitter: float,
    asked: timedelta | None = None,
    *,
    answered: bool = False,
) -> datetime | None:
    """When to try after this many attempts; nothing when it is given up.

    `jitter` is chance between 0 and 1; `asked` is the peer's Retry-After, kept up to a day.
    `answered`: the peer said "later" (SOON_AGAIN), and not silence.
    """
    if attempts >= min(allowed, len(FIRST_WAITS) + 1):
        return None
    tried = max(attempts, 1) - 1
    waits = ANSWERED_WAITS if answered and tried < len(ANSWERED_WAITS) else FIRST_WAITS
    wait = waits[tried] * (1 - JITTER + 2 * JITTER * jitter)
    return now + max(wait, min(asked or timedelta(), LONGEST_PATIENCE))


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Retry-After as seconds or as a date (RFC 9110 10.2.3)."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit() and len(value) < 10:
        return timedelta(seconds=int(value))
    moment = parse_http_date(value) if value else None
    return max(moment - now, timedelta()) if moment else None
