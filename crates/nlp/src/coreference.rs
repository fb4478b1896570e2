//! "The index", "the benchmark": words that mean the index named last.

use newsprint_domain::index::SeriesKind;
use newsprint_domain::sentence::Span;

use crate::error::NlpError;
use crate::phrases::{Match, PhraseMatcher, Reading, Role, Rule};

/// What stands for an index that was named before.
const BACK: &str = "\
    the index, the benchmark, the benchmark index, the gauge, the broad gauge, the broader gauge, the barometer, the \
    blue-chip average, the same index, this index, that index, the stock index, the equity index, the measure of large \
    caps, the benchmark gauge";

/// Where the same words mean something else.
const NOT_BACK: &str = "\
    the index of, the index fund, the index provider, the index compiler, the index committee, the index for, the index \
    that, the index tracking, the index tracker, the index business, the benchmark rate, the benchmark interest, the \
    benchmark lending, the benchmark cash, the benchmark yield, the benchmark bond, the benchmark note, the benchmark \
    for, the benchmark price, the benchmark crude, the benchmark contract, the benchmark 10, the gauge of, the gauge for";

/// The words, compiled.
#[derive(Debug)]
pub(crate) struct BackReferences(PhraseMatcher);

/// The index that an article named last, sentence after sentence.
#[derive(Debug, Default)]
pub(crate) struct LastNamed(Option<usize>);

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

    /// `named`, the indices that a sentence names by place, and those that it means by "the index".
    pub(crate) fn resolve<'a>(
        &'a self,
        reading: &Reading<'_>,
        named: Vec<Match<'a>>,
        kind: impl Fn(usize) -> SeriesKind,
        last: &mut LastNamed,
    ) -> Vec<Match<'a>> {
        let back = self.0.find(reading).into_iter();
        let is_free = |span: Span| !named.iter().any(|hit| hit.span.overlaps(span));
        let mut all: Vec<(Match<'a>, bool)> = back
            .filter(|hit| is_free(hit.span))
            .map(|hit| (hit, true))
            .chain(named.iter().map(|hit| (*hit, false)))
            .collect();
        all.sort_by_key(|(hit, _)| hit.span.start);
        let mut resolved = Vec::with_capacity(all.len());
        for (hit, is_back) in all {
            if is_back {
                resolved.extend(last.0.map(|owner| Match { owner, ..hit }));
                continue;
            }
            // A yield is never called "the index".
            if kind(hit.owner) != SeriesKind::Yield {
                last.0 = Some(hit.owner);
            }
            resolved.push(hit);
        }
        resolved
    }
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
        let mut last = LastNamed::default();
        let mut found = Vec::new();
        for sentence in sentences {
            let reading = Reading::of(sentence);
            let mut named = indices.find(&reading);
            named.sort_by_key(|hit| hit.span.start);
            for hit in back.resolve(&reading, named, kind, &mut last) {
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
    fn nothing_is_meant_before_any_is_named_or_where_the_words_go_on() {
        assert!(resolved(&["The index rose."]).is_empty());
        let found = resolved(&[
            "The Nasdaq rose.",
            "The index of leading indicators fell, as did the benchmark rate.",
        ]);
        assert_eq!(found.len(), 1);
    }
}
