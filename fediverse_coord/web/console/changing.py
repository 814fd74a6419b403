"""Buttons that only change the form of a declaration: another language, row, page of a list.

Each is handed what was typed and what stands behind its name, and saves nothing.
"""

from fediverse_coord.errors import FieldFault, Refusal
from fediverse_coord.publishing import languages
from fediverse_coord.publishing.declarations import summary_from
from fediverse_coord.web.console import signatories
from fediverse_coord.web.console.form_views import PLAIN, Shown
from fediverse_coord.web.console.typed import Typed


def _with_language(typed: Typed, which: str) -> tuple[Typed, Shown]:
    wished = which or typed.get("add")
    try:
        tag = languages.tag(wished)
    except Refusal as refusal:
        return typed, Shown([FieldFault("add", refusal.faults[0].reason)], status=422)
    typed = typed.without("add", f"remove.{tag}").and_also([("languages", tag)])
    return typed, Shown(opened=tag, notice="added")


def _with_signatory(typed: Typed, which: str) -> tuple[Typed, Shown]:
    return signatories.with_one_more(typed), Shown(notice="added")


def _with_signatory_opened(typed: Typed, which: str) -> tuple[Typed, Shown]:
    return signatories.opened(typed, which), PLAIN


def _with_page_of_signatories(typed: Typed, which: str) -> tuple[Typed, Shown]:
    return signatories.paged(typed, which), PLAIN


def _with_source(typed: Typed, which: str) -> tuple[Typed, Shown]:
    number = len(list(typed.rows("sources")))
    row = (f"sources.{number}.name", "")
    return typed.and_also([row]), Shown(notice="added")


def _with_summary(typed: Typed, which: str) -> tuple[Typed, Shown]:
    name = f"summary.{which}"
    suggested = summary_from(typed.get(f"content.{which}"))
    typed = typed.without(name).and_also([(name, suggested)])
    return typed, Shown(opened=which, notice="suggested")


CHANGES = {
    "add-language": _with_language,
    "add-signatory": _with_signatory,
    "signatory": _with_signatory_opened,
    "signatories": _with_page_of_signatories,
    "add-source": _with_source,
    "suggest": _with_summary,
}
