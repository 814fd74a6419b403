"""Several files as one ZIP: the same files are always the same bytes."""

import io
import zipfile
from collections.abc import Mapping

BEGINNING = (1980, 1, 1, 0, 0, 0)  # the earliest that a ZIP can say
READABLE = 0o100644 << 16
UNIX = 3


def zipped(files: Mapping[str, bytes]) -> bytes:
    """In the order of the mapping; no name, moment or machine of whoever makes it."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(_entry(name), content, zipfile.ZIP_DEFLATED, 6)
    return made.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, BEGINNING)
    entry.create_system, entry.external_attr = UNIX, READABLE
    return entry
