//! One hour of one source, and what it is called.

/// What came of one source in one hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Hour {
    pub(super) reads_ok: i64,
    pub(super) reads_blocked: i64,
    pub(super) reads_failed: i64,
    pub(super) articles: i64,
    pub(super) blocked: i64,
    pub(super) no_article: i64,
    pub(super) failed: i64,
    pub(super) pending: i64,
}

impl Hour {
    /// Pages that the source named.
    pub(super) fn named(&self) -> i64 {
        self.articles + self.blocked + self.no_article + self.failed + self.pending
    }

    /// Adds what came of another source or hour.
    pub(super) fn add(&mut self, other: &Self) {
        self.reads_ok += other.reads_ok;
        self.reads_blocked += other.reads_blocked;
        self.reads_failed += other.reads_failed;
        self.articles += other.articles;
        self.blocked += other.blocked;
        self.no_article += other.no_article;
        self.failed += other.failed;
        self.pending += other.pending;
    }

    /// All counts in a sentence.
    pub(super) fn counts(&self) -> String {
        let reads = [
            (self.reads_ok, "answered"),
            (self.reads_blocked, "kept out"),
            (self.reads_failed, "failed"),
        ];
        let pages = [
            (self.articles, "articles"),
            (self.blocked, "kept out"),
            (self.no_article, "without an article"),
            (self.failed, "failed"),
            (self.pending, "not asked yet"),
        ];
        format!(
            "reads of sources: {}; pages that they named: {}",
            told(&reads),
            told(&pages)
        )
    }

    /// The hour in a word.
    pub(super) fn reading(&self) -> &'static str {
        let n_reads = self.reads_ok + self.reads_blocked + self.reads_failed;
        match self {
            Hour {
                articles: 1..,
                blocked: 0,
                failed: 0,
                ..
            } => "news",
            Hour { articles: 1.., .. } => "news in part",
            Hour { blocked: 1.., .. } => "blocked",
            Hour { failed: 1.., .. } => "failing",
            Hour { pending: 1.., .. } => "pending",
            Hour { reads_ok: 1.., .. } => "no news",
            Hour {
                reads_blocked: 1.., ..
            } => "blocked",
            _ if n_reads > 0 => "failing",
            _ => "not asked",
        }
    }
}

/// Counts that are not zero, with their names.
fn told(counts: &[(i64, &str)]) -> String {
    let told = counts.iter().filter(|(n, _)| *n > 0);
    let told: Vec<String> = told.map(|(n, name)| format!("{n} {name}")).collect();
    match told.is_empty() {
        true => "none".into(),
        false => told.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_news_blocked_failing_and_not_asked_are_told_apart() {
        let read = Hour {
            reads_ok: 1,
            ..Hour::default()
        };
        let cases = [
            (Hour::default(), "not asked"),
            (read, "no news"),
            (
                Hour {
                    articles: 2,
                    no_article: 1,
                    ..read
                },
                "news",
            ),
            (
                Hour {
                    articles: 2,
                    blocked: 1,
                    ..read
                },
                "news in part",
            ),
            (
                Hour {
                    blocked: 1,
                    failed: 1,
                    ..read
                },
                "blocked",
            ),
            (Hour { failed: 1, ..read }, "failing"),
            (Hour { pending: 1, ..read }, "pending"),
            (
                Hour {
                    no_article: 3,
                    ..read
                },
                "no news",
            ),
            (
                Hour {
                    reads_blocked: 2,
                    ..Hour::default()
                },
                "blocked",
            ),
            (
                Hour {
                    reads_failed: 2,
                    ..Hour::default()
                },
                "failing",
            ),
        ];
        for (hour, reading) in cases {
            assert_eq!(hour.reading(), reading, "{hour:?}");
        }
    }
}
