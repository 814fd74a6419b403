"""Corrections as coordinators tell them with an edit; what they say is `publishing/corrections`."""

from datetime import datetime

from fediverse_coord.errors import FieldFault, Refusal
from fediverse_coord.publishing.corrections import Correction, correction_from
from fediverse_coord.storage.declarations import Work

BOTH = "an edit is either quiet or a correction that readers are told of; leave one of them out"


def read(work: Work, given: object, now: datetime, *, quiet: bool) -> Correction | None:
    """What the person tells of the edit. Raises Refusal with each faulty field."""
    one = work.declaration
    spoken = [version.language for version in one.released.versions]
    correction = correction_from(given, one.language, spoken or [one.language], now)
    if correction is not None and quiet:
        raise Refusal(BOTH, faults=[FieldFault("quiet", BOTH)])
    return correction
