"""Every table that comes back from an export, as rows that do not depend on their numbers."""

from fediverse_coord.storage.database import Reader, Row

D = "JOIN declarations d ON d.id = t.declaration"
P = "JOIN remote_actors p ON p.id = t.remote_actor"
OPEN = "d.visibility <> 'direct'"
PERSON = (
    "actor_id, host, type, username, name, handle, inbox_url, shared_inbox_url, followers_id,"
    " featured_id, also_known_as, url, fetched_at, gone_at"
)

COMPARED = {
    "declarations": (
        "SELECT key, slug, state, form, kind, language, visibility, in_reply_to, reason,"
        " keeps_text, revision, url_revision, created_at, updated_at, scheduled_at, schedule_zone,"
        f" published_at, edited_at, corrected_at, pinned_at, stands_at, imported_at, reveal_on,"
        f" fields FROM declarations d WHERE {OPEN}"
    ),
    "declaration_versions": (
        "SELECT d.key, t.language, title, summary, source, html, translator, t.state, changed_in,"
        f" inserted, document, t.updated_at FROM declaration_versions t {D} WHERE {OPEN}"
    ),
    "declaration_revisions": (
        "SELECT d.key, t.revision, t.language, title, summary, source, made_at"
        f" FROM declaration_revisions t {D} WHERE {OPEN}"
    ),
    "declaration_tags": f"SELECT d.key, tag, name FROM declaration_tags t {D}",
    "declaration_countries": f"SELECT d.key, country FROM declaration_countries t {D}",
    "declaration_organisations": (
        f"SELECT d.key, organisation, name FROM declaration_organisations t {D}"
    ),
    "declaration_mentions": (
        f"SELECT d.key, t.handle, p.actor_id FROM declaration_mentions t {D} {P}"
    ),
    "declaration_media": (
        "SELECT d.key, t.language, place, role, m.key AS picture, alt FROM declaration_media t"
        f" JOIN media m ON m.id = t.media {D}"
    ),
    "corrections": f"SELECT d.key, told, t.corrected_at FROM corrections t {D}",
    "passages": (
        "SELECT a.name, slug, texts, source, t.revision, t.created_at, t.updated_at"
        " FROM passages t JOIN actors a ON a.id = t.actor"
    ),
    "passage_uses": (
        "SELECT s.slug, d.key, t.language FROM passage_uses t"
        f" JOIN passages s ON s.id = t.passage {D}"
    ),
    "introductions": (
        "SELECT a.name, subject, mark, t.name AS named, texts, t.revision, t.updated_at"
        " FROM introductions t JOIN actors a ON a.id = t.actor"
    ),
    "slugs": (
        "SELECT a.name, t.slug, d.key FROM slugs t JOIN actors a ON a.id = t.actor"
        f" {D} WHERE {OPEN}"
    ),
    "old_paths": f"SELECT path, d.key, t.language FROM old_paths t {D}",
    "imported_entries": (
        "SELECT a.name, identity, title_hash, d.key, t.language, t.imported_at"
        f" FROM imported_entries t JOIN actors a ON a.id = t.actor {D}"
    ),
    "media": "SELECT key, a.name, m.created_at FROM media m JOIN actors a ON a.id = m.actor",
    "media_files": (
        "SELECT key, size, name, media_type, width, height FROM media_files t"
        " JOIN media m ON m.id = t.media"
    ),
    "media_enclosed": (
        "SELECT key, t.name, media_type, bytes, seconds, pages FROM media_enclosed t"
        " JOIN media m ON m.id = t.media"
    ),
    "media_texts": "SELECT key, language, alt FROM media_texts t JOIN media m ON m.id = t.media",
    "objects": (
        "SELECT a.name, d.key, object_id, o.type, o.document, likes, shares, o.created_at,"
        " deleted_at FROM objects o JOIN actors a ON a.id = o.actor LEFT JOIN declarations d"
        " ON d.id = o.declaration WHERE d.id IS NULL OR d.visibility <> 'direct'"
    ),
    "editions": (
        "SELECT d.key, t.language, o.object_id, t.published_at FROM editions t"
        f" JOIN objects o ON o.id = t.object {D}"
    ),
    "activities": (
        "SELECT a.name, activity_id, v.type, v.object_id, v.document, signed_by, fetchable, listed,"
        " v.created_at FROM activities v JOIN actors a ON a.id = v.actor LEFT JOIN objects o"
        " ON o.id = v.object LEFT JOIN declarations d ON d.id = o.declaration"
        " WHERE v.type IN ('Create', 'Announce') AND (d.id IS NULL OR d.visibility <> 'direct')"
    ),
    "boosts": (
        "SELECT a.name, t.object_id, v.activity_id, t.created_at FROM boosts t"
        " JOIN actors a ON a.id = t.actor JOIN activities v ON v.id = t.activity"
    ),
    "responses": (
        "SELECT a.name, t.key, p.actor_id, o.object_id AS ours, t.object_id, t.in_reply_to,"
        " t.visibility, t.state, t.language, t.html, t.url, t.published_at, t.edited_at,"
        f" t.received_at FROM responses t JOIN actors a ON a.id = t.actor {P}"
        " LEFT JOIN objects o ON o.id = t.object WHERE t.state <> 'mailbox'"
    ),
    "remote_actors": f"SELECT {PERSON} FROM remote_actors",
    "followers": (
        "SELECT a.name, p.actor_id, i.url, follow_id, state, t.created_at FROM followers t"
        f" JOIN actors a ON a.id = t.actor {P} JOIN inboxes i ON i.id = t.inbox"
    ),
    "following": (
        "SELECT a.name, p.actor_id, follow_id, state, t.created_at FROM following t"
        f" JOIN actors a ON a.id = t.actor {P}"
    ),
    "interactions": (
        "SELECT o.object_id, p.actor_id, kind, activity_id, t.created_at FROM interactions t"
        f" JOIN objects o ON o.id = t.object {P}"
    ),
    "stamps": (
        "SELECT a.name, t.key, o.object_id, p.actor_id, quoting_id, t.document, t.created_at,"
        f" revoked_at FROM stamps t JOIN actors a ON a.id = t.actor {P}"
        " JOIN objects o ON o.id = t.object"
    ),
    "reach": (
        "SELECT object_id, i.url, reached_at FROM reach t JOIN inboxes i ON i.id = t.inbox"
    ),
    "blocks": "SELECT kind, value, reason, created_at FROM blocks",
    "audience": (
        "SELECT a.name, i.url, followers FROM audience t JOIN actors a ON a.id = t.actor"
        " JOIN inboxes i ON i.id = t.inbox"
    ),
    "inboxes": "SELECT url, origin FROM inboxes",
    "spellings": "SELECT spelling, name, meaning FROM spellings",
    "search": f"SELECT d.key, t.language, words FROM search t {D}",
    "headings": (
        "SELECT a.name, subject, mark, listed, works FROM headings t"
        " JOIN actors a ON a.id = t.actor"
    ),
    "catalogue": (
        "SELECT d.key, h.subject, h.mark, t.stands_at, t.published_at, t.readable FROM catalogue t"
        f" JOIN headings h ON h.id = t.heading {D}"
    ),
}  # fmt: skip


async def contents(reader: Reader, table: str) -> list[tuple[object, ...]]:
    """Its rows, in an order that is the same everywhere."""
    rows = await reader.fetch_all(COMPARED[table])
    return sorted((_values(row) for row in rows), key=repr)


def _values(row: Row) -> tuple[object, ...]:
    names = list(row.keys())
    return tuple(row[name] for name in names)
