//! Which themes a text carries, by the phrases of their definitions.

use std::collections::{BTreeMap, BTreeSet};

use newsprint_domain::identifier::ThemeId;
use newsprint_domain::theme::{Example, Phrases, Stance, ThemeDefinition};

use crate::error::NlpError;
use crate::language::foreign_language;
use crate::phrases::{Match, Pattern, PhraseMatcher, Reading, Role, Rule, folded_phrase};
use crate::split::sentences;
use crate::stance::{Judged, StanceRules};
use crate::tagger::Document;

/// All themes, compiled.
#[derive(Debug)]
pub struct ThemeSet {
    definitions: Vec<ThemeDefinition>,
    matcher: PhraseMatcher,
    stances: StanceRules,
}

impl ThemeSet {
    /// Compiles `definitions`, sorted by id; refuses two of one id, and themes without phrases or without both sorts of
    /// examples.
    pub fn new(mut definitions: Vec<ThemeDefinition>) -> Result<Self, NlpError> {
        definitions.sort_by(|left, right| left.id.cmp(&right.id));
        let mut ids = BTreeSet::new();
        for definition in &definitions {
            let problem = if ids.insert(&definition.id) {
                problem_of(definition).map(|problem| problem.message)
            } else {
                Some("is defined twice: remove one definition".into())
            };
            if let Some(problem) = problem {
                return Err(NlpError::Definition {
                    owner: format!("theme {}", definition.id),
                    problem,
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
        let stances = StanceRules::new(&definitions)?;
        Ok(Self {
            definitions,
            matcher,
            stances,
        })
    }

    /// The definitions by id; [`Match::owner`] is a position in this list.
    pub fn definitions(&self) -> &[ThemeDefinition] {
        &self.definitions
    }

    /// Themes in a sentence by their phrases, by theme and then by place.
    pub fn find(&self, reading: &Reading<'_>) -> Vec<Match<'_>> {
        self.matcher.find(reading)
    }

    /// Whether a phrase of any of these themes stands in `document`, as the tagger finds them: in another language than English none
    /// does. Costs no model.
    pub fn is_named_in(&self, document: &Document<'_>) -> bool {
        if foreign_language(document).is_some() {
            return false;
        }
        let is_in = |text: &str| {
            let mut spans = sentences(text).into_iter();
            spans.any(|span| !self.find(&Reading::of(span.of(text))).is_empty())
        };
        is_in(document.title) || is_in(document.text)
    }

    /// Whether each of `hits` in a sentence makes its theme stronger or weaker.
    pub(crate) fn stances(&self, reading: &Reading<'_>, hits: &[Match<'_>]) -> Vec<Judged> {
        self.stances.of(reading, hits)
    }

    /// The stance of a theme over the sentences of `text`; `None` where it is in none of them.
    pub fn stance_in(&self, theme: &ThemeId, text: &str) -> Option<Stance> {
        let owner = self
            .definitions
            .iter()
            .position(|definition| definition.id == *theme)?;
        let mut stances = Vec::new();
        for span in sentences(text) {
            let reading = Reading::of(span.of(text));
            let mut hits = self.find(&reading);
            hits.retain(|hit| hit.owner == owner);
            let judged = self.stances(&reading, &hits).into_iter();
            stances.extend(judged.map(|judged| judged.stance));
        }
        let sum: i32 = stances.iter().map(|stance| i32::from(stance.value())).sum();
        (!stances.is_empty()).then(|| Stance::of_sum(sum))
    }
}

/// Why a definition cannot work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, and what to do.
    pub message: String,
    /// Words of its file that stand where it is wrong; empty where it is wrong as a whole.
    pub words: String,
}

impl Problem {
    fn new(words: &str, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            words: words.into(),
        }
    }
}

/// Why `definition` cannot work by itself; `None` where it can.
pub fn problem_of(definition: &ThemeDefinition) -> Option<Problem> {
    let has_example = |hit: bool| definition.examples.iter().any(|example| example.hit == hit);
    if !definition.phrases.find_anything() {
        let message = "has no phrases: add one that carries it to phrases.any";
        return Some(Problem::new("[phrases]", message));
    }
    if !has_example(true) || !has_example(false) {
        let message =
            "needs examples of both sorts: add one with hit = true and one with hit = false";
        return Some(Problem::new("", message));
    }
    clash_in(definition).or_else(|| compiled(definition))
}

/// A pattern that no text can match.
fn compiled(definition: &ThemeDefinition) -> Option<Problem> {
    let rules = rules_of(0, definition).collect();
    let words = StanceRules::new(std::slice::from_ref(definition)).map(|_| ());
    let problem = PhraseMatcher::new(rules, |_| String::new())
        .map(|_| ())
        .and(words)
        .err()?;
    let NlpError::Definition { problem, .. } = problem else {
        return Some(Problem::new("", problem.to_string()));
    };
    let words = problem.split('"').nth(1).unwrap_or_default().to_owned();
    Some(Problem::new(&words, problem))
}

/// Two rules of a theme, or two examples, that contradict or repeat each other.
fn clash_in(definition: &ThemeDefinition) -> Option<Problem> {
    let Phrases {
        any, cased, none, ..
    } = &definition.phrases;
    let mut roles = BTreeMap::new();
    for (role, list) in [("any", any), ("none", none)] {
        for phrase in list {
            if let Some(earlier) = roles.insert(folded_phrase(phrase), role) {
                let message = format!(
                    "phrase \"{phrase}\" stands in phrases.{earlier} and again in phrases.{role}, in this or another form: \
                     remove one"
                );
                return Some(Problem::new(&format!("\"{phrase}\""), message));
            }
        }
    }
    if let Some(phrase) = repeated(cased) {
        let message = format!("phrase \"{phrase}\" stands twice in phrases.cased: remove one");
        return Some(Problem::new(&format!("\"{phrase}\""), message));
    }
    let is_blank = |example: &Example| example.text.trim().is_empty();
    if definition.examples.iter().any(is_blank) {
        let message = "an example has no text: write one, or remove it";
        return Some(Problem::new("text = \"\"", message));
    }
    let texts: Vec<&String> = definition
        .examples
        .iter()
        .map(|example| &example.text)
        .collect();
    if let Some(text) = repeated(&texts) {
        return Some(Problem::new(
            text,
            format!("example \"{text}\" stands twice: remove one"),
        ));
    }
    let mut examples = definition.examples.iter();
    let stray = examples.find(|example| !example.hit && example.stance.is_some())?;
    let message = format!(
        "example \"{}\" must not hit, so that it has no stance: remove the stance",
        stray.text
    );
    Some(Problem::new(&stray.text, message))
}

fn repeated<T: Ord>(list: &[T]) -> Option<&T> {
    let mut seen = BTreeSet::new();
    list.iter().find(|item| !seen.insert(*item))
}

fn rules_of(owner: usize, definition: &ThemeDefinition) -> impl Iterator<Item = Rule> {
    let Phrases {
        any,
        cased,
        all,
        near,
        none,
    } = &definition.phrases;
    let list = move |role, phrases: &'_ [String]| -> Vec<Rule> {
        let rules = phrases
            .iter()
            .map(|phrase| Rule::phrase(owner, role, phrase));
        rules.collect()
    };
    let together = |parts: &Vec<String>, within| Rule {
        owner,
        role: Role::Finds,
        pattern: Pattern::Together(parts.clone(), within),
    };
    let mut rules = list(Role::Finds, any);
    rules.extend(list(Role::FindsExactly, cased));
    rules.extend(list(Role::Forbids, none));
    rules.extend(all.iter().map(|parts| together(parts, None)));
    rules.extend(
        near.iter()
            .map(|row| together(&row.words, Some(row.within))),
    );
    rules.into_iter()
}

#[cfg(test)]
mod tests {
    use newsprint_domain::theme::{Codes, StanceWords, ThemeKind};

    use super::*;

    fn rate_cuts() -> ThemeDefinition {
        let example = |text: &str, hit| Example {
            text: text.into(),
            hit,
            stance: None,
        };
        ThemeDefinition {
            id: ThemeId::new("rate_cuts").unwrap(),
            version: 1,
            label: "rate cuts".into(),
            kind: ThemeKind::Driver,
            defined_at: "2024-01-01".parse().unwrap(),
            valid_from: None,
            parents: vec![],
            codes: Codes::default(),
            stance: StanceWords {
                bare: Stance::Stronger,
                stronger: vec![],
                weaker: vec!["delayed".into()],
            },
            description: "A central bank lowering its policy rate.".into(),
            indices: vec![],
            phrases: Phrases {
                any: vec!["rate cut".into()],
                none: vec!["tax rate cut".into()],
                ..Phrases::default()
            },
            examples: vec![
                example("Rate cuts are near.", true),
                example("A tax rate cut passed.", false),
            ],
        }
    }

    #[test]
    fn a_theme_is_named_in_a_title_or_a_text_of_its_language() {
        let set = ThemeSet::new(vec![rate_cuts()]).unwrap();
        let is_named = |title, text| set.is_named_in(&Document { title, text });
        assert!(is_named("Rate cuts are near", ""));
        assert!(is_named("", "It was warm. Two rate cuts came."));
        assert!(!is_named("Rates", "A tax rate cut passed."));
        let german = "Die Zentralbank hat am Donnerstag ihre Leitzinsen gesenkt und weitere Schritte in Aussicht gestellt, sagte die \
                      Chefin der Bank am Abend in Frankfurt; von einem rate cut war danach noch lange die Rede.";
        assert!(!is_named("", german));
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
        let mut clash = rate_cuts();
        clash.phrases.none.push("Cutting of rates".into());
        assert!(ThemeSet::new(vec![clash.clone()]).is_ok());
        clash.phrases.none.push("cut rates".into());
        clash.phrases.any.push("cutting rates".into());
        let clash = refused(vec![clash]);
        assert!(
            clash.contains("\"cut rates\" stands in phrases.any and again in phrases.none"),
            "{clash}"
        );
        let mut untested = rate_cuts();
        untested.examples.truncate(1);
        assert!(refused(vec![untested]).contains("both sorts"));
    }
}
