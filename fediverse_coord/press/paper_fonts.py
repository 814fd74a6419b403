"""The fonts of paper: from packages, never from the system, opened once for each process.

Noto Sans for Latin, Greek, Cyrillic, Hebrew, Devanagari and the other scripts that `manimgx-fonts`
carries, Noto Sans CJK for Chinese, Japanese and Korean. Arabic, Persian and Urdu are set in Cairo,
for Noto draws dots apart from their letters, and what is then copied out of a file is unreadable;
languages that need letters which Cairo lacks get Noto all the same. All of them are under the SIL
Open Font License. Code is set in the DejaVu Sans Mono that typst brings along. What none of them
has is drawn as an empty box.
"""

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typst

PACKAGES = ("fontpkg_cairo", "manimgx_fonts", "manimgx_fonts_cjk")

SCRIPTS = (
    "Arabic", "Hebrew", "Devanagari", "Bengali", "Gurmukhi", "Gujarati", "Oriya", "Tamil",
    "Telugu", "Kannada", "Malayalam", "Sinhala", "Thai", "Lao", "Khmer", "Myanmar", "Georgian",
    "Armenian", "Ethiopic", "Symbols",
)  # fmt: skip
BEYOND_CAIRO = frozenset({"az", "azb", "ckb", "kk", "ks", "ku", "ky", "ps", "sd", "ug"})
CJK = {"ja": "JP", "ko": "KR", "zh": "SC"}
TRADITIONAL = {"TW": "TC", "HK": "HK", "MO": "HK"}


@cache
def fonts() -> "typst.Fonts":
    """Every font there is to set with."""
    import typst  # a server of which nobody wants paper need not load it

    folders = [str(files(name)) for name in PACKAGES]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=folders)


def families(tag: str) -> list[object]:
    """The families for a text in that language, the first choice first, as typst reads them.

    Han characters look different in Japan, Korea, China and Taiwan; the language decides. In
    these languages quotation marks and dashes are as wide as the characters around them.
    """
    language = tag.partition("-")[0].lower()
    han = f"Noto Sans CJK {_region(tag)}"
    arabic = [] if language in BEYOND_CAIRO else ["Cairo"]
    others = [*arabic, *(f"Noto Sans {script}" for script in SCRIPTS)]
    if language in CJK:
        latin = {"name": "Noto Sans", "covers": "latin-in-cjk"}
        return [latin, han, "Noto Sans", *others, "Noto Emoji"]
    return ["Noto Sans", *others, han, "Noto Emoji"]


def _region(tag: str) -> str:
    language, *parts = tag.split("-")
    region = next((TRADITIONAL[one] for one in parts if one in TRADITIONAL), None)
    if language == "zh" and region is None and "Hant" in parts:
        return "TC"
    return (region if language == "zh" else None) or CJK.get(language, "SC")
