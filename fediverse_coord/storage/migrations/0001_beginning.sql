-- The first shape of what is remembered.  docs/architecture.md: What is stored, decided once.
-- Moments are whole milliseconds since 1970, UTC. Documents are bytes, never a database's JSON.
-- Slots: {identity} a row number made by the engine, {bytes} the engine's byte string.

-- Identity: what must never be lost or changed by accident.

CREATE TABLE instance (
    id          BIGINT PRIMARY KEY CHECK (id = 1),
    origin      TEXT NOT NULL,
    sending     TEXT NOT NULL CHECK (sending IN ('on', 'held')),
    created_at  BIGINT NOT NULL
);

CREATE TABLE actors (
    id          {identity},
    name        TEXT NOT NULL UNIQUE,
    actor_id    TEXT NOT NULL UNIQUE,
    type        TEXT NOT NULL,
    role        TEXT NOT NULL CHECK (role IN ('coordination', 'instance')),
    profile     TEXT NOT NULL,
    revision    BIGINT NOT NULL,
    document    {bytes} NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    retired_at  BIGINT
);

CREATE TABLE keys (
    id          {identity},
    actor       BIGINT NOT NULL REFERENCES actors (id),
    key_id      TEXT NOT NULL UNIQUE,
    algorithm   TEXT NOT NULL CHECK (algorithm IN ('rsa', 'ed25519')),
    private_key {bytes} NOT NULL,
    public_key  TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    retired_at  BIGINT
);
CREATE INDEX keys_of_actor ON keys (actor);

-- People: their names can be erased, their row numbers stay in the audit.

CREATE TABLE people (
    id          {identity},
    name        TEXT UNIQUE,
    created_at  BIGINT NOT NULL,
    erased_at   BIGINT
);

CREATE TABLE tokens (
    id          {identity},
    person      BIGINT NOT NULL REFERENCES people (id),
    handle      TEXT NOT NULL UNIQUE,
    secret_hash {bytes} NOT NULL,
    role        TEXT NOT NULL CHECK (role IN ('editor', 'publisher', 'moderator', 'admin')),
    created_at  BIGINT NOT NULL,
    revoked_at  BIGINT
);

CREATE TABLE token_actors (
    token       BIGINT NOT NULL REFERENCES tokens (id),
    actor       BIGINT NOT NULL REFERENCES actors (id),
    PRIMARY KEY (token, actor)
);

CREATE TABLE audit (
    id          {identity},
    person      BIGINT REFERENCES people (id),
    verb        TEXT NOT NULL,
    subject     TEXT NOT NULL,
    at          BIGINT NOT NULL
);

CREATE TABLE idempotency (
    person      BIGINT NOT NULL REFERENCES people (id),
    key         TEXT NOT NULL,
    fingerprint {bytes} NOT NULL,
    status      BIGINT,
    location    TEXT,
    body        {bytes},
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (person, key)
);

-- What we know of others.

CREATE TABLE remote_actors (
    id                  {identity},
    actor_id            TEXT NOT NULL UNIQUE,
    host                TEXT NOT NULL,
    type                TEXT NOT NULL,
    username            TEXT NOT NULL,
    name                TEXT NOT NULL,
    handle              TEXT,
    inbox_url           TEXT NOT NULL,
    shared_inbox_url    TEXT,
    followers_id        TEXT,
    featured_id         TEXT,
    also_known_as       TEXT NOT NULL,
    url                 TEXT,
    fetched_at          BIGINT NOT NULL,
    gone_at             BIGINT
);
CREATE INDEX remote_actors_on_host ON remote_actors (host);
CREATE INDEX remote_actors_by_inbox ON remote_actors (inbox_url);
CREATE INDEX remote_actors_by_handle ON remote_actors (handle);

CREATE TABLE remote_keys (
    key_id      TEXT PRIMARY KEY,
    owner_id    TEXT NOT NULL,
    public_key  TEXT NOT NULL,
    fetched_at  BIGINT NOT NULL
);
CREATE INDEX remote_keys_of_owner ON remote_keys (owner_id);

CREATE TABLE origins (
    origin          TEXT PRIMARY KEY,
    spec            TEXT,
    spec_until      BIGINT,
    failures        BIGINT NOT NULL,
    failing_since   BIGINT,
    probe_at        BIGINT,
    paused_at       BIGINT
);

CREATE TABLE blocks (
    id          {identity},
    kind        TEXT NOT NULL CHECK (kind IN ('actor', 'domain')),
    value       TEXT NOT NULL,
    reason      TEXT,
    created_at  BIGINT NOT NULL,
    UNIQUE (kind, value)
);

-- Followers, and the inboxes they are reached at.

CREATE TABLE inboxes (
    id          {identity},
    url         TEXT NOT NULL UNIQUE,
    origin      TEXT NOT NULL
);
CREATE INDEX inboxes_of_origin ON inboxes (origin);

CREATE TABLE followers (
    id              {identity},
    actor           BIGINT NOT NULL REFERENCES actors (id),
    remote_actor    BIGINT NOT NULL REFERENCES remote_actors (id),
    inbox           BIGINT NOT NULL REFERENCES inboxes (id),
    follow_id       TEXT,
    state           TEXT NOT NULL CHECK (state IN ('requested', 'follower')),
    created_at      BIGINT NOT NULL,
    UNIQUE (actor, remote_actor)
);
CREATE INDEX followers_by_remote_actor ON followers (remote_actor);
CREATE INDEX followers_by_inbox ON followers (inbox, actor);

CREATE TABLE audience (
    actor       BIGINT NOT NULL REFERENCES actors (id),
    inbox       BIGINT NOT NULL REFERENCES inboxes (id),
    followers   BIGINT NOT NULL,
    PRIMARY KEY (actor, inbox)
);

CREATE TABLE following (
    id              {identity},
    actor           BIGINT NOT NULL REFERENCES actors (id),
    remote_actor    BIGINT NOT NULL REFERENCES remote_actors (id),
    follow_id       TEXT NOT NULL UNIQUE,
    state           TEXT NOT NULL CHECK (state IN ('requested', 'accepted', 'rejected')),
    created_at      BIGINT NOT NULL,
    UNIQUE (actor, remote_actor)
);

-- Declarations: one work, one version a language. An answer is a declaration with in_reply_to.

CREATE TABLE declarations (
    id              {identity},
    actor           BIGINT NOT NULL REFERENCES actors (id),
    key             TEXT NOT NULL UNIQUE,
    slug            TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN
                    ('draft', 'awaiting_approval', 'scheduled', 'published', 'withdrawn', 'deleted')),
    form            TEXT NOT NULL CHECK (form IN ('note', 'article')),
    kind            TEXT,
    language        TEXT NOT NULL,
    visibility      TEXT NOT NULL CHECK (visibility IN ('public', 'unlisted', 'followers', 'direct')),
    in_reply_to     TEXT,
    fields          TEXT NOT NULL,
    reason          TEXT,
    keeps_text      BIGINT NOT NULL,
    revision        BIGINT NOT NULL,
    url_revision    BIGINT NOT NULL,
    created_by      BIGINT REFERENCES people (id),
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    scheduled_at    BIGINT,
    published_at    BIGINT,
    edited_at       BIGINT,
    corrected_at    BIGINT,
    pinned_at       BIGINT
);
CREATE INDEX declarations_of_actor ON declarations (actor, state, published_at, id);
CREATE INDEX declarations_due ON declarations (scheduled_at) WHERE state = 'scheduled';
CREATE INDEX declarations_in_reply_to ON declarations (in_reply_to) WHERE in_reply_to IS NOT NULL;

CREATE TABLE declaration_versions (
    declaration     BIGINT NOT NULL REFERENCES declarations (id),
    language        TEXT NOT NULL,
    title           TEXT,
    summary         TEXT,
    source          TEXT NOT NULL,
    html            TEXT NOT NULL,
    translator      TEXT,
    state           TEXT NOT NULL CHECK (state IN ('draft', 'reviewed', 'published')),
    document        {bytes},
    updated_at      BIGINT NOT NULL,
    PRIMARY KEY (declaration, language)
);

CREATE TABLE declaration_revisions (
    declaration     BIGINT NOT NULL REFERENCES declarations (id),
    revision        BIGINT NOT NULL,
    language        TEXT NOT NULL,
    title           TEXT,
    summary         TEXT,
    source          TEXT NOT NULL,
    person          BIGINT REFERENCES people (id),
    made_at         BIGINT NOT NULL,
    PRIMARY KEY (declaration, revision, language)
);

CREATE TABLE declaration_tags (
    declaration     BIGINT NOT NULL REFERENCES declarations (id),
    tag             TEXT NOT NULL,
    name            TEXT NOT NULL,
    PRIMARY KEY (declaration, tag)
);
CREATE INDEX declaration_tags_by_tag ON declaration_tags (tag, declaration);

CREATE TABLE declaration_mentions (
    declaration     BIGINT NOT NULL REFERENCES declarations (id),
    handle          TEXT NOT NULL,
    remote_actor    BIGINT NOT NULL REFERENCES remote_actors (id),
    PRIMARY KEY (declaration, handle)
);

CREATE TABLE slugs (
    actor           BIGINT NOT NULL REFERENCES actors (id),
    slug            TEXT NOT NULL,
    declaration     BIGINT NOT NULL REFERENCES declarations (id),
    PRIMARY KEY (actor, slug)
);

-- What stands on the wire, as bytes.

CREATE TABLE objects (
    id              {identity},
    actor           BIGINT NOT NULL REFERENCES actors (id),
    declaration     BIGINT UNIQUE REFERENCES declarations (id),
    object_id       TEXT NOT NULL UNIQUE,
    type            TEXT NOT NULL,
    document        {bytes} NOT NULL,
    likes           BIGINT NOT NULL,
    shares          BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    deleted_at      BIGINT
);

CREATE TABLE activities (
    id              {identity},
    actor           BIGINT NOT NULL REFERENCES actors (id),
    activity_id     TEXT NOT NULL UNIQUE,
    type            TEXT NOT NULL,
    object          BIGINT REFERENCES objects (id),
    object_id       TEXT,
    document        {bytes} NOT NULL,
    signed_by       TEXT,
    fetchable       BIGINT NOT NULL,
    listed          BIGINT NOT NULL,
    created_at      BIGINT NOT NULL
);
CREATE INDEX activities_listed ON activities (actor, id) WHERE listed = 1;
CREATE INDEX activities_on_object ON activities (object_id, type);

CREATE TABLE fan_outs (
    id              {identity},
    activity        BIGINT NOT NULL UNIQUE REFERENCES activities (id),
    to_followers    BIGINT NOT NULL,
    to_reach        BIGINT NOT NULL,
    after_inbox     BIGINT NOT NULL,
    created_at      BIGINT NOT NULL
);

CREATE TABLE deliveries (
    id              {identity},
    activity        BIGINT NOT NULL REFERENCES activities (id),
    inbox           BIGINT NOT NULL REFERENCES inboxes (id),
    object          BIGINT REFERENCES objects (id),
    state           TEXT NOT NULL CHECK (state IN
                    ('waiting', 'delivered', 'refused', 'gone', 'abandoned', 'superseded')),
    attempts        BIGINT NOT NULL,
    due_at          BIGINT NOT NULL,
    leased_until    BIGINT,
    lease_token     TEXT,
    status          BIGINT,
    fault           TEXT,
    created_at      BIGINT NOT NULL,
    settled_at      BIGINT,
    UNIQUE (activity, inbox)
);
CREATE INDEX deliveries_due ON deliveries (due_at, id) WHERE state = 'waiting';
CREATE INDEX deliveries_waiting_for_inbox ON deliveries (inbox, object, id)
    WHERE state = 'waiting' OR leased_until IS NOT NULL;

CREATE TABLE reach (
    object_id       TEXT NOT NULL,
    inbox           BIGINT NOT NULL REFERENCES inboxes (id),
    reached_at      BIGINT NOT NULL,
    PRIMARY KEY (object_id, inbox)
);

-- What comes in: a queue that is emptied, two memories, and what it left behind.

CREATE TABLE inbox (
    id              {identity},
    kind            TEXT NOT NULL CHECK (kind IN ('activity', 'notice')),
    type            TEXT NOT NULL,
    actor_id        TEXT NOT NULL,
    activity_id     TEXT,
    object_id       TEXT,
    document        {bytes},
    received_at     BIGINT NOT NULL,
    due_at          BIGINT NOT NULL,
    attempts        BIGINT NOT NULL,
    leased_until    BIGINT,
    lease_token     TEXT,
    parked_at       BIGINT,
    fault           TEXT
);
CREATE INDEX inbox_due ON inbox (due_at, id) WHERE parked_at IS NULL;
CREATE INDEX inbox_of_actor ON inbox (actor_id, id) WHERE parked_at IS NULL;

CREATE TABLE seen_requests (
    fingerprint     {bytes} PRIMARY KEY,
    seen_at         BIGINT NOT NULL
);
CREATE INDEX seen_requests_by_age ON seen_requests (seen_at);

CREATE TABLE seen_activities (
    actor_id        TEXT NOT NULL,
    activity_id     TEXT NOT NULL,
    seen_at         BIGINT NOT NULL,
    PRIMARY KEY (actor_id, activity_id)
);
CREATE INDEX seen_activities_by_age ON seen_activities (seen_at);

CREATE TABLE remote_tombstones (
    object_id       TEXT PRIMARY KEY,
    deleted_at      BIGINT NOT NULL
);

CREATE TABLE responses (
    id              {identity},
    key             TEXT NOT NULL UNIQUE,
    actor           BIGINT NOT NULL REFERENCES actors (id),
    remote_actor    BIGINT NOT NULL REFERENCES remote_actors (id),
    object          BIGINT REFERENCES objects (id),
    object_id       TEXT NOT NULL,
    in_reply_to     TEXT,
    visibility      TEXT NOT NULL CHECK (visibility IN ('public', 'unlisted', 'followers', 'direct')),
    state           TEXT NOT NULL CHECK (state IN ('held', 'approved', 'rejected', 'mailbox')),
    language        TEXT,
    html            TEXT NOT NULL,
    url             TEXT,
    published_at    BIGINT NOT NULL,
    edited_at       BIGINT,
    received_at     BIGINT NOT NULL,
    UNIQUE (actor, object_id)
);
CREATE INDEX responses_of_actor ON responses (actor, state, id);
CREATE INDEX responses_to_object ON responses (object, state, id);
CREATE INDEX responses_by_remote_actor ON responses (remote_actor, state);
CREATE INDEX responses_by_object_id ON responses (object_id);

CREATE TABLE interactions (
    id              {identity},
    object          BIGINT NOT NULL REFERENCES objects (id),
    remote_actor    BIGINT NOT NULL REFERENCES remote_actors (id),
    kind            TEXT NOT NULL CHECK (kind IN ('like', 'boost')),
    activity_id     TEXT,
    created_at      BIGINT NOT NULL,
    UNIQUE (object, remote_actor, kind)
);
CREATE INDEX interactions_by_remote_actor ON interactions (remote_actor);
CREATE INDEX interactions_by_activity_id ON interactions (activity_id);

CREATE TABLE boosts (
    id              {identity},
    actor           BIGINT NOT NULL REFERENCES actors (id),
    object_id       TEXT NOT NULL,
    activity        BIGINT NOT NULL REFERENCES activities (id),
    created_at      BIGINT NOT NULL,
    UNIQUE (actor, object_id)
);

CREATE TABLE stamps (
    id              {identity},
    key             TEXT NOT NULL UNIQUE,
    actor           BIGINT NOT NULL REFERENCES actors (id),
    object          BIGINT NOT NULL REFERENCES objects (id),
    remote_actor    BIGINT NOT NULL REFERENCES remote_actors (id),
    quoting_id      TEXT NOT NULL,
    document        {bytes} NOT NULL,
    created_at      BIGINT NOT NULL,
    revoked_at      BIGINT,
    UNIQUE (object, quoting_id)
);
CREATE INDEX stamps_by_quoting_id ON stamps (quoting_id);
CREATE INDEX stamps_by_remote_actor ON stamps (remote_actor);

CREATE TABLE reports (
    id              {identity},
    type            TEXT NOT NULL,
    actor_id        TEXT NOT NULL,
    about           TEXT NOT NULL,
    content         TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    handled_at      BIGINT
);

CREATE TABLE changes (
    id              {identity},
    key             TEXT NOT NULL,
    changed_at      BIGINT NOT NULL
);
