//! Reads a CSV file of daily closes. What is doubtful is refused by line and never guessed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use csv::Position;
use newsprint_domain::identifier::IndexId;
use newsprint_domain::index::IndexDefinition;

use super::layout::Layout;
use crate::stages::Skip;

/// What a file holds.
#[derive(Debug, Default, PartialEq)]
pub(super) struct ParsedFile {
    pub(super) closes: BTreeMap<IndexId, BTreeMap<NaiveDate, f64>>,
    pub(super) bad_rows: Vec<Skip>,
}

/// Reads `bytes` of the file called `name`; `Err` says why nothing of it can be used. `problem_of_date` says why an index
/// cannot have a close on a date.
pub(super) fn parse(
    bytes: &[u8],
    name: &str,
    indices: &[IndexDefinition],
    wanted: Option<&IndexDefinition>,
    problem_of_date: &dyn Fn(&IndexDefinition, NaiveDate) -> Option<String>,
) -> Result<ParsedFile, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(bytes)?)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let header = reader
        .headers()
        .map_err(|error| format!("no CSV file: {error}"))?
        .clone();
    let layout = Layout::of(&header, name, indices, wanted)?;
    let mut parsed = ParsedFile::default();
    for column in &layout.unknown {
        let problem = "is no index's series: add it to a series list in indices.toml".to_owned();
        parsed.bad_rows.push(Skip {
            input: format!("{name} column {column}"),
            problem,
        });
    }
    let mut doubtful = BTreeSet::new();
    for record in reader.records() {
        let (line, closes) = match &record {
            Ok(record) => (
                record.position().map_or(0, Position::line),
                layout.read(record, indices, problem_of_date),
            ),
            Err(error) => (
                error.position().map_or(0, Position::line),
                vec![Err(error.to_string())],
            ),
        };
        for close in closes {
            let problem = match close {
                Ok((index, date, close)) => parsed.add(&index, date, close, &mut doubtful),
                Err(problem) => Some(problem),
            };
            if let Some(problem) = problem {
                parsed.bad_rows.push(Skip {
                    input: format!("{name} line {line}"),
                    problem,
                });
            }
        }
    }
    if parsed == ParsedFile::default() {
        return Err("it holds a header and no rows".into());
    }
    Ok(parsed)
}

/// What stands between the columns, by the first line: the one of comma, semicolon and tab that is there most often.
fn delimiter(bytes: &[u8]) -> Result<u8, String> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err("it is in UTF-16: save it as UTF-8".into());
    }
    let header = bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let count = |delimiter: u8| header.iter().filter(|byte| **byte == delimiter).count();
    Ok([b'\t', b';', b',']
        .into_iter()
        .max_by_key(|delimiter| count(*delimiter))
        .unwrap_or(b','))
}

impl ParsedFile {
    /// Adds a close; a second, different one of the same day leaves that day without any.
    #[expect(
        clippy::float_cmp,
        reason = "a close is the same only where every digit is"
    )]
    fn add(
        &mut self,
        index: &IndexId,
        date: NaiveDate,
        close: f64,
        doubtful: &mut BTreeSet<(IndexId, NaiveDate)>,
    ) -> Option<String> {
        let closes = self.closes.entry(index.clone()).or_default();
        let is_doubtful = doubtful.contains(&(index.clone(), date));
        match closes.get(&date) {
            Some(before) if *before != close => {
                let problem =
                    format!("{date} has two closes, {before} and {close}: neither is used");
                closes.remove(&date);
                doubtful.insert((index.clone(), date));
                Some(problem)
            }
            None if is_doubtful => Some(format!("{date} has several closes: none is used")),
            _ => {
                closes.insert(date, close);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use newsprint_domain::identifier::Mic;
    use newsprint_domain::index::SeriesKind;

    use super::*;

    fn indices() -> Vec<IndexDefinition> {
        let index = |id: &str, kind, series: &str| IndexDefinition {
            id: IndexId::new(id).unwrap(),
            name: id.into(),
            exchange: Some(Mic::new("XNYS").unwrap()),
            moving: vec![],
            again: vec![],
            namesakes: vec![],
            kind,
            series: vec![series.into()],
            aliases: vec![id.into()],
            cased: vec![],
            none: vec![],
        };
        vec![
            index("RUT", SeriesKind::Price, "^RUT"),
            index("UST10Y", SeriesKind::Yield, "DGS10"),
        ]
    }

    fn parsed_as(text: &str, name: &str, wanted: Option<&str>) -> Result<ParsedFile, String> {
        let indices = indices();
        let wanted = wanted.and_then(|id| indices.iter().find(|index| index.id.as_str() == id));
        let last_struck: NaiveDate = "2024-08-01".parse().unwrap();
        parse(text.as_bytes(), name, &indices, wanted, &|_, date| {
            (date > last_struck).then(|| "is not over".into())
        })
    }

    fn parsed(text: &str, name: &str) -> Result<ParsedFile, String> {
        parsed_as(text, name, None)
    }

    fn closes(text: &str, name: &str) -> Vec<String> {
        let parsed = parsed(text, name).unwrap();
        let rows = parsed.closes.iter().flat_map(|(index, closes)| {
            closes
                .iter()
                .map(move |(date, close)| format!("{index} {date} {close}"))
        });
        rows.collect()
    }

    fn problems(text: &str, name: &str) -> Vec<String> {
        let bad_rows = parsed(text, name).unwrap().bad_rows;
        bad_rows
            .into_iter()
            .map(|skip| format!("{}: {}", skip.input, skip.problem))
            .collect()
    }

    #[test]
    fn files_of_fred_stooq_and_many_symbols_are_recognised() {
        let fred = "observation_date,DGS10\n2024-07-15,4.23\n2024-07-16,.\n2024-07-17,4.16\n";
        assert_eq!(
            closes(fred, "download.csv"),
            ["UST10Y 2024-07-15 4.23", "UST10Y 2024-07-17 4.16"]
        );
        let european = "Date;Close\r\n2024-07-16;2263.67\r\n2024-07-17;null\r\n";
        assert_eq!(closes(european, "_rut_d.csv"), ["RUT 2024-07-16 2263.67"]);
        let stooq = "Date,Open,High,Low,Close,Volume\n2024-07-16,1,2,1,2263.67,5\n";
        assert_eq!(closes(stooq, "^rut.csv"), ["RUT 2024-07-16 2263.67"]);
        let many = "symbol,date,close\nRUT,2024-07-16,2263.67\nDGS10,2024-07-16,4.17\n";
        assert_eq!(
            closes(many, "all.csv"),
            ["RUT 2024-07-16 2263.67", "UST10Y 2024-07-16 4.17"]
        );
    }

    #[test]
    fn bad_rows_are_named_and_lose_nothing_else() {
        let text = "Date,Close\n2024-07-15,2187.02\n2024-07-16,n/a\n2024-13-45,1\n2024-07-17,\"2.239,67\"\n\
                    2025-01-01,2000\n2024-07-18,-1\n2024-07-19\n2024-07-22,2220.65\n";
        assert_eq!(
            closes(text, "RUT.csv"),
            ["RUT 2024-07-15 2187.02", "RUT 2024-07-22 2220.65"]
        );
        assert_eq!(
            problems(text, "RUT.csv"),
            [
                "RUT.csv line 3: close \"n/a\" is no number with a decimal point",
                "RUT.csv line 4: date \"2024-13-45\" is not of the form YYYY-MM-DD",
                "RUT.csv line 5: close \"2.239,67\" is no number with a decimal point",
                "RUT.csv line 6: is not over",
                "RUT.csv line 7: close -1 cannot be: check the column",
                "RUT.csv line 8: it has only 1 columns",
            ]
        );
    }

    #[test]
    fn a_day_with_two_closes_has_none() {
        let text =
            "Date,Close\n2024-07-15,1\n2024-07-16,2\n2024-07-16,3\n2024-07-16,2\n2024-07-15,1\n";
        assert_eq!(closes(text, "RUT.csv"), ["RUT 2024-07-15 1"]);
        assert_eq!(problems(text, "RUT.csv").len(), 2);
    }

    #[test]
    fn a_file_that_cannot_be_placed_says_what_to_do() {
        assert!(
            parsed("Date,Close\n", "x.csv")
                .unwrap_err()
                .contains("--index")
        );
        assert!(
            parsed("Date,Close\n", "RUT.csv")
                .unwrap_err()
                .contains("no rows")
        );
        assert!(parsed("a,b\n", "RUT.csv").unwrap_err().contains("\"a,b\""));
        assert!(
            parsed("Date,Price\n", "RUT.csv")
                .unwrap_err()
                .contains("no column close")
        );
    }

    #[test]
    fn the_index_asked_for_never_takes_closes_of_another() {
        let many = "symbol,date,close\nRUT,2024-07-16,2263.67\nDGS10,2024-07-16,4.17\n";
        let only = parsed_as(many, "all.csv", Some("RUT")).unwrap();
        assert_eq!((only.closes.len(), only.bad_rows.len()), (1, 0));
        let fred = "observation_date,DGS10\n2024-07-16,4.17\n";
        let error = parsed_as(fred, "x.csv", Some("RUT")).unwrap_err();
        assert_eq!(
            error,
            "its header names UST10Y and not RUT: leave out --index, or check the file"
        );
        let unnamed = "observation_date,VALUE\n2024-07-16,4.17\n";
        assert_eq!(
            parsed_as(unnamed, "x.csv", Some("UST10Y"))
                .unwrap()
                .closes
                .len(),
            1
        );
    }

    #[test]
    fn every_series_of_a_wide_file_is_read_and_unknown_ones_are_told() {
        let wide =
            "observation_date,DGS10,RUT,GDP\n2024-07-16,4.17,2263.67,1\n2024-07-17,,2239.67,1\n";
        let expected = [
            "RUT 2024-07-16 2263.67",
            "RUT 2024-07-17 2239.67",
            "UST10Y 2024-07-16 4.17",
        ];
        assert_eq!(closes(wide, "wide.csv"), expected);
        let told = problems(wide, "wide.csv");
        assert_eq!(
            told,
            ["wide.csv column GDP: is no index's series: add it to a series list in indices.toml"]
        );
    }
}
