//! Text of any kind: spans on character boundaries, never a panic.

use newsprint_nlp::phrases::{PhraseMatcher, Reading, Role, Rule};
use newsprint_nlp::split::sentences;
use newsprint_nlp::words::words;
use proptest::prelude::*;

proptest! {
    #[test]
    fn words_and_sentences_of_any_text(text in "\\PC{0,200}|[ \\.'’&a-zÀ-ÿ\u{ad}\u{200b}\u{301}İß€0-9-]{0,200}") {
        for span in sentences(&text).into_iter().chain(words(&text).into_iter().map(|word| word.span)) {
            prop_assert!(text.get(span.start..span.end).is_some_and(|words| !words.is_empty()), "{span:?}");
        }
    }

    #[test]
    fn phrases_in_any_text(text in "(rate|cut|s|'s|’|-|\u{ad}|\u{200b}|İ| |,|&|\\.){0,60}") {
        let rule = |role, phrase| Rule::phrase(0, role, phrase);
        let rules = vec![rule(Role::Finds, "rate cut"), rule(Role::FindsExactly, "cut"), rule(Role::Forbids, "rate cut cut")];
        let matcher = PhraseMatcher::new(rules, |_| "rate_cuts".into()).unwrap();
        for hit in matcher.find(&Reading::of(&text)) {
            prop_assert!(text.get(hit.span.start..hit.span.end).is_some(), "{hit:?}");
        }
    }
}
