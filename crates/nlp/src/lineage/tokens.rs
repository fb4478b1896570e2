//! A text as the tokens that lineage compares: folded words, numbers as values, names, and what is quoted.

use std::sync::LazyLock;

use newsprint_domain::sentence::Span;
use rustc_hash::FxHashSet;

use crate::words::{Written, visit_words, words};

use super::mixing::{hash, mix};
use super::numbers::{self, Rarity};

/// Bytes of a text that are read: some 4,000 words, more than all but the longest articles have; what comes later counts for nothing.
pub(super) const MAX_BYTES: usize = 24_000;

/// Words that one quotation has at most; a longer one has lost its closing mark.
const MAX_QUOTED_WORDS: usize = 120;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word that nearly every text has.
    Common,
    /// The name of a day of the week.
    Weekday,
    /// Any other word in lower case, or at the start of a sentence.
    Word,
    /// A word with a capital within a sentence.
    Name,
    /// A year, a count or another number that texts share by chance.
    PlainNumber,
    /// A number that texts hardly share by chance.
    RareNumber,
    /// A number that is worth looking a text up by.
    ExactNumber,
}

/// A word or a number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    /// Of its folded form or its value.
    pub(super) hash: u64,
    pub(super) kind: Kind,
    /// Whether it stands between quotation marks.
    pub(super) quoted: bool,
}

impl Token {
    pub(super) fn is_rare_number(&self) -> bool {
        matches!(self.kind, Kind::RareNumber | Kind::ExactNumber)
    }

    /// Whether it says what a text is about.
    pub(super) fn has_content(&self) -> bool {
        !matches!(self.kind, Kind::Common | Kind::Weekday)
    }
}

/// The tokens of the first [`MAX_BYTES`] of `text`.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let text = &text[..text.floor_char_boundary(MAX_BYTES)];
    let mut reader = Reader {
        text,
        end: 0,
        number_end: 0,
        quote: None,
        tokens: Vec::with_capacity(text.len() / 5),
    };
    visit_words(text, |written, span, _| reader.read(written, span));
    reader.tokens
}

struct Reader<'a> {
    text: &'a str,
    /// Where the last word ended.
    end: usize,
    /// Where the last number ended, its unit included.
    number_end: usize,
    /// The first token of the quotation that is open.
    quote: Option<usize>,
    tokens: Vec<Token>,
}

impl Reader<'_> {
    fn read(&mut self, written: Written<'_>, span: Span) {
        let starts_sentence = self.cross(span.start);
        self.end = span.end;
        if span.start < self.number_end {
            return;
        }
        let follows_name = !starts_sentence
            && self
                .tokens
                .last()
                .is_some_and(|last| last.kind == Kind::Name);
        let word = span.of(self.text);
        let first = word.chars().next().unwrap_or(' ');
        if first.is_ascii_digit() {
            let number = numbers::read(self.text, span.start);
            self.number_end = number.end;
            // The number of "Russell 2000" or "July 16" is part of a name.
            let kind = match number.rarity {
                _ if follows_name && number.is_bare => Kind::PlainNumber,
                Rarity::Plain => Kind::PlainNumber,
                Rarity::Rare => Kind::RareNumber,
                Rarity::Exact => Kind::ExactNumber,
            };
            self.push(number.hash, kind);
        } else if is_unspaced(first) {
            for character in word.chars() {
                self.push(mix(u64::from(character)), Kind::Word);
            }
        } else {
            let folded = hash(written.folded().as_bytes());
            let kind = match first {
                _ if WEEKDAYS.contains(&folded) => Kind::Weekday,
                _ if COMMON.contains(&folded) => Kind::Common,
                _ if first.is_uppercase() && !starts_sentence => Kind::Name,
                _ => Kind::Word,
            };
            self.push(folded, kind);
        }
    }

    fn push(&mut self, hash: u64, kind: Kind) {
        self.tokens.push(Token {
            hash,
            kind,
            quoted: false,
        });
    }

    /// Goes on to the word at `start`: notes the quotation marks on the way; whether a sentence starts there.
    fn cross(&mut self, start: usize) -> bool {
        let mut starts_sentence = self.tokens.is_empty();
        let between = self
            .text
            .get(self.end.max(self.number_end)..start)
            .unwrap_or("");
        for character in between.chars() {
            match character {
                '“' | '„' | '«' | '「' => self.open(),
                '”' | '»' | '」' => self.close(),
                '"' if self.quote.is_some() => self.close(),
                '"' => self.open(),
                '\n' => self.quote = None,
                _ => {}
            }
            starts_sentence |= matches!(
                character,
                '.' | '!' | '?' | ':' | '\n' | '“' | '"' | '„' | '«' | '•' | '。'
            );
        }
        starts_sentence
    }

    fn open(&mut self) {
        self.quote = Some(self.tokens.len());
    }

    fn close(&mut self) {
        let Some(first) = self.quote.take() else {
            return;
        };
        let quoted = &mut self.tokens[first..];
        if quoted.len() <= MAX_QUOTED_WORDS {
            quoted.iter_mut().for_each(|token| token.quoted = true);
        }
    }
}

/// Whether words of the script of `character` stand without spaces between them.
fn is_unspaced(character: char) -> bool {
    matches!(character, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

static WEEKDAYS: LazyLock<FxHashSet<u64>> =
    LazyLock::new(|| folded("monday tuesday wednesday thursday friday saturday sunday"));

static COMMON: LazyLock<FxHashSet<u64>> = LazyLock::new(|| folded(COMMON_WORDS));

fn folded(written: &str) -> FxHashSet<u64> {
    let folded = words(written)
        .into_iter()
        .map(|word| hash(word.folded.as_bytes()));
    folded.collect()
}

/// Words that say nothing of what a text is about, and those that every market report has.
const COMMON_WORDS: &str = "a about above according after again against all almost already also although always am among an and another any are as \
    at back be because been before being below between both but by came can come could day did do does down during each early either else end even ever \
    every few first for from further get go had half has have having he her here him his how however i if in including into is it its itself just \
    last late later least less like made make many may me might more most much must my near nearly never new next no nor not now of off on once one \
    only or other our out over own part per put quite rather really recent said same say see several she should since so some still such take than that the their \
    them then there these they this those though three through thus time to together too toward two under until up upon us use very was way we week well \
    went were what when where whether which while who whom whose why will with within without would year yet you your month today yesterday tomorrow \
    january february march april may june july august september october november december jan feb mar \
    apr jun jul aug sept sep oct nov dec mr mrs ms told";
