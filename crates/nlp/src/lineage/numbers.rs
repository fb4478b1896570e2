//! Numbers as values, however they are written: "1.2 billion", "$1,200m" and "1.2bn" are one number, and so are "25 basis points",
//! "0.25%" and ".25 percentage points".

use super::mixing::{hash, join};

/// Digits that are read of one number; more of them are no quantity.
const MAX_DIGITS: usize = 18;

/// Years that texts name all the time.
const YEARS: std::ops::RangeInclusive<u64> = 1980..=2039;

/// How easily two texts share a number by chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rarity {
    /// A year, or hardly any digits that count.
    Plain,
    /// Three digits that count, or two with a unit.
    Rare,
    /// Four digits that count, or three of an amount: such a number alone is worth looking a text up by.
    Exact,
}

/// A number as it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number {
    /// Hash of its value and of whether it is a share.
    pub(super) hash: u64,
    pub(super) rarity: Rarity,
    /// Whether it is whole and stands without unit, like that of a name or a date.
    pub(super) is_bare: bool,
    /// Where it ends in the text, its unit included.
    pub(super) end: usize,
}

/// The number that begins at `start` of `text`, where a digit stands.
pub(super) fn read(text: &str, start: usize) -> Number {
    let digits_end = start + digits_length(&text.as_bytes()[start..]);
    let written = &text[start..digits_end];
    let (unit, end) = read_unit(text, digits_end);
    let (digits, exponent) = value(written);
    let (exponent, is_share) = match unit {
        Unit::None => (exponent, false),
        Unit::Scale(zeros) => (exponent + zeros, false),
        Unit::Share(zeros) => (exponent + zeros, true),
    };
    let significant = digits.to_string().len();
    let has_unit = unit != Unit::None;
    let is_year = !has_unit && exponent == year_exponent(digits) && written.len() == 4;
    let rarity = match significant + usize::from(has_unit) {
        _ if is_year => Rarity::Plain,
        0..3 => Rarity::Plain,
        3 => Rarity::Rare,
        // Rates such as "4.35%" are in the news for months.
        _ if is_share && significant == 3 => Rarity::Rare,
        _ => Rarity::Exact,
    };
    Number {
        hash: join(
            hash(&digits.to_le_bytes()),
            hash(&exponent.to_le_bytes()) ^ u64::from(is_share),
        ),
        rarity,
        is_bare: !has_unit && written.bytes().all(|byte| byte.is_ascii_digit()),
        end,
    }
}

/// How many zeros were taken off a year such as 2020; no exponent of `value` where it is none.
fn year_exponent(digits: u64) -> i32 {
    (0..4)
        .find(|zeros| YEARS.contains(&digits.saturating_mul(10_u64.pow(*zeros))))
        .map_or(i32::MIN, |zeros| i32::try_from(zeros).unwrap_or(0))
}

/// Digits with commas between groups of three, and a decimal part.
fn digits_length(bytes: &[u8]) -> usize {
    let run = |from: usize| {
        bytes[from..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let mut length = run(0);
    while bytes.get(length) == Some(&b',') && run(length + 1) == 3 {
        length += 4;
    }
    match bytes.get(length) {
        Some(b'.') if run(length + 1) > 0 => length + 1 + run(length + 1),
        _ => length,
    }
}

/// The digits that count, and the power of ten that they are multiplied by.
fn value(written: &str) -> (u64, i32) {
    let (whole, part) = written.split_once('.').unwrap_or((written, ""));
    let mut digits = 0_u64;
    let counted = whole.bytes().chain(part.bytes()).filter(u8::is_ascii_digit);
    for digit in counted.take(MAX_DIGITS) {
        digits = digits * 10 + u64::from(digit - b'0');
    }
    let mut exponent = -i32::try_from(part.len().min(MAX_DIGITS)).unwrap_or(0);
    while digits != 0 && digits.is_multiple_of(10) {
        digits /= 10;
        exponent += 1;
    }
    (digits, exponent)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    None,
    /// Zeros that a word such as "million" stands for.
    Scale(i32),
    /// Per cent with no zeros, basis points with two after the point.
    Share(i32),
}

/// The unit that follows at `at`, and where it ends.
fn read_unit(text: &str, at: usize) -> (Unit, usize) {
    const UNITS: [(&str, Unit); 22] = [
        ("%", Unit::Share(0)),
        ("percentage point", Unit::Share(0)),
        ("percent", Unit::Share(0)),
        ("per cent", Unit::Share(0)),
        ("pct", Unit::Share(0)),
        ("basis point", Unit::Share(-2)),
        ("bps", Unit::Share(-2)),
        ("bp", Unit::Share(-2)),
        ("thousand", Unit::Scale(3)),
        ("k", Unit::Scale(3)),
        ("million", Unit::Scale(6)),
        ("mln", Unit::Scale(6)),
        ("mn", Unit::Scale(6)),
        ("m", Unit::Scale(6)),
        ("billion", Unit::Scale(9)),
        ("bln", Unit::Scale(9)),
        ("bn", Unit::Scale(9)),
        ("b", Unit::Scale(9)),
        ("trillion", Unit::Scale(12)),
        ("trn", Unit::Scale(12)),
        ("tn", Unit::Scale(12)),
        ("t", Unit::Scale(12)),
    ];
    let bytes = text.as_bytes();
    let from = match bytes.get(at) {
        Some(b' ' | b'-') => at + 1,
        Some(0xc2) if bytes.get(at + 1) == Some(&0xa0) => at + 2,
        _ => at,
    };
    for (written, unit) in UNITS {
        let end = from + written.len();
        let Some(found) = bytes.get(from..end) else {
            continue;
        };
        // "5 m" and "5 b" are no amounts, "5m" and "5b" are.
        let stands_alone = written.len() > 1 || from == at || written == "%";
        let plural = usize::from(written.len() > 3 && bytes.get(end) == Some(&b's'));
        let closed = !bytes
            .get(end + plural)
            .is_some_and(u8::is_ascii_alphanumeric);
        if stands_alone && closed && found.eq_ignore_ascii_case(written.as_bytes()) {
            return (unit, end + plural);
        }
    }
    (Unit::None, at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (u64, Rarity) {
        let number = read(text, 0);
        (number.hash, number.rarity)
    }

    #[test]
    fn one_value_written_in_many_ways_is_one_number() {
        for (one, other) in [
            ("1.2 billion", "1,200m"),
            ("1.2bn", "1.20 BILLION dollars"),
            ("25 basis points", "0.25%"),
            ("0.25 percentage points", "25bp"),
            ("3.5 per cent", "3.5 percent"),
            ("2,263.67.", "2263.67"),
        ] {
            assert_eq!(of(one), of(other), "{one} and {other}");
        }
    }

    #[test]
    fn other_values_and_shares_are_other_numbers() {
        for (one, other) in [
            ("1.2 billion", "1.2 million"),
            ("3.5%", "3.5"),
            ("12", "120"),
        ] {
            assert_ne!(of(one).0, of(other).0, "{one} and {other}");
        }
    }

    #[test]
    fn years_and_small_counts_are_not_rare() {
        for (text, rarity) in [
            ("2024", Rarity::Plain),
            ("2020", Rarity::Plain),
            ("1%", Rarity::Plain),
            ("12", Rarity::Plain),
            ("3.5%", Rarity::Rare),
            ("417", Rarity::Rare),
            ("25 basis points", Rarity::Rare),
            ("2,263.67", Rarity::Exact),
            ("4.35%", Rarity::Rare),
            ("1.25 billion", Rarity::Exact),
        ] {
            assert_eq!(of(text).1, rarity, "{text}");
        }
    }

    #[test]
    fn a_unit_ends_where_its_word_does() {
        assert_eq!(read("5 million.", 0).end, 9);
        assert_eq!(read("5 mules", 0).end, 1);
        assert_eq!(read("5\u{a0}%", 0).end, 4);
        assert_eq!(read("123456789012345678901234567890", 0).end, 30);
    }
}
