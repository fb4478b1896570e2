-- Words of titles and texts, to search by. What is found follows from the revisions and can be made of them anew; rows are added in
-- batches before articles are tagged, so that fetching does not wait for them.

-- Words are taken and shortened as SQLite's `porter unicode61 remove_diacritics 2` does, stop words included: the same is found.
CREATE TEXT SEARCH DICTIONARY newsprint_stem (TEMPLATE = pg_catalog.snowball, LANGUAGE = porter);
CREATE TEXT SEARCH CONFIGURATION newsprint (PARSER = pg_catalog."default");
ALTER TEXT SEARCH CONFIGURATION newsprint ADD MAPPING FOR asciiword, word, numword, hword_asciipart, hword_part, hword_numpart WITH newsprint_stem;
ALTER TEXT SEARCH CONFIGURATION newsprint ADD MAPPING FOR int, uint, float, sfloat WITH pg_catalog.simple;

-- Text without accents, and with spaces for everything that is no part of a word.
CREATE FUNCTION search_words(text TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE AS
$$ SELECT regexp_replace(regexp_replace(normalize($1, NFD), '[\u0300-\u036f]+', '', 'g') COLLATE "C",
    '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u3000-\u3004\u3008-\u3020\ufe00-\ufe0f]+',
    ' ', 'g') $$;

CREATE TABLE revision_text (
    revision_key BIGINT PRIMARY KEY REFERENCES revision (revision_key),
    words        TSVECTOR NOT NULL
);

CREATE INDEX revision_text_by_word ON revision_text USING gin (words);

-- Revisions that have been added.
CREATE TABLE text_indexed (
    revision_key BIGINT PRIMARY KEY REFERENCES revision (revision_key)
);
