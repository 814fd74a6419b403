-- Search: a row for each published version that anybody may read, and other spellings of names.
-- `words` is made by publishing/search_words; the index over it differs with the engine.

-- `place` orders by the day on which a text stands in the archive, newest highest.
CREATE TABLE search (
    place       BIGINT PRIMARY KEY,
    declaration BIGINT NOT NULL REFERENCES declarations (id),
    language    TEXT NOT NULL,
    words       TEXT NOT NULL,
    UNIQUE (declaration, language)
);
{search_index};
{search_put};

-- Organisations that stand under texts which anybody may read; `organisation` in folded words.
CREATE TABLE declaration_organisations (
    declaration     BIGINT NOT NULL REFERENCES declarations (id),
    organisation    TEXT NOT NULL,
    name            TEXT NOT NULL,
    PRIMARY KEY (declaration, organisation)
);
CREATE INDEX declaration_organisations_by_name ON declaration_organisations (organisation);

-- How far declarations from before this migration have been taken in (NULL: all of them), and
-- whether the index still holds words that were taken out of a text. No row: nothing to do.
CREATE TABLE search_upkeep (
    id          BIGINT PRIMARY KEY,  -- always 1
    filled_to   BIGINT,
    unclean     BIGINT NOT NULL
);
INSERT INTO search_upkeep (id, filled_to, unclean)
SELECT 1, 0, 0 WHERE EXISTS (SELECT 1 FROM declarations);
{search_dropped};

-- Names that are the same: `spelling` in folded words, `name` as an editor wrote it.
CREATE TABLE spellings (
    spelling    TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    meaning     TEXT NOT NULL
);
CREATE INDEX spellings_by_meaning ON spellings (meaning);
