"""Every address of the console and what answers there."""

from collections.abc import Sequence

from starlette.routing import BaseRoute, Route

from fediverse_coord.web.console import (
    amending,
    answering,
    doors,
    editor,
    introductions,
    overview,
    paper,
    passages,
    previewing,
    spellings,
    works,
)
from fediverse_coord.web.console.acting import VERBS, on_work
from fediverse_coord.web.console.visits import HOME, Action, Page, action, page

OF_HOUSE = f"{HOME}/@{{name}}"
OF_WORK = f"{HOME}/declarations/{{key}}"
OF_EDIT = f"{HOME}/edits/{{key}}"
OF_RESPONSE = f"{HOME}/responses/{{key}}"


def console_routes() -> Sequence[BaseRoute]:
    """What is before the door; then pages and actions for those who are logged in."""
    verbs = [_post(f"{OF_WORK}/{name}", on_work(verb)) for name, verb in VERBS.items()]
    return [
        Route(f"{HOME}/style.{{hash}}.css", paper.get_style),
        Route(f"{HOME}/enter/{{secret}}", doors.get_enter),
        Route(f"{HOME}/enter", doors.post_enter, methods=["POST"]),
        _get(HOME, overview.get_home),
        _post(f"{HOME}/leave", doors.post_leave),
        *_both(f"{HOME}/sessions", doors.get_sessions, doors.post_sessions),
        _get(OF_HOUSE, overview.get_overview),
        *_both(f"{OF_HOUSE}/form", overview.get_form, overview.post_form),
        _get(f"{OF_HOUSE}/write", editor.get_write),
        _post(f"{OF_HOUSE}/write", editor.post_write, editor.again_write, takes_file=True),
        _get(f"{OF_HOUSE}/responses", answering.get_responses),
        *_both(
            OF_RESPONSE, answering.get_response, answering.post_response, answering.again_response
        ),
        _get(f"{OF_HOUSE}/passages", passages.get_passages),
        *_both(f"{OF_HOUSE}/passages/new", passages.get_new, passages.post_new, passages.again_new),
        *_both(
            f"{OF_HOUSE}/passages/{{slug}}",
            passages.get_passage,
            passages.post_passage,
            passages.again_passage,
        ),
        *_both(
            f"{OF_HOUSE}/introductions",
            introductions.get_introductions,
            introductions.post_introductions,
        ),
        *_both(
            f"{OF_HOUSE}/introductions/{{subject}}/{{about:path}}",
            introductions.get_introduction,
            introductions.post_introduction,
            introductions.again_introduction,
        ),
        *_both(f"{HOME}/spellings", spellings.get_spellings, spellings.post_spellings),
        _get(OF_WORK, works.get_work),
        _get(f"{OF_WORK}/preview", previewing.get_preview),
        _get(f"{OF_WORK}/paper", previewing.get_paper),
        _get(f"{OF_WORK}/edit", editor.get_edit),
        _post(f"{OF_WORK}/edit", editor.post_edit, editor.again_edit, takes_file=True),
        *verbs,
        _get(OF_EDIT, amending.get_edit),
        _post(f"{OF_EDIT}/approve", amending.post_approve),
        _post(f"{OF_EDIT}/reject", amending.post_reject),
        _post(f"{OF_EDIT}/names", amending.post_names),
    ]


def _get(path: str, handler: Page) -> Route:
    return Route(path, page(handler), methods=["GET"])


def _post(
    path: str, handler: Action, again: Action | None = None, *, takes_file: bool = False
) -> Route:
    return Route(path, action(handler, again, takes_file=takes_file), methods=["POST"])


def _both(path: str, shows: Page, does: Action, again: Action | None = None) -> list[Route]:
    return [_get(path, shows), _post(path, does, again)]
