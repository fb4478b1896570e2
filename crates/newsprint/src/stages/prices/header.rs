//! Names of columns, as the sources of price files write them, brought to one form.

use csv::StringRecord;
use newsprint_domain::index::IndexDefinition;

use super::layout::index_of;

/// The header that says the same in lower case and without its source's ways of writing.
///
/// Alpha Vantage numbers its columns ("4. close"), Stooq's bulk files have them in angle brackets (`<CLOSE>`), and Yahoo's page explains
/// them ("Close Close price adjusted for splits.").
pub(super) fn plain(header: &StringRecord) -> StringRecord {
    header.iter().map(plain_name).collect()
}

fn plain_name(name: &str) -> String {
    let name = name.trim_matches(['<', '>']).trim();
    let name = match name.split_once(". ") {
        Some((number, rest)) if number.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => name,
    };
    let name = name.to_ascii_lowercase();
    for plain in ["adj close", "close"] {
        let explained = name
            .strip_prefix(plain)
            .and_then(|rest| rest.strip_prefix(' '));
        if explained.is_some_and(|rest| rest.contains("price adjusted")) {
            return plain.to_owned();
        }
    }
    name
}

/// The header of a file that yfinance wrote, which has three lines of it: kinds of values, the symbol of each, and "Date".
///
/// Its columns of closes are named after their symbols, as in a file of FRED; the others have no name.
pub(super) fn of_yfinance(first: &StringRecord, second: &StringRecord) -> Option<StringRecord> {
    if first.get(0) != Some("Price") || second.get(0) != Some("Ticker") {
        return None;
    }
    let columns = first.iter().zip(second).skip(1);
    let closes = columns.map(|(kind, symbol)| if kind == "Close" { symbol } else { "" });
    Some(std::iter::once("date").chain(closes).collect())
}

/// The place of the one column that has one of `names`; `Err` where several have.
pub(super) fn place(plain: &StringRecord, names: &[&str]) -> Result<Option<usize>, String> {
    let mut places = (0..plain.len()).filter(|place| names.contains(&&plain[*place]));
    let first = places.next();
    match (first, places.next()) {
        (Some(first), Some(second)) => Err(format!(
            "its columns {} and {} are both called {}: remove one",
            first + 1,
            second + 1,
            names.join(" or ")
        )),
        _ => Ok(first),
    }
}

/// Why a file whose header names no closes cannot be read.
pub(super) fn no_closes(header: &StringRecord) -> String {
    let shown = header.iter().collect::<Vec<_>>().join(",");
    let adjusted = plain(header).iter().any(|name| name.contains("adj"));
    let hint = match adjusted {
        true => "; adjusted closes change with later events, and are not taken for closes",
        false => "",
    };
    format!(
        "its header \"{shown}\" has no column close and none named after a series of indices.toml{hint}"
    )
}

/// Places of columns, and what each is.
pub(super) type Columns<T> = Vec<(usize, T)>;

/// Columns that are named after series of `indices`, and the names of those that are not.
pub(super) fn series<'a>(
    header: &StringRecord,
    date: usize,
    indices: &'a [IndexDefinition],
) -> (Columns<&'a IndexDefinition>, Columns<String>) {
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for (place, column) in header.iter().enumerate() {
        if place == date || column.is_empty() {
            continue;
        }
        match index_of(indices, column) {
            Some(index) => known.push((place, index)),
            None => unknown.push((place, column.to_owned())),
        }
    }
    (known, unknown)
}
