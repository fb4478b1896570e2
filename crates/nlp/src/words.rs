//! Text as folded words, so that a phrase is found in any case, number and hyphenation.
//!
//! Folding: lower case, plural to singular by Harman's S-stemmer (D. Harman, "How effective is suffixing?", JASIS 42,
//! 1991), a possessive dropped, characters that nobody sees (soft hyphens, zero-width marks) skipped. Spaces, hyphens,
//! slashes and quotation marks separate words of a phrase; any other punctuation and the end of a line break it.

use newsprint_domain::sentence::Span;

/// Characters of an acronym, stops included.
const MAX_INITIALS: usize = 16;

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Where it stands.
    pub span: Span,
    /// How it is compared.
    pub folded: String,
    /// Whether punctuation stands before it that no phrase may cross.
    pub after_break: bool,
}

/// The words of `text` in order.
pub fn words(text: &str) -> Vec<Word> {
    let characters: Vec<(usize, char)> = text.char_indices().collect();
    let mut words = Vec::new();
    let mut after_break = false;
    let mut position = 0;
    while position < characters.len() {
        let (start, character) = characters[position];
        if character.is_alphanumeric() && !is_invisible(character) {
            let (word, next) = read_word(text, &characters, position);
            words.push(Word {
                after_break,
                ..word
            });
            after_break = false;
            position = next;
            continue;
        }
        let keeps_phrase = is_separator(character) || is_invisible(character);
        after_break |= !keeps_phrase && !is_acronym_stop(text, start, words.last());
        position += 1;
    }
    words
}

/// Reads the word that starts at `first`; also says at which character to go on.
fn read_word(text: &str, characters: &[(usize, char)], first: usize) -> (Word, usize) {
    let mut letters = String::new();
    let mut position = first;
    let mut end = characters[first].0;
    while let Some(&(at, character)) = characters.get(position) {
        if character.is_alphanumeric() && !is_invisible(character) {
            letters.extend(character.to_lowercase());
        } else if is_joiner(characters, first, position) {
            let follows_digit = position > 0 && characters[position - 1].1.is_ascii_digit();
            if character == '&' || (character == '.' && follows_digit) {
                letters.push(character);
            }
        } else if !is_invisible(character) && !is_combining(character) {
            break;
        }
        if !is_invisible(character) {
            end = at + character.len_utf8();
        }
        position += 1;
    }
    let (end, position) =
        without_possessive(text, characters, first, (end, position), &mut letters);
    let span = Span {
        start: characters[first].0,
        end,
    };
    (
        Word {
            span,
            folded: singular(&letters),
            after_break: false,
        },
        position,
    )
}

/// Whether the character at `position` joins two parts of one word: "S&P", "3.5", "U.S", "don't".
fn is_joiner(characters: &[(usize, char)], first: usize, position: usize) -> bool {
    let Some(&(_, next)) = characters.get(position + 1) else {
        return false;
    };
    let Some(&(_, before)) = position
        .checked_sub(1)
        .and_then(|before| characters.get(before))
    else {
        return false;
    };
    match characters[position].1 {
        '&' | '\'' | '’' => before.is_alphanumeric() && next.is_alphanumeric(),
        '.' => {
            let between_digits = before.is_ascii_digit() && next.is_ascii_digit();
            between_digits || (next.is_alphabetic() && is_initials(&characters[first..position]))
        }
        _ => false,
    }
}

/// Single letters with stops between them, such as "U.S", and no more of them than a name has.
fn is_initials(characters: &[(usize, char)]) -> bool {
    characters.len() <= MAX_INITIALS
        && characters
            .iter()
            .enumerate()
            .all(|(place, (_, character))| match place % 2 {
                0 => character.is_alphabetic(),
                _ => *character == '.',
            })
}

/// Takes a trailing "'s" off the word, which ends before it.
fn without_possessive(
    text: &str,
    characters: &[(usize, char)],
    first: usize,
    (end, position): (usize, usize),
    letters: &mut String,
) -> (usize, usize) {
    let start = characters[first].0;
    let written = &text[start..end];
    let stem = ["'s", "’s", "'S", "’S"]
        .iter()
        .find_map(|ending| written.strip_suffix(ending));
    let Some(stem) = stem.filter(|stem| !stem.is_empty()) else {
        return (end, position);
    };
    letters.pop();
    (start + stem.len(), position)
}

fn is_separator(character: char) -> bool {
    (character.is_whitespace() && !matches!(character, '\n' | '\r' | '\u{2028}' | '\u{2029}'))
        || matches!(
            character,
            '-' | '\u{2010}' | '\u{2011}' | '/' | '"' | '\'' | '“' | '”' | '‘' | '’' | '«' | '»'
        )
}

/// Characters that leave no mark on the page: Unicode's `Default_Ignorable_Code_Point` (16.0) but for its combining marks, and
/// the annotation signs beside them.
pub(crate) fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}')
}

fn is_combining(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}')
}

/// Whether the stop at `at` closes an acronym such as "U.S.", so that "U.S. Treasury" stays one phrase.
fn is_acronym_stop(text: &str, at: usize, last: Option<&Word>) -> bool {
    last.is_some_and(|word| {
        word.span.end == at
            && text[at..].starts_with('.')
            && word.span.of(text).contains('.')
            && word
                .span
                .of(text)
                .chars()
                .all(|c| c.is_alphabetic() || c == '.')
    })
}

/// Harman's S-stemmer.
fn singular(word: &str) -> String {
    let ends = |endings: &[&str]| endings.iter().any(|ending| word.ends_with(ending));
    if let Some(stem) = word
        .strip_suffix("ies")
        .filter(|_| !ends(&["eies", "aies"]))
    {
        return format!("{stem}y");
    }
    let is_plural = if ends(&["es"]) {
        !ends(&["aes", "ees", "oes"])
    } else {
        ends(&["s"]) && !ends(&["us", "ss"])
    };
    word[..word.len() - usize::from(is_plural)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let folded: Vec<String> = words(text).into_iter().map(|word| word.folded).collect();
        assert_eq!(folded, expected);
    }

    #[test]
    fn case_number_and_possessive_are_folded() {
        check("Rate Cuts", &["rate", "cut"]);
        check("the Fed's policies", &["the", "fed", "policy"]);
        check("business losses", &["business", "losse"]);
        check("don't", &["dont"]);
    }

    #[test]
    fn names_and_numbers_stay_whole() {
        check(
            "S&P 500 rose 3.5% in the U.S. today",
            &["s&p", "500", "rose", "3.5", "in", "the", "us", "today"],
        );
        check("AT&T", &["at&t"]);
    }

    #[test]
    fn characters_that_nobody_sees_change_nothing() {
        check("ra\u{ad}te\u{200b} cu\u{200d}ts", &["rate", "cut"]);
        let text = "ra\u{ad}te";
        assert_eq!(
            words(text)[0].span,
            Span {
                start: 0,
                end: text.len()
            }
        );
    }

    #[test]
    fn punctuation_breaks_phrases_and_hyphens_do_not() {
        let breaks = |text: &str| {
            words(text)
                .iter()
                .map(|word| word.after_break)
                .collect::<Vec<_>>()
        };
        assert_eq!(breaks("rate-cut hopes"), [false, false, false]);
        assert_eq!(breaks("“Trump trade”"), [false, false]);
        assert_eq!(breaks("rates, cut"), [false, true]);
        assert_eq!(breaks("U.S. Treasury"), [false, false]);
        assert_eq!(breaks("fell. Rates"), [false, true]);
        assert_eq!(
            breaks("the Nasdaq\n100 companies"),
            [false, false, true, false]
        );
    }

    #[test]
    fn spans_lie_on_the_words() {
        let text = "Zürich’s small-caps";
        let spans: Vec<&str> = words(text).iter().map(|word| word.span.of(text)).collect();
        assert_eq!(spans, ["Zürich", "small", "caps"]);
    }
}
