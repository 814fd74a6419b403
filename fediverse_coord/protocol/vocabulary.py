"""The words of ActivityStreams 2.0 and its extensions that we read or write."""

AS2 = "https://www.w3.org/ns/activitystreams"
SECURITY_V1 = "https://w3id.org/security/v1"
DATA_INTEGRITY_V2 = "https://w3id.org/security/data-integrity/v2"
CID_V1 = "https://www.w3.org/ns/cid/v1"

PUBLIC = f"{AS2}#Public"
PUBLIC_ALIASES = frozenset({PUBLIC, "as:Public", "Public"})  # ActivityPub 5.6

ACTIVITY_JSON = "application/activity+json"
LD_JSON = f'application/ld+json; profile="{AS2}"'

ACTOR_TYPES = frozenset({"Application", "Group", "Organization", "Person", "Service"})
POST_TYPES = frozenset(
    {"Article", "Audio", "Event", "Image", "Note", "Page", "Question", "Video"},
)
