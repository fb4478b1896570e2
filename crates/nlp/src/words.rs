//! Text as folded words, so that a phrase is found in any case, number and hyphenation.
//!
//! Folding: lower case, inflected forms as one (`inflection`), a possessive dropped, accents dropped, letters that only look Latin
//! taken for the Latin ones, characters that nobody sees (soft hyphens, zero-width marks) skipped. Spaces, hyphens, slashes and
//! quotation marks separate words of a phrase; any other punctuation and the end of a line break it.

use newsprint_domain::sentence::Span;
use unicode_normalization::char::decompose_compatible;

use crate::inflection::fold_inflection;

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
    let mut words = Vec::new();
    visit_words(text, |written, span, after_break| {
        words.push(Word {
            span,
            folded: written.folded(),
            after_break,
        });
    });
    words
}

/// A word as it is met in a text.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Written<'a> {
    /// A run of plain letters and digits, as it is written.
    Plain(&'a str),
    /// Any other word, in lower case and without accents and joiners.
    Read(&'a str),
}

impl Written<'_> {
    /// How it is compared.
    pub(crate) fn folded(self) -> String {
        let (Self::Plain(letters) | Self::Read(letters)) = self;
        let mut folded = letters.to_ascii_lowercase();
        fold_inflection(&mut folded);
        folded
    }
}

/// Gives each word of `text` in order, where it stands, and whether punctuation stands before it that no phrase may cross. Runs
/// of plain letters are read byte by byte, and nothing is allocated for them.
pub(crate) fn visit_words(text: &str, mut visit: impl FnMut(Written<'_>, Span, bool)) {
    let bytes = text.as_bytes();
    let mut letters = String::new();
    let (mut position, mut after_break) = (0, false);
    let mut last = Span { start: 0, end: 0 };
    while let Some(&byte) = bytes.get(position) {
        if byte == b' ' {
            position += 1;
            continue;
        }
        let length = plain_length(&bytes[position..]);
        if length > 0 && ends_plainly(&bytes[position + length..]) {
            last = Span {
                start: position,
                end: position + length,
            };
            visit(Written::Plain(last.of(text)), last, after_break);
            (position, after_break) = (last.end, false);
            continue;
        }
        let character = char_at(text, position);
        if length > 0 || starts_word(character) {
            letters.clear();
            let (end, next) = read_word(text, position, &mut letters);
            last = Span {
                start: position,
                end,
            };
            visit(Written::Read(&letters), last, after_break);
            (position, after_break) = (next, false);
            continue;
        }
        let keeps_phrase = is_separator(character) || is_invisible(character);
        after_break |= !keeps_phrase && !is_acronym_stop(text, position, last);
        position += character.len_utf8();
    }
}

/// How many plain letters and digits `bytes` begins with.
fn plain_length(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|byte| !byte.is_ascii_alphanumeric())
        .unwrap_or(bytes.len())
}

/// The character that starts at `position`, which lies in the text.
fn char_at(text: &str, position: usize) -> char {
    match text.as_bytes()[position] {
        byte if byte.is_ascii() => char::from(byte),
        _ => text[position..].chars().next().unwrap_or(' '),
    }
}

fn starts_word(character: char) -> bool {
    !character.is_ascii() && character.is_alphanumeric() && !is_invisible(character)
}

/// Whether what follows a run of plain letters surely is no part of the same word.
fn ends_plainly(rest: &[u8]) -> bool {
    match rest {
        [] => true,
        [b'&' | b'\'' | b'.', after, ..] => !after.is_ascii_alphanumeric() && after.is_ascii(),
        [first, ..] => first.is_ascii(),
    }
}

/// Reads the word at `start`, which may hold any characters, into `letters`, in lower case; where it ends, and where to go on.
fn read_word(text: &str, start: usize, letters: &mut String) -> (usize, usize) {
    let (mut position, mut end) = (start, start);
    let mut before = None;
    for character in text[start..].chars() {
        if character.is_alphanumeric() && !is_invisible(character) {
            push_folded(character, letters);
        } else if is_joiner(text, start, position, before) {
            let follows_digit = before.is_some_and(|c: char| c.is_ascii_digit());
            if character == '&' || (character == '.' && follows_digit) {
                letters.push(character);
            }
        } else if !is_invisible(character) && !is_combining(character) {
            break;
        }
        position += character.len_utf8();
        before = Some(character);
        if !is_invisible(character) {
            end = position;
        }
    }
    (without_possessive(text, start, end, letters), position)
}

/// Adds a letter or digit in lower case, without its accents, and as the Latin letter that it looks like.
fn push_folded(character: char, letters: &mut String) {
    if character.is_ascii() {
        letters.push(character.to_ascii_lowercase());
        return;
    }
    decompose_compatible(character, |part| {
        if !is_combining(part) {
            letters.extend(
                part.to_lowercase()
                    .map(as_latin)
                    .filter(|c| !is_combining(*c)),
            );
        }
    });
}

/// Cyrillic and Greek letters that are drawn like Latin ones (after Unicode's confusables.txt, UTS 39).
fn as_latin(character: char) -> char {
    match character {
        'а' | 'α' => 'a',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' => 'e',
        'һ' => 'h',
        'і' | 'ι' | 'ı' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'м' => 'm',
        'ո' => 'n',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'ս' | 'υ' => 'u',
        'ν' | 'ѵ' => 'v',
        'ԝ' => 'w',
        'х' | 'χ' => 'x',
        'у' => 'y',
        'в' => 'b',
        'н' => 'h',
        other => other,
    }
}

/// Whether the character at `position` joins two parts of the word that began at `start`: "S&P", "3.5", "U.S", "don't".
fn is_joiner(text: &str, start: usize, position: usize, before: Option<char>) -> bool {
    let mut rest = text[position..].chars();
    let (Some(character), Some(next), Some(before)) = (rest.next(), rest.next(), before) else {
        return false;
    };
    match character {
        '&' | '\'' | '’' => before.is_alphanumeric() && next.is_alphanumeric(),
        '.' => {
            let between_digits = before.is_ascii_digit() && next.is_ascii_digit();
            between_digits || (next.is_alphabetic() && is_initials(&text[start..position]))
        }
        _ => false,
    }
}

/// Single letters with stops between them, such as "U.S", and no more of them than a name has.
fn is_initials(written: &str) -> bool {
    let mut characters = written.chars().take(MAX_INITIALS + 1).enumerate();
    characters.all(|(place, character)| match place % 2 {
        _ if place == MAX_INITIALS => false,
        0 => character.is_alphabetic(),
        _ => character == '.',
    })
}

/// Takes a trailing "'s" off the word; where it then ends.
fn without_possessive(text: &str, start: usize, end: usize, letters: &mut String) -> usize {
    let written = &text[start..end];
    let stem = ["'s", "’s", "'S", "’S"]
        .iter()
        .find_map(|ending| written.strip_suffix(ending));
    let Some(stem) = stem.filter(|stem| !stem.is_empty()) else {
        return end;
    };
    letters.pop();
    start + stem.len()
}

fn is_separator(character: char) -> bool {
    (character.is_whitespace() && !matches!(character, '\n' | '\r' | '\u{2028}' | '\u{2029}'))
        || matches!(
            character,
            '-' | '\u{2010}'
                | '\u{2011}'
                | '%'
                | '$'
                | '£'
                | '€'
                | '/'
                | '"'
                | '\''
                | '“'
                | '”'
                | '‘'
                | '’'
                | '«'
                | '»'
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

/// Whether the stop at `at` closes an acronym such as "U.S.", so that "U.S. Treasury" stays one phrase; `last` is the word before it.
fn is_acronym_stop(text: &str, at: usize, last: Span) -> bool {
    let written = last.of(text);
    last.end == at
        && text.as_bytes()[at] == b'.'
        && written.contains('.')
        && written.chars().all(|c| c.is_alphabetic() || c == '.')
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
        check("business losses", &["business", "loss"]);
        check("don't", &["dont"]);
    }

    #[test]
    fn names_and_numbers_stay_whole() {
        check(
            "S&P 500 rose 3.5% in the U.S. today",
            &["s&p", "500", "rise", "3.5", "in", "the", "us", "today"],
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
