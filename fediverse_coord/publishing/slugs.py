"""Slugs: the last part of a page's address, in letters that survive every copy and paste.

ASCII only. A title whose script has no letters here takes the fallback (the declaration's
key). Whether a slug is still free is storage's business; a second one takes a number.
"""

import re
import unicodedata

MAX_SLUG = 80
RESERVED = frozenset({"tags", "feed", "about", "replies", "new", "archive"})

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
LATIN = str.maketrans({
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i",
    "ŋ": "n", "ħ": "h", "ŧ": "t", "ə": "e", "’": "", "'": "", "·": "",
})  # fmt: skip


def slug_from(title: str | None, fallback: str) -> str:
    """`northern-shafts` from "Northern shafts!"; the fallback where too little is left."""
    letters = sum(map(str.isalnum, title or ""))
    plain = unicodedata.normalize("NFKD", (title or "").lower().translate(LATIN))
    words = re.findall(r"[a-z0-9]+", plain if plain.isascii() else _without_marks(plain))
    slug = _cut("-".join(words))
    kept = sum(len(one) for one in words)
    return slug if kept >= 3 and kept * 2 >= letters and is_slug(slug) else fallback


def numbered(slug: str, number: int) -> str:
    """The next candidate where a slug is taken: `northern-shafts-2`."""
    return f"{slug[: MAX_SLUG - 8].rstrip('-')}-{number}"


def is_slug(text: str) -> bool:
    """Whether the text can stand in an address, and is no page of another kind."""
    return len(text) <= MAX_SLUG and text not in RESERVED and SLUG.match(text) is not None


def slug_fault(text: str, example: str) -> str | None:
    """Why it can be no slug, told to whoever chose it; nothing where it can be one."""
    if is_slug(text):
        return None
    if text in RESERVED:
        return f"'{text}' is the address of a page of another kind: choose another"
    if len(text) > MAX_SLUG:
        return f"must not be longer than {MAX_SLUG} characters (it has {len(text)})"
    return f"must be of a-z, 0-9 and '-', such as '{example}'"


def _without_marks(text: str) -> str:
    return "".join(one for one in text if unicodedata.category(one) != "Mn")


def _cut(slug: str) -> str:
    """At most 80 characters, ending with a whole word."""
    if len(slug) <= MAX_SLUG:
        return slug
    return slug[: MAX_SLUG + 1].rpartition("-")[0] or slug[:MAX_SLUG]
