-- What operators need of a server that grows: under which domain its handles stand, whether this
-- database was carried over to another, and counts of receipts that are forgotten.

ALTER TABLE instance ADD COLUMN handle_domain TEXT;
ALTER TABLE instance ADD COLUMN moved_to TEXT;

CREATE TABLE receipt_counts (
    object_id   TEXT NOT NULL,
    state       TEXT NOT NULL,
    number      BIGINT NOT NULL,
    PRIMARY KEY (object_id, state)
);
