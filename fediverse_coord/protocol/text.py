"""Plain text of strangers and of ours: how long it may be, and what is taken out of it.

The limits follow `security.md` D2 and Mastodon's FEDERATION.md ("Size limits"). Names are
freed of control and direction characters, which let one actor look like another
(`security.md` E2). HTML is `protocol/sanitize.py`'s business.
"""

import re
import unicodedata

MAX_CONTENT = 200_000  # characters of HTML or Markdown in one version or response
MAX_BIOGRAPHY = 20_000
MAX_ALT_TEXT = 10_000
MAX_DISPLAY_NAME = 128
MAX_FIELD = 2047

INVISIBLE = re.compile(
    "[\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
JOINERS = frozenset("\u200c\u200d")  # Persian and Indic spelling, and emoji, need them
OVERRIDES = re.compile("[\u202d\u202e]")
SPACES = re.compile(r"\s+")
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # category Cc, but line feed and tab
UNSHOWN = re.compile(  # categories Cc and Co
    "[\x00-\x1f\x7f-\x9f\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]"
)


def encodable(text: str) -> str:
    """Without what UTF-8 or PostgreSQL cannot hold: lone surrogates and NUL."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")


def without_controls(text: str) -> str:
    """Without control characters (line feed and tab stay) and direction overrides."""
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text  # as nearly all are
    return OVERRIDES.sub("", CONTROLS.sub("", encodable(text)))


def single_line(text: str) -> str:
    """One line without invisible or control characters, white space collapsed."""
    if text.isprintable() and not INVISIBLE.search(text):  # as nearly all are
        return " ".join(text.split())
    spaced = SPACES.sub(" ", encodable(text))
    seen = UNSHOWN.sub("", spaced)
    return SPACES.sub(" ", INVISIBLE.sub(_joiner_or_nothing, seen)).strip()


def _joiner_or_nothing(match: re.Match[str]) -> str:
    """A joiner stays where it stands between two visible characters."""
    text, place = match.string, match.start()
    inside = 0 < place < len(text) - 1 and not text[place - 1].isspace()
    return match[0] if match[0] in JOINERS and inside else ""


def display_name(text: object) -> str:
    """A name as it may be shown: plain, one line, at most 128 characters. Never raises."""
    if not isinstance(text, str):
        return ""
    return single_line(text[: MAX_DISPLAY_NAME * 8])[:MAX_DISPLAY_NAME].rstrip()


def visible_length(text: str) -> int:
    """How many characters a reader sees: marks and formatting characters do not count."""
    if text.isascii():
        return len(text)
    composed = unicodedata.normalize("NFC", text)
    unseen = (one for one in set(composed) if unicodedata.category(one) in {"Mn", "Me", "Cf"})
    return len(composed) - sum(map(composed.count, unseen))
