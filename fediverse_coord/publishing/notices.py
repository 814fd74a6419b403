"""The few sentences that we add to a declaration ourselves, in the languages we have."""

from datetime import date
from html import escape

WITHDRAWN = {
    "en": "Withdrawn: {}",
    "ar": "سُحب: {}",
    "de": "Zurückgezogen: {}",
    "es": "Retirado: {}",
    "fr": "Retiré : {}",
    "hi": "वापस लिया गया: {}",
    "uk": "Відкликано: {}",
    "zh": "已撤回：{}",
}
WAS_WITHDRAWN = {
    "en": "This declaration has been withdrawn.",
    "ar": "سُحب هذا البيان.",
    "de": "Diese Erklärung wurde zurückgezogen.",
    "es": "Esta declaración ha sido retirada.",
    "fr": "Cette déclaration a été retirée.",
    "hi": "यह घोषणा वापस ले ली गई है।",
    "uk": "Цю заяву відкликано.",
    "zh": "本声明已撤回。",
}
CORRECTED = {
    "en": "(corrected {})",
    "ar": "(صُحح في {})",
    "de": "(berichtigt {})",
    "es": "(corregido {})",
    "fr": "(corrigé {})",
    "hi": "({} को सुधारा गया)",
    "uk": "(виправлено {})",
    "zh": "（{} 更正）",
}
KNOWN_TO_EDITORS = {
    "en": "name known to the editors",
    "ar": "الاسم معروف لدى التحرير",
    "de": "Name der Redaktion bekannt",
    "es": "nombre conocido por la redacción",
    "fr": "nom connu de la rédaction",
    "hi": "नाम संपादकों को ज्ञात",
    "uk": "ім’я відоме редакції",
    "zh": "姓名由编辑部掌握",
}
ORIGINAL = {
    "en": "All languages: {}",
    "ar": "بكل اللغات: {}",
    "de": "In allen Sprachen: {}",
    "es": "En todos los idiomas: {}",
    "fr": "Dans toutes les langues : {}",
    "hi": "सभी भाषाओं में: {}",
    "uk": "Усіма мовами: {}",
    "zh": "所有语言：{}",
}
NAME_REMOVED = {
    "en": "[name removed]",
    "ar": "[حُذف الاسم]",
    "de": "[Name entfernt]",
    "es": "[nombre suprimido]",
    "fr": "[nom supprimé]",
    "hi": "[नाम हटाया गया]",
    "uk": "[ім’я вилучено]",
    "zh": "[姓名已删除]",
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


def corrected_line(day: date, language: str, what: str | None = None) -> str:
    """`(corrected 2026-10-14)`, and what was corrected where that is told; plain text."""
    line = _in(CORRECTED, language).format(day.isoformat())
    return f"{line} {what}" if what else line


def known_to_editors(language: str) -> str:
    """What stands in the place of a name that is not shown."""
    return _in(KNOWN_TO_EDITORS, language)


def name_removed(language: str) -> str:
    """What stands in a text in the place of a name that was taken out."""
    return _in(NAME_REMOVED, language)


def original_line(language: str) -> str:
    """Before the link from a language edition to the whole work; a slot for the link."""
    return _in(ORIGINAL, language)
