//! Sessions and returns against values computed with exchange_calendars and pandas.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::path::Path;

use newsprint_domain::article::StatedTime;
use newsprint_fetcher::feed::{self, Entry};
use newsprint_fetcher::robots::Robots;
use newsprint_fetcher::warc::{Record, Records};
use newsprint_tests::{TestApp, conformance};
use serde_json::{Value, json};

type Row = HashMap<String, String>;

fn rows(path: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

fn probe_sessions(exchange: &str, instants: &[&str]) -> Vec<Value> {
    let lines: Vec<Value> = instants
        .iter()
        .map(|instant| json!({"id": instant, "published_at": instant}))
        .collect();
    TestApp::new().probe(&["session", "--exchange", exchange], &lines)
}

#[test]
fn alignment_agrees_with_every_case() {
    let Some(folder) = conformance("conformance/alignment") else {
        return;
    };
    let expected = rows(&folder.join("expected.csv"));
    assert!(expected.len() >= 400);
    for exchange in ["XNYS", "XASX"] {
        let cases: Vec<&Row> = expected
            .iter()
            .filter(|row| row["exchange"] == exchange)
            .collect();
        let instants: Vec<&str> = cases
            .iter()
            .map(|row| row["published_utc"].as_str())
            .collect();
        for (case, answer) in cases.iter().zip(probe_sessions(exchange, &instants)) {
            for key in [
                "reaction_session",
                "base_close_session",
                "entry_open_session",
                "phase",
            ] {
                assert_eq!(answer[key], case[key].as_str(), "{key} of {case:?}");
            }
            assert_eq!(
                answer["reaction_close"],
                case["reaction_close_utc"].as_str(),
                "{case:?}"
            );
        }
    }
}

#[test]
fn calendars_agree_with_every_session_since_1990() {
    for (exchange, years) in [
        ("XNYS", "1990_2026"),
        ("XASX", "1990_2026"),
        ("XLON", "1990_2026"),
        ("XTKS", "2000_2026"),
        ("XHKG", "1990_2027"),
    ] {
        let Some(file) = conformance(&format!("calendars/{exchange}_generated_{years}.csv")) else {
            return;
        };
        let sessions = rows(&file);
        assert!(sessions.len() > 6_600);
        let opens: Vec<&str> = sessions.iter().map(|row| row["open"].as_str()).collect();
        let mut before: Option<&Row> = None;
        for (session, answer) in sessions.iter().zip(probe_sessions(exchange, &opens)) {
            for (key, expected) in [
                ("reaction_session", &session["session"]),
                ("entry_open_session", &session["session"]),
                ("reaction_close", &session["close"]),
            ] {
                if before.is_some() || exchange == "XNYS" {
                    assert_eq!(
                        answer[key],
                        expected.as_str(),
                        "{key} of {exchange} {session:?}: {answer}"
                    );
                }
            }
            if let Some(before) = before {
                assert_eq!(
                    answer["base_close_session"],
                    before["session"].as_str(),
                    "{exchange} {session:?}"
                );
            }
            before = Some(session);
        }
    }
}

#[test]
fn returns_agree_with_every_row() {
    let Some(folder) = conformance("conformance/returns") else {
        return;
    };
    let app = TestApp::new();
    let prices = folder.join("input_prices.csv");
    let import = app
        .run(&["prices", "import", prices.to_str().unwrap()])
        .expect_code(3);
    assert!(
        import.stderr.contains("symbol \"IWM\" is no index"),
        "funds are no indices: {}",
        import.stderr
    );
    let expected = rows(&folder.join("expected.csv"));
    let mut n_compared = 0;
    for (symbol, index) in [
        ("RUT", "RUT"),
        ("GSPC", "GSPC"),
        ("IXIC", "IXIC"),
        ("DJI", "DJI"),
        ("AXJO", "AXJO"),
        ("VIX", "VIX"),
        ("DGS2", "UST2Y"),
        ("DGS10", "UST10Y"),
    ] {
        let shown = app
            .run(&["--format", "json", "prices", "returns", "--index", index])
            .expect_code(0)
            .json();
        let shown: HashMap<String, Value> = shown["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (row["date"].as_str().unwrap().to_owned(), row.clone()))
            .collect();
        for row in expected.iter().filter(|row| row["symbol"] == symbol) {
            for column in [
                "c2c_0",
                "fwd_c2c_1",
                "fwd_c2c_5",
                "fwd_c2c_10",
                "fwd_c2c_21",
            ] {
                let wanted: Option<f64> = row[column].parse().ok();
                let found = shown[&row["date"]][column].as_f64();
                // Expected values are printed to 12 digits, so that a large one is known to no more than 1e-12 of itself.
                let is_equal = match (wanted, found) {
                    (Some(wanted), Some(found)) => {
                        (wanted - found).abs() <= 1e-10 * wanted.abs().max(1.0)
                    }
                    (wanted, found) => wanted == found,
                };
                assert!(
                    is_equal,
                    "{column} of {symbol} on {}: {wanted:?}, found {found:?}",
                    row["date"]
                );
                n_compared += 1;
            }
        }
    }
    assert!(n_compared > 19_000, "{n_compared}");
}

#[test]
fn robots_decisions_agree_with_googles_parser() {
    let Some(folder) = conformance("robots") else {
        return;
    };
    let golden = std::fs::read_to_string(folder.join("golden.jsonl")).unwrap();
    let (mut n_decisions, mut wrong) = (0, Vec::new());
    for line in golden.lines() {
        let of_file: Value = serde_json::from_str(line).unwrap();
        let file = of_file["file"].as_str().unwrap();
        let robots = Robots::parse(&std::fs::read(folder.join("files").join(file)).unwrap());
        for case in of_file["cases"].as_array().unwrap() {
            let (agent, path) = (case[0].as_str().unwrap(), case[1].as_str().unwrap());
            n_decisions += 1;
            let decision = robots.decide(agent, path);
            if decision.allowed != (case[2] == 1) {
                wrong.push(format!("{file} {agent} {path}: {decision:?}"));
            }
        }
    }
    assert!(n_decisions > 100_000);
    let share = wrong.len();
    assert!(
        wrong.is_empty(),
        "{share} of {n_decisions}: {:#?}",
        &wrong[..wrong.len().min(12)]
    );
}

/// An instant as feedparser writes it: of a time without an offset and of a date what UTC makes of them.
fn in_utc(stated: StatedTime) -> String {
    let instant = match stated {
        StatedTime::Instant(instant) => instant.to_utc(),
        StatedTime::Local(local) => local.and_utc(),
        StatedTime::Day(day) => day.and_time(chrono::NaiveTime::MIN).and_utc(),
    };
    instant.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Whether an entry has the dates that feedparser reads; where a feed states no change, feedparser gives its publication.
fn has_dates(entry: &Entry, golden: &Value) -> bool {
    let said = |key: &str| {
        golden[key]
            .as_str()
            .map(|date| date[..19].replace(' ', "T") + "Z")
    };
    let (published, updated) = (entry.published.map(in_utc), entry.updated.map(in_utc));
    published == said("published")
        && (updated == said("updated") || (updated.is_none() && said("updated") == published))
}

#[test]
fn feeds_are_read_as_feedparser_reads_them() {
    let Some(folder) = conformance("feeds") else {
        return;
    };
    let golden = std::fs::read_to_string(folder.join("golden.jsonl")).unwrap();
    let (mut n_feeds, mut n_files, mut n_dates) = (0.0, 0.0, 0.0);
    let (mut n_recognised, mut n_same, mut n_same_dates) = (0.0, 0.0, 0.0);
    for line in golden.lines() {
        let of_file: Value = serde_json::from_str(line).unwrap();
        let file = folder.join("files").join(of_file["file"].as_str().unwrap());
        let read = feed::read(&std::fs::read(file).unwrap(), None);
        n_files += 1.0;
        if of_file["version"] != "" {
            n_feeds += 1.0;
            n_recognised += f64::from(u8::from(read.is_ok()));
        }
        let entries = read.map(|feed| feed.entries).unwrap_or_default();
        let expected = of_file["entries"].as_array().unwrap();
        if entries.len() != expected.len() {
            continue;
        }
        n_same += 1.0;
        for (entry, golden) in entries.iter().zip(expected) {
            let is_dated = golden["updated"].is_string() || golden["published"].is_string();
            if is_dated || entry.published.is_some() || entry.updated.is_some() {
                n_dates += 1.0;
                n_same_dates += f64::from(u8::from(has_dates(entry, golden)));
            }
        }
    }
    assert!(n_feeds > 2_000.0 && n_dates > 400.0, "{n_feeds} {n_dates}");
    let shares = [
        n_recognised / n_feeds,
        n_same / n_files,
        n_same_dates / n_dates,
    ];
    let least = [0.99, 0.985, 0.98];
    assert!(
        shares
            .iter()
            .zip(least)
            .all(|(share, least)| *share >= least),
        "{shares:?}"
    );
}

#[test]
fn archives_are_read_whole_and_damaged() {
    let Some(folder) = conformance("news/feeds_sitemaps_warc") else {
        return;
    };
    let expected = [
        ("warcio_example.warc", 6, 6),
        ("warcio_example.warc.gz", 6, 6),
        ("warcio_example-bad-non-chunked.warc.gz", 6, 6),
        ("warcio_example-iana.org-chunked.warc", 3, 3),
        ("warcio_example-trunc.warc", 4, 3),
        ("warcio_post-test.warc.gz", 6, 6),
    ];
    for (name, n_records, n_whole) in expected {
        let file = std::fs::File::open(folder.join(name)).unwrap();
        let records: Vec<_> = Records::new(file).unwrap().map(Result::unwrap).collect();
        let whole = records.iter().filter(|record| record.is_whole).count();
        assert_eq!((records.len(), whole), (n_records, n_whole), "{name}");
        let is_whole = |record: &&Record| record.is_whole && record.kind() == "response";
        let responses = records.iter().filter(is_whole);
        for response in responses {
            let body = response.message().unwrap().body(1 << 20).unwrap();
            assert!(body.starts_with(b"<!") || body.starts_with(b"{"), "{name}");
        }
    }
}
