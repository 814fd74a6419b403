"""From what is remembered to what the coordinators' API tells. Moments are RFC 3339 in UTC."""

from collections.abc import Sequence
from datetime import datetime

from fediverse_coord.desk.drafts import Saved
from fediverse_coord.protocol.times import as2_datetime
from fediverse_coord.protocol.uris import Uris
from fediverse_coord.publishing.corrections import Correction
from fediverse_coord.publishing.declarations import Declaration
from fediverse_coord.publishing.naming import masked
from fediverse_coord.storage.declarations import Work
from fediverse_coord.storage.receipts import Receipt
from fediverse_coord.storage.responses import Response
from fediverse_coord.web.api_models import (
    AuthorOut,
    CorrectionOut,
    DeclarationOut,
    PassageHeld,
    ReceiptOut,
    ResponseOut,
    VersionOut,
)


def moment(value: datetime | None) -> str | None:
    return None if value is None else as2_datetime(value)


def declaration_out(uris: Uris, work: Work, warnings: Sequence[str] = ()) -> DeclarationOut:
    one = work.declaration
    original = one.versions[0] if one.versions else None  # a deleted one has no words left
    return DeclarationOut(
        id=uris.object(one.actor_name, one.key),
        key=one.key,
        url=uris.page(one.actor_name, one.slug),
        actor=one.actor_name,
        state=one.state,
        form=one.form,
        kind=one.kind,
        visibility=one.visibility,
        language=one.language,
        languages=[version.language for version in one.versions],
        title=original.title if original else None,
        summary=original.summary if original else None,
        slug=one.slug,
        tags=list(one.tags),
        in_reply_to=one.in_reply_to,
        hero=one.hero.key if one.hero else None,
        revision=one.revision,
        created=as2_datetime(work.created_at),
        published=moment(one.published_at),
        updated=moment(one.updated_at),
        scheduled=moment(work.scheduled_at),
        time_zone=work.schedule_zone,
        pinned=work.pinned_at is not None,
        reason=work.reason,
        versions=_versions(one),
        corrections=[correction_out(told) for told in work.corrections],
        details=masked(one),
        warnings=list(warnings),
    )


def _versions(one: Declaration) -> list[VersionOut]:
    return [
        VersionOut(
            language=version.language,
            title=version.title,
            summary=version.summary,
            content=version.source,
            translator=version.translator,
            state=version.state,
            outdated=one.is_outdated(version),
            passages=[
                PassageHeld(id=held.slug, language=held.language, text=held.text)
                for held in version.inserted
            ],
        )
        for version in one.versions
    ]


def correction_out(told: Correction) -> CorrectionOut:
    words = {language: {"what": one.what, "why": one.why} for language, one in told.told.items()}
    return CorrectionOut(at=as2_datetime(told.at), told=words)


def saved_out(uris: Uris, saved: Saved) -> DeclarationOut:
    return declaration_out(uris, saved.work, saved.told)


def receipt_out(one: Receipt) -> ReceiptOut:
    return ReceiptOut(
        server=one.server,
        activity=one.activity_type,
        state=one.state,
        attempts=one.attempts,
        status=one.status,
        fault=one.fault,
        next_try=moment(one.next_try),
        settled=moment(one.settled_at),
        late=one.late,
    )


def response_out(one: Response) -> ResponseOut:
    author = AuthorOut(
        id=one.author_id,
        name=one.author_name,
        label=one.author_handle or one.author_host,  # security A11
        url=one.author_url,
    )
    return ResponseOut(
        key=one.key,
        id=one.object_id,
        url=one.url,
        author=author,
        in_reply_to=one.in_reply_to,
        visibility=one.visibility,
        state=one.state,
        language=one.language,
        html=one.html,
        published=as2_datetime(one.published_at),
        edited=moment(one.edited_at),
        received=as2_datetime(one.received_at),
    )
