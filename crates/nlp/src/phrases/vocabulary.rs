//! Numbers of the words that phrases are made of, shared by all matchers, so that a sentence's words are looked up once.

use std::sync::{LazyLock, PoisonError, RwLock};

use newsprint_domain::sentence::Span;
use rustc_hash::FxHashMap;

use crate::words::{Written, visit_words};

/// The number of every word that no phrase holds.
pub(super) const UNKNOWN: u32 = u32::MAX;

/// Plain words that are remembered: more than English has in common use.
const MAX_KNOWN: usize = 1 << 16;

static VOCABULARY: LazyLock<RwLock<Vocabulary>> = LazyLock::new(RwLock::default);

/// Only ever grows: a number, once given, stays.
#[derive(Default)]
struct Vocabulary {
    numbers: FxHashMap<Box<str>, u32>,
    /// Numbers of plain words that were met in texts, so that each is folded once: those of up to 8 letters, and up to 16.
    short: FxHashMap<u64, u32>,
    long: FxHashMap<u128, u32>,
}

/// A word of a sentence.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) number: u32,
    pub(super) span: Span,
    pub(super) after_break: bool,
}

/// A sentence whose words are read, once for all matchers. It is to be made after them: it knows the words of no later one.
#[derive(Debug, Clone)]
pub struct Reading<'a> {
    sentence: &'a str,
    words: Vec<Seen>,
}

impl<'a> Reading<'a> {
    /// Reads the words of `sentence`.
    pub fn of(sentence: &'a str) -> Self {
        Self {
            sentence,
            words: read(sentence),
        }
    }

    /// The sentence.
    pub fn sentence(&self) -> &'a str {
        self.sentence
    }

    pub(super) fn words(&self) -> &[Seen] {
        &self.words
    }

    /// Where each word stands, and whether punctuation stands before it.
    pub(crate) fn places(&self) -> impl Iterator<Item = (Span, bool)> {
        self.words.iter().map(|word| (word.span, word.after_break))
    }
}

/// What a plain word is remembered by: its letters, in lower case.
#[derive(Clone, Copy)]
enum Key {
    Short(u64),
    Long(u128),
}

/// The number of a folded word, given now where it has none.
pub(super) fn number(folded: &str) -> u32 {
    let mut vocabulary = VOCABULARY.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(number) = vocabulary.numbers.get(folded) {
        return *number;
    }
    let number = u32::try_from(vocabulary.numbers.len()).unwrap_or(UNKNOWN);
    vocabulary.numbers.insert(folded.into(), number);
    // Words that were unknown so far may be forms of this one.
    vocabulary.short.clear();
    vocabulary.long.clear();
    number
}

/// The words of `sentence`, by their numbers.
fn read(sentence: &str) -> Vec<Seen> {
    let mut words = Vec::with_capacity(sentence.len() / 4);
    let mut new = Vec::new();
    let n_numbers = {
        let vocabulary = VOCABULARY.read().unwrap_or_else(PoisonError::into_inner);
        visit_words(sentence, |written, span, after_break| {
            let key = key(written);
            let number = key.and_then(|key| vocabulary.remembered(key));
            let number = number.unwrap_or_else(|| {
                let number = vocabulary.numbers.get(&*written.folded());
                let number = number.copied().unwrap_or(UNKNOWN);
                new.extend(key.map(|key| (key, number)));
                number
            });
            words.push(Seen {
                number,
                span,
                after_break,
            });
        });
        vocabulary.numbers.len()
    };
    if !new.is_empty() {
        let mut vocabulary = VOCABULARY.write().unwrap_or_else(PoisonError::into_inner);
        // What was read before another matcher was made is not true of its words.
        if vocabulary.numbers.len() == n_numbers {
            vocabulary.remember(new);
        }
    }
    words
}

impl Vocabulary {
    fn remembered(&self, key: Key) -> Option<u32> {
        match key {
            Key::Short(letters) => self.short.get(&letters).copied(),
            Key::Long(letters) => self.long.get(&letters).copied(),
        }
    }

    fn remember(&mut self, new: Vec<(Key, u32)>) {
        let room = MAX_KNOWN.saturating_sub(self.short.len() + self.long.len());
        for (key, number) in new.into_iter().take(room) {
            match key {
                Key::Short(letters) => self.short.insert(letters, number),
                Key::Long(letters) => self.long.insert(letters, number),
            };
        }
    }
}

fn key(written: Written<'_>) -> Option<Key> {
    let Written::Plain(letters) = written else {
        return None;
    };
    let mut bytes = [0; 16];
    bytes
        .get_mut(..letters.len())?
        .copy_from_slice(letters.as_bytes());
    // In ASCII this bit tells small letters from capitals, and every digit has it.
    let letters_of_all = u128::from_le_bytes(bytes) | u128::from_le_bytes([0x20; 16]);
    Some(if letters.len() <= 8 {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the rest is the same of every short word"
        )]
        Key::Short(letters_of_all as u64)
    } else {
        Key::Long(letters_of_all)
    })
}
