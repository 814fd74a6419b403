-- What is heard or read: a recording or a document beside its picture, which is in media_files.

CREATE TABLE media_enclosed (
    media       BIGINT PRIMARY KEY REFERENCES media (id),
    name        TEXT NOT NULL,
    media_type  TEXT NOT NULL,
    bytes       BIGINT NOT NULL,
    seconds     BIGINT NOT NULL,
    pages       BIGINT NOT NULL
);
CREATE INDEX media_enclosed_by_name ON media_enclosed (name);
