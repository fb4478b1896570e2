-- How far revisions have been stamped by each calendar: later ones were stamped when they were recorded, or are looked at by the next pass.
-- These rows say what holds now and are updated.

CREATE TABLE calendar_pass (
    exchange         TEXT COLLATE "C" NOT NULL,
    calendar_version TEXT COLLATE "C" NOT NULL,
    through_key      BIGINT NOT NULL, -- of the last revision that was looked at
    PRIMARY KEY (exchange, calendar_version)
);
