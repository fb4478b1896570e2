//! One number of a table leads back to its articles, sentences, sessions and closes, which add up to it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod later;
mod nothing;

use chrono::{NaiveTime, TimeDelta};
use newsprint_domain::identifier::Mic;
use newsprint_store::{AsOf, Asked, CellAsked, CellSums, Closed, Store};
use newsprint_tests::{NOW, TestApp, now, rows, with_demo_articles};
use serde_json::Value;
use tokio::runtime::Builder;

const CELL: &str = "theme_day:2024-07-17/small_caps/RUT";
const ORIGIN: &str = "https://www.harbourledger.example/markets/small-caps-soar-trump-trade";

fn explained(app: &TestApp, cell: &str, extra: &[&str]) -> Value {
    let arguments = ["explain", cell, "--format", "json", "--limit", "100000"];
    let output = now(app, &[&arguments, extra].concat());
    assert_eq!(output.stderr, "", "{cell}");
    output.json()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().unwrap()
}

/// Sum of a column of whole numbers.
fn total(rows: &[Value], column: &str) -> i64 {
    rows.iter().map(|row| row[column].as_i64().unwrap()).sum()
}

/// The demo's store, made at [`NOW`].
fn demo() -> TestApp {
    let app = TestApp::new();
    now(&app, &["--db", "newsprint.db", "demo"]).expect_code(0);
    app
}

#[test]
fn the_articles_of_every_cell_of_the_demo_add_up_to_it() {
    let app = demo();
    let exchanges = app.select("SELECT index_id, exchange FROM run_pair GROUP BY 1, 2");
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(assert_every_cell_adds_up(&app, &exchanges));
}

async fn assert_every_cell_adds_up(app: &TestApp, exchanges: &[Vec<String>]) {
    let url = format!("sqlite:{}", app.path().join("newsprint.db").display());
    let store = Store::open_to_read(&url).await.unwrap();
    let as_of = AsOf {
        instant: NOW.parse().unwrap(),
        reconstructed: false,
    };
    let (run, _) = store.promoted_run(as_of).await.unwrap().unwrap();
    let (all, closed) = (Asked::default(), Closed::new());
    let cells = store.cells(run, as_of, &all, &closed).await.unwrap();
    assert!(cells.len() > 5_000, "{}", cells.len());
    for cell in cells {
        let mut exchange = exchanges.iter();
        let exchange = exchange.find(|row| row[0] == cell.index.as_str()).unwrap();
        let noon = cell.session.and_time(NaiveTime::MIN).and_utc();
        let asked = CellAsked {
            theme: cell.theme.clone(),
            index: cell.index.clone(),
            exchange: Mic::new(&exchange[1]).unwrap(),
            session: cell.session,
            from: noon - TimeDelta::days(10),
            before: noon + TimeDelta::days(2),
        };
        let parts = store.cell_parts(run, as_of, &asked).await.unwrap();
        let mut sums = CellSums::default();
        let of_row = parts
            .iter()
            .filter(|part| part.retrospective == cell.retrospective);
        of_row.for_each(|part| sums.add(&part.sums, 1));
        assert_eq!(sums, cell.sums, "{asked:?}");
    }
    store.close().await;
}

/// Holds what is explained of a cell against its row in the table.
fn assert_adds_up(explained: &Value, row: &Value, weight: &str) {
    let articles = list(explained, "articles");
    for column in [
        "n",
        "independent_n",
        "mean_tone",
        "dispersion",
        "share_positive",
        "mean_stance",
    ] {
        assert_eq!(explained["numbers"][column], row[column], "{column}, {row}");
    }
    let n_articles = i64::try_from(articles.len()).unwrap();
    assert_eq!(row["n"], n_articles, "{row}");
    assert_eq!(row["independent_n"], total(articles, "stories"), "{row}");
    let counted = articles.iter();
    let counted = counted.filter(|article| weight == "article" || article["stories"] == 1);
    let tones: Vec<i64> = counted
        .map(|article| article["tone_millionths"].as_i64().unwrap())
        .collect();
    let mean = tones.iter().sum::<i64>() as f64 / tones.len() as f64 / 1e6;
    match row["mean_tone"].as_f64() {
        Some(printed) => assert!((mean - printed).abs() < 1e-12, "{mean}, {row}"),
        None => assert!(tones.is_empty(), "{row}"),
    }
    assert_eq!(explained["left_out"]["n"], 0);
    for article in articles {
        assert_eq!(article["sentences_add_up"], true, "{article}");
        assert!(!list(article, "sentences").is_empty(), "{article}");
        let close = explained["session"]["close"].as_str().unwrap();
        assert!(article["available_at"].as_str().unwrap() < close);
        assert_eq!(article["reaction_close"], explained["session"]["close"]);
    }
}

#[test]
fn what_is_explained_is_what_the_table_prints() {
    let app = with_demo_articles();
    let table = ["report", "theme-day", "--format", "json", "--index", "RUT"];
    for (asked, weight, fewest) in [
        (
            &["--theme", "small_caps", "--theme", "any"][..],
            "story",
            15,
        ),
        (&["--to", "2024-07-17", "--from", "2024-07-17"], "story", 8),
        (
            &["--to", "2024-07-17", "--from", "2024-07-17"],
            "article",
            8,
        ),
    ] {
        let weighed = ["--weight", weight];
        let table = rows(&now(&app, &[&table[..], asked, &weighed].concat()));
        assert!(table.len() >= fewest, "{}", table.len());
        for row in table {
            let name = |column: &str| row[column].as_str().unwrap().to_owned();
            let (session, theme) = (name("session"), name("theme"));
            let cell = format!("theme_day:{session}/{theme}/RUT");
            assert_adds_up(&explained(&app, &cell, &weighed), &row, weight);
        }
    }
}

#[test]
fn an_echo_is_shown_and_counts_for_nothing() {
    let app = with_demo_articles();
    let whole = explained(&app, CELL, &[]);
    let [origin, echo, other] = list(&whole, "articles") else {
        panic!("{whole}")
    };
    let roles = [origin, echo, other].map(|article| article["role"].as_str().unwrap());
    assert_eq!(roles, ["origin", "echo", "origin"]);
    let counts = [origin, echo, other].map(|article| article["counts"].as_i64().unwrap());
    assert_eq!(counts, [1, 0, 1]);
    assert_eq!(
        (&origin["address"], &echo["follows"]["address"]),
        (&Value::from(ORIGIN), &Value::from(ORIGIN))
    );
    assert_eq!(origin["n_followers"], 1);
    let by_article = explained(&app, CELL, &["--weight", "article"]);
    assert_eq!(total(list(&by_article, "articles"), "counts"), 3);
    let text = now(&app, &["explain", CELL]).expect_code(0).stdout;
    for line in [
        "  3             2     0.153      0.635           0.50        0.33",
        "mean_tone = +0.306276 / 2 stories = +0.153138",
        "rule     the first session whose close is after available_at: 2024-07-16 20:00:00 ≤ available_at <",
        "available  2024-07-16 22:10:00 UTC, post_close: after the close of 2024-07-16",
        "story      echo of https://www.harbourledger.example/markets/small-caps-soar-trump-trade",
        "counts     tone +0.187874, 0 stories: an echo adds nothing to mean_tone",
        "toward “small-cap” ↑ by “small cap”; counts 2 times",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    assert!(
        text.lines().all(|line| line.chars().count() <= 110),
        "{text}"
    );
    let one = now(&app, &["explain", CELL, "--limit", "1"]).expect_code(0);
    let left_out = "2 of 3 articles are left out, those whose tones count least: 1 of them count, with -0.296161";
    assert!(one.stdout.contains(left_out), "{}", one.stdout);
}

#[test]
fn observations_are_those_of_the_table_and_rest_on_recorded_closes() {
    let app = demo();
    let table = [
        "report",
        "returns",
        "--format",
        "json",
        "--theme",
        "inflation",
    ];
    let pairs = ["--index", "GSPC", "--index", "UST10Y", "--index", "AXJO"];
    let table = rows(&now(&app, &[&table[..], &pairs].concat()).expect_code(0));
    assert_eq!(table.len(), 15);
    for row in table {
        let name = |column: &str| row[column].as_str().unwrap().to_owned();
        let (index, window) = (name("index"), name("window"));
        let cell = format!("returns:inflation/{index}/{window}");
        let whole = explained(&app, &cell, &[]);
        let observations = list(&whole, "observations");
        for column in ["n", "sessions", "missing", "effective_n", "rho"] {
            assert_eq!(whole["numbers"][column], row[column], "{column} of {row}");
        }
        let missing = whole["missing"].as_array().unwrap().len();
        assert_eq!(row["missing"], i64::try_from(missing).unwrap());
        assert_eq!(row["n"], total(observations, "n"));
        let sum = |column: &str| {
            let values = observations.iter().map(|one| one[column].as_f64().unwrap());
            values.sum::<f64>()
        };
        if let Some(rho) = row["rho"].as_f64() {
            assert!((sum("to_rho") - rho).abs() < 1e-12, "{row}");
            let mean = sum("mean_tone") / observations.len() as f64;
            assert!((mean - row["mean_tone"].as_f64().unwrap()).abs() < 1e-12);
        }
        let sizes = observations.iter();
        let sizes = sizes.map(|one| one["to_rho"].as_f64().unwrap_or_default().abs());
        assert!(sizes.is_sorted_by(|one, next| one >= next), "{cell}");
        for one in observations {
            assert_move(one, &index, &window);
        }
    }
}

/// The move is that between the two closes, and a tradable one starts at the session's own.
fn assert_move(observation: &Value, index: &str, window: &str) {
    let close = |end: &str| observation[end]["close"].as_f64().unwrap();
    let expected = match index {
        "UST10Y" => (close("to") - close("from")) * 100.0,
        _ => (close("to") / close("from") - 1.0) * 1e4,
    };
    let printed = observation["move_bp"].as_f64().unwrap();
    assert!((printed - expected).abs() < 1e-6, "{observation}");
    let start = if window == "c2c_0" { "to" } else { "from" };
    assert_eq!(observation[start]["date"], observation["session"]);
    let file = if index == "UST10Y" { "DGS10" } else { index };
    assert_eq!(observation["from"]["source"], format!("{file}.csv"));
    assert_eq!(
        observation["from"]["recorded_at"],
        "2026-11-01T12:00:00.000000Z"
    );
}
