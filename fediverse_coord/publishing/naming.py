"""Whose name may stand where: the protection of those who sign.  INTERFACE: Words, signatory.

A name that is not shown in full today is confidential. It is then kept sealed; what stands
beside it is its initials, or nothing. Sealing needs the instance's key and is done by `desk`; how a
name is found in a text stands in `occurrences`.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from fediverse_coord.publishing.details import Details, Display, Signatory, initials


def is_confidential(one: Signatory, day: date) -> bool:
    """Whether readers may not see the whole name on that day."""
    return one.display_on(day) is not Display.FULL


def reduced(one: Signatory, day: date, sealed: str) -> Signatory:
    """What may stand in rows and on pages while the name is confidential."""
    shown = initials(one.name) if one.display_on(day) is Display.INITIALS else ""
    return replace(one, name=shown, sealed=sealed)


def revealed(one: Signatory, name: str) -> Signatory:
    """From its day on, or by an editor's decision, the name is shown."""
    return replace(one, name=name, display=Display.FULL, sealed=None)


def withheld(one: Signatory) -> Signatory:
    """Its day has come, but it may not be named: it stays as it is, and has no day any more."""
    display = Display.HIDDEN if one.display is Display.FULL else one.display
    return replace(one, display=display, since=None)


def handle_of(sealed: str) -> str:
    """What stands for a sealed name where it is told of: enough to hand it back unchanged."""
    return hashlib.sha256(sealed.encode()).hexdigest()[:16]


def masked(details: Details) -> dict[str, object]:
    """The details as they are told: of a sealed name its handle alone."""
    hidden = (
        replace(one, sealed=handle_of(one.sealed)) if one.sealed else one
        for one in details.signatories
    )
    return replace(details, signatories=tuple(hidden)).details_as_fields()


def reveal_day(details: Details) -> date | None:
    """The next day on which a sealed name may be shown."""
    days = (one.since for one in details.signatories if one.sealed is not None)
    return min((one for one in days if one is not None), default=None)


def needs_clearing(one: Signatory, countries: Collection[str]) -> bool:
    """Whether somebody of these countries is or will be named whom nobody has cleared.

    A day that is to come counts now: on that day the name is shown, and no editor looks again.
    """
    is_named = one.display is Display.FULL or one.since is not None
    return is_named and one.country in countries and not one.cleared


def endangered(details: Details, countries: Collection[str]) -> list[int]:
    """The places of those signatories whom somebody has to clear first."""
    return [
        place for place, who in enumerate(details.signatories) if needs_clearing(who, countries)
    ]


def protected_countries(profile: Mapping[str, Any]) -> tuple[str, ...]:
    """Where being named may be dangerous, as the coordination's file lists them."""
    return tuple(profile["policies"].get("protected_countries", ()))
