"""A declaration in a command's words: what is known of it, as JSON and as lines."""

from fediverse_coord.cli.telling import moment, result, result_json, say
from fediverse_coord.desk.drafts import Saved
from fediverse_coord.protocol.sanitize import plain_text
from fediverse_coord.protocol.uris import Uris
from fediverse_coord.publishing.declarations import State
from fediverse_coord.publishing.naming import masked
from fediverse_coord.storage.declarations import Work

LONGEST = 60  # characters of a text that stand for its title


def facts_of(uris: Uris, work: Work) -> dict[str, object]:
    """INTERFACE: `list --json`, and what a reader of a list asks next."""
    one = work.declaration
    return {
        "id": uris.object(one.actor_name, one.key),
        "key": one.key,
        "url": uris.page(one.actor_name, one.slug),
        "state": one.state.value,
        "kind": one.kind,
        "languages": [version.language for version in one.versions],
        "published": one.published_at,
        "actor": one.actor_name,
        "title": one.original.title if one.versions else None,  # deleted: the words are gone
        "form": one.form.value,
        "visibility": one.visibility.value,
        "scheduled": work.scheduled_at,
        "pinned": work.pinned_at is not None,
    }


def row_of(uris: Uris, work: Work) -> dict[str, object]:
    """The same for people: a text without a title by its first words."""
    facts, one = facts_of(uris, work), work.declaration
    if facts["title"] or not one.versions:
        return facts
    begins = " ".join(plain_text(one.original.html).split())
    told = begins if len(begins) <= LONGEST else f"{begins[: LONGEST - 1].rstrip()}…"
    return {**facts, "title": told}


def whole_of(uris: Uris, work: Work) -> dict[str, object]:
    """Everything that stands in its rows."""
    one = work.declaration
    return {
        **facts_of(uris, work),
        "language": one.language,
        "revision": one.revision,
        "updated": one.updated_at,
        "tags": list(one.tags),
        "in_reply_to": one.in_reply_to,
        "hero": one.hero.key if one.hero else None,
        "reason": work.reason,
        **masked(one),
        "versions": [
            {
                "language": version.language,
                "title": version.title,
                "summary": version.summary,
                "translator": version.translator,
                "state": version.state.value,
                "outdated": one.is_outdated(version),
                "content": version.source,
            }
            for version in one.versions
        ],
    }


def tell_saved(saved: Saved, facts: dict[str, object], *, as_json: bool) -> None:
    """The id alone is the result; the page and what should be known are talk."""
    for warning in saved.told:
        say(warning)
    if as_json:
        result_json(facts)
    else:
        result(str(facts["id"]))
    say(_stated(saved.work, facts))


def _stated(work: Work, facts: dict[str, object]) -> str:
    state = work.declaration.state
    match state:
        case State.DRAFT:
            return f"saved as a draft: `publish {facts['key']}` releases it"
        case State.AWAITING_APPROVAL:
            return "waits for another coordinator's approval"
        case State.SCHEDULED:
            return f"will be published at {moment(work.scheduled_at, work.schedule_zone)}"
        case State.DELETED:
            return "deleted"
    return f"{state.value}: {facts['url']}"
