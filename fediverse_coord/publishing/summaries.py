"""A summary to begin with: the whole opening sentences of a text, in any script.

No dictionary of abbreviations: a full stop ends a sentence unless what stands around it
says otherwise (an initial, an ordinal, a small letter after it). Headings are left out.
The summary that is published is written or confirmed by a person.
"""

import re
from collections.abc import Iterator

from fediverse_coord.protocol.sanitize import words_alone
from fediverse_coord.protocol.text import visible_length as visible_length

HEADING = re.compile(
    r"<h[1-6][^<>]*>.*?</h[1-6]>|<p>\s*<strong>[^<>]*</strong>\s*</p>|<pre[^<>]*>.*?</pre>",
    re.DOTALL,
)
# Full stops of Latin, Greek, Cyrillic and others; Urdu ۔ Arabic ؟ Devanagari ।॥ Ethiopic ።፧
# Armenian ։ Burmese ။ Khmer ។ Tibetan །༎ Sinhala ෴ Ol Chiki ᱾᱿ N'Ko ߹ Mongolian ᠃ Syriac ܀
SPACED = ".!?…‽۔؟।॥።፧։။។៕།༎෴᱾᱿߹᠃܀"
UNSPACED = "。！？｡．"  # Chinese and Japanese set no space after a sentence
CLOSING = r"[\"'»”’)\]」』）】〉》]*"
END = re.compile(rf"(?:[{re.escape(SPACED)}]+{CLOSING}(?=\s|\Z)|[{UNSPACED}]+{CLOSING}\s?)")
INITIAL = re.compile(r"(?:^|[\s.(])(?:[^\W\d_]|\d{1,2})\Z")
SPACES = re.compile(r"\s+")


def suggested_summary(html: str, limit: int = 500) -> str:
    """As many whole opening sentences as fit into `limit` visible characters, of sanitised HTML.

    Where the first sentence alone is longer it is cut after a word and ends with "…".
    """
    text = SPACES.sub(" ", words_alone(HEADING.sub("\n\n", html))).strip()
    taken = ""
    for sentence in sentences(text):
        if visible_length((taken + sentence).strip()) > limit:
            break
        taken += sentence
    return taken.strip() or _cut(text, limit)


def sentences(text: str) -> Iterator[str]:
    """The sentences of one line of text, each with the space that follows it."""
    start = 0
    for end in END.finditer(text):
        if _ends(text, end):
            stop = end.end() + (text[end.end() : end.end() + 1] == " ")
            yield text[start:stop]
            start = stop
    if start < len(text):
        yield text[start:]


def _ends(text: str, end: re.Match[str]) -> bool:
    """Whether the mark ends a sentence: not after "R." or "12.", nor before a small letter."""
    following = text[end.end() :].lstrip(" ")[:1]
    if following.islower():
        return False
    return not (end[0] == "." and following and INITIAL.search(text[: end.start()][-8:]))


def _cut(text: str, limit: int) -> str:
    """The beginning, ending with a whole word where the script has spaces."""
    if visible_length(text) <= limit:
        return text
    room = limit - 1
    cut = text[:room]
    whole = cut.rpartition(" ")[0]
    return f"{(whole if len(whole) * 2 > room else cut).rstrip(' ,;:—–-')}…"
