-- Daily closes. A corrected close is another row; the latest recorded one counts.

CREATE TABLE price (
    price_key   INTEGER PRIMARY KEY,
    index_id    TEXT    NOT NULL,
    date        TEXT    NOT NULL,
    close       REAL    NOT NULL, -- points; percent for yields
    source      TEXT    NOT NULL, -- the file's name
    recorded_at INTEGER NOT NULL
) STRICT;

CREATE INDEX price_by_index ON price (index_id, date, recorded_at);

CREATE TRIGGER price_is_append_only BEFORE UPDATE ON price
BEGIN SELECT RAISE(ABORT, 'price is append-only'); END;
CREATE TRIGGER price_is_kept BEFORE DELETE ON price
BEGIN SELECT RAISE(ABORT, 'price is append-only'); END;
