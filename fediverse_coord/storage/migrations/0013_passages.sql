-- Passages: paragraphs that several texts of a coordination hold. `texts` is JSON, of each language
-- its words, the first language first; `source` is JSON too. A version keeps the words that it was
-- saved with in `inserted`.

CREATE TABLE passages (
    id          {identity},
    actor       BIGINT NOT NULL REFERENCES actors (id),
    slug        TEXT NOT NULL,
    texts       TEXT NOT NULL,
    source      TEXT NOT NULL,
    revision    BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    UNIQUE (actor, slug)
);

CREATE TABLE passage_uses (
    passage     BIGINT NOT NULL REFERENCES passages (id),
    declaration BIGINT NOT NULL REFERENCES declarations (id),
    language    TEXT NOT NULL,
    PRIMARY KEY (passage, declaration, language)
);
CREATE INDEX passage_uses_of_declaration ON passage_uses (declaration);

ALTER TABLE declaration_versions ADD COLUMN inserted TEXT;

-- What stands at the top of the page and in the feed of a topic, a country or an organisation.
-- `mark` is what texts are chosen by there, `name` as it was written.

CREATE TABLE introductions (
    id          {identity},
    actor       BIGINT NOT NULL REFERENCES actors (id),
    subject     TEXT NOT NULL CHECK (subject IN ('topic', 'country', 'organisation')),
    mark        TEXT NOT NULL,
    name        TEXT NOT NULL,
    texts       TEXT NOT NULL,
    revision    BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    UNIQUE (actor, subject, mark)
);
