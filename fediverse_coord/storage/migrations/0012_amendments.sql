-- Edits of what is published that wait for other coordinators. `proposed` is what the edit would
-- make of the declaration, read from `revision`; names that are confidential stand in it sealed.

CREATE TABLE amendments (
    id          {identity},
    key         TEXT NOT NULL UNIQUE,
    declaration BIGINT NOT NULL REFERENCES declarations (id),
    revision    BIGINT NOT NULL,
    proposed    TEXT NOT NULL,
    proposed_at BIGINT NOT NULL
);
CREATE INDEX amendments_of_declaration ON amendments (declaration);

CREATE TABLE amendment_people (
    amendment   BIGINT NOT NULL REFERENCES amendments (id),
    person      BIGINT NOT NULL REFERENCES people (id),
    PRIMARY KEY (amendment, person)
);
