//! Sentence spans of running text.
//!
//! Rules for English finance prose: a full stop ends a sentence unless it belongs to a number, an initial or an
//! abbreviation; a line break always does. Other languages are split by their own terminators, less exactly.

use newsprint_domain::sentence::Span;

/// Abbreviations that are followed by more of the same sentence, without their last stop, in lower case.
const ABBREVIATIONS: [&str; 46] = [
    "mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "vs", "no", "nos", "sen", "rep", "gov",
    "gen", "lt", "col", "sgt", "hon", "rev", "fig", "approx", "est", "e.g", "i.e", "cf", "viz",
    "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "mt",
    "ft", "dept", "bros", "messrs", "pres", "op",
];

/// Abbreviations that end a sentence when a word follows that starts one.
const ENDING_ABBREVIATIONS: [&str; 16] = [
    "inc", "corp", "ltd", "co", "plc", "etc", "u.s", "u.k", "u.n", "e.u", "a.m", "p.m", "d.c",
    "l.p", "s.a", "n.v",
];

/// Words that hardly ever continue a sentence after an abbreviation when capitalised.
const SENTENCE_STARTERS: [&str; 30] = [
    "A",
    "After",
    "All",
    "An",
    "And",
    "As",
    "At",
    "But",
    "For",
    "He",
    "His",
    "However",
    "If",
    "In",
    "Investors",
    "It",
    "Its",
    "Meanwhile",
    "On",
    "She",
    "Still",
    "That",
    "The",
    "Their",
    "They",
    "This",
    "Those",
    "We",
    "While",
    "With",
];

/// Spans of the sentences of `text`, in order, without surrounding white space; pieces without a letter or digit are left out.
pub fn sentences(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut start = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let after = at + character.len_utf8();
        let (end, is_boundary) = match character {
            '\n' | '\r' | '\u{2028}' | '\u{2029}' | '。' | '！' | '？' => (after, true),
            '.' | '!' | '?' | '…' => {
                let end = end_of_terminators(text, at);
                (end, ends_sentence(text, start, at, end))
            }
            _ => continue,
        };
        if is_boundary {
            push_trimmed(text, start, end, &mut spans);
            start = end;
        }
        while characters.peek().is_some_and(|(next, _)| *next < end) {
            characters.next();
        }
    }
    push_trimmed(text, start, text.len(), &mut spans);
    spans
}

/// Where the terminators, and the quotation marks and brackets after them, end that begin at `at`.
fn end_of_terminators(text: &str, at: usize) -> usize {
    let closing = |c: char| {
        matches!(
            c,
            '.' | '!' | '?' | '…' | '"' | '\'' | '”' | '’' | '»' | ')' | ']'
        )
    };
    let rest = &text[at..];
    at + rest.find(|c| !closing(c)).unwrap_or(rest.len())
}

/// Whether the terminators `at..end` end the sentence that began at `start`.
fn ends_sentence(text: &str, start: usize, at: usize, end: usize) -> bool {
    let tail = &text[end..];
    let next = tail.trim_start_matches([' ', '\t', '\u{a0}']);
    if next.is_empty() || next.starts_with(['\n', '\r']) {
        return true;
    }
    if next.len() == tail.len() || !starts_a_sentence(next) {
        return false;
    }
    let is_plain_stop = text[at..end] == *".";
    !is_plain_stop || !is_abbreviated(&text[start..at], next)
}

fn starts_a_sentence(next: &str) -> bool {
    let opening = |c: char| {
        matches!(
            c,
            '"' | '\'' | '“' | '‘' | '«' | '(' | '[' | '$' | '€' | '£' | '-' | '–' | '—'
        )
    };
    let first = next.trim_start_matches(opening).chars().next();
    first.is_some_and(|c| {
        c.is_uppercase() || c.is_numeric() || (c.is_alphabetic() && !c.is_lowercase())
    })
}

/// Whether the stop after `before` belongs to an abbreviation or an initial, with `next` still in the same sentence.
fn is_abbreviated(before: &str, next: &str) -> bool {
    let word_start =
        before.rfind(|c: char| c.is_whitespace() || matches!(c, '(' | '[' | '"' | '“' | '-' | '/'));
    let word = word_start.map_or(before, |at| {
        before[at..].trim_start_matches(|c: char| !c.is_alphanumeric())
    });
    let lower_case = word.to_lowercase();
    let next_word = next
        .split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or("");
    if ABBREVIATIONS.contains(&lower_case.as_str()) {
        return next_word.chars().next().is_some_and(char::is_alphanumeric)
            && !is_number_word(&lower_case, next_word);
    }
    if ENDING_ABBREVIATIONS.contains(&lower_case.as_str()) {
        return !SENTENCE_STARTERS.contains(&next_word);
    }
    // A single capital is an initial ("Jerome H. Powell"), not the end of a sentence.
    word.chars().count() == 1 && word.chars().all(char::is_uppercase) && word != "I"
}

/// "No. 5" is an abbreviation; "The answer was no. Analysts disagreed" is not.
fn is_number_word(abbreviation: &str, next_word: &str) -> bool {
    matches!(abbreviation, "no" | "nos") && !next_word.starts_with(|c: char| c.is_ascii_digit())
}

fn push_trimmed(text: &str, start: usize, end: usize, spans: &mut Vec<Span>) {
    let piece = &text[start..end];
    if !piece.contains(char::is_alphanumeric) {
        return;
    }
    let leading = piece.len() - piece.trim_start().len();
    let trimmed = piece.trim();
    spans.push(Span {
        start: start + leading,
        end: start + leading + trimmed.len(),
    });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found: Vec<&str> = sentences(text)
            .into_iter()
            .map(|span| span.of(text))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn numbers_initials_and_abbreviations_do_not_end_a_sentence() {
        check(
            "The index rose 3.5% to 2,263.67 points. It fell later.",
            &["The index rose 3.5% to 2,263.67 points.", "It fell later."],
        );
        check(
            "Jerome H. Powell spoke. Mr. Smith of Acme Inc. agreed.",
            &["Jerome H. Powell spoke.", "Mr. Smith of Acme Inc. agreed."],
        );
        check(
            "No. 5 rose vs. Dec. 31 levels. The answer was no. Analysts disagreed.",
            &[
                "No. 5 rose vs. Dec. 31 levels.",
                "The answer was no.",
                "Analysts disagreed.",
            ],
        );
    }

    #[test]
    fn an_abbreviation_ends_a_sentence_where_the_next_word_starts_one() {
        check(
            "Stocks fell in the U.S. The dollar rose at 4 p.m. Eastern.",
            &[
                "Stocks fell in the U.S.",
                "The dollar rose at 4 p.m. Eastern.",
            ],
        );
        check(
            "U.S. Treasury yields fell.",
            &["U.S. Treasury yields fell."],
        );
    }

    #[test]
    fn quotation_marks_stay_with_their_sentence() {
        check(
            "“Rates will fall.” She added: “Soon!” Markets rose.",
            &["“Rates will fall.”", "She added: “Soon!”", "Markets rose."],
        );
    }

    #[test]
    fn lines_end_sentences_and_empty_pieces_are_left_out() {
        check(
            "Small caps soar\n\n * \nThe rally broadens",
            &["Small caps soar", "The rally broadens"],
        );
        check("", &[]);
        check("...", &[]);
        check("利率下降。股市上涨！", &["利率下降。", "股市上涨！"]);
    }

    proptest! {
        #[test]
        fn spans_lie_on_characters_in_order_and_lose_no_letter(text in "[a-zA-Z0-9 .!?\n\"é。“”$]{0,200}") {
            let spans = sentences(&text);
            let mut end = 0;
            for span in &spans {
                prop_assert!(span.start >= end && span.end > span.start);
                prop_assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end));
                end = span.end;
            }
            let count = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
            prop_assert_eq!(count(&text), spans.iter().map(|span| count(span.of(&text))).sum::<usize>());
        }
    }
}
