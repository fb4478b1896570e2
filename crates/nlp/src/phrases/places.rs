//! Words that are looked for once, without a matcher.

use newsprint_domain::sentence::Span;

use crate::words::Word;

/// Where `text` holds the words of `phrase` in any form, one after another; what overlaps an earlier place is left out.
pub(crate) fn places_of(phrase: &[Word], text: &[Word]) -> Vec<Span> {
    let mut places: Vec<Span> = Vec::new();
    let is_same = |run: &[Word]| {
        let folded = run.iter().map(|word| &word.folded);
        folded.eq(phrase.iter().map(|word| &word.folded))
    };
    for run in text.windows(phrase.len().max(1)) {
        let is_whole = run.iter().skip(1).all(|word| !word.after_break);
        if is_same(run) && is_whole {
            let span = Span {
                start: run[0].span.start,
                end: run[run.len() - 1].span.end,
            };
            if places.last().is_none_or(|last| !last.overlaps(span)) {
                places.push(span);
            }
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::words;

    #[test]
    fn words_are_found_in_any_form_without_a_matcher() {
        let found = |phrase: &str, text: &str| -> Vec<String> {
            let places = places_of(&words(phrase), &words(text)).into_iter();
            places.map(|span| span.of(text).to_owned()).collect()
        };
        assert_eq!(
            found("rate cuts", "Rate-cut hopes, rate. Cuts; cut rate cut"),
            ["Rate-cut", "rate cut"]
        );
        assert_eq!(found("a b a", "a b a b a"), ["a b a"]);
        assert!(found("", "a").is_empty() && found("…", "a").is_empty());
        assert!(found("a b", "a").is_empty());
    }
}
