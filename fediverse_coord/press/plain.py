"""A declaration as plain text, for messengers and mails: everything that stands on paper, as lines.

Values in, text out. Right-to-left text needs no marks: the first strong letter decides for whoever
shows a line.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainView:
    """What is said, in its language; `notices` stand before the text, `url` last."""

    author: str
    title: str | None
    date: str
    to: str  # stands above the addressees
    addressees: tuple[str, ...]
    notices: tuple[str, ...]
    text: str
    signatories: tuple[str, ...]
    sources: tuple[str, ...]
    enclosed: tuple[str, ...] = ()
    url: str


def plain(view: PlainView) -> str:
    """Paragraphs with an empty line between them, and a line feed at the end."""
    head = "\n".join(one for one in (view.author, view.date) if one)
    parts = (
        head,
        view.title or "",
        "\n".join((view.to, *view.addressees)) if view.addressees else "",
        *view.notices,
        view.text,
        "\n".join(view.signatories),
        "\n".join(view.sources),
        "\n".join(view.enclosed),
        view.url,
    )
    return "\n\n".join(part for part in parts if part) + "\n"
