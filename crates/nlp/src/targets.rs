//! Which indices a text names, by the aliases of their definitions.

use std::collections::{BTreeMap, BTreeSet};

use newsprint_domain::identifier::IndexId;
use newsprint_domain::index::{IndexDefinition, SeriesKind};
use newsprint_domain::sentence::Span;

use crate::coreference::{BackReferences, LastNamed};
use crate::error::NlpError;
use crate::phrases::{Match, PhraseMatcher, Reading, Role, Rule};

/// What an index does.
const MOVES: &str = "\
    rise, fall, gain, climb, drop, slip, slide, jump, surge, tumble, lose, add, close, end, open, hit, rally, soar, \
    plunge, sink, edge, advance, decline, dip, rebound, finish, snap, extend, settle, ease, retreat, recover, slump, \
    bounce, up, down, shed, dive, touch, pay, yield, trade";

/// All indices, compiled.
#[derive(Debug)]
pub struct IndexSet {
    definitions: Vec<IndexDefinition>,
    matcher: PhraseMatcher,
    back: BackReferences,
    /// Rules whose last word is what the index does.
    moving: BTreeSet<String>,
}

impl IndexSet {
    /// Compiles `definitions`, sorted by id; refuses two of one id, two indices with one alias, and an index without alias.
    pub fn new(mut definitions: Vec<IndexDefinition>) -> Result<Self, NlpError> {
        definitions.sort_by(|left, right| left.id.cmp(&right.id));
        let mut ids = BTreeSet::new();
        let mut owners: BTreeMap<String, &IndexId> = BTreeMap::new();
        for definition in &definitions {
            let id = &definition.id;
            let error = |problem: String| NlpError::Definition {
                owner: format!("index {id}"),
                problem,
            };
            if !ids.insert(id) {
                return Err(error("is defined twice: remove one definition".into()));
            }
            if definition.aliases.is_empty() && definition.cased.is_empty() {
                return Err(error("has no alias: add what texts call it".into()));
            }
            for alias in definition.aliases.iter().chain(&definition.cased) {
                let owner = *owners.entry(alias.to_lowercase()).or_insert(id);
                if owner != id {
                    let problem =
                        format!("alias \"{alias}\" is {owner}'s too: it can mean only one index");
                    return Err(error(problem));
                }
            }
        }
        let rules = definitions
            .iter()
            .enumerate()
            .flat_map(|(owner, definition)| rules_of(owner, definition));
        let moving = definitions.iter().flat_map(moving).collect();
        let matcher = PhraseMatcher::new(rules.collect(), |owner| {
            format!("index {}", definitions[owner].id)
        })?;
        Ok(Self {
            definitions,
            matcher,
            back: BackReferences::new()?,
            moving,
        })
    }

    /// The definitions by id; [`Match::owner`] is a position in this list.
    pub fn definitions(&self) -> &[IndexDefinition] {
        &self.definitions
    }

    /// How an index's moves are measured.
    pub fn kind(&self, index: &IndexId) -> Option<SeriesKind> {
        let mut definitions = self.definitions.iter();
        definitions
            .find(|definition| definition.id == *index)
            .map(|definition| definition.kind)
    }

    /// Names of indices in the next sentence of an article, by place, and what stands for the one named last ("the index").
    pub(crate) fn find_on<'a>(
        &'a self,
        reading: &Reading<'_>,
        last: &mut LastNamed,
    ) -> Vec<Match<'a>> {
        let kind = |owner: usize| self.definitions[owner].kind;
        self.back.resolve(reading, self.find(reading), kind, last)
    }

    /// Names of indices in a sentence, by place; where names overlap ("Nasdaq" in "Nasdaq 100") only the longest counts.
    pub fn find(&self, reading: &Reading<'_>) -> Vec<Match<'_>> {
        let sentence = reading.sentence();
        let mut found = self.matcher.find(reading);
        for hit in &mut found {
            let span = without_article(sentence, hit.span);
            let moves = self.moving.contains(hit.rule);
            hit.span = if moves {
                without_last_word(sentence, span)
            } else {
                span
            };
        }
        found.sort_by_key(|hit| {
            (
                std::cmp::Reverse(hit.span.end - hit.span.start),
                hit.span.start,
                hit.owner,
            )
        });
        // What is kept does not overlap, so that only the neighbours of a match can.
        let mut kept: BTreeMap<usize, Match<'_>> = BTreeMap::new();
        for hit in found {
            let before = kept.range(..=hit.span.start).next_back();
            let after = kept.range(hit.span.start..).next();
            if !before
                .into_iter()
                .chain(after)
                .any(|(_, longer)| longer.span.overlaps(hit.span))
            {
                kept.insert(hit.span.start, hit);
            }
        }
        kept.into_values().collect()
    }
}

/// The names that count where the index is said to move, each with what it may do.
fn moving(definition: &IndexDefinition) -> impl Iterator<Item = String> {
    let names = definition.moving.iter();
    names.flat_map(|name| {
        MOVES
            .split(", ")
            .map(move |moves| format!("{name} {moves}"))
    })
}

fn without_last_word(sentence: &str, span: Span) -> Span {
    let written = span.of(sentence);
    let name = written
        .trim_end_matches(|c: char| !c.is_whitespace())
        .trim_end();
    Span {
        start: span.start,
        end: span.start + name.len(),
    }
}

/// "The Dow" is found by its article, which is no part of the name.
fn without_article(sentence: &str, span: Span) -> Span {
    let written = span.of(sentence);
    let article = written
        .get(..4)
        .filter(|start| start.eq_ignore_ascii_case("the "));
    let length = article.map_or(0, str::len);
    Span {
        start: span.start + length,
        end: span.end,
    }
}

fn rules_of(owner: usize, definition: &IndexDefinition) -> impl Iterator<Item = Rule> {
    let rule = move |role| move |phrase: &String| Rule::phrase(owner, role, phrase);
    let finds = definition.aliases.iter().map(rule(Role::Finds));
    let exact = definition.cased.iter().map(rule(Role::FindsExactly));
    let moving = moving(definition);
    finds
        .chain(exact)
        .chain(moving.map(move |phrase| Rule::phrase(owner, Role::Finds, phrase)))
        .chain(definition.none.iter().map(rule(Role::Forbids)))
}

#[cfg(test)]
mod tests {
    use newsprint_domain::identifier::Mic;

    use super::*;

    fn index(id: &str, aliases: &[&str], none: &[&str]) -> IndexDefinition {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        IndexDefinition {
            id: IndexId::new(id).unwrap(),
            name: id.into(),
            exchange: Some(Mic::new("XNYS").unwrap()),
            kind: SeriesKind::Price,
            series: vec![],
            aliases: owned(aliases),
            cased: vec![],
            moving: vec![],
            none: owned(none),
        }
    }

    #[test]
    fn the_longest_name_wins_over_all_indices() {
        let nasdaq = index("IXIC", &["Nasdaq"], &["Nasdaq Inc"]);
        let indices = IndexSet::new(vec![nasdaq, index("NDX", &["Nasdaq 100"], &[])]).unwrap();
        let text = "The Nasdaq-100 beat the Nasdaq; Nasdaq Inc. rose.";
        let found: Vec<_> = indices
            .find(&Reading::of(text))
            .iter()
            .map(|hit| (hit.owner, hit.span.of(text)))
            .collect();
        assert_eq!(found, [(1, "Nasdaq-100"), (0, "Nasdaq")]);
    }

    #[test]
    fn a_name_of_others_too_counts_where_the_index_moves() {
        let mut index = index("GSPC", &["the S&P"], &[]);
        index.moving = vec!["S&P".into()];
        let indices = IndexSet::new(vec![index]).unwrap();
        let text = "S&P fell; the S&P is high, S&P said.";
        let found = indices.find(&Reading::of(text)).into_iter();
        let found: Vec<_> = found
            .map(|hit| (hit.span.start, hit.span.of(text)))
            .collect();
        assert_eq!(found, [(0, "S&P"), (14, "S&P")]);
    }

    #[test]
    fn clashing_aliases_are_refused_by_name() {
        let error = IndexSet::new(vec![
            index("DJI", &["the Dow"], &[]),
            index("DJT", &["The Dow"], &[]),
        ])
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "index DJT: alias \"The Dow\" is DJI's too: it can mean only one index"
        );
    }
}
