-- Sums of tones by theme, index and session, kept beside the tags that they are made of, so that a table costs its sessions and not its
-- articles. `roll_up_delta` and `tally_delta` are ledgers and append-only; `roll_up_day` and `tally_day` are their sums by the day on which
-- rows were recorded, can be made of them anew, and are the only tables of results that are updated. Tones are millionths.

-- Which indices a run reads a theme against, and by which exchange's sessions. `any` stands for articles that name the index.
CREATE TABLE run_pair (
    run_pair_key INTEGER PRIMARY KEY,
    tag_run_key  INTEGER NOT NULL REFERENCES tag_run (tag_run_key),
    theme        TEXT    NOT NULL,
    index_id     TEXT    NOT NULL,
    exchange     TEXT    NOT NULL,
    linked       INTEGER NOT NULL CHECK (linked IN (0, 1)), -- by the theme's definition, whether an article names the index or not
    recorded_at  INTEGER NOT NULL,
    UNIQUE (tag_run_key, theme, index_id)
) STRICT;

CREATE TABLE roll_up_delta (
    roll_up_delta_key    INTEGER PRIMARY KEY,
    run_pair_key         INTEGER NOT NULL REFERENCES run_pair (run_pair_key),
    session              TEXT    NOT NULL, -- the reaction session
    retrospective        INTEGER NOT NULL CHECK (retrospective IN (0, 1)), -- the theme was defined after the article was available
    n                    INTEGER NOT NULL, -- articles
    sum                  INTEGER NOT NULL,
    sum_of_squares       INTEGER NOT NULL,
    n_positive           INTEGER NOT NULL,
    n_stances            INTEGER NOT NULL,
    sum_of_stances       INTEGER NOT NULL,
    n_reconstructed      INTEGER NOT NULL,
    story_n              INTEGER NOT NULL, -- the same of those articles alone that are no copies of an earlier one
    story_sum            INTEGER NOT NULL,
    story_sum_of_squares INTEGER NOT NULL,
    story_n_positive     INTEGER NOT NULL,
    recorded_at          INTEGER NOT NULL
) STRICT;

CREATE INDEX revision_by_time ON revision (available_at);
CREATE INDEX roll_up_delta_by_time ON roll_up_delta (recorded_at);

CREATE TABLE roll_up_day (
    run_pair_key         INTEGER NOT NULL REFERENCES run_pair (run_pair_key),
    session              TEXT    NOT NULL,
    retrospective        INTEGER NOT NULL CHECK (retrospective IN (0, 1)),
    recorded_on          INTEGER NOT NULL, -- days since 1970-01-01 UTC
    n                    INTEGER NOT NULL,
    sum                  INTEGER NOT NULL,
    sum_of_squares       INTEGER NOT NULL,
    n_positive           INTEGER NOT NULL,
    n_stances            INTEGER NOT NULL,
    sum_of_stances       INTEGER NOT NULL,
    n_reconstructed      INTEGER NOT NULL,
    story_n              INTEGER NOT NULL,
    story_sum            INTEGER NOT NULL,
    story_sum_of_squares INTEGER NOT NULL,
    story_n_positive     INTEGER NOT NULL,
    -- By session first: what is recorded together lies together.
    PRIMARY KEY (session, run_pair_key, retrospective, recorded_on)
) STRICT, WITHOUT ROWID;

-- Counts that tables print beside their rows, such as articles in other languages, or addresses that gave none.
CREATE TABLE tally_delta (
    tally_delta_key INTEGER PRIMARY KEY,
    subject         TEXT    NOT NULL, -- a run's id, or empty
    name            TEXT    NOT NULL,
    n               INTEGER NOT NULL,
    recorded_at     INTEGER NOT NULL
) STRICT;

CREATE INDEX tally_delta_by_time ON tally_delta (recorded_at);

CREATE TABLE tally_day (
    subject     TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    recorded_on INTEGER NOT NULL,
    n           INTEGER NOT NULL,
    PRIMARY KEY (subject, name, recorded_on)
) STRICT, WITHOUT ROWID;

CREATE INDEX fetch_outcome_by_page ON fetch_outcome (item);

-- What had been fetched before there were counts: items that gave no article, by their last outcome, as of each instant.
INSERT INTO tally_delta (subject, name, n, recorded_at)
WITH outcomes AS (
    SELECT outcome, recorded_at, LAG(outcome) OVER item AS last,
           MAX(CASE WHEN outcome = 'ok' THEN 1 ELSE 0 END) OVER (
               PARTITION BY source, item ORDER BY fetch_outcome_key ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS was_ok
    FROM fetch_outcome WINDOW item AS (PARTITION BY source, item ORDER BY fetch_outcome_key))
SELECT '', 'outcome:' || outcome, 1, recorded_at FROM outcomes WHERE outcome <> 'ok' AND COALESCE(was_ok, 0) = 0
UNION ALL
SELECT '', 'outcome:' || last, -1, recorded_at FROM outcomes WHERE last <> 'ok' AND COALESCE(was_ok, 0) = 0;

-- And pages that sources named and that had not been asked for.
INSERT INTO tally_delta (subject, name, n, recorded_at)
WITH pages AS (
    SELECT l.item, MIN(l.recorded_at) AS listed_at, (SELECT MIN(f.recorded_at) FROM fetch_outcome f WHERE f.item = l.item) AS asked_at
    FROM listing l GROUP BY l.item)
SELECT '', 'not_asked', 1, listed_at FROM pages WHERE asked_at IS NULL OR asked_at > listed_at
UNION ALL
SELECT '', 'not_asked', -1, asked_at FROM pages WHERE asked_at > listed_at;

INSERT INTO tally_day (subject, name, recorded_on, n)
SELECT subject, name, recorded_at / 86400000000, SUM(n) FROM tally_delta GROUP BY subject, name, recorded_at / 86400000000;

CREATE TRIGGER run_pair_is_append_only BEFORE UPDATE ON run_pair
BEGIN SELECT RAISE(ABORT, 'run_pair is append-only'); END;
CREATE TRIGGER run_pair_is_kept BEFORE DELETE ON run_pair
BEGIN SELECT RAISE(ABORT, 'run_pair is append-only'); END;
CREATE TRIGGER roll_up_delta_is_append_only BEFORE UPDATE ON roll_up_delta
BEGIN SELECT RAISE(ABORT, 'roll_up_delta is append-only'); END;
CREATE TRIGGER roll_up_delta_is_kept BEFORE DELETE ON roll_up_delta
BEGIN SELECT RAISE(ABORT, 'roll_up_delta is append-only'); END;
CREATE TRIGGER tally_delta_is_append_only BEFORE UPDATE ON tally_delta
BEGIN SELECT RAISE(ABORT, 'tally_delta is append-only'); END;
CREATE TRIGGER tally_delta_is_kept BEFORE DELETE ON tally_delta
BEGIN SELECT RAISE(ABORT, 'tally_delta is append-only'); END;
