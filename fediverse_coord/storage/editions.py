"""What is rendered of a remembered declaration: its published versions and what only rows know."""

from collections.abc import Sequence

from fediverse_coord.publishing.rendering import Edition, Named
from fediverse_coord.storage.declarations import Work


def edition_of(work: Work, mentions: Sequence[Named] = ()) -> Edition:
    """What is rendered for readers and other servers: a version that is a draft is not in it."""
    return Edition(
        work.declaration.released,
        tuple(mentions),
        work.url_revision,
        work.corrected_at.date() if work.corrected_at else None,
        work.corrections[-1] if work.corrections else None,
        work.reason or "",
        work.keeps_text,
    )
