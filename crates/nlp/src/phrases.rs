//! Finds the phrases of all themes, or of all indices, in one pass over a text, in time linear in its length.

use aho_corasick::{AhoCorasick, MatchKind};
use newsprint_domain::sentence::Span;

use crate::error::NlpError;
use crate::words::{Word, words};

/// Stands between the words of a folded text; no word contains it.
const BETWEEN: char = '\u{1}';
/// Stands before a word that no phrase may reach back from.
const BREAK: char = '\u{2}';

/// What a phrase does where it is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Finds its owner, in any case and number.
    Finds,
    /// Finds its owner where the text is written exactly so.
    FindsExactly,
    /// Drops its owner's matches that it overlaps.
    Forbids,
}

/// A phrase that belongs to a theme or an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Position of the owner in its list of definitions.
    pub owner: usize,
    /// What the phrase does.
    pub role: Role,
    /// The phrase as its author wrote it.
    pub phrase: String,
}

/// A phrase found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match<'a> {
    /// Position of the owner in its list of definitions.
    pub owner: usize,
    /// From the first word's first byte to the last word's last.
    pub span: Span,
    /// The phrase as its author wrote it.
    pub phrase: &'a str,
}

/// All phrases of a list of definitions, compiled.
#[derive(Debug)]
pub struct PhraseMatcher {
    automaton: AhoCorasick,
    rules: Vec<Rule>,
}

impl PhraseMatcher {
    /// Compiles `rules`; an error names the owner by `name_of`.
    pub fn new(rules: Vec<Rule>, name_of: impl Fn(usize) -> String) -> Result<Self, NlpError> {
        let error = |rule: &Rule, problem: &str| NlpError::Definition {
            owner: name_of(rule.owner),
            problem: format!("phrase \"{}\" {problem}", rule.phrase),
        };
        let mut patterns = Vec::with_capacity(rules.len());
        for rule in &rules {
            let folded = words(&rule.phrase);
            if folded.is_empty() {
                return Err(error(rule, "has no word: remove it"));
            }
            if folded.iter().skip(1).any(|word| word.after_break) {
                return Err(error(
                    rule,
                    "has punctuation between its words, which no text can match: split it",
                ));
            }
            patterns.push(folded_text(&folded).0);
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(&patterns);
        let automaton = automaton.map_err(|problem| NlpError::Definition {
            owner: "all phrases".into(),
            problem: format!("{problem}: use fewer or shorter phrases"),
        })?;
        Ok(Self { automaton, rules })
    }

    /// Matches in `text`, by owner and then by place; of matches of one owner that overlap, the longest is kept.
    pub fn find(&self, text: &str) -> Vec<Match<'_>> {
        let words = words(text);
        let (folded, starts) = folded_text(&words);
        let mut found = Vec::new();
        let mut forbidden = Vec::new();
        for hit in self.automaton.find_overlapping_iter(&folded) {
            let rule = &self.rules[hit.pattern().as_usize()];
            let span = span_of(&words, &starts, hit.start(), hit.end());
            match rule.role {
                Role::Forbids => forbidden.push((rule.owner, span)),
                Role::FindsExactly if !is_written_so(span.of(text), &rule.phrase) => {}
                Role::Finds | Role::FindsExactly => found.push(Match {
                    owner: rule.owner,
                    span,
                    phrase: &rule.phrase,
                }),
            }
        }
        let forbidden = joined_by_owner(forbidden);
        found.retain(|hit| !is_forbidden(&forbidden, hit));
        longest_by_owner(found)
    }
}

/// The words of `text` as one phrase, whatever stands between them; empty of a text without words.
pub(crate) fn folded_phrase(text: &str) -> String {
    let words: Vec<String> = words(text).into_iter().map(|word| word.folded).collect();
    words.join(" ")
}

/// The words between separators, and the byte at which each starts.
fn folded_text(words: &[Word]) -> (String, Vec<usize>) {
    let mut folded = String::from(BETWEEN);
    let mut starts = Vec::with_capacity(words.len());
    for word in words {
        if word.after_break {
            folded.extend([BREAK, BETWEEN]);
        }
        starts.push(folded.len());
        folded.push_str(&word.folded);
        folded.push(BETWEEN);
    }
    (folded, starts)
}

/// The text's span under the bytes `start..end` of the folded text, which begin and end with a separator.
fn span_of(words: &[Word], starts: &[usize], start: usize, end: usize) -> Span {
    let first = starts.partition_point(|word_start| *word_start <= start);
    let last = starts.partition_point(|word_start| *word_start < end) - 1;
    Span {
        start: words[first].span.start,
        end: words[last].span.end,
    }
}

/// Whether `written` is `phrase` up to how its words are separated.
fn is_written_so(written: &str, phrase: &str) -> bool {
    let shown = |text: &str| {
        text.chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .collect::<String>()
    };
    shown(written) == shown(phrase)
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

fn is_forbidden(forbidden: &[(usize, Span)], hit: &Match<'_>) -> bool {
    let next = forbidden
        .partition_point(|(owner, span)| (*owner, span.end) <= (hit.owner, hit.span.start));
    forbidden
        .get(next)
        .is_some_and(|(owner, span)| *owner == hit.owner && span.overlaps(hit.span))
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
        let rules = rules.iter().map(|(owner, role, phrase)| Rule {
            owner: *owner,
            role: *role,
            phrase: (*phrase).into(),
        });
        PhraseMatcher::new(rules.collect(), |owner| format!("owner {owner}")).unwrap()
    }

    fn check(rules: &[(usize, Role, &str)], text: &str, expected: &[(usize, &str)]) {
        let matcher = matcher(rules);
        let found: Vec<_> = matcher
            .find(text)
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
            "Rate-cut hopes; RATE CUTS, rate  cut.",
            &[(0, "Rate-cut"), (0, "RATE CUTS"), (0, "rate  cut")],
        );
        check(&rules, "corporate cuts, rates. Cut, rates cutting", &[]);
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
        let rule = |phrase: &str| {
            vec![Rule {
                owner: 0,
                role: Role::Finds,
                phrase: phrase.into(),
            }]
        };
        let error = PhraseMatcher::new(rule("…"), |_| "oil".into())
            .unwrap_err()
            .to_string();
        assert_eq!(error, "oil: phrase \"…\" has no word: remove it");
        assert!(PhraseMatcher::new(rule("rates, cut"), |_| "oil".into()).is_err());
    }
}
