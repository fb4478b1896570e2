//! `doctor` finds each thing that is wrong, says so of it alone, and looks at a damaged store without falling over.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;

use newsprint_tests::{NOW, Output, TestApp, now, rows};

/// Ten sessions up to the last one before [`NOW`].
const CLOSES: &str = "Date,Close\n2026-10-19,2200\n2026-10-20,2201\n2026-10-21,2202\n2026-10-22,2203\n2026-10-23,2204\n\
                      2026-10-26,2205\n2026-10-27,2206\n2026-10-28,2207\n2026-10-29,2208\n2026-10-30,2209\n";

/// A store of which nothing is wrong: articles, a run, and one index with its closes.
fn sound() -> TestApp {
    let app = TestApp::with_fixture_pages();
    app.edit_config("\"full\"", "\"lexicon\"");
    let indices = app.read("config/indices.toml");
    let lines = indices.split("[[index]]").map(|index| {
        let is_kept = index.contains("id = \"RUT\"");
        let lines = index.lines();
        let lines = lines.filter(|line| is_kept || !line.starts_with("exchange"));
        let lines = lines.filter(|line| !line.starts_with("reference"));
        lines.collect::<Vec<_>>().join("\n")
    });
    let indices = lines.collect::<Vec<_>>().join("\n[[index]]");
    app.write("config/indices.toml", &indices);
    app.write("prices/RUT.csv", CLOSES);
    std::fs::remove_file(app.path().join("prices/GSPC.csv")).unwrap();
    now(&app, &["run"]).expect_code(0);
    app
}

/// Checks by name: state and what was found.
fn checks(output: &Output) -> BTreeMap<String, (String, String)> {
    let text = |row: &serde_json::Value, column: &str| row[column].as_str().unwrap().to_owned();
    let checks = rows(output);
    let checks = checks.iter().map(|row| {
        if row["state"] != "ok" {
            assert!(row["advice"].is_string(), "{row} says not what to do");
        }
        (text(row, "check"), (text(row, "state"), text(row, "found")))
    });
    checks.collect()
}

fn doctor_at(app: &TestApp, now: &str) -> Output {
    app.run(&["--now", now, "--format", "json", "doctor"])
}

/// The checks that did not come out well, where the exit code says so.
fn wrong(output: Output) -> Vec<String> {
    let checks = checks(&output.clone().expect_code(3)).into_iter();
    let wrong = checks.filter(|(_, (state, _))| state != "ok");
    wrong
        .map(|(name, (state, found))| format!("{name} {state}: {found}"))
        .collect()
}

/// Asserts that what is wrong begins with these, in the order of names.
fn assert_wrong(found: &[String], expected: &[&str]) {
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\n{expected}");
    }
}

#[test]
fn a_sound_store_is_sound() {
    let app = sound();
    let output = doctor_at(&app, NOW).expect_code(0);
    let checks = checks(&output);
    assert!(checks.len() >= 17, "{checks:#?}");
    let text = now(&app, &["doctor"]).expect_code(0).stdout;
    assert!(text.starts_with("doctor\n"), "{text}");
    let csv = now(&app, &["--format", "csv", "doctor"]).expect_code(0);
    assert!(csv.stdout.starts_with("check,state,found,advice\n"));
}

#[test]
fn time_that_goes_by_is_noticed() {
    let app = sound();
    let at = |now: &str| wrong(doctor_at(&app, now));
    let stale = "stale prices warn: RUT 7 sessions since 2026-10-30";
    assert_wrong(&at("2026-11-11T12:00:00Z"), &[stale]);
    assert!(doctor_at(&app, "2026-11-06T12:00:00Z").code == 0);
    let ending = at("2027-07-05T12:00:00Z");
    assert_wrong(
        &ending,
        &[
            "calendars warn: XNYS ends on 2027-12-31, in 179 days",
            "stale",
        ],
    );
    assert_wrong(&at("2027-07-03T12:00:00Z"), &["stale"]);
    let ended = at("2028-01-02T12:00:00Z");
    assert_wrong(
        &ended,
        &["calendars fail: XNYS ended on 2027-12-31", "stale"],
    );
    let early = at("2026-10-01T00:00:00Z");
    assert_wrong(&early, &["clock warn: recorded later than now: "]);
    assert!(early[0].contains("20 rows of article by 2026-11-01 12:00:00 UTC"));
}

#[test]
fn what_is_configured_is_looked_at() {
    let app = sound();
    let publishers = app.read("config/publishers.toml");
    let row = "\n[[publisher.source]]\nkind = \"feed\"\nurl = \"https://a.example/feed.xml\"\n";
    app.write("config/publishers.toml", &(publishers + row));
    app.edit_config("allow_loopback = false", "allow_loopback = true");
    app.edit_config("\"lexicon\"", "\"permissive\"");
    let found = wrong(doctor_at(&app, NOW));
    assert_wrong(
        &found,
        &[
            "contact warn: ",
            "loopback warn: ",
            "tag run warn: tables show ",
        ],
    );
    app.edit_config("contact = \"\"", "contact = \"desk@a.example\"");
    app.edit_config("allow_loopback = true", "allow_loopback = false");
    app.edit_config("\"permissive\"", "\"./nowhere\"");
    let found = wrong(doctor_at(&app, NOW));
    assert_wrong(
        &found,
        &["tag run fail: the configured model cannot be read"],
    );
}

#[test]
fn rows_that_hang_in_the_air_are_counted() {
    let app = sound();
    let cases = [
        (
            "INSERT INTO session_assignment (revision_key, exchange, calendar_version, recorded_at) VALUES (999, 'XNYS', 'v', 1)",
            "orphaned rows fail: 1 sessions without revision",
        ),
        (
            "INSERT INTO evidence SELECT tagging_key, 'theme', 'recession', 'title', 5, 100000, 'r', NULL, NULL, NULL FROM tagging LIMIT 2",
            "orphaned rows fail: 1 sessions without revision; 2 words of evidence outside their text",
        ),
        (
            "INSERT INTO tagging (tag_run_key, revision_key, recorded_at) VALUES (1, 998, 1)",
            "orphaned rows fail: 1 taggings without revision or run; 1 sessions",
        ),
        (
            "INSERT INTO sentence_tag VALUES (997, 0, 'body', 0, 1, 0, 0)",
            "orphaned rows fail: 1 taggings without revision or run; 1 tags without tagging",
        ),
        (
            "INSERT INTO sentence_tag SELECT MIN(tagging_key), 99999, 'body', 9, 8, 0, 0 FROM tagging",
            "orphaned rows fail: 1 taggings without revision or run; 1 tags without tagging; 1 sessions without revision; \
             2 words of evidence outside their text; 1 sentences outside their text",
        ),
    ];
    for (statement, expected) in cases {
        app.tamper(statement);
        let found = wrong(doctor_at(&app, NOW));
        assert!(found.len() >= 2, "{found:#?}");
        assert!(found[0].starts_with("integrity fail"), "{found:#?}");
        assert!(found[1].starts_with(expected), "{expected}\n{found:#?}");
    }
}

#[test]
fn what_was_not_finished_is_told() {
    let app = sound();
    app.tamper(
        "DELETE FROM _sqlx_migrations WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)",
    );
    let pending = wrong(doctor_at(&app, NOW));
    assert_wrong(&pending, &["migrations warn: 1 are pending, from 2026"]);
    app.tamper("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (99999999999999, 'x', 1, x'00', 0)");
    let foreign = wrong(doctor_at(&app, NOW));
    assert_wrong(&foreign, &["migrations fail: 99999999999999 was applied"]);
    let app = sound();
    app.tamper("UPDATE stage_lease SET holder = '1-1', leased_until = 4000000000000000 WHERE stage = 'tag'");
    let dead = wrong(doctor_at(&app, NOW));
    assert_wrong(
        &dead,
        &["leases warn: held by nobody who is alive: stage tag by 1-1"],
    );
    app.tamper("UPDATE stage_lease SET leased_until = 1 WHERE stage = 'tag'");
    let old = wrong(doctor_at(&app, NOW));
    assert_wrong(&old, &["leases warn: ended more than a day ago"]);
}

#[test]
fn articles_without_session_closes_with_gaps_and_lost_evidence_are_told() {
    let app = sound();
    for (file, offset) in [
        ("lost.warc.gz", 0),
        ("short.warc.gz", 5),
        ("short.warc.gz", 10),
    ] {
        app.tamper(&format!(
            "INSERT INTO fetch_attempt (source, item, role, address, outcome, detail, reservations, file, record_offset,
                                        attempted_at, recorded_at)
             VALUES ('s', 'i', 'page', 'a', 'ok', '', '[]', '{file}', {offset}, 1, 1)"
        ));
    }
    app.write("evidence/short.warc.gz", "0123456789");
    app.write("prices/RUT.csv", "Date,Close\n2026-10-13,2190\n");
    now(&app, &["prices", "import", "prices/RUT.csv"]).expect_code(0);
    app.tamper(
        "INSERT INTO session_assignment (revision_key, exchange, calendar_version, recorded_at)
         SELECT MIN(revision_key), 'XNYS', 'v', 1 FROM revision",
    );
    let found = wrong(doctor_at(&app, NOW));
    assert_wrong(
        &found,
        &[
            "evidence warn: 2 of 2 files are not in evidence as they were: lost.warc.gz of 1 attempts: ",
            "gaps in prices warn: RUT 3 sessions from 2026-10-14 on",
            "sessions warn: XNYS: 1 revisions have none",
            // The row was put in behind the store's back, which would have taken the article out of its sums.
            "sums fail: run ",
        ],
    );
    app.write("evidence/lost.warc.gz", "0");
    let short = "evidence warn: 1 of 2 files are not in evidence as they were: short.warc.gz has 10 bytes, and a record from 10 on";
    assert!(wrong(doctor_at(&app, NOW))[0].starts_with(short));
    app.write("evidence/short.warc.gz", "0123456789a");
    let found = wrong(doctor_at(&app, NOW));
    assert_wrong(&found, &["gaps in prices", "sessions", "sums fail"]);
}

/// A copy of a store's file, changed.
fn damaged(store: &[u8], at: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = store.to_vec();
    change(&mut bytes);
    std::fs::write(at, bytes).unwrap();
}

#[test]
fn a_damaged_store_is_looked_at_as_far_as_it_goes() {
    let app = sound();
    let file = app.path().join("newsprint.db");
    let store = std::fs::read(&file).unwrap();
    let page = 4_096;
    let n_pages = store.len() / page;
    let examine = |what: &str| {
        let output = doctor_at(&app, NOW);
        let shown = format!("{what}\n{}\n{}", output.stdout, output.stderr);
        assert!([0, 1, 3].contains(&output.code), "{} {shown}", output.code);
        assert!(!shown.contains("panicked"), "{shown}");
        let checks = checks(&output);
        assert!(checks.contains_key("contact"), "{shown}");
        (output.code, checks)
    };
    // Bits of every so many pages: in their headers, which make them unreadable, and in what they hold.
    let mut n_noticed = 0;
    for place in (0..n_pages).step_by(n_pages / 24 + 1) {
        for (offset, length) in [(if place == 0 { 100 } else { 0 }, 8), (1_000, 2_000)] {
            damaged(&store, &file, |bytes| {
                let start = place * page + offset;
                let flipped = &mut bytes[start..start + length];
                flipped.iter_mut().for_each(|byte| *byte ^= 0x5a);
            });
            let (code, checks) = examine(&format!("page {place} from {offset}"));
            let is_noticed = code != 0;
            n_noticed += u32::from(is_noticed);
            if offset < 1_000 && code == 3 {
                assert_eq!(checks["integrity"].0, "fail", "page {place}: {checks:#?}");
            }
        }
    }
    assert!(n_noticed >= 24, "{n_noticed} of 48 damages were noticed");
    for length in [
        0,
        50,
        page,
        3 * page + 7,
        store.len() / 2,
        store.len() - page,
    ] {
        damaged(&store, &file, |bytes| bytes.truncate(length));
        let (code, _) = examine(&format!("cut to {length}"));
        assert_ne!(code, 0, "cut to {length}");
    }
    std::fs::write(&file, "This is a letter and no store. ".repeat(300)).unwrap();
    assert_eq!(examine("a letter").0, 1);
    std::fs::remove_file(&file).unwrap();
    let (code, checks) = examine("none");
    assert_eq!((code, checks["store"].0.as_str()), (1, "fail"));
    assert!(!file.exists(), "doctor made a store");
    std::fs::write(&file, &store).unwrap();
    std::fs::write(app.path().join("newsprint.db-wal"), "torn").unwrap();
    assert_eq!(examine("a torn log").0, 0);
}
