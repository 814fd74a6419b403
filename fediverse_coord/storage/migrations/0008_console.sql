-- Sessions of the console. One begins as a link that waits to be followed, once; what is kept of
-- link and cookie is a hash. No address, no browser; `idle_until` is a full hour, so that it does
-- not tell when somebody was at work.

CREATE TABLE sessions (
    id          {identity},
    handle      TEXT NOT NULL UNIQUE,
    person      BIGINT NOT NULL REFERENCES people (id),
    token       BIGINT REFERENCES tokens (id),
    role        TEXT NOT NULL CHECK (role IN ('editor', 'publisher', 'moderator', 'admin')),
    secret_hash {bytes} NOT NULL UNIQUE,
    opened_at   BIGINT,
    idle_until  BIGINT NOT NULL,
    ends_at     BIGINT NOT NULL
);
CREATE INDEX sessions_of_person ON sessions (person);

CREATE TABLE session_actors (
    session     BIGINT NOT NULL REFERENCES sessions (id),
    actor       BIGINT NOT NULL REFERENCES actors (id),
    PRIMARY KEY (session, actor)
);
