"""Every way to fail that we know, and the receipt that each must get."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import receivers
from certificates import DAY, Authority
from receivers import PERSONAL, Certify, Receiver, answers

GOOD, ANOTHERS, NOBODYS, EXPIRED = "good", "another's", "nobody's", "expired"
HOUR, DATE = 3600, datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Case:
    """What one receiver does, and what its receipt must say."""

    receiver: Receiver
    state: str
    status: int | None = None
    fault: str | None = None  # a pattern
    posts: int | None = None  # requests that arrived in the first round
    later: str | None = None  # the state after everything was sent once more
    wait: timedelta | datetime | None = None  # what the receiver asked for

    @property
    def name(self) -> str:
        return self.receiver.name


def case(name: str, speak: receivers.Speak, state: str, *expected: Any, **more: Any) -> Case:
    fields = {"inbox", "tls", "actor_is_gone", "listens"}
    made = Receiver(name, speak, **{key: more.pop(key) for key in fields & more.keys()})
    return Case(made, state, *expected, **more)


def certificates(folder: Path) -> tuple[Authority, Certify]:
    """The authority that is trusted, and what shows a certificate of each kind."""
    (folder / "stranger").mkdir()
    authority, stranger = Authority(folder), Authority(folder / "stranger")

    def certify(kind: str, host: str) -> ssl.SSLContext:
        if kind == EXPIRED:
            return authority.server(host, until=datetime.now(UTC) - DAY)
        whose = stranger if kind == NOBODYS else authority
        return whose.server("127.0.1.250" if kind == ANOTHERS else host)

    return authority, certify


def cases() -> list[Case]:
    late, retry = "no answer in time", "Retry-After: {}"
    return [
        case("is well", answers(202), "delivered", 202, posts=1),
        case("is well with 200", answers(200), "delivered", 200, posts=1),
        case("refuses connections", receivers.hangs, "waiting", None, "no connection: .*refused",
             listens=False, posts=0),
        case("hangs", receivers.hangs, "waiting", None, late, posts=1),
        case("sends one byte a second", receivers.drips, "waiting", None, late, posts=1),
        case("closes at once", receivers.closes_at_once, "waiting", None,
             "the connection closed before the answer|no connection.*", posts=1),
        case("closes midway", receivers.closes_in_the_headers, "waiting", None,
             "the connection closed before the answer", posts=1),
        case("is no web server", receivers.speaks_mail, "waiting", None,
             "the answer is not HTTP/1.1", posts=1),
        *(case(f"redirects with {status}", answers(status, "Location: http://127.0.1.1/inbox"),
               "refused", status, f"answered {status}", posts=1)
          for status in (301, 302, 303, 307, 308)),
        case("knows only RFC 9421", receivers.only_rfc9421, "delivered", 202, posts=2),
        case("believes no signature", answers(401), "waiting", 401, "answered 401", posts=2),
        case("asks for an hour", answers(429, retry.format(HOUR)), "waiting", 429,
             "answered 429", posts=1, wait=timedelta(hours=1)),
        case("asks until a date", answers(503, retry.format(format_datetime(DATE, usegmt=True))),
             "waiting", 503, "answered 503", posts=1, wait=DATE),
        case("asks for a week", answers(429, retry.format(7 * 24 * HOUR)), "waiting", 429,
             "answered 429", posts=1, wait=timedelta(days=1)),
        case("is down at first", receivers.in_turn(503, 202), "waiting", 503, "answered 503",
             posts=1, later="delivered"),
        case("can never do it", answers(501), "refused", 501, "answered 501", posts=1),
        case("knows no such inbox", answers(404), "refused", 404, "answered 404", posts=1),
        case("moved its shared inbox away", receivers.by_path(shared=410, personal=202), "gone",
             410, "answered 410", posts=2),
        case("closed an inbox", answers(410), "gone", 410, "answered 410", inbox=PERSONAL,
             posts=1),
        case("buried an actor", answers(410), "gone", 410, "answered 410", inbox=PERSONAL,
             actor_is_gone=True, posts=1),
        case("has a good certificate", answers(202), "delivered", 202, posts=1,
             tls=GOOD),
        case("has another's certificate", answers(202), "waiting", None, "TLS: .*",
             posts=0, tls=ANOTHERS),
        case("has nobody's certificate", answers(202), "waiting", None, "TLS: .*",
             posts=0, tls=NOBODYS),
        case("has an expired certificate", answers(202), "waiting", None, "TLS: .*",
             posts=0, tls=EXPIRED),
        case("has endless headers", receivers.endless_headers, "waiting", None,
             "the answer has no end", posts=1),
        case("takes it and talks for ever", receivers.endless_body(202), "delivered", 202, posts=1),
        case("refuses and talks for ever", receivers.endless_body(403), "refused", 403,
             "answered 403", posts=2),
        case("takes it and sends a bomb", receivers.bomb(202), "delivered", 202, posts=1),
        case("refuses with a bomb", receivers.bomb(403), "refused", 403, "answered 403", posts=2),
    ]  # fmt: skip
