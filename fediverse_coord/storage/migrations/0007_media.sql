-- Pictures of declarations. Their files lie in the folder of media, under the hash of what is in
-- them; several pictures may share one. What nothing uses is forgotten after a day.

CREATE TABLE media (
    id          {identity},
    key         TEXT NOT NULL UNIQUE,
    actor       BIGINT NOT NULL REFERENCES actors (id),
    revision    BIGINT NOT NULL,
    created_by  BIGINT REFERENCES people (id),
    created_at  BIGINT NOT NULL,
    used_at     BIGINT NOT NULL
);

CREATE TABLE media_files (
    media       BIGINT NOT NULL REFERENCES media (id),
    size        TEXT NOT NULL CHECK (size IN ('page', 'small', 'card')),
    name        TEXT NOT NULL,
    media_type  TEXT NOT NULL,
    width       BIGINT NOT NULL,
    height      BIGINT NOT NULL,
    PRIMARY KEY (media, size)
);
CREATE INDEX media_files_by_name ON media_files (name);

CREATE TABLE media_texts (
    media       BIGINT NOT NULL REFERENCES media (id),
    language    TEXT NOT NULL,
    alt         TEXT NOT NULL,
    PRIMARY KEY (media, language)
);

-- Where a declaration shows which: its hero (language '', place 0), or in the text of a version,
-- with the text's own words for it.
CREATE TABLE declaration_media (
    declaration BIGINT NOT NULL REFERENCES declarations (id),
    language    TEXT NOT NULL,
    place       BIGINT NOT NULL,
    role        TEXT NOT NULL CHECK (role IN ('hero', 'text')),
    media       BIGINT NOT NULL REFERENCES media (id),
    alt         TEXT NOT NULL,
    PRIMARY KEY (declaration, language, place)
);
CREATE INDEX declaration_media_by_media ON declaration_media (media);
