-- Which articles are copies of which: fingerprints of texts, the bands by which those are found that are alike, and who follows whom.

CREATE TABLE text_print (
    revision_key INTEGER PRIMARY KEY REFERENCES revision (revision_key),
    sketch       BLOB    NOT NULL, -- what the comparison of two texts needs
    recorded_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE text_band (
    span         INTEGER NOT NULL, -- ten days, counted since 1970: only texts of neighbouring spans are compared, and new rows lie together
    band         INTEGER NOT NULL, -- a hash; texts that share one may be alike
    revision_key INTEGER NOT NULL REFERENCES revision (revision_key),
    PRIMARY KEY (span, band, revision_key)
) STRICT, WITHOUT ROWID;

-- An article's latest row says which earlier one it follows. An article that has none, or whose latest names none, is its story's origin.
CREATE TABLE lineage_edge (
    lineage_edge_key INTEGER PRIMARY KEY,
    article_key      INTEGER NOT NULL REFERENCES article (article_key),
    earlier_key      INTEGER REFERENCES article (article_key),
    likeness         INTEGER NOT NULL, -- millionths
    evidence         TEXT    NOT NULL,
    recorded_at      INTEGER NOT NULL
) STRICT;

CREATE INDEX lineage_edge_by_article ON lineage_edge (article_key, lineage_edge_key);
CREATE INDEX lineage_edge_by_earlier ON lineage_edge (earlier_key);

CREATE TRIGGER text_print_is_append_only BEFORE UPDATE ON text_print
BEGIN SELECT RAISE(ABORT, 'text_print is append-only'); END;
CREATE TRIGGER text_print_is_kept BEFORE DELETE ON text_print
BEGIN SELECT RAISE(ABORT, 'text_print is append-only'); END;
CREATE TRIGGER lineage_edge_is_append_only BEFORE UPDATE ON lineage_edge
BEGIN SELECT RAISE(ABORT, 'lineage_edge is append-only'); END;
CREATE TRIGGER lineage_edge_is_kept BEFORE DELETE ON lineage_edge
BEGIN SELECT RAISE(ABORT, 'lineage_edge is append-only'); END;
