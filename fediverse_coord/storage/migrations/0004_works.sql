-- What a declaration is besides its text: which version is out and from which revision it was made,
-- visible corrections, the day and countries by which an archive is leafed through, the hour a
-- schedule was given in, the day a name may be shown from. And of servers that fail: whether they
-- answer at all, or keep whoever asks waiting.

ALTER TABLE declaration_versions ADD COLUMN changed_in BIGINT NOT NULL DEFAULT 1;

ALTER TABLE declarations ADD COLUMN stands_at BIGINT NOT NULL DEFAULT 0;
UPDATE declarations SET stands_at = coalesce(published_at, created_at);
UPDATE declaration_versions SET state = 'published' WHERE document IS NOT NULL;
ALTER TABLE declarations ADD COLUMN schedule_zone TEXT;
ALTER TABLE declarations ADD COLUMN reveal_on TEXT;
CREATE INDEX declarations_by_day ON declarations (actor, stands_at, id);
CREATE INDEX declarations_to_reveal ON declarations (reveal_on) WHERE reveal_on IS NOT NULL;

CREATE TABLE declaration_countries (
    declaration     BIGINT NOT NULL REFERENCES declarations (id),
    country         TEXT NOT NULL,
    PRIMARY KEY (declaration, country)
);
CREATE INDEX declaration_countries_by_country ON declaration_countries (country, declaration);

CREATE TABLE corrections (
    id              {identity},
    declaration     BIGINT NOT NULL REFERENCES declarations (id),
    told            TEXT NOT NULL,
    corrected_at    BIGINT NOT NULL
);
CREATE INDEX corrections_of_declaration ON corrections (declaration, id);

ALTER TABLE origins ADD COLUMN answering BIGINT NOT NULL DEFAULT 0;
