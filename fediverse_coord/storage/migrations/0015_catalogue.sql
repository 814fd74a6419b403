-- The catalogue: under which headings a published work stands, so that readers leaf through what
-- they chose, and how many stand there, so that nobody counts. `storage/catalogue` keeps both in
-- the transaction that changes a declaration.

-- `listed` are the rows of the catalogue, `works` those of them whose text may be read.
CREATE TABLE headings (
    id          {identity},
    actor       BIGINT NOT NULL REFERENCES actors (id),
    subject     TEXT NOT NULL CHECK (subject IN
                ('all', 'year', 'kind', 'country', 'organisation', 'language', 'topic')),
    mark        TEXT NOT NULL,
    listed      BIGINT NOT NULL,
    works       BIGINT NOT NULL,
    UNIQUE (actor, subject, mark)
);
CREATE INDEX headings_by_works ON headings (actor, subject, works DESC, mark);

CREATE TABLE catalogue (
    declaration     BIGINT NOT NULL REFERENCES declarations (id),
    heading         BIGINT NOT NULL REFERENCES headings (id),
    stands_at       BIGINT NOT NULL,
    published_at    BIGINT NOT NULL,
    readable        BIGINT NOT NULL,
    PRIMARY KEY (declaration, heading)
);
CREATE INDEX catalogue_by_day ON catalogue (heading, stands_at, declaration);
CREATE INDEX catalogue_by_release ON catalogue (heading, published_at, declaration);

-- What is out already.
CREATE TABLE shown AS
SELECT d.id AS declaration, d.actor, d.stands_at, d.published_at, d.kind,
       CASE WHEN d.state = 'published' OR d.keeps_text = 1 THEN 1 ELSE 0 END AS readable,
       {year} AS year
  FROM declarations d JOIN actors a ON a.id = d.actor
 WHERE d.state IN ('published', 'withdrawn') AND d.visibility = 'public'
   AND d.in_reply_to IS NULL AND d.published_at IS NOT NULL AND a.retired_at IS NULL;
CREATE TABLE standing AS
SELECT declaration, 'all' AS subject, '' AS mark FROM shown
 UNION ALL SELECT declaration, 'year', year FROM shown
 UNION ALL SELECT declaration, 'kind', kind FROM shown WHERE kind IS NOT NULL
 UNION ALL SELECT declaration, 'country', country FROM declaration_countries
 UNION ALL SELECT declaration, 'organisation', organisation FROM declaration_organisations
 UNION ALL SELECT declaration, 'language', language FROM declaration_versions
            WHERE state = 'published'
 UNION ALL SELECT declaration, 'topic', tag FROM declaration_tags;
INSERT INTO headings (actor, subject, mark, listed, works)
SELECT s.actor, t.subject, t.mark, count(*), sum(s.readable)
  FROM standing t JOIN shown s ON s.declaration = t.declaration
 GROUP BY s.actor, t.subject, t.mark ORDER BY s.actor, t.subject, t.mark;
INSERT INTO catalogue (declaration, heading, stands_at, published_at, readable)
SELECT s.declaration, h.id, s.stands_at, s.published_at, s.readable
  FROM standing t JOIN shown s ON s.declaration = t.declaration
  JOIN headings h ON h.actor = s.actor AND h.subject = t.subject AND h.mark = t.mark
 ORDER BY s.declaration, h.id;
DROP TABLE standing;
DROP TABLE shown;

-- Lists leaf through these in their order; what was sorted for them is sorted no more.
DROP INDEX declarations_of_actor;
DROP INDEX declarations_by_day;
CREATE INDEX declarations_of_actor ON declarations (actor, id);
CREATE INDEX declarations_by_state ON declarations (actor, state, id);
CREATE INDEX declarations_by_kind ON declarations (actor, kind, id);
CREATE INDEX declarations_pinned ON declarations (actor, pinned_at) WHERE pinned_at IS NOT NULL;
CREATE INDEX declarations_unlisted ON declarations (actor, id)
    WHERE state <> 'published' OR visibility <> 'public' OR in_reply_to IS NOT NULL;
CREATE INDEX declaration_versions_by_language ON declaration_versions (language, declaration);
CREATE INDEX declaration_versions_unpublished ON declaration_versions (declaration)
    WHERE state <> 'published';

-- Which words begin with what was typed, so that a beginning is looked for by whole words.
{search_endings};
