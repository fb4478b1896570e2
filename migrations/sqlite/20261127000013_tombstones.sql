-- Articles that were removed on request: their text, headline and authors are blank and stay so; what was counted of them stays.

CREATE TABLE tombstone (
    article_key INTEGER PRIMARY KEY REFERENCES article (article_key),
    reason      TEXT    NOT NULL, -- empty where none was given
    recorded_at INTEGER NOT NULL
) STRICT;

-- Addresses that led to them, which are not asked again.
CREATE TABLE tombstone_item (
    item        TEXT    PRIMARY KEY,
    article_key INTEGER NOT NULL REFERENCES tombstone (article_key),
    recorded_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER tombstone_is_append_only BEFORE UPDATE ON tombstone
BEGIN SELECT RAISE(ABORT, 'tombstone is append-only'); END;
CREATE TRIGGER tombstone_is_kept BEFORE DELETE ON tombstone
BEGIN SELECT RAISE(ABORT, 'tombstone is append-only'); END;
CREATE TRIGGER tombstone_item_is_append_only BEFORE UPDATE ON tombstone_item
BEGIN SELECT RAISE(ABORT, 'tombstone_item is append-only'); END;
CREATE TRIGGER tombstone_item_is_kept BEFORE DELETE ON tombstone_item
BEGIN SELECT RAISE(ABORT, 'tombstone_item is append-only'); END;

-- Facts are changed in one way alone: what an article says is blanked once it has a tombstone.
DROP TRIGGER revision_is_append_only;
CREATE TRIGGER revision_is_append_only BEFORE UPDATE ON revision
WHEN NOT (
    EXISTS (SELECT 1 FROM tombstone t WHERE t.article_key = OLD.article_key)
    AND NEW.title = '' AND NEW.text = '' AND NEW.authors = '[]'
    AND NEW.revision_key IS OLD.revision_key AND NEW.revision_id IS OLD.revision_id AND NEW.article_key IS OLD.article_key
    AND NEW.fetched_from IS OLD.fetched_from AND NEW.site IS OLD.site AND NEW.language IS OLD.language
    AND NEW.text_digest IS OLD.text_digest AND NEW.published IS OLD.published AND NEW.published_stated IS OLD.published_stated
    AND NEW.published_zone IS OLD.published_zone AND NEW.published_found_in IS OLD.published_found_in
    AND NEW.first_seen IS OLD.first_seen AND NEW.available_at IS OLD.available_at AND NEW.reconstructed IS OLD.reconstructed
    AND NEW.recorded_at IS OLD.recorded_at)
BEGIN SELECT RAISE(ABORT, 'revision is append-only'); END;

DROP TRIGGER revision_change_is_append_only;
CREATE TRIGGER revision_change_is_append_only BEFORE UPDATE ON revision_change
WHEN NOT (
    EXISTS (SELECT 1 FROM tombstone t JOIN revision r ON r.article_key = t.article_key WHERE r.revision_key = OLD.revision_key)
    AND NEW.summary = ''
    AND NEW.revision_key IS OLD.revision_key AND NEW.previous_revision_key IS OLD.previous_revision_key
    AND NEW.title_changed IS OLD.title_changed AND NEW.words_added IS OLD.words_added AND NEW.words_removed IS OLD.words_removed
    AND NEW.recorded_at IS OLD.recorded_at)
BEGIN SELECT RAISE(ABORT, 'revision_change is append-only'); END;

-- Nothing of it is stored again.
CREATE TRIGGER removed_article_stays_removed BEFORE INSERT ON revision
WHEN EXISTS (SELECT 1 FROM tombstone t WHERE t.article_key = NEW.article_key)
BEGIN SELECT RAISE(ABORT, 'the article was removed on request'); END;
