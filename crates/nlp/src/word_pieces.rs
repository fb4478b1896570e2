//! Texts to the word pieces that a model reads, with the target between two markers.
//!
//! BERT's uncased scheme (Devlin et al. 2019): characters that nobody sees are dropped, accents and case are folded, every
//! character that is neither letter nor digit stands alone, and each word is cut greedily into the longest pieces of the
//! vocabulary (WordPiece, Wu et al. 2016). Linear in the text: a piece is no longer than the longest one of the vocabulary, and
//! a word of more than 100 characters is unknown.

use std::collections::HashMap;

use newsprint_domain::sentence::Span;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::sentiment::Query;
use crate::words::is_invisible;

/// Visible characters before a target that are looked at: far more than the 512 pieces that any model reads.
const MAX_BEFORE: usize = 8 * 1024;
/// Characters of a word that is looked up.
const MAX_WORD: usize = 100;

/// A vocabulary of lower-cased English word pieces.
pub(crate) struct WordPieces {
    /// Pieces that a word begins with.
    first: HashMap<Box<str>, u32>,
    /// Pieces that go on, without their "##".
    further: HashMap<Box<str>, u32>,
    /// Bytes of the longest piece.
    longest: usize,
    /// Most pieces of a text, with the special ones.
    room: usize,
    special: Special,
}

/// The pieces that stand for no text.
#[derive(Debug, Clone, Copy)]
struct Special {
    first: u32,
    last: u32,
    unknown: u32,
    target_begins: u32,
    target_ends: u32,
}

impl WordPieces {
    /// Reads a vocabulary, one piece per line; a text may have up to `room` pieces. Errors say what is wrong with it.
    pub(crate) fn read(vocabulary: &str, room: usize) -> Result<Self, String> {
        let (mut first, mut further) = (
            HashMap::<Box<str>, u32>::new(),
            HashMap::<Box<str>, u32>::new(),
        );
        for (piece, id) in vocabulary.lines().zip(0u32..) {
            match piece.strip_prefix("##") {
                Some(rest) if !rest.is_empty() => _ = further.insert(rest.into(), id),
                _ => _ = first.insert(piece.into(), id),
            }
        }
        let mut take = |piece: &str| {
            // Taken out, so that no text can spell it.
            let id = first.remove(piece);
            id.ok_or_else(|| format!("the vocabulary has no piece {piece}"))
        };
        let special = Special {
            first: take("[CLS]")?,
            last: take("[SEP]")?,
            unknown: take("[UNK]")?,
            target_begins: take("[unused1]")?,
            target_ends: take("[unused2]")?,
        };
        let pieces = first.keys().chain(further.keys());
        Ok(Self {
            longest: pieces.map(|piece| piece.len()).max().unwrap_or(0),
            first,
            further,
            room,
            special,
        })
    }

    /// The pieces of a query: at least two, at most the room there is. Of a text that is too long, what stands around the
    /// target is kept, and the beginning where there is no target.
    pub(crate) fn of(&self, query: &Query<'_>) -> Vec<u32> {
        let special = self.special;
        let Some(target) = query.marked_target() else {
            let mut pieces = vec![special.first];
            self.append(query.text, self.room, &mut pieces);
            pieces.truncate(self.room - 1);
            pieces.push(special.last);
            return pieces;
        };
        let (before, named, after) = self.around(query.text, target);
        let begins = [special.target_begins];
        let ends = [special.target_ends];
        [
            &[special.first],
            &*before,
            &begins,
            &named,
            &ends,
            &after,
            &[special.last],
        ]
        .concat()
    }

    /// Pieces before, of and after the target: as many of the target's as there is room for, then of both sides alike.
    fn around(&self, text: &str, target: Span) -> (Vec<u32>, Vec<u32>, Vec<u32>) {
        // The last pieces are wanted, so that all have to be cut: there are at most `MAX_BEFORE` of them.
        let mut before = self.pieces(ending(&text[..target.start]), usize::MAX);
        let mut named = self.pieces(target.of(text), self.room);
        let mut after = self.pieces(&text[target.end..], self.room);
        let mut room = self.room - 4;
        named.truncate(room);
        room -= named.len();
        let n_before = before
            .len()
            .min((room / 2).max(room.saturating_sub(after.len())));
        before.drain(..before.len() - n_before);
        after.truncate(room - n_before);
        (before, named, after)
    }

    fn pieces(&self, text: &str, room: usize) -> Vec<u32> {
        let mut pieces = Vec::new();
        self.append(text, room, &mut pieces);
        pieces
    }

    /// Appends the pieces of `text`, until there are as many as there is room for.
    fn append(&self, text: &str, room: usize, pieces: &mut Vec<u32>) {
        let mut word = String::new();
        for character in text.nfd().filter(|character| !is_hidden(*character)) {
            if pieces.len() >= room {
                return;
            }
            if character.is_alphanumeric() {
                if word.len() <= MAX_WORD * 4 {
                    word.extend(character.to_lowercase());
                }
                continue;
            }
            self.cut(&mut word, pieces);
            if !character.is_whitespace() {
                word.push(character);
                self.cut(&mut word, pieces);
            }
        }
        self.cut(&mut word, pieces);
    }

    /// Appends the pieces of `word` and empties it; one unknown piece where the vocabulary does not reach.
    fn cut(&self, word: &mut String, pieces: &mut Vec<u32>) {
        if word.is_empty() {
            return;
        }
        let n_before = pieces.len();
        let is_too_long = word.len() > MAX_WORD && word.chars().count() > MAX_WORD;
        let mut rest = &word[..];
        let mut vocabulary = &self.first;
        while !rest.is_empty() {
            let found = (!is_too_long)
                .then(|| longest_piece(rest, vocabulary, self.longest))
                .flatten();
            let Some((length, piece)) = found else {
                pieces.truncate(n_before);
                pieces.push(self.special.unknown);
                break;
            };
            pieces.push(piece);
            rest = &rest[length..];
            vocabulary = &self.further;
        }
        word.clear();
    }
}

/// The longest piece that `word` begins with: its bytes and its identifier.
fn longest_piece(
    word: &str,
    vocabulary: &HashMap<Box<str>, u32>,
    longest: usize,
) -> Option<(usize, u32)> {
    let mut length = word.floor_char_boundary(longest);
    while length > 0 {
        if let Some(piece) = vocabulary.get(&word[..length]) {
            return Some((length, *piece));
        }
        length = word.floor_char_boundary(length - 1);
    }
    None
}

/// Characters that change no word: invisible ones, control bytes, private ones such as icons, and accents once they are split
/// off.
pub(crate) fn is_hidden(character: char) -> bool {
    (character.is_control() && !character.is_whitespace())
        || character == char::REPLACEMENT_CHARACTER
        || is_invisible(character)
        || is_combining_mark(character)
        || matches!(character, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..)
}

/// The last [`MAX_BEFORE`] visible characters.
fn ending(text: &str) -> &str {
    let visible = text.char_indices().rev().filter(|(_, c)| !is_hidden(*c));
    let first = visible.take(MAX_BEFORE).last();
    first.map_or("", |(place, _)| &text[place..])
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOCABULARY: &str =
        "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[unused1]\n[unused2]\nsmall\ncap\n##s\nsoar\n.\n";

    fn pieces(text: &str, target: Option<&str>, room: usize) -> String {
        let names: Vec<&str> = VOCABULARY.lines().collect();
        let target = target.map(|target| {
            let start = text.find(target).unwrap();
            Span {
                start,
                end: start + target.len(),
            }
        });
        let read = WordPieces::read(VOCABULARY, room).unwrap();
        let pieces = read.of(&Query { text, target });
        assert!(pieces.len() <= room);
        let names: Vec<&str> = pieces.iter().map(|piece| names[*piece as usize]).collect();
        names.join(" ")
    }

    #[test]
    fn a_target_stands_between_markers() {
        assert_eq!(
            pieces("Small caps soar.", Some("caps"), 128),
            "[CLS] small [unused1] cap ##s [unused2] soar . [SEP]"
        );
        assert_eq!(
            pieces("Small caps soar", None, 128),
            "[CLS] small cap ##s soar [SEP]"
        );
        assert_eq!(pieces("", None, 128), "[CLS] [SEP]");
    }

    #[test]
    fn words_of_the_text_are_no_markers() {
        assert_eq!(
            pieces("[unused1] caps [SEP]", None, 128),
            "[CLS] [UNK] [UNK] [UNK] cap ##s [UNK] [UNK] [UNK] [SEP]"
        );
    }

    #[test]
    fn a_flood_of_hidden_characters_hides_no_word() {
        let flood = "\u{200b}".repeat(100_000);
        let text = format!("small {flood}cap{flood}s soar");
        assert_eq!(pieces(&text, None, 128), "[CLS] small cap ##s soar [SEP]");
        assert_eq!(
            pieces(&text, Some("soar"), 128),
            "[CLS] small cap ##s [unused1] soar [unused2] [SEP]"
        );
    }

    #[test]
    fn hidden_characters_case_and_accents_change_nothing() {
        let plain = pieces("small caps soar", None, 128);
        let dressed = [
            "sm\u{ad}all c\u{200b}aps so\u{202e}ar",
            "SMALL C\u{301}aps soar\u{feff}",
            "small\u{0} caps\u{7} soar",
            "small caps\u{a0}soar\u{e0041}",
        ];
        for dressed in dressed {
            assert_eq!(pieces(dressed, None, 128), plain, "{dressed:?}");
        }
    }

    #[test]
    fn a_long_text_keeps_what_stands_around_its_target() {
        let before = format!("{}soar small . soar small ", "small ".repeat(300));
        let after = format!(" soar . small small soar{}", " soar".repeat(300));
        assert_eq!(
            pieces(&format!("{before}caps{after}"), Some("caps"), 16),
            "[CLS] soar small . soar small [unused1] cap ##s [unused2] soar . small small soar [SEP]"
        );
        assert_eq!(pieces(&"soar ".repeat(99), None, 8).split(' ').count(), 8);
    }

    #[test]
    fn an_endless_word_is_one_unknown_piece() {
        let text = "é".repeat(1 << 20);
        assert_eq!(pieces(&text, None, 128), "[CLS] [UNK] [SEP]");
    }

    #[test]
    fn a_vocabulary_without_markers_is_refused() {
        assert!(WordPieces::read("[CLS]\n[SEP]\n[UNK]\n", 8).is_err());
    }
}
