-- Whether a theme gets stronger (1) or weaker (-1), what its sentences say of the indices that it is linked to, and in which language
-- an article is where that is not English. Null where an older run did not look.

ALTER TABLE tagging ADD COLUMN language TEXT;
ALTER TABLE theme_tag ADD COLUMN stance INTEGER; -- mean over mentions, in millionths of -1..1
ALTER TABLE evidence ADD COLUMN stance INTEGER CHECK (stance IN (-1, 0, 1));

CREATE TABLE theme_effect (
    tagging_key INTEGER NOT NULL REFERENCES tagging (tagging_key),
    theme       TEXT    NOT NULL,
    index_id    TEXT    NOT NULL,
    tone        INTEGER NOT NULL, -- of the theme's sentences toward the index, in millionths of -1..1
    PRIMARY KEY (tagging_key, theme, index_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER theme_effect_is_append_only BEFORE UPDATE ON theme_effect
BEGIN SELECT RAISE(ABORT, 'theme_effect is append-only'); END;
CREATE TRIGGER theme_effect_is_kept BEFORE DELETE ON theme_effect
BEGIN SELECT RAISE(ABORT, 'theme_effect is append-only'); END;

-- Companies and people that an article names.
CREATE TABLE entity (
    tagging_key INTEGER NOT NULL REFERENCES tagging (tagging_key),
    part        TEXT    NOT NULL CHECK (part IN ('title', 'body')),
    start_byte  INTEGER NOT NULL,
    end_byte    INTEGER NOT NULL,
    kind        TEXT    NOT NULL CHECK (kind IN ('company', 'person')),
    PRIMARY KEY (tagging_key, part, start_byte)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER entity_is_append_only BEFORE UPDATE ON entity
BEGIN SELECT RAISE(ABORT, 'entity is append-only'); END;
CREATE TRIGGER entity_is_kept BEFORE DELETE ON entity
BEGIN SELECT RAISE(ABORT, 'entity is append-only'); END;
