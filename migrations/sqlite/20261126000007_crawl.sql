-- What is to be fetched, from whom and when; and a record of every request that was made or refused.
-- `host`, `fetch_item` and `robots` say what holds now and are updated; the other tables are facts.
-- Times are microseconds since 1970-01-01 UTC.

-- A host, whatever its port: one request at a time, with a gap after each, and so many a day.
CREATE TABLE host (
    host         TEXT    PRIMARY KEY,
    free_at      INTEGER NOT NULL, -- no request before
    reason       TEXT    NOT NULL, -- why that is later than the gap; empty where it is not
    gap          INTEGER NOT NULL, -- microseconds that the last request was to be followed by
    leased_until INTEGER,          -- a request is under way, and given up by then
    holder       TEXT,             -- who makes it
    budget_day   INTEGER NOT NULL, -- days since 1970-01-01
    n_requests   INTEGER NOT NULL, -- on that day
    n_failures   INTEGER NOT NULL  -- in a row
) STRICT;

-- Addresses that sources are or name, and when each is due.
CREATE TABLE fetch_item (
    item          TEXT    NOT NULL,
    role          TEXT    NOT NULL CHECK (role IN ('list', 'page')),
    source        TEXT    NOT NULL, -- the one that named it first
    host          TEXT    NOT NULL,
    depth         INTEGER NOT NULL, -- lists that lead to it
    due_at        INTEGER,          -- none: settled
    n_failures    INTEGER NOT NULL, -- in a row
    n_visits      INTEGER NOT NULL, -- that gave an article
    claimed_until INTEGER,
    holder        TEXT,             -- of the claim
    PRIMARY KEY (item, role)
) STRICT, WITHOUT ROWID;

CREATE INDEX fetch_item_by_host ON fetch_item (host, due_at);

-- robots.txt and /.well-known/tdmrep.json of an origin, as long as they may be kept.
CREATE TABLE robots (
    origin     TEXT    PRIMARY KEY,
    body       BLOB    NOT NULL, -- empty where there is none, which allows everything
    tdmrep     BLOB    NOT NULL, -- empty where there is none, which reserves nothing
    expires_at INTEGER NOT NULL
) STRICT;

-- Which source named which page, and since when.
CREATE TABLE listing (
    listing_key INTEGER PRIMARY KEY,
    source      TEXT    NOT NULL,
    item        TEXT    NOT NULL,
    listed_at   INTEGER NOT NULL, -- when the list was answered that named it first
    recorded_at INTEGER NOT NULL,
    UNIQUE (source, item)
) STRICT;

CREATE INDEX listing_by_item ON listing (item);
CREATE INDEX listing_by_time ON listing (listed_at);

-- One request, or the decision that there be none.
CREATE TABLE fetch_attempt (
    fetch_attempt_key INTEGER PRIMARY KEY,
    source            TEXT    NOT NULL,
    item              TEXT    NOT NULL, -- for the sake of which it was made
    role              TEXT    NOT NULL CHECK (role IN ('list', 'page', 'robots')),
    address           TEXT    NOT NULL, -- that was asked
    outcome           TEXT    NOT NULL,
    detail            TEXT    NOT NULL,
    robots_allowed    INTEGER CHECK (robots_allowed IN (0, 1)), -- none: not asked, as for robots.txt itself
    robots_rule       TEXT,             -- that decided; none where no rule is about the address
    reservations      TEXT    NOT NULL, -- JSON array of what the answer reserves of mining and learning
    ip                TEXT,
    status            INTEGER,
    wire_bytes        INTEGER,
    etag              TEXT,
    last_modified     TEXT,
    fresh_until       INTEGER,
    payload           TEXT,             -- digest of the body as it was sent
    kept_at           INTEGER,          -- when the record was captured that holds this payload
    file              TEXT,             -- of the evidence
    record_offset     INTEGER,
    revision_key      INTEGER REFERENCES revision (revision_key),
    attempted_at      INTEGER NOT NULL,
    recorded_at       INTEGER NOT NULL
) STRICT;

CREATE INDEX fetch_attempt_by_address ON fetch_attempt (address, fetch_attempt_key);
CREATE INDEX fetch_attempt_by_time ON fetch_attempt (attempted_at);

-- What a revision changed of the one before it.
CREATE TABLE revision_change (
    revision_key          INTEGER PRIMARY KEY REFERENCES revision (revision_key),
    previous_revision_key INTEGER NOT NULL REFERENCES revision (revision_key),
    title_changed         INTEGER NOT NULL CHECK (title_changed IN (0, 1)),
    words_added           INTEGER NOT NULL,
    words_removed         INTEGER NOT NULL,
    summary               TEXT    NOT NULL,
    recorded_at           INTEGER NOT NULL
) STRICT;

CREATE INDEX fetch_outcome_by_time ON fetch_outcome (recorded_at);

CREATE TRIGGER listing_is_append_only BEFORE UPDATE ON listing
BEGIN SELECT RAISE(ABORT, 'listing is append-only'); END;
CREATE TRIGGER listing_is_kept BEFORE DELETE ON listing
BEGIN SELECT RAISE(ABORT, 'listing is append-only'); END;
CREATE TRIGGER fetch_attempt_is_append_only BEFORE UPDATE ON fetch_attempt
BEGIN SELECT RAISE(ABORT, 'fetch_attempt is append-only'); END;
CREATE TRIGGER fetch_attempt_is_kept BEFORE DELETE ON fetch_attempt
BEGIN SELECT RAISE(ABORT, 'fetch_attempt is append-only'); END;
CREATE TRIGGER revision_change_is_append_only BEFORE UPDATE ON revision_change
BEGIN SELECT RAISE(ABORT, 'revision_change is append-only'); END;
CREATE TRIGGER revision_change_is_kept BEFORE DELETE ON revision_change
BEGIN SELECT RAISE(ABORT, 'revision_change is append-only'); END;
