-- How far revisions have been stamped by each calendar: later ones were stamped when they were recorded, or are looked at by the next pass.
-- These rows say what holds now and are updated.

CREATE TABLE calendar_pass (
    exchange         TEXT    NOT NULL,
    calendar_version TEXT    NOT NULL,
    through_key      INTEGER NOT NULL, -- of the last revision that was looked at
    PRIMARY KEY (exchange, calendar_version)
) STRICT, WITHOUT ROWID;
