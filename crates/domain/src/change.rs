//! What changed between two revisions of an article, for those who want to see how the past was rewritten.
//!
//! Paragraphs and words are compared as multisets, which costs time in proportion to the texts whatever they hold. What was only moved
//! has therefore not changed, nor have spaces.

use std::collections::HashMap;
use std::fmt;

/// Numbers that are kept of each side.
const MAX_NUMBERS: usize = 10;
/// A longer token with a digit is no number, but an address or a text without spaces.
const MAX_NUMBER_BYTES: usize = 40;

/// What one revision has and another has not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Whether the headline differs.
    pub title_changed: bool,
    /// Paragraphs of the text that are new or new in part.
    pub paragraphs_added: usize,
    /// Paragraphs of the text that are gone, or gone in part.
    pub paragraphs_removed: usize,
    /// Words that stand more often in what changed, the headline among it, than before.
    pub words_added: usize,
    /// Words that stand less often in what changed, the headline among it, than before.
    pub words_removed: usize,
    /// The first ten different numbers among the words added, as they are written.
    pub numbers_added: Vec<String>,
    /// The first ten different numbers among the words removed, as they are written.
    pub numbers_removed: Vec<String>,
}

/// Compares two revisions, of each of which the title and the text are given; paragraphs are lines.
pub fn change(before: (&str, &str), after: (&str, &str)) -> Change {
    let removed: Vec<&str> = beyond(paragraphs(before.1), paragraphs(after.1)).collect();
    let added: Vec<&str> = beyond(paragraphs(after.1), paragraphs(before.1)).collect();
    let words_before = || words(before.0).chain(removed.iter().copied().flat_map(words));
    let words_after = || words(after.0).chain(added.iter().copied().flat_map(words));
    let (words_removed, numbers_removed) = tally(beyond(words_before(), words_after()));
    let (words_added, numbers_added) = tally(beyond(words_after(), words_before()));
    Change {
        title_changed: !before.0.split_whitespace().eq(after.0.split_whitespace()),
        paragraphs_added: added.len(),
        paragraphs_removed: removed.len(),
        words_added,
        words_removed,
        numbers_added,
        numbers_removed,
    }
}

impl fmt::Display for Change {
    /// One line, such as `title changed; 2 paragraphs changed, 1 added; +14 −9 words; 3.5% → 2.5%`. As many paragraphs as were both
    /// removed and added count as changed.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if self.title_changed {
            parts.push("title changed".to_owned());
        }
        parts.extend(self.paragraphs());
        if self.words_added + self.words_removed > 0 {
            parts.push(format!(
                "+{} −{} words",
                self.words_added, self.words_removed
            ));
        }
        let (removed, added) = (
            self.numbers_removed.join(", "),
            self.numbers_added.join(", "),
        );
        match (removed.is_empty(), added.is_empty()) {
            (true, true) => {}
            (false, false) => parts.push(format!("{removed} → {added}")),
            (false, true) => parts.push(format!("without {removed}")),
            (true, false) => parts.push(format!("with {added}")),
        }
        if parts.is_empty() {
            parts.push("no word changed".to_owned());
        }
        formatter.pad(&parts.join("; "))
    }
}

impl Change {
    fn paragraphs(&self) -> Option<String> {
        let n_changed = self.paragraphs_added.min(self.paragraphs_removed);
        let counts = [
            (n_changed, "changed"),
            (self.paragraphs_added - n_changed, "added"),
            (self.paragraphs_removed - n_changed, "removed"),
        ];
        let mut counts = counts.into_iter().filter(|(n, _)| *n > 0);
        let (n, verb) = counts.next()?;
        let noun = if n == 1 { "paragraph" } else { "paragraphs" };
        let rest = counts.map(|(n, verb)| format!(", {n} {verb}"));
        Some(format!("{n} {noun} {verb}{}", rest.collect::<String>()))
    }
}

/// Those of `these` that are not among `those`, in their order; what stands here more often, so many times.
fn beyond<'a>(
    these: impl Iterator<Item = &'a str>,
    those: impl Iterator<Item = &'a str>,
) -> impl Iterator<Item = &'a str> {
    let mut unmatched: HashMap<&str, usize> = HashMap::new();
    for item in those {
        *unmatched.entry(item).or_default() += 1;
    }
    these.filter(move |item| match unmatched.get_mut(item) {
        Some(n) if *n > 0 => {
            *n -= 1;
            false
        }
        _ => true,
    })
}

fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// Words as they are written, without the punctuation around them; signs of a number stay.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split_whitespace().map(|token| {
        let token = token.trim_start_matches(['"', '\'', '“', '”', '‘', '’', '(', '[', '—', '…']);
        token.trim_end_matches(|c: char| ".,;:!?\"'“”‘’)]—–-…".contains(c))
    });
    words.filter(|word| !word.is_empty())
}

/// How many words, and the first different numbers among them.
fn tally<'a>(words: impl Iterator<Item = &'a str>) -> (usize, Vec<String>) {
    let mut n_words = 0;
    let mut numbers: Vec<String> = Vec::new();
    for word in words {
        n_words += 1;
        let is_new = || is_number(word) && !numbers.iter().any(|number| number == word);
        if numbers.len() < MAX_NUMBERS && is_new() {
            numbers.push(word.to_owned());
        }
    }
    (n_words, numbers)
}

fn is_number(word: &str) -> bool {
    word.len() <= MAX_NUMBER_BYTES
        && word.contains(char::is_numeric)
        && !word.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TITLE: &str = "Fed cuts rates by 0.5%";
    const TEXT: &str = "The Fed cut its rate to 3.5%, as expected.\n\nShares rose (the S&P 500 by 1.2%).\nBonds fell.";

    fn check(after_title: &str, after_text: &str, expected: &str) {
        let changed = change((TITLE, TEXT), (after_title, after_text));
        assert_eq!(changed.to_string(), expected, "{changed:?}");
    }

    #[test]
    fn one_line_says_what_was_rewritten() {
        check(
            "Fed cuts rates by 0.25%",
            &TEXT.replace("3.5%", "3.75%"),
            "title changed; 1 paragraph changed; +2 −2 words; 0.5%, 3.5% → 0.25%, 3.75%",
        );
        check(
            TITLE,
            &format!("{TEXT}\nGold is at $2,400."),
            "1 paragraph added; +4 −0 words; with $2,400",
        );
        check(
            TITLE,
            "Bonds fell.\nThe Fed cut its rate to 3.5%, as expected.",
            "1 paragraph removed; +0 −7 words; without 500, 1.2%",
        );
        check(
            TITLE,
            "The Fed kept its rate.\nShares fell.\nBonds fell.\nOil fell.\nGold fell.",
            "2 paragraphs changed, 2 added; +6 −11 words; without 3.5%, 500, 1.2%",
        );
        check(
            TITLE,
            "",
            "3 paragraphs removed; +0 −18 words; without 3.5%, 500, 1.2%",
        );
    }

    #[test]
    fn what_was_moved_or_spaced_has_not_changed() {
        let moved = "Bonds fell.\r\n\r\n  Shares rose (the S&P 500 by 1.2%).  \nThe Fed cut its rate to 3.5%, as expected.\n";
        check(" Fed cuts rates  by 0.5%", moved, "no word changed");
        // A word that goes from one paragraph to another is in both, and neither new nor gone.
        check(
            TITLE,
            &TEXT
                .replace("Bonds fell", "Bonds")
                .replace("500", "500 fell"),
            "2 paragraphs changed",
        );
    }

    #[test]
    fn a_repeated_paragraph_counts_as_often_as_it_stands() {
        let changed = change(("", "a b\na b\na b\nc"), ("", "a b\nc\nc"));
        let counts = (
            changed.paragraphs_removed,
            changed.paragraphs_added,
            changed.words_removed,
            changed.words_added,
        );
        assert_eq!(counts, (2, 1, 4, 1));
    }

    #[test]
    fn numbers_are_the_first_ten_different_ones_and_nothing_hostile() {
        let text: String = (0..30)
            .map(|n| format!("{} {n}% x\u{1b}[3{n}m {}{n} ", n / 2, "9".repeat(60)))
            .collect();
        let changed = change(("", ""), ("", &text));
        let expected = ["0", "0%", "1%", "1", "2%", "3%", "2", "4%", "5%", "3"];
        assert_eq!(changed.numbers_added, expected);
        let signed: Vec<&str> = words("-0.3% (+2) “.5”, ‘½’ — 2,263.67. £4bn;").collect();
        assert_eq!(signed, ["-0.3%", "+2", ".5", "½", "2,263.67", "£4bn"]);
        assert!(signed.iter().all(|word| is_number(word)));
    }

    /// Quadratic work on these would take minutes.
    #[test]
    fn large_texts_take_time_in_proportion() {
        let lines = |from: u32| {
            (from..from + 200_000)
                .map(|n| format!("{n:x} w{n:x}\n"))
                .collect::<String>()
        };
        let changed = change(("", &lines(0)), ("", &lines(100_000)));
        assert_eq!(
            (changed.paragraphs_added, changed.words_removed),
            (100_000, 200_000)
        );
    }

    proptest! {
        #[test]
        fn the_same_text_has_not_changed(title in "[a-c1 .]{0,9}", text in "[a-c1.%\n ]{0,80}") {
            prop_assert_eq!(change((&title, &text), (&title, &text)), Change::default());
        }

        #[test]
        fn before_and_after_swap_what_was_added_and_removed(
            before in ("[ab1 ]{0,9}", "[ab1%\n ]{0,60}"),
            after in ("[ab1 ]{0,9}", "[ab1%\n ]{0,60}"),
        ) {
            let (before, after) = ((before.0.as_str(), before.1.as_str()), (after.0.as_str(), after.1.as_str()));
            let (there, back) = (change(before, after), change(after, before));
            prop_assert_eq!((there.paragraphs_added, there.paragraphs_removed), (back.paragraphs_removed, back.paragraphs_added));
            prop_assert_eq!((there.words_added, there.words_removed), (back.words_removed, back.words_added));
            prop_assert_eq!((there.numbers_added, there.numbers_removed), (back.numbers_removed, back.numbers_added));
            prop_assert_eq!(there.title_changed, back.title_changed);
        }

        /// What is added and removed makes up for the difference in length, whichever way the texts are compared.
        #[test]
        fn counts_agree_with_the_lengths_of_the_texts(before in "[ab1%\n ]{0,60}", after in "[ab1%\n ]{0,60}") {
            let changed = change(("", &before), ("", &after));
            prop_assert_eq!(words(&before).count() + changed.words_added, words(&after).count() + changed.words_removed);
            let (n_before, n_after) = (paragraphs(&before).count(), paragraphs(&after).count());
            prop_assert_eq!(n_before + changed.paragraphs_added, n_after + changed.paragraphs_removed);
        }
    }
}
