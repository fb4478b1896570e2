//! Finds the phrases of all themes, or of all indices, in one pass over a sentence.
//!
//! Words are folded and looked up once; phrases are walked in a trie over words, so that the time is linear in the text and in the
//! longest phrase, whatever the phrases are.

mod places;
mod rows;
mod trie;
mod vocabulary;

use newsprint_domain::sentence::Span;

use crate::error::NlpError;
use crate::words::{Word, words};
pub(crate) use places::places_of;
use rows::{Row, Rows};
use trie::{Leaf, Trie};
pub use vocabulary::Reading;

/// What a pattern does where it is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Finds its owner, in any case and number.
    Finds,
    /// Finds its owner where the text is written exactly so, or all in capitals.
    FindsExactly,
    /// Drops its owner's matches that it overlaps.
    Forbids,
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// A run of words.
    Phrase(String),
    /// Phrases in any order: anywhere in the sentence, or from first to last within so many words.
    Together(Vec<String>, Option<usize>),
}

/// A pattern that belongs to a theme or an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Position of the owner in its list of definitions.
    pub owner: usize,
    /// What the pattern does.
    pub role: Role,
    /// The pattern as its author wrote it.
    pub pattern: Pattern,
}

/// A pattern found in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match<'a> {
    /// Position of the owner in its list of definitions.
    pub owner: usize,
    /// From the first word's first byte to the last word's last.
    pub span: Span,
    /// The pattern as its author wrote it.
    pub rule: &'a str,
}

/// All patterns of a list of definitions, compiled.
#[derive(Debug)]
pub struct PhraseMatcher {
    trie: Trie,
    phrases: Vec<Phrase>,
    rows: Rows,
}

#[derive(Debug)]
struct Phrase {
    owner: usize,
    role: Role,
    written: String,
}

impl Rule {
    /// A rule of one phrase.
    pub fn phrase(owner: usize, role: Role, phrase: impl Into<String>) -> Self {
        Self {
            owner,
            role,
            pattern: Pattern::Phrase(phrase.into()),
        }
    }
}

impl PhraseMatcher {
    /// Compiles `rules`; an error names the owner by `name_of`.
    pub fn new(rules: Vec<Rule>, name_of: impl Fn(usize) -> String) -> Result<Self, NlpError> {
        let mut matcher = Self {
            trie: Trie::default(),
            phrases: vec![],
            rows: Rows::default(),
        };
        for rule in rules {
            let owner = rule.owner;
            matcher.add(rule).map_err(|problem| NlpError::Definition {
                owner: name_of(owner),
                problem,
            })?;
        }
        matcher.rows.index();
        Ok(matcher)
    }

    /// Matches in a sentence, by owner and then by place; of matches of one owner that overlap, the longest is kept.
    pub fn find(&self, reading: &Reading<'_>) -> Vec<Match<'_>> {
        let sentence = reading.sentence();
        let walk = self.trie.walk(reading.words());
        let mut found = Vec::new();
        let mut forbidden = Vec::new();
        for (phrase, span) in walk.phrases() {
            let Phrase {
                owner,
                role,
                written,
            } = &self.phrases[phrase];
            match role {
                Role::Forbids => forbidden.push((*owner, span)),
                Role::FindsExactly if !is_written_so(span.of(sentence), written, sentence) => {}
                Role::Finds | Role::FindsExactly => found.push(Match {
                    owner: *owner,
                    span,
                    rule: written,
                }),
            }
        }
        let forbidden = joined_by_owner(forbidden);
        found.retain(|hit| !is_forbidden(&forbidden, hit.owner, hit.span));
        self.rows.find(&walk, &forbidden, &mut found);
        longest_by_owner(found)
    }

    fn add(&mut self, rule: Rule) -> Result<(), String> {
        let Rule {
            owner,
            role,
            pattern,
        } = rule;
        match pattern {
            Pattern::Phrase(written) => {
                let leaf = Leaf::Phrase(self.phrases.len());
                self.trie.insert(&folded(&written)?, leaf);
                self.phrases.push(Phrase {
                    owner,
                    role,
                    written,
                });
            }
            Pattern::Together(parts, within) => {
                let row = Row::new(owner, &parts, within)?;
                let numbers = parts.iter().map(|part| self.part(part));
                let numbers = numbers.collect::<Result<_, _>>()?;
                self.rows.add(row, numbers);
            }
        }
        Ok(())
    }

    fn part(&mut self, phrase: &str) -> Result<usize, String> {
        let words = folded(phrase)?;
        let (number, is_new) = self.rows.part(folded_phrase(phrase));
        if is_new {
            self.trie.insert(&words, Leaf::Part(number));
        }
        Ok(number)
    }
}

/// The words of a pattern, or why no text can match it.
fn folded(phrase: &str) -> Result<Vec<Word>, String> {
    let folded = words(phrase);
    if folded.is_empty() {
        return Err(format!("phrase \"{phrase}\" has no word: remove it"));
    }
    if folded.iter().skip(1).any(|word| word.after_break) {
        return Err(format!(
            "phrase \"{phrase}\" has punctuation between its words, which no text can match: split it"
        ));
    }
    Ok(folded)
}

/// The words of `text` as one phrase, whatever stands between them; empty of a text without words.
pub(crate) fn folded_phrase(text: &str) -> String {
    let words: Vec<String> = words(text).into_iter().map(|word| word.folded).collect();
    words.join(" ")
}

/// Whether `written` is `phrase` up to how its words are separated, or all is written in capitals.
fn is_written_so(written: &str, phrase: &str, sentence: &str) -> bool {
    let shown = |text: &str| {
        text.chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .collect::<String>()
    };
    let is_shouted = || !sentence.chars().any(char::is_lowercase);
    shown(written) == shown(phrase) || is_shouted()
}

/// Stretches that are forbidden to each owner, in order and apart from each other.
fn joined_by_owner(mut forbidden: Vec<(usize, Span)>) -> Vec<(usize, Span)> {
    forbidden.sort_unstable();
    let mut joined: Vec<(usize, Span)> = Vec::with_capacity(forbidden.len());
    for (owner, span) in forbidden {
        match joined.last_mut() {
            Some((last_owner, last)) if *last_owner == owner && last.overlaps(span) => {
                last.end = last.end.max(span.end)
            }
            _ => joined.push((owner, span)),
        }
    }
    joined
}

fn is_forbidden(forbidden: &[(usize, Span)], owner: usize, span: Span) -> bool {
    let next = forbidden.partition_point(|(other, end)| (*other, end.end) <= (owner, span.start));
    forbidden
        .get(next)
        .is_some_and(|(other, forbidden)| *other == owner && forbidden.overlaps(span))
}

fn longest_by_owner(mut found: Vec<Match<'_>>) -> Vec<Match<'_>> {
    found.sort_by_key(|hit| (hit.owner, hit.span.start, std::cmp::Reverse(hit.span.end)));
    let mut kept: Vec<Match<'_>> = Vec::with_capacity(found.len());
    for hit in found {
        match kept.last_mut() {
            Some(last) if last.owner == hit.owner && last.span.overlaps(hit.span) => {
                let is_longer = hit.span.end - hit.span.start > last.span.end - last.span.start;
                if is_longer {
                    *last = hit;
                }
            }
            _ => kept.push(hit),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matcher(rules: &[(usize, Role, &str)]) -> PhraseMatcher {
        let rules = rules
            .iter()
            .map(|(owner, role, phrase)| Rule::phrase(*owner, *role, *phrase));
        PhraseMatcher::new(rules.collect(), |owner| format!("owner {owner}")).unwrap()
    }

    fn check(rules: &[(usize, Role, &str)], text: &str, expected: &[(usize, &str)]) {
        let matcher = matcher(rules);
        let found: Vec<_> = matcher
            .find(&Reading::of(text))
            .into_iter()
            .map(|hit| (hit.owner, hit.span.of(text)))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_phrase_is_found_in_any_case_number_and_hyphenation() {
        let rules = [(0, Role::Finds, "rate cut")];
        check(
            &rules,
            "Rate-cut hopes; RATE CUTS, rate  cutting.",
            &[(0, "Rate-cut"), (0, "RATE CUTS"), (0, "rate  cutting")],
        );
        check(&rules, "corporate cuts, rates. Cut, rates in cutting", &[]);
    }

    #[test]
    fn a_forbidding_phrase_drops_what_it_overlaps_and_nothing_else() {
        let rules = [
            (0, Role::Finds, "rate cut"),
            (0, Role::Forbids, "tax rate cut"),
            (1, Role::Finds, "tax rate cut"),
        ];
        check(
            &rules,
            "A tax rate cut and a rate cut",
            &[(0, "rate cut"), (1, "tax rate cut")],
        );
    }

    #[test]
    fn the_longest_match_of_an_owner_wins() {
        let rules = [
            (0, Role::Finds, "rate cut"),
            (0, Role::Finds, "rate cut hope"),
            (0, Role::Finds, "emergency rate cut hope"),
        ];
        check(
            &rules,
            "emergency rate-cut hopes",
            &[(0, "emergency rate-cut hopes")],
        );
    }

    #[test]
    fn exact_names_need_their_case() {
        let rules = [
            (0, Role::FindsExactly, "VIX"),
            (1, Role::FindsExactly, "the Dow"),
        ];
        check(
            &rules,
            "The VIX and the vix; the Dow, the dow",
            &[(0, "VIX"), (1, "the Dow")],
        );
    }

    #[test]
    fn adjacent_phrases_are_both_found() {
        let rules = [(0, Role::Finds, "small cap"), (1, Role::Finds, "rally")];
        check(&rules, "small-cap rally", &[(0, "small-cap"), (1, "rally")]);
    }

    #[test]
    fn phrases_that_cannot_match_are_refused_by_name() {
        let rule = |phrase: &str| vec![Rule::phrase(0, Role::Finds, phrase)];
        let error = PhraseMatcher::new(rule("…"), |_| "oil".into())
            .unwrap_err()
            .to_string();
        assert_eq!(error, "oil: phrase \"…\" has no word: remove it");
        assert!(PhraseMatcher::new(rule("rates, cut"), |_| "oil".into()).is_err());
    }

    fn rows(rows: &[(&[&str], Option<usize>)], text: &str) -> Vec<String> {
        let rules = rows.iter().map(|(parts, within)| Rule {
            owner: 0,
            role: Role::Finds,
            pattern: Pattern::Together(parts.iter().map(|part| (*part).into()).collect(), *within),
        });
        let forbids = Rule::phrase(0, Role::Forbids, "tax rate");
        let rules = rules.chain([forbids]).collect();
        let matcher = PhraseMatcher::new(rules, |_| "theme".into()).unwrap();
        let found = matcher.find(&Reading::of(text)).into_iter();
        found.map(|hit| hit.span.of(text).to_owned()).collect()
    }

    #[test]
    fn a_row_needs_all_its_phrases_near_each_other_in_any_order() {
        let cut: &[&str] = &["cut", "interest rate"];
        let text = "The bank cut its key interest rate; interest rates were cut.";
        assert_eq!(
            rows(&[(cut, Some(5))], text),
            ["cut its key interest rate", "interest rates were cut"]
        );
        assert!(rows(&[(cut, Some(2))], text).is_empty());
        assert!(rows(&[(cut, None)], "It will not cut its rate.").is_empty());
        assert_eq!(
            rows(&[(cut, None)], "Interest rates, they said, are to be cut"),
            ["Interest rates, they said, are to be cut"]
        );
    }

    #[test]
    fn a_forbidden_phrase_is_no_part_of_a_row() {
        let cut: &[&str] = &["cut", "rate"];
        assert!(rows(&[(cut, Some(6))], "It cut its tax rate").is_empty());
        assert_eq!(
            rows(&[(cut, Some(9))], "A tax rate was cut and a rate"),
            ["cut and a rate"]
        );
    }

    #[test]
    fn a_row_of_one_phrase_is_refused() {
        let rule = Rule {
            owner: 0,
            role: Role::Finds,
            pattern: Pattern::Together(vec!["cut".into()], None),
        };
        let error = PhraseMatcher::new(vec![rule], |_| "oil".into()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "oil: [\"cut\"] has 1 phrases: a row has 2 to 8"
        );
    }
}
