-- Graves of others' objects are forgotten by their age, a portion at a time.

CREATE INDEX remote_tombstones_by_age ON remote_tombstones (deleted_at);
