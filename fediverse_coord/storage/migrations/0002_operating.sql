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

-- What nobody refers to any more is found, and its end checked, by these.
CREATE INDEX audience_by_inbox ON audience (inbox);
CREATE INDEX deliveries_by_inbox ON deliveries (inbox);
CREATE INDEX reach_by_inbox ON reach (inbox);
CREATE INDEX declaration_mentions_by_remote_actor ON declaration_mentions (remote_actor);
CREATE INDEX following_by_remote_actor ON following (remote_actor);
CREATE INDEX boosts_by_activity ON boosts (activity);
