-- Words of titles and texts, to search by. What is found follows from the revisions and can be made of them anew; rows are added in
-- batches before articles are tagged, so that fetching does not wait for them.

CREATE VIRTUAL TABLE revision_text USING fts5 (
    title, text, content = 'revision', content_rowid = 'revision_key', tokenize = 'porter unicode61 remove_diacritics 2'
);

-- What is taken out is gone from the file, and not only no longer found.
INSERT INTO revision_text (revision_text, rank) VALUES ('secure-delete', 1);

-- Revisions that have been added.
CREATE TABLE text_indexed (
    revision_key INTEGER PRIMARY KEY REFERENCES revision (revision_key)
) STRICT;
