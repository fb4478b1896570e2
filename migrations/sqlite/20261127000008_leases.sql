-- Who works on a stage, and which slots of the schedule were taken. These rows say what holds now and are updated; no table of results is
-- made of them. Times are microseconds since 1970-01-01 UTC.

CREATE TABLE stage_lease (
    stage        TEXT    PRIMARY KEY,
    holder       TEXT    NOT NULL,
    token        INTEGER NOT NULL, -- rises with every holder; what an earlier one still wants to write is refused
    leased_until INTEGER NOT NULL  -- 0: given back
) STRICT;

CREATE TABLE schedule_slot (
    stage       TEXT    NOT NULL,
    slot        INTEGER NOT NULL, -- the instant that the schedule names
    token       INTEGER NOT NULL, -- of the lease under which it was run
    finished_at INTEGER,          -- none: it is being run, or whoever ran it died
    PRIMARY KEY (stage, slot)
) STRICT, WITHOUT ROWID;
