"""What the first reader of a process would wait for, done soon after it listens.

Templates are compiled, our words and the names of countries read: a quarter of a second at most, in
a thread of its own, which takes turns with whoever asks meanwhile, and begins when those who waited
for the process have their answers. The console's are left to its
first page: they would be held in every process, and most never show one.
"""

import threading

from fediverse_coord.publishing.fields import country_codes
from fediverse_coord.web.templating import environment, languages, stylesheet, words_for

AFTER_SECONDS = 0.5


def warm(after_seconds: float = AFTER_SECONDS) -> None:
    """Begins then; nobody waits for it, nor does the process when it ends."""
    thread = threading.Timer(after_seconds, _read)
    thread.name, thread.daemon = "warming", True
    thread.start()


def _read() -> None:
    for name in environment().list_templates(filter_func=lambda one: "/" not in one):
        environment().get_template(name)
    for tag in languages():
        words_for(tag)
    stylesheet()
    country_codes()
