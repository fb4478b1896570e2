//! Rows: several phrases that must stand together.

use newsprint_domain::sentence::Span;
use rustc_hash::FxHashMap;

use super::trie::Walk;
use super::{Match, is_forbidden};

/// Most phrases of a row.
const MAX_PARTS: usize = 8;
/// Places of one part in a sentence that rows look at: of a text that does nothing but repeat them, the first ones.
const MAX_REPEATED: usize = 64;

/// Phrases that must all stand in a sentence, or within some words of it.
#[derive(Debug)]
pub(super) struct Row {
    owner: usize,
    /// Numbers of its phrases among all phrases of rows.
    parts: Vec<usize>,
    /// From the first word of the first to the last word of the last; `None`: anywhere in the sentence.
    within: Option<usize>,
    /// What evidence calls it.
    written: String,
}

/// All rows. A phrase of many rows is one part, and each row waits for that of its parts which the fewest rows share.
#[derive(Debug, Default)]
pub(super) struct Rows {
    rows: Vec<Row>,
    /// Numbers of parts by their folded words.
    numbers: FxHashMap<String, usize>,
    /// The rows that wait for each part.
    waiting: Vec<Vec<usize>>,
}

/// A part in a sentence: its place in a row, first word, word after the last.
#[derive(Debug, Clone, Copy)]
struct Part {
    place: usize,
    begin: usize,
    end: usize,
}

impl Row {
    /// A row of `parts`; the caller gives it their numbers.
    pub(super) fn new(
        owner: usize,
        parts: &[String],
        within: Option<usize>,
    ) -> Result<Self, String> {
        let listed = parts.join("\", \"");
        if !(2..=MAX_PARTS).contains(&parts.len()) {
            return Err(format!(
                "[\"{listed}\"] has {} phrases: a row has 2 to {MAX_PARTS}",
                parts.len()
            ));
        }
        if within.is_some_and(|within| within < parts.len()) {
            return Err(format!(
                "[\"{listed}\"] has more phrases than words to stand within"
            ));
        }
        let written = match within {
            Some(within) => format!("{} within {within}", parts.join(" … ")),
            None => parts.join(" … "),
        };
        Ok(Self {
            owner,
            parts: vec![],
            within,
            written,
        })
    }

    /// All parts of the row in the order of their first words, of what was `seen` (part, first word, word after the last, sorted).
    fn parts_in(&self, seen: &[(usize, usize, usize)]) -> Vec<Part> {
        let mut parts = Vec::new();
        for (place, number) in self.parts.iter().enumerate() {
            let from = seen.partition_point(|(part, ..)| part < number);
            let alike = seen[from..].iter().take_while(|(part, ..)| part == number);
            let alike = alike.take(MAX_REPEATED);
            parts.extend(alike.map(|&(_, begin, end)| Part { place, begin, end }));
        }
        parts.sort_unstable_by_key(|part| part.begin);
        parts
    }

    /// Where the row is fulfilled by `parts`, which are in the order of their first words.
    fn places(&self, parts: impl Iterator<Item = Part>) -> Vec<(usize, usize)> {
        let mut latest = [None; MAX_PARTS];
        let latest = &mut latest[..self.parts.len()];
        let mut n_missing = self.parts.len();
        let mut found = Vec::new();
        for part in parts {
            n_missing -= usize::from(latest[part.place].is_none());
            latest[part.place] = Some(part);
            if n_missing == 0 {
                found.extend(self.together(latest));
            }
        }
        found
    }

    /// First word, and the word after the last, of parts that stand close enough together and apart from each other.
    fn together(&self, parts: &[Option<Part>]) -> Option<(usize, usize)> {
        let parts = || parts.iter().flatten();
        let begin = parts().map(|part| part.begin).min()?;
        let end = parts().map(|part| part.end).max()?;
        let is_near = self.within.is_none_or(|within| end - begin <= within);
        let overlaps = |one: &Part| {
            let mut others = parts().filter(|other| other.place != one.place);
            others.any(|other| other.begin < one.end && one.begin < other.end)
        };
        (is_near && !parts().any(overlaps)).then_some((begin, end))
    }
}

impl Rows {
    /// The number of a part, and whether it is new.
    pub(super) fn part(&mut self, folded: String) -> (usize, bool) {
        let fresh = self.waiting.len();
        let number = *self.numbers.entry(folded).or_insert(fresh);
        if number == fresh {
            self.waiting.push(vec![]);
        }
        (number, number == fresh)
    }

    pub(super) fn add(&mut self, row: Row, parts: Vec<usize>) {
        self.rows.push(Row { parts, ..row });
    }

    /// Lets each row wait for the part that the fewest rows share, once all are added.
    pub(super) fn index(&mut self) {
        let mut shared = vec![0; self.waiting.len()];
        for part in self.rows.iter().flat_map(|row| &row.parts) {
            shared[*part] += 1;
        }
        for (place, row) in self.rows.iter().enumerate() {
            if let Some(rarest) = row.parts.iter().min_by_key(|part| shared[**part]) {
                self.waiting[*rarest].push(place);
            }
        }
    }

    /// Adds what the rows find; a part that its row's owner forbids counts for nothing.
    pub(super) fn find<'a>(
        &'a self,
        walk: &Walk<'_>,
        forbidden: &[(usize, Span)],
        found: &mut Vec<Match<'a>>,
    ) {
        let mut seen: Vec<(usize, usize, usize)> = walk.parts().collect();
        if seen.len() < 2 {
            return;
        }
        seen.sort_unstable();
        let mut seen_parts = vec![0_u64; self.waiting.len().div_ceil(64)];
        for (part, ..) in &seen {
            seen_parts[part / 64] |= 1 << (part % 64);
        }
        let is_seen = |part: &usize| seen_parts[part / 64] >> (part % 64) & 1 == 1;
        for group in seen.chunk_by(|left, right| left.0 == right.0) {
            let waiting = self.waiting[group[0].0].iter().map(|row| &self.rows[*row]);
            for row in waiting.filter(|row| row.parts.iter().all(is_seen)) {
                let allowed = row.parts_in(&seen).into_iter().filter(|part| {
                    !is_forbidden(forbidden, row.owner, walk.span(part.begin, part.end))
                });
                let places = row.places(allowed);
                found.extend(places.into_iter().map(|(begin, end)| Match {
                    owner: row.owner,
                    span: walk.span(begin, end),
                    rule: &row.written,
                }));
            }
        }
    }
}
