"""Confidential signatories: sealed when saved, masked wherever they are told, shown when asked.

INTERFACE: Words, signatory. A coordinator meets a sealed name as a handle, and hands the handle
back to keep it. Whoever looks at the names does so by name, and the audit says when.
"""

import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from fediverse_coord.desk.desk import Desk
from fediverse_coord.errors import ConfigError, Conflict, FieldFault
from fediverse_coord.protocol.sealing import NONCE_BYTES
from fediverse_coord.publishing.corrections import Correction
from fediverse_coord.publishing.declarations import (
    Declaration,
    Details,
    Draft,
    InvalidDraft,
    Signatory,
    Version,
)
from fediverse_coord.publishing.markdown import plain_words
from fediverse_coord.publishing.naming import (
    endangered,
    handle_of,
    is_confidential,
    protected_countries,
    reduced,
    revealed,
)
from fediverse_coord.publishing.occurrences import occurrences_of, plain
from fediverse_coord.storage import confidential
from fediverse_coord.storage.actors import LocalActor

UNKNOWN_HANDLE = "is the handle of no sealed name of this declaration; give the name"
IN_TEXT = (
    "holds the name of signatory {}, which only the editors may know: "
    "take it out of the text, or let it be shown"
)
TOLD = (
    "was told to readers by a correction: redact the name, which takes it out there, "
    "or let it be shown"
)
Names = Mapping[int, str]
Texts = Mapping[str, str | None]


def protected(desk: Desk, key: str, draft: Draft, before: Details | None = None) -> Draft:
    """The draft with its confidential names sealed; `key` is the declaration's.

    A signatory with a handle instead of a name keeps what was sealed `before`. Raises
    InvalidDraft for a handle that is unknown, and where the text holds a name that is to stay
    with the editors.
    """
    if not draft.signatories:
        return draft
    whole = replace(draft, signatories=tuple(_whole(desk, key, draft, before)))
    _not_in_text(_confidential_names(desk, whole), whole)
    return replace(whole, signatories=tuple(_sealed(desk, key, one) for one in whole.signatories))


def _whole(desk: Desk, key: str, draft: Draft, before: Details | None) -> Iterator[Signatory]:
    """With every name open, in memory alone."""
    known = [one.sealed for one in before.signatories if one.sealed] if before else []
    by_handle = {handle_of(sealed): sealed for sealed in known}
    for place, one in enumerate(draft.signatories):
        if one.sealed is None:
            yield one
            continue
        sealed = one.sealed if one.sealed in known else by_handle.get(one.sealed)
        if sealed is None:
            faults = [FieldFault(f"signatories.{place}.sealed", UNKNOWN_HANDLE)]
            raise InvalidDraft(f"signatories.{place}.sealed {UNKNOWN_HANDLE}", faults=faults)
        yield replace(one, name=confidential.opened(desk.seal, key, sealed), sealed=None)


def _sealed(desk: Desk, key: str, one: Signatory) -> Signatory:
    day = desk.clock().date()
    if not is_confidential(one, day):
        return revealed(one, one.name)
    nonce = secrets.token_bytes(NONCE_BYTES)
    return reduced(one, day, confidential.closed(desk.seal, key, one.name, nonce))


def _confidential_names(desk: Desk, details: Details) -> Names:
    """By their places; every name is open."""
    day = desk.clock().date()
    return {
        place: one.name
        for place, one in enumerate(details.signatories)
        if is_confidential(one, day)
    }


def names_of(desk: Desk, one: Declaration) -> dict[int, str]:
    """The sealed names of a declaration, by their places. Whoever calls answers for it."""
    return {
        place: confidential.opened(desk.seal, one.key, who.sealed)
        for place, who in enumerate(one.signatories)
        if who.sealed is not None
    }


def telling(desk: Desk) -> Callable[[Declaration, str | None], bool]:
    """Whether a text says a name that only the editors of the declaration know, or may say one.

    For words that were saved before the name became confidential. Where the key file does not
    open the names, every text may.
    """

    def says(one: Declaration, text: str | None) -> bool:
        if not text or not any(is_confidential(who, day) or who.sealed for who in one.signatories):
            return False
        try:
            names = [*names_of(desk, one).values(), *_confidential_names(desk, one).values()]
        except ConfigError:
            return True
        return any(holds(text, name) for name in names)

    day = desk.clock().date()
    return says


def sealed_for(desk: Desk, one: Declaration, key: str) -> tuple[Signatory, ...]:
    """The signatories as they are kept under another key of the declaration."""
    names = names_of(desk, one)
    return tuple(
        _sealed(desk, key, replace(who, name=names[place], sealed=None)) if place in names else who
        for place, who in enumerate(one.signatories)
    )


def not_in_texts(desk: Desk, one: Declaration, *drafts: Draft) -> None:
    """Raises InvalidDraft where a text holds a name that this declaration keeps sealed."""
    names = names_of(desk, one)
    for draft in drafts:
        _not_in_text(names, draft)


def not_in_versions(desk: Desk, one: Declaration) -> None:
    """The same for the translations that are there already."""
    names = names_of(desk, one)
    for version in one.versions[1:] if names else ():
        _refuse(names, _texts_of(version), f"versions.{version.language}.")


def not_beside_texts(
    desk: Desk,
    one: Declaration,
    corrections: Iterable[Correction],
    earlier: Iterable[Correction] = (),
) -> None:
    """The same for what its hero is said to show, and for what is told of corrections.

    The `earlier` ones cannot be written anew: the signatory is refused.
    """
    names = names_of(desk, one)
    not_in_alts(names, dict(one.hero.alts) if one.hero else {})
    for correction in corrections:
        for language, told in correction.told.items():
            texts = {"what": told.what, "why": told.why}
            _refuse(names, texts, f"correction.{language}.")
    _not_told(names, earlier)


def _not_told(names: Names, corrections: Iterable[Correction]) -> None:
    told = [words for one in corrections for words in one.told.values()]
    said = plain("\n".join(text for one in told for text in (one.what, one.why) if text))
    faults = [
        FieldFault(f"signatories.{place}.name", TOLD)
        for place, name in names.items()
        if _saying(name)(said)
    ]
    if faults:
        raise InvalidDraft(f"{faults[0].field} {faults[0].reason}", faults=faults)


def not_in_reason(desk: Desk, one: Declaration, reason: str) -> None:
    """Raises InvalidDraft where the reason of a withdrawal holds a name that is sealed."""
    _refuse(names_of(desk, one), {"reason": reason}, "")


def not_in_alts(names: Names, alts: Mapping[str, str]) -> None:
    """Raises InvalidDraft where words for a picture hold one of these names."""
    texts = {f"alts.{language}": text for language, text in alts.items()}
    _refuse(names, texts, "hero.")


def _not_in_text(names: Names, draft: Draft) -> None:
    if names:
        beside = _details_of(draft) | _of_signatories(draft, hidden=names)
        _refuse(names, _texts_of(draft) | beside, "")


def _texts_of(one: Draft | Version) -> dict[str, str | None]:
    """As they were written, and as they are read; passages in a text count as the text."""
    passages = [f"{each.text}\n{each.name or ''} {each.url or ''}" for each in one.inserted]
    written = [one.source, *passages]
    return {
        "title": one.title,
        "summary": one.summary,
        "content": "\n\n".join([*written, *map(plain_words, written)]),
        "translator": one.translator,
    }


def _details_of(draft: Draft) -> dict[str, str | None]:
    """What readers see beside the text, or in its address."""
    lists = {
        "addressees": draft.addressees,
        "organisations": draft.organisations,
        "sources": [f"{one.name} {one.url or ''}" for one in draft.sources],
        "topics": draft.topics,
        "tags": draft.tags,
    }
    told = {f"{field}.{n}": text for field, texts in lists.items() for n, text in enumerate(texts)}
    return {"slug": draft.slug, **told}


def _of_signatories(draft: Draft, hidden: Collection[int]) -> dict[str, str | None]:
    """What is shown of all who sign: the offices also of those whose names are not."""
    told: dict[str, str | None] = {}
    for place, who in enumerate(draft.signatories):
        shown = {"office": who.office, "organisation": who.organisation}
        if place not in hidden and who.sealed is None:
            shown["name"] = who.name
        told |= {f"signatories.{place}.{field}": text for field, text in shown.items()}
    return told


def _refuse(names: Names, texts: Texts, prefix: str) -> None:
    said = {field: plain(text) for field, text in texts.items() if text} if names else {}
    faults = [
        FieldFault(f"{prefix}{field}", IN_TEXT.format(place + 1))
        for place, name in names.items()
        for says in [_saying(name)]
        for field, text in said.items()
        if says(text)
    ]
    if faults:
        raise InvalidDraft(f"{faults[0].field} {faults[0].reason}", faults=faults)


def holds(text: str, name: str) -> bool:
    """Whether the text says the name, in whatever form `occurrences` finds."""
    return _saying(name)(plain(text))


def _saying(name: str) -> Callable[[str], bool]:
    """Whether what `plain` made of a text says it."""
    try:
        return occurrences_of(name).are_in_plain
    except ValueError:  # no letters: nothing that a text could give away
        return lambda _: False


def require_cleared(one: Declaration, actor: LocalActor) -> None:
    """Before a release: raises Conflict where naming somebody may be dangerous."""
    if places := endangered(one, protected_countries(actor.profile)):
        named = ", ".join(f"signatories.{place}" for place in places)
        raise Conflict(
            f"being named may be dangerous in the country of {named}: make sure with them, then "
            "set `cleared` to true there, or let only initials or no name be shown"
        )
