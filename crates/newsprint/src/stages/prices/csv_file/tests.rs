//! Files of every source, and files with every fault.

use newsprint_domain::identifier::Mic;
use newsprint_domain::index::SeriesKind;

use super::*;

pub(in super::super) fn index(id: &str, kind: SeriesKind, series: &str) -> IndexDefinition {
    IndexDefinition {
        id: IndexId::new(id).unwrap(),
        name: id.into(),
        exchange: Some(Mic::new("XNYS").unwrap()),
        kind,
        currency: None,
        opens: false,
        reference: None,
        series: vec![series.into()],
        aliases: vec![id.into()],
        cased: vec![],
        moving: vec![],
        again: vec![],
        namesakes: vec![],
        none: vec![],
    }
}

fn indices() -> Vec<IndexDefinition> {
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
    let rows = parsed.rows.iter().flat_map(|(index, rows)| {
        rows.iter().filter_map(move |row| match row.close {
            Close::Value(close) => Some(format!("{index} {} {close}", row.date)),
            Close::None | Close::Refused => None,
        })
    });
    rows.collect()
}

fn problems(text: &str, name: &str) -> Vec<String> {
    let refused = parsed(text, name).unwrap().refused;
    let refused = refused.iter();
    refused
        .map(|finding| format!("{}: {}", finding.place(name), finding.says))
        .collect()
}

#[test]
fn every_source_is_recognised_by_its_header() {
    for (source, text, name) in [
        (
            "ours",
            "symbol,date,close\n^RUT,2024-07-16,2263.67\n",
            "all.csv",
        ),
        ("ours", "Date,Close\n2024-07-16,2263.67\n", "RUT.csv"),
        (
            "Stooq",
            "Date,Open,High,Low,Close,Volume\r\n2024-07-16,2205,2264,2201,2263.67,5\r\n",
            "^rut_d.csv",
        ),
        (
            "Stooq, semicolons",
            "Date;Close\r\n2024-07-16;2263.67\r\n2024-07-17;null\r\n",
            "_rut_d.csv",
        ),
        (
            "Stooq, bulk",
            "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n^RUT,D,20240716,000000,2205,2264,2201,2263.67,0,0\n",
            "daily.csv",
        ),
        (
            "Yahoo",
            "Date,Open,High,Low,Close,Adj Close,Volume\n2024-07-16,2205,2264,2201,2263.67,2263.67,5\n2024-07-17,null,null,null,null,null,null\n",
            "^RUT.csv",
        ),
        (
            "Yahoo's page",
            "Date,Open,High,Low,Close Close price adjusted for splits.,Adj Close Adjusted close price adjusted for splits and dividends.,Volume\n\
             2024-07-16,2205,2264,2201,2263.67,2263.67,5\n",
            "RUT.csv",
        ),
        (
            "yfinance, one symbol",
            "Date,Open,High,Low,Close,Volume,Dividends,Stock Splits\n2024-07-16 00:00:00-04:00,2205,2264,2201,2263.67,5,0.0,0.0\n",
            "RUT.csv",
        ),
        (
            "yfinance, download",
            "Price,Adj Close,Close,High,Low,Open,Volume\nTicker,^RUT,^RUT,^RUT,^RUT,^RUT,^RUT\nDate,,,,,,\n\
             2024-07-16,2263.0,2263.67,2264,2201,2205,5\n",
            "download.csv",
        ),
        (
            "Alpha Vantage",
            "timestamp,open,high,low,close,volume\n2024-07-16,2205,2264,2201,2263.67,5\n",
            "RUT.csv",
        ),
        (
            "Alpha Vantage, numbered",
            "date,1. open,2. high,3. low,4. close,5. volume\n2024-07-16,2205,2264,2201,2263.67,5\n",
            "RUT.csv",
        ),
        (
            "Alpha Vantage, by pandas",
            ",1. open,2. high,3. low,4. close,5. volume\n2024-07-16,2205,2264,2201,2263.67,5\n",
            "RUT.csv",
        ),
        (
            "FRED",
            "DATE,RUT\n2024-07-15,.\n2024-07-16,2263.67\n",
            "download.csv",
        ),
    ] {
        assert_eq!(closes(text, name), ["RUT 2024-07-16 2263.67"], "{source}");
        assert!(
            problems(text, name).is_empty(),
            "{source}: {:?}",
            problems(text, name)
        );
    }
    let yields = "observation_date,DGS10\n2024-07-15,4.23\n2024-07-16,.\n2024-07-17,4.16\n";
    assert_eq!(
        closes(yields, "fredgraph.csv"),
        ["UST10Y 2024-07-15 4.23", "UST10Y 2024-07-17 4.16"]
    );
    let value = "timestamp,value\n2024-07-16,4.17\n2024-07-04,.\n";
    assert_eq!(closes(value, "DGS10.csv"), ["UST10Y 2024-07-16 4.17"]);
}

#[test]
fn bad_rows_are_named_and_lose_nothing_else() {
    let text = "Date,Close\n2024-07-15,2187.02\n2024-07-16,n/a\n2024-13-45,1\n2024-07-17,\"2.239,67\"\n\
                2025-01-01,2000\n2024-07-18,-1\n2024-07-19\n2024-07-19,2,239.67\n2024-07-22,2220.65\n";
    assert_eq!(
        closes(text, "RUT.csv"),
        ["RUT 2024-07-15 2187.02", "RUT 2024-07-22 2220.65"]
    );
    assert_eq!(
        problems(text, "RUT.csv"),
        [
            "RUT.csv line 3: close \"n/a\" is no number with a decimal point",
            "RUT.csv line 4: date \"2024-13-45\" is not of the form YYYY-MM-DD",
            "RUT.csv line 5: close \"2.239,67\" is no number with a decimal point: its comma may separate decimals or thousands; \
             save the file with plain numbers, like 1234.56",
            "RUT.csv line 6: is not over",
            "RUT.csv line 7: close -1 cannot be of a price: check the column",
            "RUT.csv line 8: it has only 1 of 2 columns",
            "RUT.csv line 9: it has 3 columns and the header 2: a comma within a number must be quoted or left out",
        ]
    );
}

#[test]
fn columns_in_each_others_place_are_refused() {
    let header = "Date,Open,High,Low,Close,Volume\n";
    for (row, expected) in [
        (
            "2024-07-16,2205,2264,2201,385000,2263.67",
            "close 385000 lies outside low 2201 to high 2264",
        ),
        (
            "2024-07-16,2205,2201,2264,2263.67,5",
            "its low 2264 is above its high 2201",
        ),
        (
            "2263.67,2205,2264,2201,2263.67,5",
            "it is a number; check which column holds the dates",
        ),
    ] {
        let told = problems(&format!("{header}{row}\n"), "RUT.csv");
        assert!(told.len() == 1 && told[0].contains(expected), "{told:?}");
    }
    let bulk = "<TICKER>,<PER>,<DATE>,<CLOSE>\n^RUT,60,20240716,2263.67\n";
    assert!(problems(bulk, "RUT.csv")[0].contains("no row of a day but of \"60\""));
}

#[test]
fn adjusted_closes_are_noted_and_not_used() {
    let text = "Date,Close,Adj Close\n2024-07-15,218.70,215.02\n2024-07-16,226.37,222.55\n";
    let parsed = parsed(text, "RUT.csv").unwrap();
    assert_eq!(parsed.noted.len(), 1);
    assert!(
        parsed.noted[0].says.contains("differ in 2 rows"),
        "{:?}",
        parsed.noted
    );
    assert_eq!(closes(text, "RUT.csv")[1], "RUT 2024-07-16 226.37");
    let alone = "Date,Adj Close\n2024-07-15,215.02\n";
    for wanted in [None, Some("RUT")] {
        let error = parsed_as(alone, "RUT.csv", wanted).unwrap_err();
        assert!(
            error.contains("adjusted closes change with later events"),
            "{error}"
        );
    }
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
    for (text, expected) in [
        ("", "it is empty"),
        (
            "<!DOCTYPE html>\n<p>Sign in",
            "it is no CSV file but says: <!DOCTYPE html> <p>Sign in",
        ),
        (
            "{\n  \"Information\": \"Thank you\"}",
            "it is no CSV file but says: { \"Information\": \"Thank you\"}",
        ),
        ("No data", "its header \"No data\" has no column date"),
        (
            "Date,Close,close\n",
            "its columns 2 and 3 are both called close",
        ),
    ] {
        let error = parsed(text, "RUT.csv").unwrap_err();
        assert!(error.starts_with(expected), "{error}");
    }
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
    assert_eq!((only.rows.len(), only.refused.len()), (1, 0));
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
            .rows
            .len(),
        1
    );
}

#[test]
fn every_series_of_a_wide_file_is_read_and_unknown_ones_are_told() {
    let wide = "observation_date,DGS10,RUT,GDP\n2024-07-16,4.17,2263.67,1\n2024-07-17,,2239.67,1\n";
    let expected = [
        "RUT 2024-07-16 2263.67",
        "RUT 2024-07-17 2239.67",
        "UST10Y 2024-07-16 4.17",
    ];
    assert_eq!(closes(wide, "wide.csv"), expected);
    let told = problems(wide, "wide.csv");
    assert_eq!(
        told,
        [
            "wide.csv line 1: column GDP is no index's series: add it to a series list in indices.toml"
        ]
    );
}
