//! What an article adds to the sums of each theme, index and session: the one definition by which roll-ups are kept, checked and made anew.

use std::collections::{BTreeMap, HashMap};

use newsprint_domain::sentiment::Tone;
use newsprint_domain::tone_sum::ToneSum;

use crate::tallies::Tallies;

/// Stands for the theme where articles count by the index they name alone.
pub const ANY_THEME: &str = "any";

/// What a run reads a theme against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PairRow {
    pub(crate) key: i64,
    pub(crate) index: String,
    pub(crate) exchange: String,
    pub(crate) is_linked: bool,
}

/// All pairs of a run, by theme.
pub(crate) type PairsByTheme = HashMap<String, Vec<PairRow>>;

/// What is known of one tagged revision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Whether it is the article's first one: later ones add nothing.
    pub(crate) is_first: bool,
    /// Whether the article follows an earlier one of the same story.
    pub(crate) is_echo: bool,
    pub(crate) reconstructed: bool,
    pub(crate) is_foreign: bool,
    /// Reaction sessions by exchange.
    pub(crate) sessions: BTreeMap<String, String>,
    pub(crate) themes: Vec<SeenTheme>,
    /// Tones toward the indices it names.
    pub(crate) indices: BTreeMap<String, Option<Tone>>,
}

/// A theme of a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SeenTheme {
    pub(crate) theme: String,
    pub(crate) tone: Option<Tone>,
    pub(crate) stance: Option<Tone>,
    pub(crate) retrospective: bool,
}

/// One cell of the sums: pair, reaction session, and whether the theme was defined after the article.
pub(crate) type CellKey = (i64, String, bool);

/// Sums by cell.
pub(crate) type ByCell = BTreeMap<CellKey, CellSums>;

/// Exact sums of a cell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CellSums {
    /// Of all articles.
    pub articles: ToneSum,
    /// Of those that are no copies of an earlier one.
    pub stories: ToneSum,
    /// Of the articles' stances: how many, and their sum alone.
    pub stances: ToneSum,
    /// Articles whose availability rests on a publication time alone.
    pub n_reconstructed: i64,
}

impl CellSums {
    /// Adds the sums of `other`, or takes them out again where `times` is −1.
    pub fn add(&mut self, other: &Self, times: i64) {
        self.articles.add_sum(&other.articles, times);
        self.stories.add_sum(&other.stories, times);
        self.stances.add_sum(&other.stances, times);
        self.n_reconstructed += times * other.n_reconstructed;
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Changes of sums and counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    pub(crate) cells: ByCell,
    /// Counts by subject and name.
    pub(crate) tallies: Tallies,
}

/// Tagged articles of a run.
pub(crate) const ARTICLES: &str = "articles";
/// Those among them in another language than English.
pub(crate) const FOREIGN: &str = "foreign";
/// Those among them that speak of an index whose exchange's calendar does not reach them.
pub(crate) const UNASSIGNED: &str = "unassigned";

impl Changes {
    /// Adds what a revision says by the run `run_id`, or takes it out where `times` is −1.
    ///
    /// An article speaks, by each of its themes, of the indices that it names and of those that the theme is linked to; by
    /// [`ANY_THEME`] of those that it names.
    pub(crate) fn add(&mut self, run_id: &str, pairs: &PairsByTheme, seen: &Seen, times: i64) {
        if !seen.is_first {
            return;
        }
        let mut is_unassigned = false;
        for pair in pairs.get(ANY_THEME).into_iter().flatten() {
            if let Some(Some(tone)) = seen.indices.get(&pair.index) {
                is_unassigned |= !self.add_to_cell(pair, seen, (*tone, None, false), times);
            }
        }
        for theme in &seen.themes {
            let Some(tone) = theme.tone else { continue };
            for pair in pairs.get(&theme.theme).into_iter().flatten() {
                if pair.is_linked || seen.indices.contains_key(&pair.index) {
                    let read = (tone, theme.stance, theme.retrospective);
                    is_unassigned |= !self.add_to_cell(pair, seen, read, times);
                }
            }
        }
        self.tally(run_id, ARTICLES, times);
        self.tally(run_id, FOREIGN, times * i64::from(seen.is_foreign));
        self.tally(run_id, UNASSIGNED, times * i64::from(is_unassigned));
    }

    /// `false` where the article has no session on the pair's exchange.
    fn add_to_cell(
        &mut self,
        pair: &PairRow,
        seen: &Seen,
        (tone, stance, retrospective): (Tone, Option<Tone>, bool),
        times: i64,
    ) -> bool {
        let Some(session) = seen.sessions.get(&pair.exchange) else {
            return false;
        };
        let mut sums = CellSums {
            n_reconstructed: i64::from(seen.reconstructed),
            ..CellSums::default()
        };
        sums.articles.add(tone);
        if !seen.is_echo {
            sums.stories.add(tone);
        }
        if let Some(stance) = stance {
            // Of stances no more is kept.
            sums.stances.n_tones += 1;
            sums.stances.sum += i64::from(stance.millionths());
        }
        let key = (pair.key, session.clone(), retrospective);
        self.cells.entry(key).or_default().add(&sums, times);
        true
    }

    fn tally(&mut self, subject: &str, name: &str, n: i64) {
        if n != 0 {
            let key = (subject.to_owned(), name.to_owned());
            *self.tallies.entry(key).or_default() += n;
        }
    }

    /// Adds other changes, or takes them out where `times` is −1.
    pub(crate) fn add_all(&mut self, other: &Self, times: i64) {
        for (key, sums) in &other.cells {
            self.cells.entry(key.clone()).or_default().add(sums, times);
        }
        for (key, n) in &other.tallies {
            *self.tallies.entry(key.clone()).or_default() += times * n;
        }
        self.cells.retain(|_, sums| !sums.is_empty());
        self.tallies.retain(|_, n| *n != 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(millionths: i32) -> Tone {
        Tone::from_millionths(millionths).unwrap()
    }

    fn pair(key: i64, index: &str, is_linked: bool) -> PairRow {
        PairRow {
            key,
            index: index.into(),
            exchange: if index == "AXJO" { "XASX" } else { "XNYS" }.into(),
            is_linked,
        }
    }

    fn pairs() -> PairsByTheme {
        HashMap::from([
            (
                ANY_THEME.to_owned(),
                vec![pair(1, "RUT", false), pair(2, "AXJO", false)],
            ),
            (
                "small_caps".to_owned(),
                vec![
                    pair(3, "RUT", true),
                    pair(4, "GSPC", false),
                    pair(5, "AXJO", false),
                ],
            ),
        ])
    }

    fn seen() -> Seen {
        Seen {
            is_first: true,
            sessions: BTreeMap::from([("XNYS".into(), "2024-07-17".into())]),
            themes: vec![SeenTheme {
                theme: "small_caps".into(),
                tone: Some(tone(400_000)),
                stance: Some(tone(1_000_000)),
                retrospective: true,
            }],
            indices: BTreeMap::from([("RUT".into(), Some(tone(-200_000)))]),
            ..Seen::default()
        }
    }

    fn changes(seen: &Seen) -> Changes {
        let mut changes = Changes::default();
        changes.add("run", &pairs(), seen, 1);
        changes
    }

    #[test]
    fn a_theme_speaks_of_linked_and_named_indices_and_an_index_for_itself() {
        let changes = changes(&seen());
        let keys: Vec<i64> = changes.cells.keys().map(|key| key.0).collect();
        assert_eq!(keys, [1, 3]);
        let of_theme = changes.cells[&(3, "2024-07-17".to_owned(), true)];
        assert_eq!(of_theme.articles.sum, 400_000);
        assert_eq!(of_theme.stories.n_tones, 1);
        assert_eq!(of_theme.stances.sum, 1_000_000);
    }

    #[test]
    fn a_copy_counts_as_an_article_and_not_as_a_story_and_a_later_revision_not_at_all() {
        let echo = Seen {
            is_echo: true,
            ..seen()
        };
        let sums = changes(&echo).cells[&(3, "2024-07-17".to_owned(), true)];
        assert_eq!((sums.articles.n_tones, sums.stories.n_tones), (1, 0));
        let later = Seen {
            is_first: false,
            ..seen()
        };
        assert_eq!(changes(&later), Changes::default());
    }

    #[test]
    fn an_article_without_a_session_is_counted_as_such() {
        let mut named = seen();
        named.indices.insert("AXJO".into(), Some(tone(1)));
        let changes = changes(&named);
        assert_eq!(
            changes.tallies[&("run".to_owned(), UNASSIGNED.to_owned())],
            1
        );
        assert_eq!(changes.cells.len(), 2);
    }

    #[test]
    fn what_is_taken_out_leaves_nothing() {
        let mut all = changes(&seen());
        all.add_all(&changes(&seen()), -1);
        assert_eq!(all, Changes::default());
    }
}
