//! "The index", "the benchmark", "the metal": words that mean an index named before.

use newsprint_domain::index::SeriesKind;
use newsprint_domain::sentence::Span;

use crate::error::NlpError;
use crate::phrases::{Match, PhraseMatcher, Reading, Role, Rule};

/// What stands for an index that was named before.
const BACK: &str = "\
    the index, the benchmark, the benchmark index, the gauge, the broad gauge, the broader gauge, the barometer, the \
    blue-chip average, the same index, the same gauge, the same benchmark, this index, that index, the stock index, the \
    equity index, the measure of large caps, the benchmark gauge, the volatile index, the highly volatile index, the \
    broader index, the broad index, the tech-heavy index, the blue-chip index, the blue-chip gauge, the main index, the main gauge";

/// Where the same words mean something else.
const NOT_BACK: &str = "\
    the index of, the index fund, the index provider, the index compiler, the index committee, the index for, the index \
    that, the index tracking, the index tracker, the index and not, the index not the, the index business, the benchmark \
    rate, the benchmark interest, the benchmark lending, the benchmark cash, the benchmark yield, the benchmark bond, \
    the benchmark note, the benchmark for, the benchmark price, the benchmark crude, the benchmark contract, the \
    benchmark 10, the gauge of, the gauge for";

/// The words, compiled.
#[derive(Debug)]
pub(crate) struct BackReferences(PhraseMatcher);

/// The indices that an article has named so far, sentence after sentence, the latest last.
#[derive(Debug, Default)]
pub(crate) struct Named(Vec<usize>);

impl Named {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn add(&mut self, owner: usize) {
        self.0.retain(|other| *other != owner);
        self.0.push(owner);
    }

    /// Greater the later `owner` was named; `None` where it was not.
    fn recency(&self, owner: usize) -> Option<usize> {
        self.0.iter().position(|other| *other == owner)
    }
}

impl BackReferences {
    pub(crate) fn new() -> Result<Self, NlpError> {
        let rules = [(BACK, Role::Finds), (NOT_BACK, Role::Forbids)];
        let rules = rules.into_iter().flat_map(|(list, role)| {
            list.split(", ")
                .map(move |phrase| Rule::phrase(0, role, phrase))
        });
        let rules = rules.collect();
        PhraseMatcher::new(rules, |_| "back-references".into()).map(Self)
    }

    /// `named`, the indices that a sentence names by place, and those that it means by "the index" or by what stands in `again`
    /// for an index that was named before.
    pub(crate) fn resolve<'a>(
        &'a self,
        reading: &Reading<'_>,
        named: Vec<Match<'a>>,
        again: Vec<Match<'a>>,
        kind: impl Fn(usize) -> SeriesKind,
        before: &mut Named,
    ) -> Vec<Match<'a>> {
        let back = self.0.find(reading).into_iter();
        let is_free = |span: Span| !named.iter().any(|hit| hit.span.overlaps(span));
        let back = back.map(|hit| (hit, Meant::Last));
        let again = again.into_iter().map(|hit| (hit, Meant::Again));
        let mut all: Vec<(Match<'a>, Meant)> = back
            .chain(again)
            .filter(|(hit, _)| is_free(hit.span))
            .chain(named.iter().map(|hit| (*hit, Meant::Named)))
            .collect();
        all.sort_by_key(|(hit, _)| hit.span.start);
        let mut resolved: Vec<Match<'a>> = Vec::with_capacity(all.len());
        for same_place in all.chunk_by(|(left, _), (right, _)| left.span.overlaps(right.span)) {
            let meant = same_place.iter().filter_map(|(hit, meant)| match meant {
                Meant::Named => Some((usize::MAX, *hit)),
                Meant::Again => Some((before.recency(hit.owner)?, *hit)),
                Meant::Last => {
                    // A yield is never called "the index".
                    let mut indices = before.0.iter().rev();
                    let owner = *indices.find(|owner| kind(**owner) != SeriesKind::Yield)?;
                    Some((before.recency(owner)?, Match { owner, ..*hit }))
                }
            });
            if let Some((_, hit)) = meant.max_by_key(|(recency, _)| *recency) {
                before.add(hit.owner);
                resolved.push(hit);
            }
        }
        resolved
    }
}

/// How words mean an index.
#[derive(Debug, Clone, Copy)]
enum Meant {
    /// By its name.
    Named,
    /// By what stands for this index once it was named.
    Again,
    /// By what stands for whichever was named last.
    Last,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(sentences: &[&str]) -> Vec<(usize, String)> {
        let names = [(0, "Russell 2000"), (1, "Nasdaq"), (2, "10-year yield")];
        let rules = names.map(|(owner, name)| Rule::phrase(owner, Role::Finds, name));
        let indices = PhraseMatcher::new(rules.to_vec(), |_| "index".into()).unwrap();
        let back = BackReferences::new().unwrap();
        let kind = |owner| {
            if owner == 2 {
                SeriesKind::Yield
            } else {
                SeriesKind::Price
            }
        };
        let mut before = Named::default();
        let again = Rule::phrase(0, Role::Finds, "the small fry");
        let again = PhraseMatcher::new(vec![again], |_| "again".into()).unwrap();
        let mut found = Vec::new();
        for sentence in sentences {
            let reading = Reading::of(sentence);
            let mut named = indices.find(&reading);
            named.sort_by_key(|hit| hit.span.start);
            for hit in back.resolve(&reading, named, again.find(&reading), kind, &mut before) {
                found.push((hit.owner, hit.span.of(sentence).to_owned()));
            }
        }
        found
    }

    #[test]
    fn the_index_is_the_one_named_last() {
        let found = resolved(&[
            "The Russell 2000 rose as the 10-year yield fell.",
            "The index has gained 9% this month.",
            "The Nasdaq lagged; the benchmark lost 1%.",
        ]);
        let expected = [
            (0, "Russell 2000"),
            (2, "10-year yield"),
            (0, "The index"),
            (1, "Nasdaq"),
            (1, "the benchmark"),
        ];
        assert_eq!(
            found,
            expected.map(|(owner, words)| (owner, words.to_owned()))
        );
    }

    #[test]
    fn a_name_that_stands_for_one_index_means_it_once_it_was_named() {
        assert!(resolved(&["The small fry rose."]).is_empty());
        let found = resolved(&[
            "The Russell 2000 fell.",
            "The Nasdaq rose; the small fry did not.",
        ]);
        assert_eq!(found[2], (0, "the small fry".to_owned()));
    }

    #[test]
    fn nothing_is_meant_before_any_is_named_or_where_the_words_go_on() {
        assert!(resolved(&["The index rose."]).is_empty());
        let found = resolved(&[
            "The Nasdaq rose.",
            "The index of leading indicators fell, as did the benchmark rate.",
        ]);
        assert_eq!(found.len(), 1);
    }
}
