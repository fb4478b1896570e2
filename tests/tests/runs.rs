//! Tag runs as users meet them: listed, promoted and taken back, and none of it changes what another run's tables said.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::Duration;

use newsprint_tests::{NOW, Output, TestApp, repository, rows};
use serde_json::Value;

const FIRST: &str = NOW;
const SECOND: &str = "2026-11-02T12:00:00Z";
const THIRD: &str = "2026-11-03T12:00:00Z";
const THEME: &str = "config/themes/trump_trade.toml";

fn at(now: &str, app: &TestApp, arguments: &[&str]) -> Output {
    app.run(&[&["--now", now], arguments].concat())
}

/// The demo's articles, tagged by word lists.
fn tagged() -> TestApp {
    let app = TestApp::for_loopback();
    let publishers = std::fs::read_to_string(repository().join("demo/publishers.toml")).unwrap();
    app.write("config/publishers.toml", &publishers);
    let folder = repository().join("demo/pages/articles");
    let folder = folder.to_str().unwrap();
    at(FIRST, &app, &["fetch", "--folder", folder]).expect_code(0);
    at(FIRST, &app, &["tag"]).expect_code(0);
    app
}

/// Lets the theme be found by a phrase that stands in other articles too.
fn widen_the_theme(app: &TestApp) {
    let theme = app.read(THEME);
    let wider = theme.replacen("any = [", "any = [\n  \"Nasdaq\", \"zebra trade\",", 1);
    assert_ne!(theme, wider);
    app.write(THEME, &wider);
}

fn listed(app: &TestApp) -> Vec<Value> {
    rows(&at(THIRD, app, &["runs", "list", "--format", "json"]).expect_code(0))
}

fn id(row: &Value) -> String {
    row["run"].as_str().unwrap().to_owned()
}

#[test]
fn runs_are_listed_as_of_any_instant() {
    let app = tagged();
    let n_revisions = app.select("SELECT COUNT(*) FROM revision")[0][0].clone();
    let before = listed(&app);
    assert_eq!(before.len(), 1);
    assert_eq!(before[0]["model"], "lexicon");
    assert_eq!(before[0]["promoted"], format!("since {FIRST}"));
    assert_eq!(before[0]["configured"], "yes");
    assert_eq!(before[0]["tagged"].to_string(), n_revisions);
    widen_the_theme(&app);
    let output = at(SECOND, &app, &["runs", "list"]).expect_code(0).stdout;
    assert!(output.contains("which has tagged nothing"), "{output}");
    at(SECOND, &app, &["tag"]).expect_code(0);
    let after = listed(&app);
    let column = |name: &str| -> Vec<String> {
        let cells = after
            .iter()
            .map(|row| row[name].as_str().unwrap().to_owned());
        cells.collect()
    };
    assert_eq!(
        column("promoted"),
        ["before".to_owned(), format!("since {SECOND}")]
    );
    assert_eq!(column("configured"), ["no", "yes"]);
    assert_ne!(after[0]["definitions"], after[1]["definitions"]);
    let then = ["runs", "list", "--as-of", FIRST, "--format", "json"];
    let then = rows(&at(THIRD, &app, &then).expect_code(0));
    assert_eq!(then.len(), 1);
    assert_eq!(then[0]["promoted"], before[0]["promoted"]);
    let sooner = ["runs", "list", "--as-of", "2026-10-01T00:00:00Z"];
    at(THIRD, &app, &sooner).expect_code(1);
}

#[test]
fn what_was_promoted_again_or_taken_back_stays_so_until_the_configuration_changes() {
    let app = tagged();
    let first = id(&listed(&app)[0]);
    widen_the_theme(&app);
    at(SECOND, &app, &["tag"]).expect_code(0);
    let second = id(&listed(&app)[1]);
    let promoted = || {
        let runs = listed(&app);
        let mut runs = runs.iter();
        let shown = |row: &&Value| row["promoted"].as_str().unwrap().starts_with("since");
        id(runs.find(shown).unwrap())
    };
    assert_eq!(promoted(), second);
    let output = at(THIRD, &app, &["runs", "promote", &first[..6]]).expect_code(0);
    let change = format!("tables: {second} → {first}");
    assert!(output.stderr.contains(&change), "{}", output.stderr);
    assert_eq!(promoted(), first);
    let again = at(THIRD, &app, &["runs", "promote", &first]).expect_code(0);
    assert!(again.stderr.contains("already"), "{}", again.stderr);
    assert_eq!(app.select("SELECT COUNT(*) FROM promotion"), [["3"]]);
    // A scheduled run tags on and leaves the choice alone, and says so.
    let scheduled = at(THIRD, &app, &["tag"]).expect_code(0).stderr;
    assert!(
        scheduled.contains(&format!("tables show run {first}"))
            && scheduled.contains(&format!("`newsprint runs promote {second}`")),
        "{scheduled}"
    );
    assert_eq!(promoted(), first);
    // The first one was gone back to: nothing was promoted before it.
    let nothing = at(THIRD, &app, &["runs", "rollback"]).expect_code(2);
    assert!(
        nothing.stderr.contains("no run is left"),
        "{}",
        nothing.stderr
    );
    at(THIRD, &app, &["runs", "promote", &second]).expect_code(0);
    for _twice in 0..2 {
        at(THIRD, &app, &["runs", "rollback", "--from", &second]).expect_code(0);
        assert_eq!(
            promoted(),
            first,
            "a rollback that is given again goes back once"
        );
    }
    at(THIRD, &app, &["tag"]).expect_code(0);
    assert_eq!(promoted(), first);
    app.write(THEME, &app.read(THEME).replacen("\"Nasdaq\", ", "", 1));
    at(THIRD, &app, &["tag"]).expect_code(0);
    assert_ne!(promoted(), first, "another configuration is another choice");
}

#[test]
fn a_run_that_lacks_what_tables_show_is_promoted_only_when_asked_twice() {
    let app = tagged();
    let first = id(&listed(&app)[0]);
    let page = "<html><head><title>Late</title><link rel=\"canonical\" \
 href=\"https://wattlestreet.example/late\"></head><body><article><h1>Small caps rise late</h1><p>The Russell 2000 rose 2% on \
                Thursday as investors bought small caps, the most in a month, and closed at a record.</p><p>Analysts called \
                the rise of small companies overdue after a year behind the rest.</p></article></body></html>";
    app.write("late/late.html", page);
    let late = ["--now", SECOND, "fetch", "--folder", "late"];
    let fetched = app.run(&late);
    assert!(fetched.stderr.contains("1 "), "{}", fetched.stderr);
    widen_the_theme(&app);
    at(SECOND, &app, &["tag"]).expect_code(0);
    let n_more = app.select("SELECT COUNT(*) FROM revision")[0][0]
        .parse::<i64>()
        .unwrap()
        - listed(&app)[0]["tagged"].as_i64().unwrap();
    assert_eq!(n_more, 1, "{}", fetched.stderr);
    let refused = at(THIRD, &app, &["runs", "promote", &first]).expect_code(2);
    assert!(
        refused.stderr.contains("has not tagged 1 revisions"),
        "{}",
        refused.stderr
    );
    let partly = at(THIRD, &app, &["runs", "promote", &first, "--partial"]).expect_code(0);
    assert!(
        partly.stderr.contains("are left out now"),
        "{}",
        partly.stderr
    );
    at(THIRD, &app, &["runs", "promote", "nosuchrun"]).expect_code(2);
    at(THIRD, &app, &["runs", "promote", ""]).expect_code(2);
}

#[test]
fn old_tables_are_the_same_to_the_byte_by_their_run_and_as_of_then() {
    let app = tagged();
    let closes = repository().join("demo/prices/RUT.csv");
    at(FIRST, &app, &["prices", "import", closes.to_str().unwrap()]).expect_code(0);
    let tables = ["theme-day", "returns", "articles"];
    let printed = |table: &str, more: &[&str]| {
        let report = ["report", table, "--format", "csv", "--min-n", "4"];
        at(THIRD, &app, &[&report[..], more].concat())
            .expect_code(0)
            .stdout
    };
    let before = tables.map(|table| printed(table, &[]));
    let first = id(&listed(&app)[0]);
    widen_the_theme(&app);
    at(SECOND, &app, &["tag"]).expect_code(0);
    assert!(
        printed("theme-day", &[]) != before[0],
        "the new run shows something else"
    );
    for (table, before) in tables.iter().zip(&before) {
        for options in [
            &["--run", &first][..],
            &["--as-of", FIRST],
            &["--as-of", FIRST, "--run", &first],
        ] {
            assert!(printed(table, options) == *before, "{table} {options:?}");
        }
    }
}

/// Theme-day of a run, as CSV.
fn theme_day(app: &TestApp, run: &str) -> String {
    let report = ["report", "theme-day", "--format", "csv", "--run", run];
    at(THIRD, app, &report).expect_code(0).stdout
}

#[test]
fn a_run_that_is_made_in_parts_and_killed_is_the_one_that_is_made_at_once_and_is_not_shown() {
    let [whole, parts] = [tagged(), tagged()];
    let n_revisions = whole.select("SELECT COUNT(*) FROM revision");
    let first = id(&listed(&whole)[0]);
    let nothing = at(SECOND, &whole, &["retag"]).expect_code(0).stderr;
    assert!(
        nothing.contains("0 revisions tagged")
            && nothing.contains("it is the run that tables show"),
        "{nothing}"
    );
    widen_the_theme(&whole);
    widen_the_theme(&parts);
    at(SECOND, &whole, &["retag"]).expect_code(0);
    let second = id(&listed(&whole)[1]);
    at(SECOND, &parts, &["retag", "--since", "2024-07-20"]).expect_code(0);
    let later = "SELECT COUNT(*) FROM tagging WHERE tag_run_key = 2";
    let since = "SELECT COUNT(*) FROM revision WHERE available_at >= 1721433600000000";
    assert_eq!(parts.select(later), parts.select(since));
    assert_ne!(parts.select(later), n_revisions);
    let warned = at(THIRD, &parts, &["runs", "diff"]).expect_code(0).stdout;
    assert!(
        warned.contains(&format!("run {second} HAS NOT TAGGED")),
        "{warned}"
    );
    for milliseconds in [30, 60, 90] {
        let mut killed = parts.start(&["--now", SECOND, "retag"]);
        sleep(Duration::from_millis(milliseconds));
        killed.kill().unwrap();
        killed.wait().unwrap();
    }
    at(SECOND, &parts, &["retag"]).expect_code(0);
    for app in [&whole, &parts] {
        assert_eq!(app.select(later), n_revisions);
        let runs = listed(app);
        assert_eq!(runs[0]["promoted"], format!("since {FIRST}"));
        assert_eq!(runs[1]["promoted"], "never");
    }
    assert!(theme_day(&whole, &second) == theme_day(&parts, &second));
    assert!(theme_day(&whole, &second) != theme_day(&whole, &first));
    // What is complete is shown by the next plain run.
    let shown = at(THIRD, &whole, &["tag"]).expect_code(0).stderr;
    assert!(shown.contains("tables now show this run"), "{shown}");
}

#[test]
fn a_theme_is_tagged_again_where_it_was_found_or_its_phrases_are_found_now() {
    let app = tagged();
    let carried = "SELECT COUNT(*) FROM theme_tag WHERE theme = 'trump_trade'";
    let n_carried: i64 = app.select(carried)[0][0].parse().unwrap();
    assert!(n_carried > 0);
    // No phrase is left that stands in any article: only what carried the theme is tagged again.
    let theme = app.read(THEME);
    let head = &theme[..theme.find("[phrases]").unwrap()];
    let none = format!(
        "{head}[phrases]\nany = [\"zebra trade\"]\n\n[stance]\nbare = 1\n\n[[examples]]\ntext = \"The zebra trade is on.\"\nhit = true\n\n\
         [[examples]]\ntext = \"The trade is off.\"\nhit = false\n"
    );
    app.write(THEME, &none);
    let retag = ["retag", "--theme", "trump_trade"];
    let output = at(SECOND, &app, &retag).expect_code(0).stderr;
    assert!(
        output.contains(&format!("retag: {n_carried} revisions tagged")),
        "{output}"
    );
    assert_eq!(
        app.select(carried),
        [[n_carried.to_string()]],
        "none in the new run"
    );
    // Tags are whole: other themes are there too.
    let others = "SELECT COUNT(DISTINCT theme) > 5 FROM theme_tag JOIN tagging USING (tagging_key) WHERE tag_run_key = 2";
    assert_eq!(app.select(others), [["1"]]);
    // A phrase that stands in other articles finds those that did not carry it.
    let wider = none.replacen("\"zebra trade\"", "\"zebra trade\", \"Nasdaq\"", 1);
    app.write(THEME, &wider);
    let output = at(THIRD, &app, &retag).expect_code(0).stderr;
    let n_named = app.select("SELECT COUNT(*) FROM tagging WHERE tag_run_key = 3");
    assert!(
        n_named[0][0].parse::<i64>().unwrap() > n_carried,
        "{output}"
    );
    at(THIRD, &app, &["retag", "--theme", "zebras"]).expect_code(2);
}

#[test]
fn what_another_run_would_change_is_told_by_theme_cell_and_reading() {
    let app = tagged();
    let closes = repository().join("demo/prices/RUT.csv");
    at(FIRST, &app, &["prices", "import", closes.to_str().unwrap()]).expect_code(0);
    let same = at(SECOND, &app, &["runs", "diff"]).expect_code(1).stderr;
    assert!(same.contains("nothing to compare"), "{same}");
    let first = id(&listed(&app)[0]);
    widen_the_theme(&app);
    at(SECOND, &app, &["runs", "diff"]).expect_code(2);
    at(SECOND, &app, &["retag"]).expect_code(0);
    let second = id(&listed(&app)[1]);
    let part = |part: &str, more: &[&str]| {
        let diff = [
            "runs", "diff", "--min-n", "4", "--format", "json", "--part", part,
        ];
        let output = at(THIRD, &app, &[&diff[..], more].concat()).expect_code(0);
        output.json()["tables"][0]["rows"]
            .as_array()
            .unwrap()
            .clone()
    };
    let of_theme = |rows: &[Value]| {
        rows.iter()
            .find(|row| row["id"] == "trump_trade")
            .unwrap()
            .clone()
    };
    let tags = part("tags", &[]);
    let theme = of_theme(&tags);
    let found = |run: i32| -> i64 {
        let query = format!(
            "SELECT COUNT(*) FROM theme_tag JOIN tagging USING (tagging_key) WHERE theme = 'trump_trade' AND tag_run_key = {run}"
        );
        app.select(&query)[0][0].parse().unwrap()
    };
    assert_eq!(
        (&theme["before"], &theme["after"]),
        (&found(1).into(), &found(2).into())
    );
    assert_eq!(
        (&theme["gained"], &theme["lost"]),
        (&(found(2) - found(1)).into(), &0.into())
    );
    for row in &tags {
        if row["id"] != "trump_trade" && row["what"] != "sentences" {
            assert_eq!(
                (&row["gained"], &row["lost"], &row["equal"]),
                (&0.into(), &0.into(), &1.0.into()),
                "{row}"
            );
        }
    }
    // Cells: those of the two printed tables, held against each other line by line.
    let [before, after] = [&first, &second].map(|run| theme_day(&app, run));
    let keys = |table: &str| -> BTreeSet<String> {
        let lines = table.lines().skip(1);
        lines
            .map(|line| line.splitn(4, ',').take(3).collect::<Vec<_>>().join(","))
            .collect()
    };
    let cells = part("theme-day", &[]);
    let sum = |column: &str| {
        cells
            .iter()
            .map(|row| row[column].as_u64().unwrap())
            .sum::<u64>()
    };
    assert_eq!(
        sum("appear"),
        keys(&after).difference(&keys(&before)).count() as u64
    );
    assert_eq!(sum("disappear"), 0);
    let lines: BTreeSet<&str> = after.lines().collect();
    let n_other = before.lines().filter(|line| !lines.contains(line)).count() as u64;
    assert!(
        n_other > 0 && sum("change") == n_other,
        "{n_other} lines, {cells:?}"
    );
    assert_eq!(
        part("theme-day", &["--index", "RUT", "--theme", "trump_trade"]).len(),
        1
    );
    let returns = part("returns", &["--index", "RUT"]);
    assert_eq!(
        (&returns[0]["theme"], &returns[0]["index"]),
        (&"trump_trade".into(), &"RUT".into())
    );
    assert_ne!(returns[0]["reading_before"], returns[0]["reading_after"]);
    // The other way round, what is gained is lost; before the second run there was nothing to compare.
    let back = of_theme(&part("tags", &[&second, &first]));
    assert_eq!(
        (&back["lost"], &back["kappa"]),
        (&theme["gained"], &theme["kappa"])
    );
    let then = part("runs", &["--as-of", FIRST]);
    assert_eq!(then[0]["alone"], then[0]["tagged"]);
    at(THIRD, &app, &["runs", "diff", "--run", &first]).expect_code(2);
    let text = at(THIRD, &app, &["runs", "diff", "--explain"])
        .expect_code(0)
        .stdout;
    assert!(text.contains("kappa"), "{text}");
}
