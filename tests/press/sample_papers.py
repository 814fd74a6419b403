"""Papers in several scripts, and what an independent reader (PDFium) finds in them."""

import io
from dataclasses import replace
from datetime import UTC, datetime

import pypdfium2
from PIL import Image

from fediverse_coord.press.paper_view import Letterhead, Origin, PaperView
from fediverse_coord.press.paper_words import words_in
from fediverse_coord.publishing.languages import direction

NOON = datetime(2026, 10, 14, 12, tzinfo=UTC)
PAGE = "https://coord.example/@pits/northern-shafts"

TITLES = {
    "en": "Down tools at the northern shafts",
    "uk": "Зупиняємо роботу на північних шахтах",
    "el": "Στάση εργασίας στα βόρεια φρέατα",
    "ar": "أوقفوا العمل في آبار الشمال",
    "hi": "उत्तरी खदानों में काम बंद",
    "zh": "北部矿井停工",
    "ja": "北部坑で操業停止",
    "ko": "북부 갱도 작업 중단",
}
TEXTS = {
    "en": "Nobody goes down alone, and nobody comes up alone.",
    "uk": "Ніхто не спускається сам і ніхто не підіймається сам.",
    "el": "Κανείς δεν κατεβαίνει μόνος του.",
    "ar": "نطالب بتهوية جيدة قبل أن ينزل أحد من جديد",
    "hi": "कोई भी अकेला नीचे नहीं जाता",
    "zh": "没有人独自下井，也没有人独自上来。",
    "ja": "だれも一人で下りない。",
    "ko": "아무도 혼자 내려가지 않는다",
}


def icon() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "firebrick").save(out, "PNG")
    return out.getvalue()


def paper_in(language: str, html: str | None = None) -> PaperView:
    words = words_in(language)
    return PaperView(
        letterhead=Letterhead(
            name="The Pits", handle="@pits@coord.example", contact="press@pits.example", icon=icon()
        ),
        heading=TITLES[language],
        title=TITLES[language],
        language=language,
        direction=direction(language),
        moment=NOON,
        html=f"<p>{TEXTS[language]}</p>" if html is None else html,
        page_url=PAGE,
        kind=words.kind("protest"),
        date="14 October 2026",
        addressees=("The Board",),
        signatories=("R. M. L., delegate",),
        sources=(Origin("The Quays", "https://quays.example/a"),),
        words=words.phrases,
        signed=b'{"type":"Article"}',
    )


def draft_in(language: str) -> PaperView:
    return replace(paper_in(language), signed=None)


def pages_of(pdf: bytes) -> list[str]:
    """Each page's text."""
    document = pypdfium2.PdfDocument(pdf)
    return [page.get_textpage().get_text_range() for page in document]


def text_of(pdf: bytes) -> str:
    """All text without spaces, which every reader sets as it thinks best."""
    return bare(" ".join(pages_of(pdf)))


def bare(text: str) -> str:
    text = text.replace("\ufffe", "-")  # PDFium's sign for a hyphen at the end of a line
    return "".join(one for one in text if not one.isspace() and one != "\u200b")


def words_of(text: str) -> set[str]:
    """Its words, each with its letters in order of their numbers.

    In Arabic PDFium tells the letters of a ligature backwards.
    """
    return {"".join(sorted(word)) for word in text.split()}
