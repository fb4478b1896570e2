//! Small files that are made to cost much, one after another in a process of its own: what comes of each, how long it takes and how
//! much memory. `pathological/gen.py` of the conformance data makes them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use newsprint_fetcher::address::vet;
use newsprint_fetcher::message::Message;
use newsprint_fetcher::{feed, section, sitemap};
use newsprint_tests::conformance;
use serde_json::{Value, json};
use tempfile::TempDir;

/// What one file may take.
const MAX_SECONDS: f64 = 2.0;
const MAX_GROWTH_KIB: i64 = 256 * 1024;
/// Attempts of which the fastest counts: a machine that does other work slows some of them.
const ATTEMPTS: usize = 3;
/// Decoded bytes of a body, as configured where nothing else is.
const MAX_BODY_BYTES: usize = 16 << 20;
/// Names the file that this test, started by itself, is to answer for.
const ASKED: &str = "NEWSPRINT_TEST_HOSTILE_FILE";
const ANSWER: &str = "answer: ";
/// Where all files come from.
const ADDRESS: &str = "http://example.com/x";

/// Runs a command and says what it printed, how long it took and the most memory that it had.
const MEASURE: &str = "
import json, resource, subprocess, sys, time
started = time.monotonic()
done = subprocess.run(sys.argv[1:], capture_output=True, timeout=60, text=True)
print(json.dumps({'seconds': time.monotonic() - started, 'code': done.returncode, 'stdout': done.stdout, 'stderr': done.stderr,
    'peak_kib': resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss}))";

type Check = fn(&Value) -> bool;

/// Begin of a file's name, and what must come of it; the first that fits holds.
const OUTCOMES: [(&str, Check); 50] = [
    ("nest_svg_selfclose_ok_", |a| {
        a["body"] == "Apple reported earnings.\nShares fell."
    }),
    ("wide_p_unclosed_", is_wide),
    // An option is closed by the next, and what stands in <select> is no text.
    ("nest_select_", is_no_article),
    ("nest_", |a| is_refused(a, "deeper than 512")),
    ("aaa_", |a| is_refused(a, "deeper than 512")),
    ("attr_amplify", |a| is_refused(a, "opened anew")),
    ("attr_distinct_50k", |a| a["body"] == "x" || is_too_slow(a)),
    ("attr_dup_50k", |a| a["body"] == "x"),
    ("attr_value_8MiB", |a| a["body"] == "ok"),
    ("tagname_1MiB", |a| a["body"] == "ok"),
    ("comment_unclosed_4MiB", |a| a["body"] == "ok"),
    ("script_unclosed_4MiB", |a| {
        a["body"] == "ok" || is_too_slow(a)
    }),
    ("entities_1M", |a| is_refused(a, "character references")),
    ("entity_numeric_odd", |a| has_body(a, "\u{fffd}€\u{fffd}")),
    ("nul_bytes", |a| has_body(a, "ab\nab\n")),
    // A title is kept as it is stated.
    ("bidi_zero_width", |a| begins(&a["title"], "\u{202e}TSLA")),
    ("jsonld_nest_100k", |a| a["body"] == "ok"),
    ("jsonld_many", |a| a["title"] == "h" && a["body"] == "ok"),
    ("meta_refresh_loop", is_no_article),
    ("base_href_javascript", |a| a["links"] == json!([ADDRESS])),
    ("regex_redos_title", |a| {
        has_body(a, "") && begins(&a["title"], "aaa")
    }),
    ("one_line_4MiB", |a| has_body(a, "word word ")),
    ("xml_billion_laughs", |a| a["title"] == "&lol9;"),
    ("xml_quadratic_blowup", |a| {
        a["title"] == "&a;".repeat(50_000)
    }),
    ("xml_xxe_param", |a| a["title"] == "x"),
    ("xml_xxe_", |a| a["title"] == "&a;"),
    ("xml_xinclude", |a| a["title"] == ""),
    ("xml_xslt_pi", |a| a["title"] == "ok"),
    ("xml_nest_", |a| is_refused(a, "not a feed")),
    ("xml_attrs_80k", |a| a["title"] == "x"),
    ("xml_xmlns_80k", |a| a["title"] == "x"),
    ("xml_cdata_unclosed", |a| is_refused(a, "not a feed")),
    ("xml_items_200k", |a| {
        n_entries(a) == 10_000 && a["n_left_out"] == 190_000
    }),
    ("xml_guid_dup", |a| {
        a["articles"] == json!(["http://example.com/a"])
    }),
    ("xml_truncated", |a| {
        n_entries(a) == 50 && a["is_cut"] == true
    }),
    ("xml_utf16le_bom", |a| a["title"] == "Börse"),
    ("xml_wrong_decl", |a| a["title"] == "Börse"),
    ("xml_bad_utf8", |a| begins(&a["title"], "Börse")),
    // It lists itself, once; whoever fetches asks for each sitemap once.
    ("sitemap_self_loop", |a| {
        a["n_pages"] == 0 && a["n_sitemaps"] == 1
    }),
    ("sitemap_51k", |a| {
        a["n_pages"] == 50_000 && a["n_left_out"] == 1_000
    }),
    ("sitemap_crosshost", |a| {
        a["n_pages"] == 0 && a["n_left_out"] == 2
    }),
    ("json_", |a| is_refused(a, "not a feed")),
    ("bomb_256MiB.gz", |a| a["kind"] == "too_large"),
    // A coding within a coding is not taken off at all.
    ("bomb_double.gz", |a| a["kind"] == "decode_error"),
    ("bomb_members_10k.gz", |a| a["n_bytes"] == 10_000),
    ("gz_truncated.gz", |a| a["kind"] == "decode_error"),
    ("gz_badcrc.gz", |a| a["kind"] == "decode_error"),
    ("gz_trailing_garbage.gz", |a| a["n_bytes"] == 12),
    ("gz_header_name_1MiB.gz", |a| {
        a["kind"] == "decode_error" || a["n_bytes"] == 1
    }),
    ("not_gzip.gz", |a| begins(&a["text"], "<html>plain<")),
];

fn is_refused(answer: &Value, reason: &str) -> bool {
    let error = answer["error"].as_str();
    error.is_some_and(|error| error.contains(reason))
}

fn is_too_slow(answer: &Value) -> bool {
    is_refused(answer, "not parsed within")
}

fn is_no_article(answer: &Value) -> bool {
    answer["error"].is_null() && answer["body"].is_null() && answer["canonical_url"].is_null()
}

fn begins(text: &Value, with: &str) -> bool {
    text.as_str().is_some_and(|text| text.starts_with(with))
}

fn has_body(answer: &Value, with: &str) -> bool {
    let is_clean = |body: &str| !body.contains('\0');
    begins(&answer["body"], with) && answer["body"].as_str().is_some_and(is_clean)
}

/// Whether every paragraph is there.
fn is_wide(answer: &Value) -> bool {
    let body = answer["body"].as_str().unwrap_or_default();
    let n_expected = answer["file"].as_str().and_then(|file| {
        let digits = file.trim_end_matches(".html").rsplit('_').next()?;
        digits.parse().ok()
    });
    let is_same = body.lines().all(|line| line == "hello");
    is_same && Some(body.lines().count()) == n_expected
}

fn n_entries(answer: &Value) -> usize {
    answer["entries"].as_array().map_or(0, Vec::len)
}

struct Measured {
    answer: Value,
    seconds: f64,
    peak_kib: i64,
}

/// Runs a command that prints its answer; what ends by a signal or a panic is no answer.
fn measured(command: &[String]) -> Measured {
    let mut python = Command::new("python3");
    python.args(["-c", MEASURE]).args(command);
    let output = python.output().unwrap();
    let failed = String::from_utf8_lossy(&output.stderr);
    let done: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{command:?}: {error}: {failed}"));
    let stderr = done["stderr"].as_str().unwrap();
    let code = done["code"].as_i64().unwrap();
    assert!(
        (0..=3).contains(&code) && !stderr.contains("panicked"),
        "{command:?} ended with {code}: {stderr}"
    );
    let stdout = done["stdout"].as_str().unwrap();
    let line = stdout
        .split_once(ANSWER)
        .map_or(stdout, |(_, after)| after)
        .lines()
        .next()
        .unwrap_or_default();
    Measured {
        answer: serde_json::from_str(line)
            .unwrap_or_else(|error| panic!("{command:?}: {error} in {stdout}")),
        seconds: done["seconds"].as_f64().unwrap(),
        peak_kib: done["peak_kib"].as_i64().unwrap(),
    }
}

/// The fastest of some attempts; one that is fast enough is enough.
fn fastest(ask: impl Fn() -> Measured) -> Measured {
    let mut best = ask();
    for _ in 1..ATTEMPTS {
        if best.seconds > MAX_SECONDS {
            let next = ask();
            best = if next.seconds < best.seconds {
                next
            } else {
                best
            };
        }
    }
    best
}

/// `newsprint probe KIND` of one file.
fn probed(folder: &Path, kind: &str, file: &str) -> Vec<String> {
    let batch = folder.join(format!("{file}.jsonl"));
    let line = json!({"id": file, "url": ADDRESS, "html": file, "file": file});
    std::fs::write(&batch, line.to_string()).unwrap();
    let test = std::env::current_exe().unwrap();
    let newsprint = test.ancestors().nth(2).unwrap().join("newsprint");
    let words = [
        newsprint.to_str().unwrap(),
        "probe",
        kind,
        "--batch",
        batch.to_str().unwrap(),
    ];
    words.map(str::to_owned).to_vec()
}

/// This test itself, for what has no command: it then answers for the file alone.
fn itself(file: &Path) -> Vec<String> {
    let test = std::env::current_exe().unwrap();
    let asked = format!("{ASKED}={}", file.display());
    let name = "every_hostile_file_is_answered_in_time_and_memory";
    let words = [
        "env",
        &asked,
        test.to_str().unwrap(),
        "--exact",
        name,
        "--nocapture",
    ];
    words.map(str::to_owned).to_vec()
}

/// What a sitemap lists, or a gzip body holds.
fn answer_for(file: &Path) -> Value {
    let bytes = std::fs::read(file).unwrap();
    let name = file.file_name().unwrap().to_str().unwrap();
    if name.starts_with("sitemap_") {
        let host = if name.contains("self_loop") {
            "127.0.0.1"
        } else {
            "example.com"
        };
        let address = vet(&format!("http://{host}/{name}"), true).unwrap();
        return match sitemap::read(&bytes, &address) {
            Ok(read) => {
                json!({"n_pages": read.pages.len(), "n_sitemaps": read.sitemaps.len(), "n_left_out": read.n_left_out})
            }
            Err(error) => json!({"kind": error.kind()}),
        };
    }
    let coding = if name == "bomb_double.gz" {
        "gzip, gzip"
    } else {
        "gzip"
    };
    let message = Message {
        status: 200,
        headers: vec![("Content-Encoding".into(), coding.into())],
        sent: bytes,
    };
    match message.body(MAX_BODY_BYTES) {
        Ok(body) => {
            let begins = String::from_utf8_lossy(&body[..body.len().min(12)]).into_owned();
            json!({"n_bytes": body.len(), "text": begins})
        }
        Err(error) => json!({"kind": error.kind()}),
    }
}

fn ask(folder: &Path, kind: &str, file: &str) -> Measured {
    let path = folder.join(file);
    let mut measured = fastest(|| match kind {
        "html" => measured(&probed(folder, "page", file)),
        "gzip" => measured(&itself(&path)),
        _ if file.starts_with("sitemap_") => measured(&itself(&path)),
        _ => measured(&probed(folder, "feed", file)),
    });
    let address = vet(ADDRESS, true).unwrap();
    measured.answer["file"] = json!(file);
    // What is taken of a feed and of a section page is told by no probe.
    if file == "xml_guid_dup.rss" {
        let bytes = std::fs::read(&path).unwrap();
        measured.answer["articles"] = json!(feed::entry_addresses(&bytes, &address).unwrap());
    }
    if file == "base_href_javascript.html" {
        let bytes = std::fs::read(&path).unwrap();
        measured.answer["links"] = json!(section::links(&bytes, None, &address, "a").unwrap());
    }
    measured
}

/// Makes the files; their names and kinds.
fn make(generator: &Path, folder: &Path) -> Vec<(String, String)> {
    let made = Command::new("python3").arg(generator).arg(folder).output();
    let made = made.unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let index = std::fs::read_to_string(folder.join("INDEX.json")).unwrap();
    let index: Vec<Value> = serde_json::from_str(&index).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    index
        .iter()
        .map(|row| (text(&row["file"]), text(&row["kind"])))
        .collect()
}

/// What is wrong with what came of a file.
fn problem(file: &str, measured: &Measured, idle_kib: i64) -> Option<String> {
    let (_, check) = OUTCOMES
        .iter()
        .find(|(name, _)| file.starts_with(name))
        .unwrap_or_else(|| panic!("no outcome is written down for {file}"));
    let Measured {
        answer,
        seconds,
        peak_kib,
    } = measured;
    if !check(answer) {
        let answer = answer.to_string();
        let shown: String = answer.chars().take(400).collect();
        return Some(format!("{file}: {shown}"));
    }
    if *seconds > MAX_SECONDS {
        return Some(format!("{file}: {seconds:.2} s"));
    }
    let growth_kib = peak_kib - idle_kib;
    (growth_kib > MAX_GROWTH_KIB).then(|| format!("{file}: {growth_kib} KiB"))
}

#[test]
fn every_hostile_file_is_answered_in_time_and_memory() {
    #[expect(
        clippy::disallowed_methods,
        reason = "how this test tells itself which file to answer for"
    )]
    let asked = std::env::var_os(ASKED).map(PathBuf::from);
    if let Some(file) = asked {
        #[expect(
            clippy::print_stdout,
            reason = "the answer is read by the test that asked"
        )]
        {
            println!("{ANSWER}{}", answer_for(&file));
        }
        return;
    }
    let Some(generator) = conformance("pathological/gen.py") else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let files = make(&generator, folder.path());
    assert!(files.len() >= 84);
    std::fs::write(folder.path().join("idle.html"), "<p>ok</p>").unwrap();
    std::fs::write(folder.path().join("idle.gz"), "ok").unwrap();
    let idle_page = ask(folder.path(), "html", "idle.html").peak_kib;
    let idle_self = ask(folder.path(), "gzip", "idle.gz").peak_kib;
    let mut problems = Vec::new();
    let mut all = Vec::new();
    for (file, kind) in &files {
        let measured = ask(folder.path(), kind, file);
        let is_self = kind == "gzip" || file.starts_with("sitemap_");
        let idle_kib = if is_self { idle_self } else { idle_page };
        problems.extend(problem(file, &measured, idle_kib));
        all.push((
            file.as_str(),
            measured.seconds,
            measured.peak_kib - idle_kib,
        ));
    }
    let slowest = all.iter().max_by(|one, other| one.1.total_cmp(&other.1));
    let largest = all.iter().max_by_key(|(_, _, growth_kib)| *growth_kib);
    #[expect(
        clippy::print_stderr,
        reason = "shown where the test fails or is asked to show it"
    )]
    {
        eprintln!(
            "{} files, slowest {slowest:?}, largest {largest:?}",
            all.len()
        );
    }
    assert!(problems.is_empty(), "{problems:#?}");
    let unused: BTreeSet<&str> = OUTCOMES
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !files.iter().any(|(file, _)| file.starts_with(name)))
        .collect();
    assert!(unused.is_empty(), "no such files: {unused:?}");
}
