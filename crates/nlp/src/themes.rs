//! Which themes a text carries, by the phrases of their definitions.

use std::collections::BTreeSet;

use newsprint_domain::theme::ThemeDefinition;

use crate::error::NlpError;
use crate::phrases::{Match, PhraseMatcher, Role, Rule};

/// All themes, compiled.
#[derive(Debug)]
pub struct ThemeSet {
    definitions: Vec<ThemeDefinition>,
    matcher: PhraseMatcher,
}

/// How a theme does on its own examples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleScore<'a> {
    /// The theme.
    pub definition: &'a ThemeDefinition,
    /// Examples that must hit and do.
    pub true_positives: usize,
    /// Examples that must not hit and do.
    pub false_positives: Vec<&'a str>,
    /// Examples that must hit and do not.
    pub false_negatives: Vec<&'a str>,
}

impl ThemeSet {
    /// Compiles `definitions`, sorted by id; refuses two of one id, and themes without phrases or without both sorts of
    /// examples.
    pub fn new(mut definitions: Vec<ThemeDefinition>) -> Result<Self, NlpError> {
        definitions.sort_by(|left, right| left.id.cmp(&right.id));
        let mut ids = BTreeSet::new();
        for definition in &definitions {
            let problem = problem_of(definition, ids.insert(&definition.id));
            if let Some(problem) = problem {
                return Err(NlpError::Definition {
                    owner: format!("theme {}", definition.id),
                    problem: problem.into(),
                });
            }
        }
        let rules = definitions
            .iter()
            .enumerate()
            .flat_map(|(owner, definition)| rules_of(owner, definition));
        let matcher = PhraseMatcher::new(rules.collect(), |owner| {
            format!("theme {}", definitions[owner].id)
        })?;
        Ok(Self {
            definitions,
            matcher,
        })
    }

    /// The definitions by id; [`Match::owner`] is a position in this list.
    pub fn definitions(&self) -> &[ThemeDefinition] {
        &self.definitions
    }

    /// Theme phrases in `text`, by theme and then by place.
    pub fn find(&self, text: &str) -> Vec<Match<'_>> {
        self.matcher.find(text)
    }

    /// Runs every theme over its own examples.
    pub fn score_examples(&self) -> Vec<ExampleScore<'_>> {
        self.definitions
            .iter()
            .enumerate()
            .map(|(owner, definition)| self.score(owner, definition))
            .collect()
    }

    fn score<'a>(&self, owner: usize, definition: &'a ThemeDefinition) -> ExampleScore<'a> {
        let mut score = ExampleScore {
            definition,
            true_positives: 0,
            false_positives: vec![],
            false_negatives: vec![],
        };
        for example in &definition.examples {
            let is_found = self
                .find(&example.text)
                .iter()
                .any(|hit| hit.owner == owner);
            match (example.hit, is_found) {
                (true, true) => score.true_positives += 1,
                (true, false) => score.false_negatives.push(&example.text),
                (false, true) => score.false_positives.push(&example.text),
                (false, false) => {}
            }
        }
        score
    }
}

fn problem_of(definition: &ThemeDefinition, is_new: bool) -> Option<&'static str> {
    let has_example = |hit: bool| definition.examples.iter().any(|example| example.hit == hit);
    if !is_new {
        Some("is defined twice: remove one definition")
    } else if definition.phrases.any.is_empty() {
        Some("has an empty list phrases.any: add a phrase that carries it")
    } else if !has_example(true) || !has_example(false) {
        Some("needs examples of both sorts: add one with hit = true and one with hit = false")
    } else {
        None
    }
}

fn rules_of(owner: usize, definition: &ThemeDefinition) -> impl Iterator<Item = Rule> {
    let rule = move |role| {
        move |phrase: &String| Rule {
            owner,
            role,
            phrase: phrase.clone(),
        }
    };
    let finds = definition.phrases.any.iter().map(rule(Role::Finds));
    finds.chain(definition.phrases.none.iter().map(rule(Role::Forbids)))
}

impl ExampleScore<'_> {
    /// Share of hits that are right; `None` where nothing hit.
    #[expect(clippy::cast_precision_loss, reason = "counts of examples")]
    pub fn precision(&self) -> Option<f64> {
        let n_hits = self.true_positives + self.false_positives.len();
        (n_hits > 0).then(|| self.true_positives as f64 / n_hits as f64)
    }

    /// Share of examples that must hit and do.
    #[expect(clippy::cast_precision_loss, reason = "counts of examples")]
    pub fn recall(&self) -> Option<f64> {
        let n_wanted = self.true_positives + self.false_negatives.len();
        (n_wanted > 0).then(|| self.true_positives as f64 / n_wanted as f64)
    }

    /// Whether no example fails.
    pub fn is_clean(&self) -> bool {
        self.false_positives.is_empty() && self.false_negatives.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use newsprint_domain::identifier::ThemeId;
    use newsprint_domain::theme::{Example, Phrases, ThemeKind};

    use super::*;

    fn rate_cuts() -> ThemeDefinition {
        let example = |text: &str, hit| Example {
            text: text.into(),
            hit,
        };
        ThemeDefinition {
            id: ThemeId::new("rate_cuts").unwrap(),
            version: 1,
            label: "rate cuts".into(),
            kind: ThemeKind::Driver,
            defined_at: "2024-01-01".parse().unwrap(),
            description: "A central bank lowering its policy rate.".into(),
            indices: vec![],
            phrases: Phrases {
                any: vec!["rate cut".into()],
                none: vec!["tax rate cut".into()],
            },
            examples: vec![
                example("Rate cuts are near.", true),
                example("A tax rate cut passed.", false),
            ],
        }
    }

    #[test]
    fn examples_are_scored_and_failures_are_shown() {
        let mut definition = rate_cuts();
        definition.examples.push(Example {
            text: "Easing is near.".into(),
            hit: true,
        });
        let themes = ThemeSet::new(vec![definition]).unwrap();
        let scores = themes.score_examples();
        assert_eq!(
            (scores[0].precision(), scores[0].recall()),
            (Some(1.0), Some(0.5))
        );
        assert_eq!(scores[0].false_negatives, ["Easing is near."]);
        assert!(!scores[0].is_clean());
    }

    #[test]
    fn definitions_that_cannot_work_are_refused_by_name() {
        let refused = |definitions| ThemeSet::new(definitions).unwrap_err().to_string();
        let twice = refused(vec![rate_cuts(), rate_cuts()]);
        assert_eq!(
            twice,
            "theme rate_cuts: is defined twice: remove one definition"
        );
        let mut empty = rate_cuts();
        empty.phrases.any.clear();
        assert!(refused(vec![empty]).contains("phrases.any"));
        let mut untested = rate_cuts();
        untested.examples.truncate(1);
        assert!(refused(vec![untested]).contains("both sorts"));
    }
}
