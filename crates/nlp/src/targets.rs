//! Which indices a text names, by the aliases of their definitions.

use std::collections::{BTreeMap, BTreeSet};

use newsprint_domain::identifier::IndexId;
use newsprint_domain::index::IndexDefinition;

use crate::error::NlpError;
use crate::phrases::{Match, PhraseMatcher, Role, Rule};

/// All indices, compiled.
#[derive(Debug)]
pub struct IndexSet {
    definitions: Vec<IndexDefinition>,
    matcher: PhraseMatcher,
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
        let matcher = PhraseMatcher::new(rules.collect(), |owner| {
            format!("index {}", definitions[owner].id)
        })?;
        Ok(Self {
            definitions,
            matcher,
        })
    }

    /// The definitions by id; [`Match::owner`] is a position in this list.
    pub fn definitions(&self) -> &[IndexDefinition] {
        &self.definitions
    }

    /// Names of indices in `text`, by place; where names overlap ("Nasdaq" in "Nasdaq 100") only the longest counts.
    pub fn find(&self, text: &str) -> Vec<Match<'_>> {
        let mut found = self.matcher.find(text);
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

fn rules_of(owner: usize, definition: &IndexDefinition) -> impl Iterator<Item = Rule> {
    let rule = move |role| {
        move |phrase: &String| Rule {
            owner,
            role,
            phrase: phrase.clone(),
        }
    };
    let finds = definition.aliases.iter().map(rule(Role::Finds));
    let exact = definition.cased.iter().map(rule(Role::FindsExactly));
    finds
        .chain(exact)
        .chain(definition.none.iter().map(rule(Role::Forbids)))
}

#[cfg(test)]
mod tests {
    use newsprint_domain::identifier::Mic;
    use newsprint_domain::index::SeriesKind;

    use super::*;

    fn index(id: &str, aliases: &[&str], none: &[&str]) -> IndexDefinition {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        IndexDefinition {
            id: IndexId::new(id).unwrap(),
            name: id.into(),
            exchange: Mic::new("XNYS").unwrap(),
            kind: SeriesKind::Price,
            series: vec![],
            aliases: owned(aliases),
            cased: vec![],
            none: owned(none),
        }
    }

    #[test]
    fn the_longest_name_wins_over_all_indices() {
        let nasdaq = index("IXIC", &["Nasdaq"], &["Nasdaq Inc"]);
        let indices = IndexSet::new(vec![nasdaq, index("NDX", &["Nasdaq 100"], &[])]).unwrap();
        let text = "The Nasdaq-100 beat the Nasdaq; Nasdaq Inc. rose.";
        let found: Vec<_> = indices
            .find(text)
            .iter()
            .map(|hit| (hit.owner, hit.span.of(text)))
            .collect();
        assert_eq!(found, [(1, "Nasdaq-100"), (0, "Nasdaq")]);
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
