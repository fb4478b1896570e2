//! The architecture that the README lists, as far as a test can hold it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use newsprint_tests::repository;

const CRATES: [&str; 6] = ["domain", "fetcher", "nlp", "study", "store", "newsprint"];

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("read {}: {error}", path.display()))
}

/// Dependencies of each crate, of any section but dev-dependencies.
fn dependencies(name: &str) -> BTreeSet<String> {
    let manifest: toml::Table = read(&repository().join(format!("crates/{name}/Cargo.toml")))
        .parse()
        .unwrap();
    let sections = ["dependencies", "build-dependencies"];
    let found = sections
        .iter()
        .filter_map(|section| manifest.get(*section)?.as_table());
    found.flat_map(|section| section.keys().cloned()).collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The code of a crate without comments and without its unit tests, which stand at the end of each file.
fn code(name: &str) -> BTreeMap<String, String> {
    let folder = repository().join(format!("crates/{name}/src"));
    let files = sources(&folder).into_iter().map(|path| {
        let text = read(&path);
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let lines = code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        (
            format!("{name}/{}", path.strip_prefix(&folder).unwrap().display()),
            lines.collect::<Vec<_>>().join("\n"),
        )
    });
    files.collect()
}

/// Fails with the files of `names` in which any of `words` stands.
fn none_of(words: &[&str], names: &[&str]) {
    for name in names {
        for (file, code) in code(name) {
            for word in words {
                assert!(!code.contains(word), "{file} holds {word}");
            }
        }
    }
}

fn others<'a>(but: &[&str]) -> Vec<&'a str> {
    CRATES
        .into_iter()
        .filter(|name| !but.contains(name))
        .collect()
}

#[test]
fn arrows_point_inward_and_never_sideways() {
    for name in CRATES {
        let internal: BTreeSet<String> = dependencies(name)
            .into_iter()
            .filter(|dependency| dependency.starts_with("newsprint"))
            .collect();
        let expected: Vec<&str> = match name {
            "domain" => vec![],
            "newsprint" => vec![
                "newsprint-domain",
                "newsprint-fetcher",
                "newsprint-nlp",
                "newsprint-store",
                "newsprint-study",
            ],
            _ => vec!["newsprint-domain"],
        };
        assert_eq!(
            internal.into_iter().collect::<Vec<_>>(),
            expected,
            "dependencies of {name}"
        );
    }
}

#[test]
fn domain_and_study_do_no_input_or_output_are_not_async_and_read_no_clock() {
    none_of(
        &[
            "async ",
            ".await",
            "std::fs",
            "std::net",
            "std::io",
            "Utc::now",
            "SystemTime",
            "Instant::now",
        ],
        &["domain", "study"],
    );
    for name in ["domain", "study"] {
        let found = dependencies(name);
        for banned in ["tokio", "sqlx", "reqwest", "tracing"] {
            assert!(!found.contains(banned), "{name} depends on {banned}");
        }
    }
}

#[test]
fn only_store_knows_sql() {
    none_of(
        &["sqlx", "SELECT ", "INSERT ", "CREATE TABLE"],
        &others(&["store"]),
    );
    for name in others(&["store"]) {
        assert!(
            !dependencies(name).contains("sqlx"),
            "{name} depends on sqlx"
        );
    }
}

#[test]
fn only_fetcher_opens_outgoing_connections() {
    none_of(
        &["reqwest", "TcpStream", "lookup_host", "UdpSocket"],
        &others(&["fetcher"]),
    );
    for name in others(&["fetcher"]) {
        assert!(
            !dependencies(name).contains("reqwest"),
            "{name} depends on reqwest"
        );
    }
}

#[test]
fn only_newsprint_reads_configuration_environment_and_clock() {
    none_of(
        &["env::var", "Utc::now", "Local::now", "SystemTime::now"],
        &others(&["newsprint"]),
    );
    let clocks: Vec<String> = code("newsprint")
        .into_iter()
        .filter(|(_, code)| code.contains("Utc::now"))
        .map(|(file, _)| file)
        .collect();
    assert_eq!(clocks, ["newsprint/clock.rs"]);
    for name in others(&["newsprint"]) {
        assert!(
            !dependencies(name).contains("toml"),
            "{name} depends on toml"
        );
    }
}

#[test]
fn tables_are_append_only() {
    none_of(&["DELETE FROM", "REPLACE INTO"], &["store"]);
    // What is due and who may ask holds for now alone; no table is made of it. Sums by day are made of ledgers and can be made anew.
    let of_now = [
        "host",
        "fetch_item",
        "robots",
        "stage_lease",
        "schedule_slot",
        "calendar_pass",
        "roll_up_day",
        "tally_day",
        // One of these two, by name.
        "{days}",
        "SET",
    ];
    // What an article says is blanked on request, and its words taken from the index; the engine lets nothing else of a fact be changed.
    let blanked = [
        ("store/removal.rs", "revision"),
        ("store/removal.rs", "revision_change"),
        ("store/search.rs", "revision_text"),
    ];
    for (file, code) in code("store") {
        let code = code.replace("FOR UPDATE", "");
        for statement in code.split("UPDATE ").skip(1) {
            let table = statement.split_whitespace().next().unwrap_or_default();
            let is_blanked = blanked.contains(&(file.as_str(), table));
            assert!(
                of_now.contains(&table) || is_blanked,
                "{file} updates {table}"
            );
        }
    }
    for (file, code) in code("store") {
        for statement in code.split("INSERT INTO ").skip(1) {
            let table = statement.split_whitespace().next().unwrap_or_default();
            let statement = statement.split("\",").next().unwrap_or_default();
            let updates = statement.contains("DO UPDATE");
            assert!(
                !updates || of_now.contains(&table),
                "{file} updates {table}"
            );
        }
    }
}

#[test]
fn every_crate_and_module_says_what_it_is_for() {
    for name in CRATES {
        assert!(
            repository()
                .join(format!("crates/{name}/README.md"))
                .exists(),
            "crates/{name} has no README.md"
        );
        for path in sources(&repository().join(format!("crates/{name}/src"))) {
            let text = read(&path);
            assert!(
                text.starts_with("//!") || text.starts_with("#![doc"),
                "{} says not what it is for",
                path.display()
            );
        }
    }
}

#[test]
fn files_stay_short_and_nothing_is_a_utility() {
    for folder in ["crates", "tests/src", "tests/tests"] {
        for path in sources(&repository().join(folder)) {
            let n_lines = read(&path).lines().count();
            let shown = path.display();
            assert!(
                n_lines <= 400,
                "{shown} has {n_lines} lines: split it by responsibility"
            );
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            assert!(
                !["util", "utils", "common", "helpers", "misc"].contains(&stem.as_str()),
                "{shown}"
            );
        }
    }
}

#[test]
fn every_theme_and_index_is_tested_and_priced_under_its_own_name() {
    let themes: BTreeSet<String> = std::fs::read_dir(repository().join("config/themes"))
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    for id in &themes {
        let theme: toml::Table = read(&repository().join(format!("config/themes/{id}.toml")))
            .parse()
            .unwrap();
        let examples = theme["examples"].as_array().unwrap();
        let n_hits = examples
            .iter()
            .filter(|example| example["hit"].as_bool().unwrap())
            .count();
        assert!(
            n_hits >= 12,
            "themes/{id}.toml has {n_hits} positive examples, fewer than 12"
        );
        assert!(
            examples.len() - n_hits >= 8,
            "themes/{id}.toml has fewer than 8 negative examples"
        );
    }
    let migrations: Vec<String> = std::fs::read_dir(repository().join("migrations/sqlite"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert!(
        migrations
            .iter()
            .all(|name| name.len() > 15 && name[..14].chars().all(|c| c.is_ascii_digit()))
    );
}
