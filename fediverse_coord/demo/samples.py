"""Texts and settings of the demonstration, written for it. Whoever they name does not exist."""

CONFIG = """
[server]
origin = "{origin}"
port = {port}
key_file = "instance.key"
actors = "actors"

[database]
url = "sqlite:///coord.db"

[media]
directory = "media"

[federation]
lab = true
allow_http = true
allow_networks = ["127.0.0.0/8"]
allow_ports = []
"""

WEAVERS = """
username = "weavers"
name = "Weavers’ Coordination"
summary = "Weaving mills that have joined forces."
languages = ["en"]
contact = "press@weavers.example"
default_form = "article"
revision = 1
"""

DOCKERS = """
username = "dockers"
name = "Dockers’ Coordination"
summary = "Ports that hear from each other."
languages = ["en"]
contact = "press@dockers.example"
default_form = "note"
revision = 1
"""

TITLE = "To the workforce of the northern pits"
SUMMARY = (
    "Since Monday two thousand of you have been out because the new shift plan takes your rest "
    "away. We have read your demands in our own canteens, and nobody called them too much. "
    "What you win will be asked for here next."
)
ARTICLE = """\
Dear colleagues,

since Monday two thousand of you have been **out**. The new shift plan takes eleven hours of rest
and leaves nine; we know that arithmetic from our own yards.

- No shift below eleven hours of rest.
- No dismissal for what was said at the gate.
- Talks in the open, with those whom you elected.

Send us word. We read it out at the change of shift. #solidarity
"""
CORRECTED = "two thousand four hundred"
CORRECTION = f"\nA correction: it is {CORRECTED} of you, as we hear today.\n"
NOTE = (
    "The first bus leaves for the gate at five tomorrow, {handle}. Bring something warm to drink."
)
REPLY = "We stand with you at the gate"
PRIVATE = "Please do not publish this: whom can we call at night"
ANSWER = "Thank you. We will be there with forty colleagues."
