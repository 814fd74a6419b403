-- Papers made of what is published, each once. All of them can be made again at any time.

CREATE TABLE papers (
    declaration     BIGINT NOT NULL REFERENCES declarations (id),
    language        TEXT NOT NULL,
    revision        BIGINT NOT NULL,
    edition         TEXT NOT NULL,
    size            BIGINT NOT NULL,
    made_at         BIGINT NOT NULL,
    content         {bytes} NOT NULL,
    PRIMARY KEY (declaration, language)
);
CREATE INDEX papers_by_age ON papers (made_at);
