"""Pictures that a text names by their file: what has become of them is written in their place.

`![alt](photo.jpg)`, `![alt](<photo 1.jpg> "Caption")` and `[name]: photo.jpg` become `media:KEY`.
Which files a text names is `markdown.files_in`; reading them is not done here.
"""

import re
from collections.abc import Mapping
from urllib.parse import unquote

from fediverse_coord.errors import FieldFault, Refusal
from fediverse_coord.publishing.illustrations import SCHEME
from fediverse_coord.publishing.markdown import files_in

PLACE = r"(?P<place><[^<>\n]+>|[^\s<>()]+)"
INSIDE = re.compile(rf"(?P<before>\]\(\s*){PLACE}(?=[\s)])")
BELOW = re.compile(rf"(?P<before>^ {{0,3}}\[[^\[\]\n]+\]:[ \t]*){PLACE}(?=\s|\Z)", re.MULTILINE)


def with_keys(text: str, keys: Mapping[str, str]) -> str:
    """The text with `media:KEY` for each file that has a key.

    Raises Refusal where a file is named in a way that was not understood.
    """

    def replaced(found: re.Match[str]) -> str:
        key = keys.get(unquote(found["place"].strip("<>")))
        return f"{found['before']}{SCHEME}{key}" if key else found[0]

    made = BELOW.sub(replaced, INSIDE.sub(replaced, text))
    left = [name for name, _ in files_in(made) if name in keys]
    if left:
        reason = f"name the picture as ![what it shows](<{left[0]}>)"
        raise Refusal(reason, faults=[FieldFault("content", reason)])
    return made
