"""Whether a response is shown or waits: decided here, in one place.  INTERFACE: Visibility.

Only what was said to everybody can ever be shown. The rest goes to the moderators' mailbox,
whatever the coordination's `hold` says, and stays there.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from fediverse_coord.protocol.addressing import Visibility
from fediverse_coord.publishing.coordinations import HOLDS

Decision: TypeAlias = Literal["held", "approved", "rejected", "mailbox"]

NARROWER: Mapping[Visibility, int] = {"public": 0, "unlisted": 1, "followers": 2, "direct": 3}
SHOWABLE = frozenset({"public", "unlisted"})


def narrower(one: Visibility, other: Visibility) -> Visibility:
    """Of two readings the one with fewer readers."""
    return max(one, other, key=lambda visibility: NARROWER[visibility])


def decide(visibility: Visibility, hold: str, *, stranger: bool) -> Decision:
    """Where a new response goes. A *stranger* has no earlier approved response here.

    What `hold` we do not know holds everything.
    """
    if visibility not in SHOWABLE:
        return "mailbox"
    if hold == "none" or (hold == "strangers" and not stranger):
        return "approved"
    return "held"


def decide_again(
    state: Decision, visibility: Visibility, hold: str, *, text_changed: bool
) -> Decision:
    """Where an edited response goes: what was approved was approved as it stood.

    A rejected one stays so, and nothing leaves the mailbox.
    """
    if state == "mailbox" or visibility not in SHOWABLE:
        return "mailbox"
    if state == "approved" and text_changed and hold != "none":
        return "held"
    return state


def hold_of(profile: Mapping[str, object]) -> str:
    """The coordination's `hold`, from what is remembered of it; everything where it is unclear."""
    found = _policy(profile, "hold")
    return found if isinstance(found, str) and found in HOLDS else "all"


def approves_followers(profile: Mapping[str, object]) -> bool:
    """Whether a person answers each Follow."""
    return _policy(profile, "approve_followers") is True


def _policy(profile: Mapping[str, object], name: str) -> object:
    policies = profile.get("policies")
    return policies.get(name) if isinstance(policies, Mapping) else None
