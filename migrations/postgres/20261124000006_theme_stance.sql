-- Whether a theme gets stronger (1) or weaker (-1), what its sentences say of the indices that it is linked to, and in which language
-- an article is where that is not English. Null where an older run did not look.

ALTER TABLE tagging ADD COLUMN language TEXT COLLATE "C";
ALTER TABLE theme_tag ADD COLUMN stance BIGINT; -- mean over mentions, in millionths of -1..1
ALTER TABLE evidence ADD COLUMN stance BIGINT CHECK (stance IN (-1, 0, 1));

CREATE TABLE theme_effect (
    tagging_key BIGINT NOT NULL REFERENCES tagging (tagging_key),
    theme       TEXT COLLATE "C"    NOT NULL,
    index_id    TEXT COLLATE "C"    NOT NULL,
    tone        BIGINT NOT NULL, -- of the theme's sentences toward the index, in millionths of -1..1
    PRIMARY KEY (tagging_key, theme, index_id)
);

CREATE TRIGGER theme_effect_is_append_only BEFORE UPDATE ON theme_effect FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER theme_effect_is_kept BEFORE DELETE ON theme_effect FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Companies and people that an article names.
CREATE TABLE entity (
    tagging_key BIGINT NOT NULL REFERENCES tagging (tagging_key),
    part        TEXT COLLATE "C"    NOT NULL CHECK (part IN ('title', 'body')),
    start_byte  BIGINT NOT NULL,
    end_byte    BIGINT NOT NULL,
    kind        TEXT COLLATE "C"    NOT NULL CHECK (kind IN ('company', 'person')),
    PRIMARY KEY (tagging_key, part, start_byte)
);

CREATE TRIGGER entity_is_append_only BEFORE UPDATE ON entity FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entity_is_kept BEFORE DELETE ON entity FOR EACH ROW EXECUTE FUNCTION refuse_change();
