-- Articles, their immutable revisions, and what became of every item that a source offered.
-- Times are microseconds since 1970-01-01 UTC; dates are ISO 8601 text.

CREATE TABLE article (
    article_key INTEGER PRIMARY KEY,
    article_id  TEXT    NOT NULL UNIQUE, -- digest of the address
    publisher   TEXT    NOT NULL,
    address     TEXT    NOT NULL,
    recorded_at INTEGER NOT NULL
) STRICT;

CREATE TABLE revision (
    revision_key       INTEGER PRIMARY KEY,
    revision_id        TEXT    NOT NULL UNIQUE, -- digest of article, title, text and stated publication time
    article_key        INTEGER NOT NULL REFERENCES article (article_key),
    fetched_from       TEXT    NOT NULL,
    title              TEXT    NOT NULL,
    authors            TEXT    NOT NULL, -- JSON array of names
    site               TEXT,
    language           TEXT,
    text               TEXT    NOT NULL,
    text_digest        TEXT    NOT NULL, -- digest of the text alone, by which copies are told
    published          INTEGER,
    published_stated   TEXT,             -- as the page states it: an instant, a local time or a date
    published_zone     TEXT,             -- the zone a statement without offset was read in
    published_found_in TEXT,
    first_seen         INTEGER NOT NULL,
    available_at       INTEGER NOT NULL,
    reconstructed      INTEGER NOT NULL CHECK (reconstructed IN (0, 1)),
    recorded_at        INTEGER NOT NULL
) STRICT;

CREATE INDEX article_by_address ON article (address);
CREATE INDEX revision_by_article ON revision (article_key, available_at);

CREATE TABLE fetch_outcome (
    fetch_outcome_key INTEGER PRIMARY KEY,
    source            TEXT    NOT NULL, -- a feed's or page's address, or a folder
    item              TEXT    NOT NULL, -- an address, or a file in the folder
    digest            TEXT    NOT NULL, -- of the file's bytes; empty for an address
    outcome           TEXT    NOT NULL,
    detail            TEXT    NOT NULL,
    revision_key      INTEGER REFERENCES revision (revision_key),
    recorded_at       INTEGER NOT NULL
) STRICT;

CREATE INDEX fetch_outcome_by_item ON fetch_outcome (source, item);

CREATE TRIGGER article_is_append_only BEFORE UPDATE ON article
BEGIN SELECT RAISE(ABORT, 'article is append-only'); END;
CREATE TRIGGER revision_is_append_only BEFORE UPDATE ON revision
BEGIN SELECT RAISE(ABORT, 'revision is append-only'); END;
CREATE TRIGGER revision_is_kept BEFORE DELETE ON revision
BEGIN SELECT RAISE(ABORT, 'revision is append-only'); END;
CREATE TRIGGER article_is_kept BEFORE DELETE ON article
BEGIN SELECT RAISE(ABORT, 'article is append-only'); END;
CREATE TRIGGER fetch_outcome_is_kept BEFORE DELETE ON fetch_outcome
BEGIN SELECT RAISE(ABORT, 'fetch_outcome is append-only'); END;
CREATE TRIGGER fetch_outcome_is_append_only BEFORE UPDATE ON fetch_outcome
BEGIN SELECT RAISE(ABORT, 'fetch_outcome is append-only'); END;
