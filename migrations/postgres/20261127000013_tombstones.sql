-- Articles that were removed on request: their text, headline and authors are blank and stay so; what was counted of them stays.

CREATE TABLE tombstone (
    article_key BIGINT PRIMARY KEY REFERENCES article (article_key),
    reason      TEXT COLLATE "C" NOT NULL, -- empty where none was given
    recorded_at BIGINT NOT NULL
);

-- Addresses that led to them, which are not asked again.
CREATE TABLE tombstone_item (
    item        TEXT COLLATE "C" PRIMARY KEY,
    article_key BIGINT NOT NULL REFERENCES tombstone (article_key),
    recorded_at BIGINT NOT NULL
);

CREATE TRIGGER tombstone_is_append_only BEFORE UPDATE ON tombstone FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tombstone_is_kept BEFORE DELETE ON tombstone FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tombstone_item_is_append_only BEFORE UPDATE ON tombstone_item FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tombstone_item_is_kept BEFORE DELETE ON tombstone_item FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Facts are changed in one way alone: what an article says is blanked once it has a tombstone.
CREATE FUNCTION refuse_all_but_removal() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    texts TEXT[] := ARRAY['title', 'text', 'authors'];
BEGIN
    IF EXISTS (SELECT 1 FROM tombstone t WHERE t.article_key = OLD.article_key)
        AND NEW.title = '' AND NEW.text = '' AND NEW.authors = '[]' AND to_jsonb(NEW) - texts = to_jsonb(OLD) - texts
    THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'revision is append-only';
END $$;

DROP TRIGGER revision_is_append_only ON revision;
CREATE TRIGGER revision_is_append_only BEFORE UPDATE ON revision FOR EACH ROW EXECUTE FUNCTION refuse_all_but_removal();

CREATE FUNCTION refuse_all_but_removal_of_change() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM tombstone t JOIN revision r ON r.article_key = t.article_key WHERE r.revision_key = OLD.revision_key)
        AND NEW.summary = '' AND to_jsonb(NEW) - 'summary' = to_jsonb(OLD) - 'summary'
    THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'revision_change is append-only';
END $$;

DROP TRIGGER revision_change_is_append_only ON revision_change;
CREATE TRIGGER revision_change_is_append_only BEFORE UPDATE ON revision_change
FOR EACH ROW EXECUTE FUNCTION refuse_all_but_removal_of_change();

-- Nothing of it is stored again. Whoever removes an article holds its row: a revision that was under way waits for that, and then sees it.
CREATE FUNCTION refuse_removed_article() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM article a WHERE a.article_key = NEW.article_key FOR KEY SHARE;
    IF EXISTS (SELECT 1 FROM tombstone t WHERE t.article_key = NEW.article_key) THEN
        RAISE EXCEPTION 'the article was removed on request';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER removed_article_stays_removed BEFORE INSERT ON revision FOR EACH ROW EXECUTE FUNCTION refuse_removed_article();
