"""Addresses as earlier sites write them: read as widely as browsers do, and never raising.

What is asked or kept goes through `protocol/uris` besides, which is stricter.
"""

from urllib.parse import urljoin, urlsplit


def host_of(url: str | None) -> str | None:
    """The host that an address of the web names; None where it is no address."""
    try:
        parts = urlsplit((url or "").strip())
    except ValueError:
        return None
    return parts.hostname if parts.scheme in ("http", "https") else None


def joined(base: str | None, href: str | None) -> str | None:
    """The address that a link leads to, where it is one of the web."""
    if not href:
        return None
    try:
        url = urljoin(base or "", href.strip())
    except ValueError:
        return None
    return url if host_of(url) else None


def path_of(url: str) -> str:
    """The path of an address; what is no address is told as it stands."""
    try:
        return urlsplit(url).path if "://" in url else url
    except ValueError:
        return url
