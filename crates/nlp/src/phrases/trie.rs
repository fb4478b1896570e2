//! Phrases as paths over the numbers of folded words.

use newsprint_domain::sentence::Span;
use rustc_hash::FxHashMap;

use super::vocabulary::{Seen, UNKNOWN, number};
use crate::words::Word;

/// What ends at a node: a phrase, or a part of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaf {
    Phrase(usize),
    Part(usize),
}

/// All phrases; node 0 is the root.
#[derive(Debug, Default)]
pub(super) struct Trie {
    /// The node that a phrase's first word leads to, by the word's number; 0 where no phrase begins so.
    first: Vec<u32>,
    /// The node that the next word leads to.
    next: FxHashMap<(u32, u32), u32>,
    /// What ends at each node.
    leaves: Vec<Vec<Leaf>>,
}

/// What was found in a sentence.
pub(super) struct Walk<'a> {
    words: &'a [Seen],
    /// Leaf, first word, word after the last; in the order of the first words.
    hits: Vec<(Leaf, usize, usize)>,
}

impl Trie {
    pub(super) fn insert(&mut self, phrase: &[Word], leaf: Leaf) {
        let mut node = 0;
        for (place, word) in phrase.iter().enumerate() {
            node = self.step(node, number(&word.folded), place == 0);
        }
        self.leaves[node as usize].push(leaf);
    }

    /// Every path that the words hold.
    pub(super) fn walk<'a>(&self, words: &'a [Seen]) -> Walk<'a> {
        let mut hits = Vec::new();
        for (begin, word) in words.iter().enumerate() {
            if word.number == UNKNOWN {
                continue;
            }
            let mut node = self.first.get(word.number as usize).copied().unwrap_or(0);
            let mut end = begin + 1;
            while node != 0 {
                let leaves = self.leaves[node as usize].iter();
                hits.extend(leaves.map(|leaf| (*leaf, begin, end)));
                let follows = words
                    .get(end)
                    .filter(|word| !word.after_break && word.number != UNKNOWN);
                let next = follows.and_then(|word| self.next.get(&(node, word.number)));
                node = next.copied().unwrap_or(0);
                end += 1;
            }
        }
        Walk { words, hits }
    }

    fn step(&mut self, node: u32, number: u32, is_first: bool) -> u32 {
        if self.leaves.is_empty() {
            self.leaves.push(vec![]);
        }
        let fresh = u32::try_from(self.leaves.len()).unwrap_or(UNKNOWN);
        let place = if is_first {
            let place = number as usize;
            self.first.resize(self.first.len().max(place + 1), 0);
            &mut self.first[place]
        } else {
            self.next.entry((node, number)).or_insert(0)
        };
        if *place == 0 {
            *place = fresh;
            self.leaves.push(vec![]);
        }
        *place
    }
}

impl Walk<'_> {
    /// Whole phrases and where they stand.
    pub(super) fn phrases(&self) -> impl Iterator<Item = (usize, Span)> {
        self.hits
            .iter()
            .filter_map(|(leaf, begin, end)| match leaf {
                Leaf::Phrase(phrase) => Some((*phrase, self.span(*begin, *end))),
                Leaf::Part(_) => None,
            })
    }

    /// Parts of rows: number, first word, word after the last.
    pub(super) fn parts(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        self.hits
            .iter()
            .filter_map(|(leaf, begin, end)| match leaf {
                Leaf::Part(number) => Some((*number, *begin, *end)),
                Leaf::Phrase(_) => None,
            })
    }

    /// The span of the words `begin..end`.
    pub(super) fn span(&self, begin: usize, end: usize) -> Span {
        Span {
            start: self.words[begin].span.start,
            end: self.words[end - 1].span.end,
        }
    }
}
