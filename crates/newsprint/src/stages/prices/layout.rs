//! Where a price file keeps its dates and closes, told by its header alone.

use chrono::NaiveDate;
use csv::StringRecord;
use newsprint_domain::identifier::IndexId;
use newsprint_domain::index::{IndexDefinition, SeriesKind};

use super::stem;

/// Names of the date column: ours, Yahoo's and Stooq's, FRED's.
const DATE_COLUMNS: [&str; 2] = ["date", "observation_date"];
/// Names of the column that says which series a row belongs to.
const SYMBOL_COLUMNS: [&str; 2] = ["symbol", "ticker"];
/// The most that a yield in percent can be; more is a price in the wrong column.
const MAX_YIELD: f64 = 100.0;

/// Columns of a file.
pub(super) struct Layout<'a> {
    date: usize,
    closes: Closes<'a>,
    /// The one index that is asked for, where one is.
    wanted: Option<&'a IndexDefinition>,
    /// Columns that might be series and are of no known index.
    pub(super) unknown: Vec<String>,
}

enum Closes<'a> {
    /// A column each for some indices.
    Columns(Vec<(usize, &'a IndexDefinition)>),
    /// A column of closes and one that says whose they are.
    BySymbol { symbol: usize, close: usize },
}

/// A close of an index, or what is wrong with it.
pub(super) type Close = Result<(IndexId, NaiveDate, f64), String>;

impl<'a> Layout<'a> {
    /// Reads the header of the file called `name`; `Err` says why it cannot be placed.
    pub(super) fn of(
        header: &StringRecord,
        name: &str,
        indices: &'a [IndexDefinition],
        wanted: Option<&'a IndexDefinition>,
    ) -> Result<Self, String> {
        let column = |names: &[&str]| {
            header
                .iter()
                .position(|column| names.iter().any(|name| name.eq_ignore_ascii_case(column)))
        };
        let shown = header.iter().collect::<Vec<_>>().join(",");
        let date = column(&DATE_COLUMNS);
        let date = date.ok_or_else(|| {
            format!("its header \"{shown}\" has no column date or observation_date")
        })?;
        let (closes, unknown) = match (column(&["close"]), column(&SYMBOL_COLUMNS)) {
            (Some(close), Some(symbol)) => (Closes::BySymbol { symbol, close }, vec![]),
            (Some(close), None) => {
                let index = wanted.or_else(|| index_of(indices, stem(name)));
                let index = index.ok_or(
                    "neither its header nor its name says which index it holds: give --index ID",
                )?;
                (Closes::Columns(vec![(close, index)]), vec![])
            }
            (None, _) => series_columns(header, date, indices, wanted)?,
        };
        Ok(Self {
            date,
            closes,
            wanted,
            unknown,
        })
    }

    /// The closes of a row; none of a series that has no value that day.
    pub(super) fn read(
        &self,
        record: &StringRecord,
        indices: &[IndexDefinition],
        problem_of_date: &dyn Fn(&IndexDefinition, NaiveDate) -> Option<String>,
    ) -> Vec<Close> {
        let fields = match &self.closes {
            Closes::Columns(columns) => columns
                .iter()
                .map(|(place, index)| Ok((*index, *place)))
                .collect(),
            Closes::BySymbol { symbol, close } => match self.of_symbol(record, *symbol, indices) {
                Ok(Some(index)) => vec![Ok((index, *close))],
                Ok(None) => vec![],
                Err(problem) => vec![Err(problem)],
            },
        };
        let read = |(index, place)| {
            self.close(record, index, place, problem_of_date)
                .transpose()
        };
        fields
            .into_iter()
            .filter_map(|field| field.map_or_else(|problem| Some(Err(problem)), read))
            .collect()
    }

    /// The index of a row; `None` of a row that was not asked for.
    fn of_symbol<'i>(
        &self,
        record: &StringRecord,
        place: usize,
        indices: &'i [IndexDefinition],
    ) -> Result<Option<&'i IndexDefinition>, String> {
        let symbol = field(record, place)?;
        let index = index_of(indices, symbol);
        if let Some(wanted) = self.wanted {
            return Ok(index.filter(|index| index.id == wanted.id));
        }
        let unknown =
            || format!("symbol \"{symbol}\" is no index: add it to a series list in indices.toml");
        index.map(Some).ok_or_else(unknown)
    }

    fn close(
        &self,
        record: &StringRecord,
        index: &IndexDefinition,
        place: usize,
        problem_of_date: &dyn Fn(&IndexDefinition, NaiveDate) -> Option<String>,
    ) -> Result<Option<(IndexId, NaiveDate, f64)>, String> {
        let text = field(record, self.date)?;
        let date = text
            .parse()
            .map_err(|_| format!("date \"{text}\" is not of the form YYYY-MM-DD"))?;
        let close = field(record, place)?;
        // On a day without a value FRED writes "." or nothing, Yahoo "null".
        if ["", ".", "-", "null"].contains(&close) {
            return Ok(None);
        }
        if let Some(problem) = problem_of_date(index, date) {
            return Err(problem);
        }
        Ok(Some((
            index.id.clone(),
            date,
            valid_close(close, index.kind)?,
        )))
    }
}

type SeriesColumns<'a> = (Closes<'a>, Vec<String>);

/// Columns that are named after series, as FRED names them; one unnamed column is the index that was asked for.
fn series_columns<'a>(
    header: &StringRecord,
    date: usize,
    indices: &'a [IndexDefinition],
    wanted: Option<&'a IndexDefinition>,
) -> Result<SeriesColumns<'a>, String> {
    let others = header
        .iter()
        .enumerate()
        .filter(|(place, _)| *place != date);
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for (place, column) in others {
        match index_of(indices, column) {
            Some(index) => known.push((place, index)),
            None => unknown.push((place, column.to_owned())),
        }
    }
    if let Some(wanted) = wanted {
        let names: Vec<&str> = known.iter().map(|(_, index)| index.id.as_str()).collect();
        let names = names.join(", ");
        known.retain(|(_, index)| index.id == wanted.id);
        return match (known.is_empty(), names.is_empty(), &unknown[..]) {
            (false, ..) => Ok((Closes::Columns(known), vec![])),
            (true, true, [(place, _)]) => Ok((Closes::Columns(vec![(*place, wanted)]), vec![])),
            (true, true, _) => Err(no_closes(header)),
            (true, false, _) => Err(format!(
                "its header names {names} and not {}: leave out --index, or check the file",
                wanted.id
            )),
        };
    }
    if known.is_empty() {
        return Err(no_closes(header));
    }
    Ok((
        Closes::Columns(known),
        unknown.into_iter().map(|(_, column)| column).collect(),
    ))
}

fn no_closes(header: &StringRecord) -> String {
    let shown = header.iter().collect::<Vec<_>>().join(",");
    format!(
        "its header \"{shown}\" has no column close and none named after a series of indices.toml"
    )
}

fn field(record: &StringRecord, place: usize) -> Result<&str, String> {
    record
        .get(place)
        .ok_or_else(|| format!("it has only {} columns", record.len()))
}

fn valid_close(text: &str, kind: SeriesKind) -> Result<f64, String> {
    let close: f64 = text
        .parse()
        .map_err(|_| format!("close \"{text}\" is no number with a decimal point"))?;
    let is_valid = match kind {
        SeriesKind::Price | SeriesKind::Volatility => close.is_finite() && close > 0.0,
        SeriesKind::Yield => close.is_finite() && close.abs() < MAX_YIELD,
    };
    if is_valid {
        Ok(close)
    } else {
        Err(format!("close {text} cannot be: check the column"))
    }
}

/// The index that price files call `name`: by id or series, without a leading "^", in any case.
fn index_of<'a>(indices: &'a [IndexDefinition], name: &str) -> Option<&'a IndexDefinition> {
    let plain = |name: &str| name.trim_start_matches(['^', '_']).to_ascii_lowercase();
    let wanted = plain(name);
    // Stooq names its files of daily rows so.
    let wanted = wanted.strip_suffix("_d").unwrap_or(&wanted);
    indices.iter().find(|index| {
        plain(index.id.as_str()) == wanted
            || index.series.iter().any(|series| plain(series) == wanted)
    })
}
