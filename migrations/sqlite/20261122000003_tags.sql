-- Tag runs and what they found. Tones, probabilities and salience are millionths, so that sums are exact.
-- Spans are UTF-8 bytes into the revision's title or text.

CREATE TABLE tag_run (
    tag_run_key      INTEGER PRIMARY KEY,
    tag_run_id       TEXT    NOT NULL UNIQUE, -- digest of the four columns below
    model            TEXT    NOT NULL,
    model_hash       TEXT    NOT NULL,
    definitions_hash TEXT    NOT NULL,
    code_version     TEXT    NOT NULL,
    recorded_at      INTEGER NOT NULL
) STRICT;

-- The latest row says which run the tables show.
CREATE TABLE promotion (
    promotion_key INTEGER PRIMARY KEY,
    tag_run_key   INTEGER NOT NULL REFERENCES tag_run (tag_run_key),
    recorded_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE tagging (
    tagging_key  INTEGER PRIMARY KEY,
    tag_run_key  INTEGER NOT NULL REFERENCES tag_run (tag_run_key),
    revision_key INTEGER NOT NULL REFERENCES revision (revision_key),
    tone         INTEGER,
    recorded_at  INTEGER NOT NULL,
    UNIQUE (tag_run_key, revision_key)
) STRICT;

CREATE TABLE sentence_tag (
    tagging_key INTEGER NOT NULL REFERENCES tagging (tagging_key),
    ordinal     INTEGER NOT NULL,
    part        TEXT    NOT NULL CHECK (part IN ('title', 'body')),
    start_byte  INTEGER NOT NULL,
    end_byte    INTEGER NOT NULL,
    negative    INTEGER NOT NULL,
    positive    INTEGER NOT NULL,
    PRIMARY KEY (tagging_key, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE theme_tag (
    tagging_key   INTEGER NOT NULL REFERENCES tagging (tagging_key),
    theme         TEXT    NOT NULL,
    version       INTEGER NOT NULL,
    salience      INTEGER NOT NULL,
    tone          INTEGER,
    retrospective INTEGER NOT NULL CHECK (retrospective IN (0, 1)), -- defined after the article was available
    PRIMARY KEY (tagging_key, theme)
) STRICT, WITHOUT ROWID;

CREATE TABLE index_tag (
    tagging_key INTEGER NOT NULL REFERENCES tagging (tagging_key),
    index_id    TEXT    NOT NULL,
    tone        INTEGER,
    PRIMARY KEY (tagging_key, index_id)
) STRICT, WITHOUT ROWID;

-- The words that a theme or index tag rests on.
CREATE TABLE evidence (
    tagging_key INTEGER NOT NULL REFERENCES tagging (tagging_key),
    subject     TEXT    NOT NULL CHECK (subject IN ('theme', 'index')),
    id          TEXT    NOT NULL,
    part        TEXT    NOT NULL CHECK (part IN ('title', 'body')),
    start_byte  INTEGER NOT NULL,
    end_byte    INTEGER NOT NULL,
    rule        TEXT    NOT NULL,
    PRIMARY KEY (tagging_key, subject, id, part, start_byte)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER tag_run_is_append_only BEFORE UPDATE ON tag_run
BEGIN SELECT RAISE(ABORT, 'tag_run is append-only'); END;
CREATE TRIGGER tag_run_is_kept BEFORE DELETE ON tag_run
BEGIN SELECT RAISE(ABORT, 'tag_run is append-only'); END;
CREATE TRIGGER promotion_is_append_only BEFORE UPDATE ON promotion
BEGIN SELECT RAISE(ABORT, 'promotion is append-only'); END;
CREATE TRIGGER promotion_is_kept BEFORE DELETE ON promotion
BEGIN SELECT RAISE(ABORT, 'promotion is append-only'); END;
CREATE TRIGGER tagging_is_append_only BEFORE UPDATE ON tagging
BEGIN SELECT RAISE(ABORT, 'tagging is append-only'); END;
CREATE TRIGGER tagging_is_kept BEFORE DELETE ON tagging
BEGIN SELECT RAISE(ABORT, 'tagging is append-only'); END;
CREATE TRIGGER sentence_tag_is_append_only BEFORE UPDATE ON sentence_tag
BEGIN SELECT RAISE(ABORT, 'sentence_tag is append-only'); END;
CREATE TRIGGER sentence_tag_is_kept BEFORE DELETE ON sentence_tag
BEGIN SELECT RAISE(ABORT, 'sentence_tag is append-only'); END;
CREATE TRIGGER theme_tag_is_append_only BEFORE UPDATE ON theme_tag
BEGIN SELECT RAISE(ABORT, 'theme_tag is append-only'); END;
CREATE TRIGGER theme_tag_is_kept BEFORE DELETE ON theme_tag
BEGIN SELECT RAISE(ABORT, 'theme_tag is append-only'); END;
CREATE TRIGGER index_tag_is_append_only BEFORE UPDATE ON index_tag
BEGIN SELECT RAISE(ABORT, 'index_tag is append-only'); END;
CREATE TRIGGER index_tag_is_kept BEFORE DELETE ON index_tag
BEGIN SELECT RAISE(ABORT, 'index_tag is append-only'); END;
CREATE TRIGGER evidence_is_append_only BEFORE UPDATE ON evidence
BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
CREATE TRIGGER evidence_is_kept BEFORE DELETE ON evidence
BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
