"""The few sentences that we add to a declaration ourselves, in the languages we have."""

from datetime import date
from html import escape

WITHDRAWN = {
    "en": "Withdrawn: {}",
    "ar": "سُحب: {}",
    "de": "Zurückgezogen: {}",
    "es": "Retirado: {}",
    "fr": "Retiré : {}",
}
WAS_WITHDRAWN = {
    "en": "This declaration has been withdrawn.",
    "ar": "سُحب هذا البيان.",
    "de": "Diese Erklärung wurde zurückgezogen.",
    "es": "Esta declaración ha sido retirada.",
    "fr": "Cette déclaration a été retirée.",
}
CORRECTED = {
    "en": "(corrected {})",
    "ar": "(صُحح في {})",
    "de": "(berichtigt {})",
    "es": "(corregido {})",
    "fr": "(corrigé {})",
}


def _in(texts: dict[str, str], language: str) -> str:
    return texts.get(language) or texts.get(language.partition("-")[0]) or texts["en"]


def withdrawn_title(title: str, language: str) -> str:
    """`Withdrawn: Title`, in the version's language."""
    return _in(WITHDRAWN, language).format(title).strip()


def withdrawn_content(reason: str, language: str) -> str:
    """The notice that stands in the place of the text, as HTML."""
    notice = _in(WAS_WITHDRAWN, language)
    return f"<p><strong>{notice}</strong></p><p>{escape(reason, quote=False)}</p>"


def corrected_line(day: date, language: str) -> str:
    """`(corrected 2026-10-14)`."""
    return _in(CORRECTED, language).format(day.isoformat())
