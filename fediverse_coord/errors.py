"""What can go wrong, as one tree.

CoordError
├── ConfigError            our own settings or files are wrong; says which and how to mend them
│   └── IdentityError      the database belongs to another origin or coordination
├── Refusal                a person asked for what cannot be done; carries the faulty fields
│   ├── Unauthenticated    nobody whom we know asks: no token, or not one that is valid
│   ├── NotFound           there is no such thing
│   ├── NotAllowed         this person's role does not cover it
│   ├── Conflict           the state does not permit it now
│   └── Stale              somebody else changed it first
├── ProtocolError          a peer sent what the specification forbids
│   ├── MalformedDocument  not the JSON or the shape that ActivityStreams asks for
│   ├── SignatureError     missing, invalid or insufficient proof of origin
│   └── Blocked            the peer's actor or domain is blocked here
├── DereferenceError       a remote document could not be had
│   ├── Gone               its origin says 410
│   ├── Missing            its origin says 404
│   ├── Forbidden          we will not ask there: the guard, or not what it claims to be
│   └── Unreachable        no usable answer now; later may differ
├── MediaUnavailable       the files of media cannot be read or written now; 503
└── StorageUnavailable     the database cannot be reached, is locked or full; 503 everywhere

`status_hint` suggests the HTTP answer; one handler in `web/middleware.py` turns it into a response.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class CoordError(Exception):
    """The root: everything we raise on purpose."""

    status_hint = 500


class ConfigError(CoordError):
    """Our own settings or files are wrong."""


class IdentityError(ConfigError):
    """The database remembers another origin, username or key than the files say."""


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One faulty field of a person's input: its dotted name, and what to do about it."""

    field: str
    reason: str


class Refusal(CoordError):
    """A person asked for what cannot be done. `reason` is one sentence that says what to do."""

    status_hint = 422

    def __init__(self, reason: str, *, faults: Sequence[FieldFault] = ()) -> None:
        super().__init__(reason)
        self.reason, self.faults = reason, tuple(faults)


class Unauthenticated(Refusal):
    status_hint = 401


class NotFound(Refusal):
    status_hint = 404


class NotAllowed(Refusal):
    status_hint = 403


class Conflict(Refusal):
    status_hint = 409


class Stale(Refusal):
    status_hint = 412


class ProtocolError(CoordError):
    """A peer sent what the specification forbids."""

    status_hint = 400


class MalformedDocument(ProtocolError):
    """Not JSON, or not a shape that ActivityStreams allows."""


class SignatureError(ProtocolError):
    """No proof of origin, or one that does not hold. Carries facts, never the body."""

    status_hint = 401

    def __init__(self, reason: str, *, key_id: str | None = None) -> None:
        super().__init__(f"{reason} (keyId={key_id})" if key_id else reason)
        self.reason, self.key_id = reason, key_id


class Blocked(ProtocolError):
    """The peer's actor or domain is blocked here."""

    status_hint = 403


class DereferenceError(CoordError):
    """A remote document could not be had."""

    status_hint = 502

    def __init__(self, iri: str, reason: str) -> None:
        super().__init__(f"{reason}: {iri}")
        self.iri, self.reason = iri, reason


class Gone(DereferenceError):
    """Its origin answered 410."""


class Missing(DereferenceError):
    """Its origin answered 404."""


class Forbidden(DereferenceError):
    """The guard forbids asking there, or what came is not what was asked for."""


class Unreachable(DereferenceError):
    """No usable answer now: network, DNS, TLS, time, 5xx, 401, 403, 429."""

    status_hint = 503


class MediaUnavailable(CoordError):
    """The files of media cannot be read or written now. What is told says where, for the log."""

    status_hint = 503
    told = "The files cannot be read or written now; nothing was changed. Try again shortly."


class StorageUnavailable(CoordError):
    """The database cannot be reached, is locked or is full."""

    status_hint = 503
