//! Where a price file keeps its dates and closes, told by its header alone.

use chrono::NaiveDate;
use csv::StringRecord;
use newsprint_domain::identifier::IndexId;
use newsprint_domain::index::IndexDefinition;

use super::header::{no_closes, place, plain, series};
use super::{field, stem};
use crate::config::series_key;

/// Names of the date column: ours, Yahoo's and Stooq's; FRED's; Alpha Vantage's.
const DATE_COLUMNS: [&str; 3] = ["date", "observation_date", "timestamp"];
/// Names of the column that says which series a row belongs to.
const SYMBOL_COLUMNS: [&str; 2] = ["symbol", "ticker"];
/// Names of the column of closes; Alpha Vantage calls those of yields "value".
const CLOSE_COLUMNS: [&str; 2] = ["close", "value"];
/// How Stooq's bulk files mark a row of a whole day.
const DAILY: &str = "D";

/// Columns of a file.
pub(super) struct Layout<'a> {
    n_columns: usize,
    date: usize,
    closes: Closes<'a>,
    /// Low and high of the day.
    range: Option<(usize, usize)>,
    adjusted: Option<usize>,
    /// How long a row's span is.
    period: Option<usize>,
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

/// What a row says of an index on a day: its close, that it has none, or what is wrong with it.
pub(super) struct Reading {
    pub(super) index: IndexId,
    pub(super) date: NaiveDate,
    pub(super) close: Result<Option<f64>, String>,
}

/// Says why an index cannot have a close on a date.
pub(super) type ProblemOfDate<'p> = dyn Fn(&IndexDefinition, NaiveDate) -> Option<String> + 'p;

impl<'a> Layout<'a> {
    /// Reads the header of the file called `name`; `Err` says why it cannot be placed.
    pub(super) fn of(
        header: &StringRecord,
        name: &str,
        indices: &'a [IndexDefinition],
        wanted: Option<&'a IndexDefinition>,
    ) -> Result<Self, String> {
        let plain = plain(header);
        let close = place(&plain, &CLOSE_COLUMNS[..1])?.or(place(&plain, &CLOSE_COLUMNS[1..])?);
        let date = match place(&plain, &DATE_COLUMNS)? {
            // What pandas writes of a table by day has no name there.
            None if close.is_some() && plain.get(0) == Some("") => Some(0),
            date => date,
        };
        let date = date.ok_or_else(|| {
            let shown = header.iter().collect::<Vec<_>>().join(",");
            format!("its header \"{shown}\" has no column date, observation_date or timestamp")
        })?;
        let (closes, unknown) = match (close, place(&plain, &SYMBOL_COLUMNS)?) {
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
        let range = place(&plain, &["low"])?.zip(place(&plain, &["high"])?);
        Ok(Self {
            n_columns: header.len(),
            date,
            closes,
            range: range.filter(|_| close.is_some()),
            adjusted: place(&plain, &["adj close", "adjusted close", "adjusted_close"])?,
            period: place(&plain, &["per"])?,
            wanted,
            unknown,
        })
    }

    /// What a row says; `Err` where not even its date is certain.
    pub(super) fn read(
        &self,
        record: &StringRecord,
        indices: &[IndexDefinition],
        problem_of_date: &ProblemOfDate<'_>,
    ) -> Result<Vec<Reading>, String> {
        let n_columns = record.len();
        if record
            .iter()
            .skip(self.n_columns)
            .any(|field| !field.is_empty())
        {
            return Err(format!(
                "it has {n_columns} columns and the header {}: a comma within a number must be quoted or left out",
                self.n_columns
            ));
        }
        let fields = match &self.closes {
            Closes::Columns(columns) => columns.clone(),
            Closes::BySymbol { symbol, close } => {
                let index = self.of_symbol(record, *symbol, indices)?;
                index.map(|index| (*close, index)).into_iter().collect()
            }
        };
        if let Some(period) = self.period.and_then(|place| record.get(place))
            && period != DAILY
        {
            return Err(format!(
                "it is no row of a day but of \"{period}\": closes of days are marked {DAILY}"
            ));
        }
        if fields.is_empty() {
            return Ok(vec![]);
        }
        let date = field::date(self.field(record, self.date)?)?;
        let reading = |(place, index): (usize, &IndexDefinition)| Reading {
            index: index.id.clone(),
            date,
            close: self.close(record, place, index, date, problem_of_date),
        };
        Ok(fields.into_iter().map(reading).collect())
    }

    /// Whether a row has an adjusted close beside another close, as shares and funds have after dividends, and indices do not.
    pub(super) fn is_adjusted(&self, record: &StringRecord) -> bool {
        let Closes::Columns(columns) = &self.closes else {
            return false;
        };
        let numbers = [self.adjusted, columns.first().map(|(place, _)| *place)]
            .map(|place| place.and_then(|place| field::number(record.get(place)?)));
        match numbers {
            [Some(adjusted), Some(close)] => (adjusted - close).abs() > 1e-6 * close.abs(),
            _ => false,
        }
    }

    /// The index of a row; `None` of a row that was not asked for.
    fn of_symbol<'i>(
        &self,
        record: &StringRecord,
        place: usize,
        indices: &'i [IndexDefinition],
    ) -> Result<Option<&'i IndexDefinition>, String> {
        let symbol = self.field(record, place)?;
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
        place: usize,
        index: &IndexDefinition,
        date: NaiveDate,
        problem_of_date: &ProblemOfDate<'_>,
    ) -> Result<Option<f64>, String> {
        let text = self.field(record, place)?;
        if field::is_empty(text) {
            return Ok(None);
        }
        if let Some(problem) = problem_of_date(index, date) {
            return Err(problem);
        }
        let close = field::close(text, index.kind)?;
        let range = self
            .range
            .and_then(|(low, high)| record.get(low).zip(record.get(high)));
        match range.and_then(|(low, high)| field::problem_of_range(close, low, high)) {
            Some(problem) => Err(problem),
            None => Ok(Some(close)),
        }
    }

    fn field<'r>(&self, record: &'r StringRecord, place: usize) -> Result<&'r str, String> {
        let n_columns = record.len();
        let missing = || format!("it has only {n_columns} of {} columns", self.n_columns);
        record.get(place).ok_or_else(missing)
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
    let (mut known, unknown) = series(header, date, indices);
    if let Some(wanted) = wanted {
        let names: Vec<&str> = known.iter().map(|(_, index)| index.id.as_str()).collect();
        let names = names.join(", ");
        known.retain(|(_, index)| index.id == wanted.id);
        return match (known.is_empty(), names.is_empty(), &unknown[..]) {
            (false, ..) => Ok((Closes::Columns(known), vec![])),
            (true, true, [(place, name)]) if !name.to_ascii_lowercase().contains("adj") => {
                Ok((Closes::Columns(vec![(*place, wanted)]), vec![]))
            }
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

/// The index that price files call `name`: by id or series, without a leading "^", in any case.
pub(super) fn index_of<'a>(
    indices: &'a [IndexDefinition],
    name: &str,
) -> Option<&'a IndexDefinition> {
    let wanted = series_key(name);
    // Stooq names its files of daily rows so.
    let wanted = wanted.strip_suffix("_d").unwrap_or(&wanted);
    indices.iter().find(|index| {
        series_key(index.id.as_str()) == wanted
            || index
                .series
                .iter()
                .any(|series| series_key(series) == wanted)
    })
}
