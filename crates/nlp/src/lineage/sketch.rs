//! What is kept of a text, as bytes: for each kind of evidence, the smallest hashes of its set (bottom-k sketches, Bar-Yossef et al.
//! 2002; Cohen and Kaplan 2007). Of a set that fits all is kept and comparisons are exact; of a larger one, both containment and
//! resemblance can be told from what is kept of both below the smaller bound, so that a short text is found within a long one.

use super::mixing::mix;
use crate::error::NlpError;

/// First byte of a sketch: what it holds and how that was hashed. Sketches of other versions cannot be compared with it.
const VERSION: u8 = 1;
/// Bytes before the sets: the version and the hash of what follows.
const HEADER: usize = 5;
/// Bytes of one hash.
const WIDTH: usize = 3;

/// The kinds of evidence, in the order in which their sets are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Three words in a row.
    Shingles,
    /// Words with a meaning of their own.
    Words,
    /// Three words in a row of a quotation.
    Quotes,
    /// Numbers that texts hardly share by chance.
    RareNumbers,
    /// Other numbers.
    PlainNumbers,
    /// Words with a capital.
    Names,
    /// Two names or rare numbers that follow each other.
    Order,
    /// Words of the title.
    Title,
    /// The day of the week that is named first.
    Weekday,
    /// Six words in a row with a name or rare number among them; templates give few of these.
    Specifics,
}

/// How many parts there are.
pub(super) const N_PARTS: usize = 10;

/// How many hashes are kept of each part; all of them are less than 1.5 kB.
const CAPACITIES: [usize; N_PARTS] = [136, 96, 48, 40, 24, 40, 40, 16, 2, 48];

/// Writes a sketch of the hashes of each part.
pub(super) fn write(parts: [Vec<u64>; N_PARTS]) -> Vec<u8> {
    let mut bytes = vec![VERSION, 0, 0, 0, 0];
    for (hashes, capacity) in parts.into_iter().zip(CAPACITIES) {
        let mut kept: Vec<u32> = hashes
            .iter()
            .map(|hash| u32_of(hash >> (64 - 8 * WIDTH)))
            .collect();
        kept.sort_unstable();
        kept.dedup();
        kept.truncate(capacity);
        bytes.push(u8::try_from(kept.len()).unwrap_or(u8::MAX));
        for hash in kept {
            bytes.extend_from_slice(&hash.to_be_bytes()[4 - WIDTH..]);
        }
    }
    let sum = checksum(&bytes[HEADER..]);
    bytes[1..HEADER].copy_from_slice(&sum);
    bytes
}

fn u32_of(hash: u64) -> u32 {
    u32::try_from(hash).unwrap_or(u32::MAX)
}

/// Finds damage, and costs a fraction of a microsecond: each step is a bijection of the sum, so that no flipped bit is lost.
fn checksum(bytes: &[u8]) -> [u8; 4] {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let (chunks, rest) = bytes.as_chunks::<8>();
    let add = |sum: u64, chunk: u64| (sum.rotate_left(5) ^ chunk).wrapping_mul(ODD);
    let whole = chunks.iter().fold(bytes.len() as u64, |sum, chunk| {
        add(sum, u64::from_le_bytes(*chunk))
    });
    let sum = mix(rest
        .iter()
        .fold(whole, |sum, &byte| add(sum, u64::from(byte))));
    let [first, second, third, fourth, ..] = sum.to_le_bytes();
    [first, second, third, fourth]
}

/// A sketch that was found whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sketch<'a>([Set<'a>; N_PARTS]);

impl<'a> Sketch<'a> {
    /// # Errors
    /// Where `bytes` are of another version, or not as they were written.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, NlpError> {
        let problem = |problem: &str| NlpError::Sketch {
            problem: problem.into(),
        };
        match bytes.first() {
            None => return Err(problem("it is empty")),
            Some(&VERSION) => {}
            Some(other) => {
                let other = format!("it is of version {other}, not {VERSION}: make it anew");
                return Err(problem(&other));
            }
        }
        let damaged = || problem("it is damaged: make it anew");
        let (sum, mut rest) = bytes[1..]
            .split_at_checked(HEADER - 1)
            .ok_or_else(damaged)?;
        if sum != checksum(rest) {
            return Err(damaged());
        }
        let mut sets = [Set(&[], 0); N_PARTS];
        for (set, capacity) in sets.iter_mut().zip(CAPACITIES) {
            let (&length, after) = rest.split_first().ok_or_else(damaged)?;
            let (hashes, after) = after
                .split_at_checked(usize::from(length) * WIDTH)
                .ok_or_else(damaged)?;
            *set = Set(hashes.as_chunks::<WIDTH>().0, capacity);
            rest = after;
        }
        Ok(Self(sets))
    }

    pub(super) fn set(&self, part: Part) -> Set<'a> {
        self.0[part as usize]
    }
}

/// The hashes that are kept of one part, in ascending order, and how many there can be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Set<'a>(&'a [[u8; WIDTH]], usize);

/// What two sets have in common, among the hashes below the smaller of their bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Overlap {
    pub(super) shared: usize,
    /// Members of the smaller set.
    pub(super) fewer: usize,
    /// Members of the larger set.
    pub(super) more: usize,
}

impl Set<'_> {
    pub(super) fn overlap(self, other: Self) -> Overlap {
        let bound = self.bound().min(other.bound());
        let (one, other) = (self.below(bound), other.below(bound));
        let (mut left, mut right, mut shared) = (0, 0, 0);
        while let (Some(a), Some(b)) = (one.get(left), other.get(right)) {
            let (a, b) = (number(a), number(b));
            left += usize::from(a <= b);
            right += usize::from(b <= a);
            shared += usize::from(a == b);
        }
        Overlap {
            shared,
            fewer: one.len().min(other.len()),
            more: one.len().max(other.len()),
        }
    }

    /// The largest hash of which is known whether the text has it.
    fn bound(self) -> u32 {
        match self.0.last() {
            Some(last) if self.0.len() >= self.1 => number(last),
            _ => u32::MAX,
        }
    }

    fn below(&self, bound: u32) -> &[[u8; WIDTH]] {
        &self.0[..self.0.partition_point(|hash| number(hash) <= bound)]
    }
}

fn number(&[high, middle, low]: &[u8; WIDTH]) -> u32 {
    u32::from_be_bytes([0, high, middle, low])
}
