//! Where a sentence names a target that was given in words.

use std::borrow::Cow;

use newsprint_domain::sentence::Span;

use crate::word_pieces::is_hidden;

/// Bytes of a target that is looked for, and of the text in which it is: no sentence is longer, and the time stays bounded.
const MAX_TARGET: usize = 256;
const MAX_TEXT: usize = 64 * 1024;

/// The sentence with its target: the first whole-word mention, else the first mention, ignoring case and characters that nobody
/// sees.
///
/// A target that the sentence does not name is put before it, as the models were trained. `None` for a target without a word.
pub fn with_target<'a>(text: &'a str, target: &str) -> Option<(Cow<'a, str>, Span)> {
    let target = target.trim();
    if target.chars().all(|c| is_hidden(c) || c.is_whitespace()) {
        return None;
    }
    if let Some(span) = find(text, target) {
        return Some((Cow::Borrowed(text), span));
    }
    let span = Span {
        start: 0,
        end: target.len(),
    };
    Some((Cow::Owned(format!("{target}: {text}")), span))
}

fn find(text: &str, target: &str) -> Option<Span> {
    if target.len() > MAX_TARGET {
        return None;
    }
    let mut first = None;
    let searched = &text[..text.floor_char_boundary(MAX_TEXT)];
    for (start, _) in searched.char_indices().filter(|(_, c)| !is_hidden(*c)) {
        let Some(length) = length_of_match(&text[start..], target) else {
            continue;
        };
        let span = Span {
            start,
            end: start + length,
        };
        if is_whole_word(text, span) {
            return Some(span);
        }
        first = first.or(Some(span));
    }
    first
}

/// Bytes at the start of `text` that are `target` in any case.
fn length_of_match(text: &str, target: &str) -> Option<usize> {
    let mut visible = text.char_indices().filter(|(_, c)| !is_hidden(*c));
    let mut length = 0;
    for wanted in target.chars().filter(|c| !is_hidden(*c)) {
        let (place, found) = visible.next()?;
        if found != wanted && !found.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
        length = place + found.len_utf8();
    }
    Some(length)
}

fn is_whole_word(text: &str, span: Span) -> bool {
    let before = text[..span.start].chars().rfind(|c| !is_hidden(*c));
    let after = text[span.end..].chars().find(|c| !is_hidden(*c));
    ![before, after]
        .into_iter()
        .flatten()
        .any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, target: &str) -> Option<String> {
        let (text, span) = with_target(text, target)?;
        Some(format!(
            "{}[{}]{}",
            &text[..span.start],
            span.of(&text),
            &text[span.end..]
        ))
    }

    #[test]
    fn a_whole_word_goes_before_a_part_of_one() {
        assert_eq!(
            found("Goldman sold gold", "Gold").unwrap(),
            "Goldman sold [gold]"
        );
        assert_eq!(found("Goldman sold", "gold").unwrap(), "[Gold]man sold");
        assert_eq!(found("ÉLAN rose", "élan").unwrap(), "[ÉLAN] rose");
        assert_eq!(found("the dow", "Dow").unwrap(), "the [dow]");
    }

    #[test]
    fn hidden_characters_change_no_mention() {
        let dressed = "gold\u{200b}man sold G\u{ad}old\u{feff} \u{2060}bars";
        assert_eq!(
            found(dressed, "gold\u{200d} bars").unwrap(),
            "gold\u{200b}man sold [G\u{ad}old\u{feff} \u{2060}bars]"
        );
        let whole = found(dressed, "gold").unwrap();
        assert_eq!(
            whole,
            "gold\u{200b}man sold [G\u{ad}old]\u{feff} \u{2060}bars"
        );
        assert_eq!(found(dressed, "\u{200b}"), None);
    }

    #[test]
    fn a_target_that_is_not_named_stands_before_the_sentence() {
        assert_eq!(
            found("Shares rose", "Tesla").unwrap(),
            "[Tesla]: Shares rose"
        );
        assert_eq!(found("Shares rose", " "), None);
    }
}
