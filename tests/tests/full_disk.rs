//! A disk that fills up in any stage: the message says so and what to do, the store is intact, and a later run goes on from there.
//!
//! The disk is a small tmpfs, which only root can mount: `scripts/test` says where that cannot be done.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stderr, reason = "what was measured")]

use std::fs::{File, remove_file};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use newsprint_tests::postgres::{PrivatePostgres, Settings};
use newsprint_tests::server::{Request, Response, Site, article_page, rss};
use newsprint_tests::{Evidence, NOW, Output, TestApp, Workplace, ask_postgres, crawler, n_kills};

const MEBIBYTES: u64 = 16;
const N_PAGES: usize = 200;

/// A disk of 16 MiB in the place of a folder, until it is dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts it over a folder, whose files are copied to it.
    fn under(folder: &Path) -> Self {
        let files = tempfile::tempdir().unwrap();
        copy(folder, files.path());
        let size = format!("size={MEBIBYTES}m");
        run("mount", &["-t", "tmpfs", "-o", &size, "tmpfs"], folder);
        let disk = Self(folder.to_owned());
        copy(files.path(), folder);
        disk
    }

    /// Leaves so many bytes.
    fn fill(&self, room: u64) {
        let mut ballast = File::create(self.0.join("ballast")).unwrap();
        let block = [7; 4096];
        let mut length = 0;
        while ballast.write_all(&block).is_ok() {
            length += 4096;
        }
        ballast.set_len(length - room.min(length)).unwrap();
    }

    fn free(&self) {
        remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        run("umount", &["--lazy"], &self.0);
    }
}

fn run(command: &str, arguments: &[&str], folder: &Path) {
    let status = Command::new(command).args(arguments).arg(folder).status();
    assert!(
        status.unwrap().success(),
        "{command} failed: only root can mount a disk"
    );
}

fn copy(from: &Path, to: &Path) {
    let all = format!("{}/.", from.display());
    run("cp", &["-a", &all], to);
}

fn assert_says_so(output: &Output) {
    let said = &output.stderr;
    assert_eq!(output.code, 1, "{said}");
    assert!(said.contains("the disk is full"), "{said}");
    assert!(said.contains("free space on"), "{said}");
}

/// How many rows of results the store holds.
fn n_rows(app: &TestApp) -> usize {
    let is_there = "SELECT COUNT(*) FROM sqlite_schema WHERE name = 'price'";
    if !app.path().join("newsprint.db").exists() || app.count(is_there) == 0 {
        return 0;
    }
    let tables = ["article", "tagging", "price"].iter();
    let counts = tables.map(|table| app.count(&format!("SELECT COUNT(*) FROM {table}")));
    counts.sum()
}

/// What a stage came to on a disk with less room than it needs.
#[derive(Debug, Default)]
struct Filled {
    n_full: usize,
    /// After the stage had written some of its rows.
    n_in_the_middle: usize,
}

/// Runs a command with a little more room each time, a twentieth of `needs` or less, until it goes through.
fn fill_up(app: &TestApp, disk: &SmallDisk, command: &[&str], needs: u64) -> Filled {
    let step = needs / n_kills(20) as u64;
    let mut filled = Filled::default();
    for room in (0..).map(|number| number * step) {
        let before = n_rows(app);
        disk.fill(room);
        let output = app.run(command);
        disk.free();
        if output.code == 0 {
            break;
        }
        assert_says_so(&output);
        let sound = app.select("PRAGMA integrity_check");
        assert_eq!(sound, [["ok"]], "{command:?} with {room} bytes");
        filled.n_full += 1;
        filled.n_in_the_middle += usize::from(n_rows(app) > before);
    }
    filled
}

#[test]
fn a_full_disk_breaks_off_any_stage_and_loses_nothing() {
    let undisturbed = Workplace::on_file();
    undisturbed.run().expect_code(0);
    let workplace = Workplace::on_file();
    let app = &workplace.app;
    let disk = SmallDisk::under(app.path());
    let import = ["prices", "import", "prices/GSPC.csv", "prices/RUT.csv"];
    let stages: [&[&str]; 4] = [&["fetch"], &["tag"], &import, &["run"]];
    let mut in_the_middle = Vec::new();
    for stage in stages {
        let filled = fill_up(app, &disk, &[&["--now", NOW], stage].concat(), 600_000);
        eprintln!("{stage:?}: {filled:?}");
        assert!(filled.n_full > 0, "{stage:?} needs no room");
        in_the_middle.push(filled.n_in_the_middle);
    }
    assert!(in_the_middle[0] > 0 && in_the_middle[1] > 0);
    workplace.run().expect_code(0);
    assert_eq!(workplace.everything(), undisturbed.everything());
}

fn answer(request: &Request) -> Response {
    match request.path.as_str() {
        "/robots.txt" => Response::status(404),
        "/feed.xml" => {
            let links: Vec<String> = (0..N_PAGES).map(|link| format!("/story/{link}")).collect();
            Response::ok("application/rss+xml", rss(&links))
        }
        path => Response::html(article_page(path, 300)),
    }
}

#[test]
fn a_full_disk_breaks_off_a_crawl_whose_evidence_stays_whole() {
    let site = Site::start(1, answer);
    let app = crawler("0.0", &[("feed", site.at(1, "/feed.xml"), "")]);
    let disk = SmallDisk::under(app.path());
    let filled = fill_up(&app, &disk, &["fetch"], 2_000_000);
    eprintln!("crawl: {filled:?}");
    assert!(filled.n_full > 1, "{filled:?}");
    app.run(&["fetch"]).expect_code(0);
    for table in ["article", "revision", "fetch_outcome", "listing"] {
        let n_rows = app.count(&format!("SELECT COUNT(*) FROM {table}"));
        assert_eq!(n_rows, N_PAGES, "{table}");
    }
    let evidence = Evidence::of(&app);
    assert_eq!(evidence.problems, [""; 0]);
    assert!(evidence.n_broken_off <= filled.n_full, "{evidence:?}");
}

/// PostgreSQL says so with a code of its own, here from a trigger.
#[test]
fn a_full_disk_of_a_postgres_server_is_told_as_such() {
    let server = PrivatePostgres::start(Settings::default());
    let url = server.create_database();
    let workplace = Workplace::on_server(url.clone());
    let arguments = ["--now", NOW, "--db", &url];
    let run = |command| workplace.app.run(&[&arguments[..], &[command]].concat());
    run("fetch").expect_code(0);
    let ask = |query| ask_postgres(&url, query).unwrap();
    ask("CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql
         AS 'BEGIN RAISE EXCEPTION USING ERRCODE = ''53100'', MESSAGE = ''could not extend file''; END'");
    ask("CREATE TRIGGER full_disk BEFORE INSERT ON tagging EXECUTE FUNCTION full_disk()");
    assert_says_so(&run("tag"));
    ask("DROP TRIGGER full_disk ON tagging");
    run("tag").expect_code(0);
}
