-- Language editions: the object under which a version stands with an actor of its language.

CREATE TABLE editions (
    declaration     BIGINT NOT NULL REFERENCES declarations (id),
    language        TEXT NOT NULL,
    object          BIGINT NOT NULL UNIQUE REFERENCES objects (id),
    published_at    BIGINT NOT NULL,
    PRIMARY KEY (declaration, language)
);
