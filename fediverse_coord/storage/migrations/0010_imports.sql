-- Texts of earlier sites: which came in from where, and where their readers used to find them.
-- A declaration with `imported_at` was never sent; once it is published by name it has none.

ALTER TABLE declarations ADD COLUMN imported_at BIGINT;

-- What a source calls a text, so that it comes in once. `title_hash` finds one whose title alone
-- stands elsewhere.
CREATE TABLE imported_entries (
    actor       BIGINT NOT NULL REFERENCES actors (id),
    identity    TEXT NOT NULL,
    title_hash  TEXT NOT NULL,
    declaration BIGINT NOT NULL REFERENCES declarations (id),
    language    TEXT NOT NULL,
    imported_at BIGINT NOT NULL,
    PRIMARY KEY (actor, identity)
);
CREATE INDEX imported_entries_by_title ON imported_entries (actor, title_hash);

CREATE TABLE old_paths (
    path        TEXT PRIMARY KEY,
    declaration BIGINT NOT NULL REFERENCES declarations (id),
    language    TEXT NOT NULL
);
CREATE INDEX old_paths_of_declaration ON old_paths (declaration);
