"""What a process loads before anybody asks it: what the first reader needs, and no more."""

import subprocess
import sys
import threading

from fediverse_coord.publishing.fields import country_codes
from fediverse_coord.web import templating
from fediverse_coord.web.warming import warm


def test_templates_words_and_countries_are_read_before_anybody_asks() -> None:
    for kept in (templating.environment, templating._words, country_codes):
        kept.cache_clear()
    warm(0)
    [thread] = [one for one in threading.enumerate() if one.name == "warming"]
    thread.join()
    compiled = {name for _, name in templating.environment().cache or ()}
    assert {"declaration.html", "archive.html", "search.html", "profile.html"} <= compiled
    assert templating._words.cache_info().currsize == len(templating.languages())
    assert country_codes.cache_info().currsize == 1


def test_a_server_loads_what_makes_paper_and_pictures_once_somebody_wants_them() -> None:
    told = "import sys, fediverse_coord.serving; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", told], text=True).split()
    assert "starlette" in loaded
    assert not {"typst", "PIL", "pycares", "asyncpg"} & set(loaded)
