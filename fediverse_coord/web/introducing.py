"""What stands at the top of the page of a topic, a country or an organisation, and in its feed.

In the language chosen, else in the reader's, else in the page's, else in the first that there is.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request

from fediverse_coord.publishing import introductions as pages
from fediverse_coord.publishing.introductions import Subject
from fediverse_coord.publishing.passages import fits
from fediverse_coord.storage import introductions
from fediverse_coord.storage.actors import LocalActor
from fediverse_coord.storage.filters import Filter
from fediverse_coord.web.faces import Faces
from fediverse_coord.web.templating import words_for
from fediverse_coord.web.tongues import Spoken
from fediverse_coord.web.wishes import language_of, language_wished, languages_wished

NOBODY: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Introduced:
    """An introduction for one reader; `is_personal` where it is no other reader's for sure."""

    spoken: Spoken | None = None
    is_personal: bool = False


async def introduction(
    faces: Faces, actor: LocalActor, chosen: Filter, request: Request, page_language: str
) -> Introduced:
    """Nothing where more or less is chosen than one subject, in whatever language."""
    texts = await texts_for(faces, actor, chosen)
    if not texts:
        return Introduced()
    asked = request.headers.get("accept-language", "")
    is_personal = any(words_for(one).tag != one for one in texts)  # kept answers know ours alone
    theirs = languages_wished(asked) if is_personal else ()
    wishes = (chosen.language, *theirs, language_wished(asked).tag, page_language)
    return Introduced(spoken_in(texts, wishes), is_personal)


async def texts_for(faces: Faces, actor: LocalActor, chosen: Filter) -> Mapping[str, str]:
    """By language; nothing where nobody introduces what is chosen."""
    subjects = [(one, str(getattr(chosen, one))) for one in Subject if getattr(chosen, one)]
    if len(subjects) != 1 or chosen.year or chosen.kind:
        return NOBODY
    place, _ = pages.place(*subjects[0])
    found = await introductions.find(faces.db, actor.row, place) if place else None
    return found.texts if found else NOBODY


def spoken_in(texts: Mapping[str, str], wishes: tuple[str, ...]) -> Spoken:
    """The first wish that some text meets, else the first text."""
    met = (one for wish in wishes if wish for one in texts if fits(one, wish))
    tag = next(met, next(iter(texts)))
    return Spoken(language_of(tag), texts[tag])
