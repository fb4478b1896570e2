//! Rows that no version of newsprint leaves behind.

use crate::connection::Store;
use crate::error::{StoreError, doing};
use crate::sql::query;

/// A kind of rows of which there must be none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Orphans {
    /// What they are, in the plural.
    pub rows: &'static str,
    statement: &'static str,
}

/// All kinds.
pub const ORPHANS: [Orphans; 8] = [
    Orphans {
        rows: "revisions without article",
        statement: "SELECT COUNT(*) FROM revision c WHERE NOT EXISTS (SELECT 1 FROM article p WHERE p.article_key = c.article_key)",
    },
    Orphans {
        rows: "taggings without revision or run",
        statement: "SELECT COUNT(*) FROM tagging c WHERE NOT EXISTS (SELECT 1 FROM revision p WHERE p.revision_key = c.revision_key)
                    OR NOT EXISTS (SELECT 1 FROM tag_run p WHERE p.tag_run_key = c.tag_run_key)",
    },
    Orphans {
        rows: "tags without tagging",
        statement: "SELECT (SELECT COUNT(*) FROM sentence_tag WHERE tagging_key NOT IN (SELECT tagging_key FROM tagging))
                         + (SELECT COUNT(*) FROM theme_tag WHERE tagging_key NOT IN (SELECT tagging_key FROM tagging))
                         + (SELECT COUNT(*) FROM index_tag WHERE tagging_key NOT IN (SELECT tagging_key FROM tagging))
                         + (SELECT COUNT(*) FROM evidence WHERE tagging_key NOT IN (SELECT tagging_key FROM tagging))",
    },
    Orphans {
        rows: "sessions without revision",
        statement: "SELECT COUNT(*) FROM session_assignment c
                    WHERE NOT EXISTS (SELECT 1 FROM revision p WHERE p.revision_key = c.revision_key)",
    },
    Orphans {
        rows: "attempts that name a revision which is not there",
        statement: "SELECT COUNT(*) FROM fetch_attempt c WHERE c.revision_key IS NOT NULL
                    AND NOT EXISTS (SELECT 1 FROM revision p WHERE p.revision_key = c.revision_key)",
    },
    Orphans {
        rows: "words of evidence outside their text",
        statement: "SELECT COUNT(*) FROM evidence s JOIN tagging USING (tagging_key) JOIN revision r USING (revision_key)
                    WHERE s.start_byte < 0 OR s.end_byte < s.start_byte
                       OR s.end_byte > CASE s.part WHEN 'title' THEN octet_length(r.title) ELSE octet_length(r.text) END",
    },
    Orphans {
        rows: "sentences outside their text",
        statement: "SELECT COUNT(*) FROM sentence_tag s JOIN tagging USING (tagging_key) JOIN revision r USING (revision_key)
                    WHERE s.start_byte < 0 OR s.end_byte < s.start_byte
                       OR s.end_byte > CASE s.part WHEN 'title' THEN octet_length(r.title) ELSE octet_length(r.text) END",
    },
    Orphans {
        rows: "names outside their text",
        statement: "SELECT COUNT(*) FROM entity s JOIN tagging USING (tagging_key) JOIN revision r USING (revision_key)
                    WHERE s.start_byte < 0 OR s.end_byte < s.start_byte
                       OR s.end_byte > CASE s.part WHEN 'title' THEN octet_length(r.title) ELSE octet_length(r.text) END",
    },
];

impl Store {
    /// How many rows there are of a kind.
    pub async fn count_orphans(&self, kind: &Orphans) -> Result<i64, StoreError> {
        let counted = async {
            let row = query(kind.statement).fetch_one(&self.pool).await?;
            row.try_get(0)
        };
        counted.await.map_err(doing("count orphaned rows"))
    }
}
