"""The page of a declaration: how far it is, what may be done with it, whom it reached.

What a role may not do is not offered, as the table of `desk/people` says; the desk refuses it when
it is sent all the same. The actions themselves are in `acting`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.responses import Response

from fediverse_coord.desk import amendments, drafts, previews, receipts
from fediverse_coord.desk.people import Duty
from fediverse_coord.errors import NotAllowed
from fediverse_coord.publishing.declarations import Declaration, State, Verb, VersionState
from fediverse_coord.publishing.hours import zones
from fediverse_coord.publishing.states import TRANSITIONS
from fediverse_coord.storage.declarations import Work
from fediverse_coord.storage.receipts import Receipt
from fediverse_coord.web.console.paper import console_page
from fediverse_coord.web.console.reading import (
    actor_of,
    edit_line,
    house_of,
    missing_of,
    named_lines,
    public_url,
    title_of,
    work_url,
)
from fediverse_coord.web.console.signatory_views import PAGE as SIGNATORIES
from fediverse_coord.web.console.typed import Typed
from fediverse_coord.web.console.views import (
    EditLine,
    ServerLine,
    SignatoryAtFault,
    VersionLine,
    WorkView,
)
from fediverse_coord.web.console.visits import Visit
from fediverse_coord.web.console.words import signatories_in
from fediverse_coord.web.reading import language_of, site_of

SENT = frozenset({State.PUBLISHED, State.WITHDRAWN, State.DELETED})
MOST_FAILING = 60
MOST_EDITS = 20
MOST_AT_FAULT = 20


@dataclass(frozen=True, slots=True)
class Rights:
    """What this person may do with this declaration now."""

    visit: Visit
    work: Work

    def __call__(self, verb: Verb, duty: Duty = Duty.PUBLISH) -> bool:
        return (self.work.declaration.state, verb) in TRANSITIONS and self.has(duty)

    def has(self, duty: Duty) -> bool:
        try:
            drafts.require_for(self.visit.person, self.work, duty)
        except NotAllowed:
            return False
        return True

    @property
    def edits(self) -> bool:
        goes_out = self.work.declaration.state in drafts.GOES_OUT
        return self(Verb.UPDATE, Duty.PUBLISH if goes_out else Duty.DRAFT)


async def get_work(visit: Visit) -> Response:
    """GET /console/declarations/{key}"""
    work = await drafts.find(visit.faces.desk, visit.person, visit.part("key"))
    return await work_page(visit, work, done=visit.query("done"))


async def work_page(
    visit: Visit,
    work: Work,
    *,
    done: str = "",
    fault: str | None = None,
    warnings: Sequence[str] = (),
    typed: Typed | None = None,
    status: int = 200,
) -> Response:
    actor, one = await actor_of(visit.faces.desk, work), work.declaration
    may, given = Rights(visit, work), typed or Typed()
    reach = await _reach(visit, work)
    failing = reach.failing if reach else ()
    approvals = actor.profile["policies"]["approvals"]
    view = WorkView(
        site=site_of(visit.faces),
        language=visit.language,
        who=visit.who,
        house=house_of(visit, actor),
        done=done,
        fault=fault,
        warnings=tuple(warnings),
        title=title_of(one),
        text_language=language_of(one.language),
        state=one.state.value,
        kind=one.kind,
        url=work_url(one),
        revision=one.revision,
        public_url=public_url(visit, one, one.language) if one.state in SENT else None,
        versions=_versions(visit, one, given),
        missing=missing_of(actor, [version.language for version in one.versions]),
        scheduled=_scheduled(work.scheduled_at, work.schedule_zone),
        zone=given.get("zone") or work.schedule_zone or "",
        zones=zones(),
        reason=work.reason,
        sealed=sum(who.sealed is not None for who in one.signatories),
        pinned=work.pinned_at is not None,
        can_edit=may.edits,
        can_publish=_publishes(may, one, approvals),
        asks_approval=bool(approvals) and one.state is not State.AWAITING_APPROVAL,
        can_follow=_follows(may, one),
        can_schedule=may(Verb.SCHEDULE) and not approvals,
        can_unschedule=may(Verb.UNSCHEDULE),
        can_pin=one.state is State.PUBLISHED and may.has(Duty.PUBLISH),
        can_withdraw=may(Verb.WITHDRAW),
        can_redact=may(Verb.REDACT),
        can_delete=may(Verb.DELETE),
        can_resend=may.has(Duty.PUBLISH),
        servers=reach.servers if reach else None,
        reached=reach.reached if reach else 0,
        edits=await _edits(visit, work),
        named=named_lines(await previews.named_in(visit.faces.desk, work)),
        at_fault=_at_fault(one, fault or "") if may.edits else (),
        failing=tuple(_server(one) for one in failing[:MOST_FAILING]),
        more_failing=len(failing) > MOST_FAILING,
        typed_reason=given.get("reason"),
        typed_name=given.get("name"),
        typed_at=given.get("at"),
    )
    return console_page("work", view, status)


def _at_fault(one: Declaration, fault: str) -> tuple[SignatoryAtFault, ...]:
    """Those whom a refusal names by their places."""
    places = [place for place in signatories_in(fault) if place < len(one.signatories)]
    return tuple(
        SignatoryAtFault(
            place + 1,
            one.signatories[place].name,
            f"{work_url(one)}/edit#{f'w{place}' if place < SIGNATORIES else 'f-signatories'}",
        )
        for place in places[:MOST_AT_FAULT]
    )


async def _reach(visit: Visit, work: Work) -> receipts.Reach | None:
    one = work.declaration
    if one.published_at is None:
        return None
    return await receipts.reach_of(visit.faces.desk, visit.person, one.key)


async def _edits(visit: Visit, work: Work) -> tuple[EditLine, ...]:
    """The newest; all of them are on the coordination's desk."""
    found = await amendments.of_work(visit.faces.desk, visit.person, work)
    return tuple(edit_line(one) for one in found[:MOST_EDITS])


def _publishes(may: Rights, one: Declaration, approvals: int) -> bool:
    """Whether a release, or a step towards it, can be asked for."""
    if one.state is State.AWAITING_APPROVAL or (approvals and one.state is State.DRAFT):
        return may.has(Duty.PUBLISH)
    return may(Verb.PUBLISH)


def _follows(may: Rights, one: Declaration) -> bool:
    """Whether a published text has versions that are not out yet."""
    waits = any(not version.is_out for version in one.versions)
    return one.state is State.PUBLISHED and waits and may.has(Duty.PUBLISH)


def _versions(visit: Visit, one: Declaration, typed: Typed) -> tuple[VersionLine, ...]:
    chosen = typed.all("languages") if typed.pairs else None
    return tuple(
        VersionLine(
            language=language_of(version.language),
            title=version.title or "",
            state=version.state.value,
            is_original=version.language == one.language,
            is_outdated=one.is_outdated(version),
            ticked=version.language in chosen
            if chosen is not None
            else version.state is VersionState.REVIEWED,
            url=public_url(visit, one, version.language)
            if one.state in SENT and version.is_out
            else None,
        )
        for version in one.versions
    )


def _scheduled(at: datetime | None, zone: str | None) -> str | None:
    """The hour as it was meant."""
    if at is None:
        return None
    there = at.astimezone(ZoneInfo(zone)) if zone else at
    return f"{there:%Y-%m-%d %H:%M} {zone or 'UTC'}"


def _server(one: Receipt) -> ServerLine:
    return ServerLine(one.server, one.state, one.status, one.fault, one.attempts)
