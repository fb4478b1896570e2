//! What tests of crawls begin with, and ask of the store afterwards.

use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::process::Child;

use newsprint_fetcher::warc::{Records, payload_digest};

use crate::server::Site;
use crate::{Output, TestApp};

/// A folder whose configuration lets this machine's own servers be asked, with `gap_seconds` between requests and `sources` alone: the
/// kind of each, its address, and further keys.
pub fn crawler(gap_seconds: &str, sources: &[(&str, String, &str)]) -> TestApp {
    let app = TestApp::for_loopback();
    app.configure("gap_seconds", gap_seconds);
    app.write_sources(sources);
    app
}

impl TestApp {
    /// Sets a key of `config/newsprint.toml`, which must be there.
    ///
    /// # Panics
    /// Where it is not.
    pub fn configure(&self, key: &str, value: &str) {
        let text = self.read("config/newsprint.toml");
        let start = format!("{key} = ");
        assert!(
            text.lines().any(|line| line.starts_with(&start)),
            "newsprint.toml has no {key}"
        );
        let lines = text.lines().map(|line| match line.starts_with(&start) {
            true => format!("{start}{value}\n"),
            false => format!("{line}\n"),
        });
        self.write("config/newsprint.toml", &lines.collect::<String>());
    }

    /// Makes these the only sources.
    pub fn write_sources(&self, sources: &[(&str, String, &str)]) {
        let publisher = "[[publisher]]\nid = \"harbour_ledger\"\nname = \"Harbour Ledger\"\ndomain = \"harbourledger.example\"\n\
                         timezone = \"UTC\"\nlanguage = \"en\"\n";
        let sources = sources.iter().map(|(kind, url, more)| {
            format!("[[publisher.source]]\nkind = \"{kind}\"\nurl = \"{url}\"\n{more}\n")
        });
        let text = publisher.to_owned() + &sources.collect::<String>();
        self.write("config/publishers.toml", &text);
    }

    /// Fetches the configured sources as if it were `now`.
    pub fn fetch_at(&self, now: &str) -> Output {
        self.run(&["--now", now, "fetch"])
    }

    /// The number that a query gives.
    ///
    /// # Panics
    /// Where it gives none.
    pub fn count(&self, query: &str) -> usize {
        let rows = self.select(query);
        let count = rows.first().and_then(|row| row.first()?.parse().ok());
        count.unwrap_or_else(|| panic!("{query} gave {rows:?}"))
    }

    /// Ends a command that [`TestApp::start`] began as Ctrl-C does.
    ///
    /// # Panics
    /// Where no signal can be sent.
    #[cfg(unix)]
    pub fn interrupt(child: &Child) {
        let sent = std::process::Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status();
        assert!(
            sent.is_ok_and(|status| status.success()),
            "kill -INT failed"
        );
    }
}

/// Has the requests that `site` saw and the rows that have a status be one to one, and every attempt have an outcome.
///
/// Requests that were never answered have rows without a status, `n_unanswered` in all.
///
/// # Panics
/// Where it is so.
pub fn assert_every_request_is_one_row(app: &TestApp, site: &Site, n_unanswered: usize) {
    let paths = |address: &str| {
        let path = address.splitn(4, '/').nth(3).unwrap_or_default();
        let host = address.split(['/', ':']).nth(3).unwrap_or_default();
        format!("{host} /{path}")
    };
    let rows = app.select(
        "SELECT address FROM fetch_attempt WHERE status IS NOT NULL OR outcome IN ('timeout', 'unreachable', 'too_large')",
    );
    let mut recorded: Vec<String> = rows.iter().map(|row| paths(&row[0])).collect();
    let requests = site.requests();
    let requests = requests.iter();
    let mut seen: Vec<String> = requests
        .map(|logged| format!("{} {}", logged.host, logged.path))
        .collect();
    recorded.sort();
    seen.sort();
    assert_eq!(recorded, seen, "rows and requests");
    let with_status = app.count("SELECT COUNT(*) FROM fetch_attempt WHERE status IS NOT NULL");
    assert_eq!(with_status + n_unanswered, seen.len(), "rows with a status");
    let empty = app.count("SELECT COUNT(*) FROM fetch_attempt WHERE outcome = ''");
    assert_eq!(empty, 0, "attempts without an outcome");
}

/// What the evidence of a crawl is good for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Records that can be read.
    pub n_records: usize,
    /// Files whose last record breaks off, as a kill leaves them.
    pub n_broken_off: usize,
    /// Rows that name a record.
    pub n_rows: usize,
    /// What is wrong: damage within a file, and rows that lead to no record of their address and payload.
    pub problems: Vec<String>,
}

impl Evidence {
    /// Reads all files in `evidence/`, and every record that a row names.
    ///
    /// # Panics
    /// Where a file or the store cannot be read.
    pub fn of(app: &TestApp) -> Self {
        let mut evidence = Self::default();
        let folder = app.path().join("evidence");
        let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("read evidence/: {error}"));
        for file in files.flatten() {
            evidence.read_file(&file.path());
        }
        let rows = app.select(
            "SELECT file, record_offset, address, payload FROM fetch_attempt WHERE status IS NOT NULL ORDER BY file",
        );
        let mut open = (String::new(), Vec::new());
        for row in rows {
            if open.0 != row[0] {
                open = (
                    row[0].clone(),
                    fs::read(folder.join(&row[0])).unwrap_or_default(),
                );
            }
            evidence.n_rows += 1;
            let problem = leads_to(&open.1, &row).err();
            evidence
                .problems
                .extend(problem.map(|problem| format!("{row:?}: {problem}")));
        }
        evidence
    }

    fn read_file(&mut self, file: &Path) {
        let bytes = fs::read(file).unwrap_or_default();
        let records = Records::new(Cursor::new(bytes));
        let records: Vec<_> = records.into_iter().flatten().collect();
        for (place, record) in records.iter().enumerate() {
            // What breaks off within a gzip member is a record that is not whole, and then the member's own end.
            let follows = &records[place + 1..];
            let is_end = follows.is_empty() || matches!(follows, [Err(_)]);
            match record {
                Ok(record) if record.is_whole => self.n_records += 1,
                _ if is_end => {
                    self.n_broken_off += 1;
                    break;
                }
                Ok(_) => self
                    .problems
                    .push(format!("{}: a record breaks off", file.display())),
                Err(damage) => self.problems.push(format!("{}: {damage}", file.display())),
            }
        }
    }
}

/// Whether the record at a row's place is of its address and payload.
fn leads_to(file: &[u8], row: &[String]) -> Result<(), String> {
    let offset: usize = row[1].parse().map_err(|_| "no offset".to_owned())?;
    let rest = file.get(offset..).ok_or("the file ends before it")?;
    let mut records = Records::new(Cursor::new(rest)).map_err(|error| error.to_string())?;
    let record = records
        .next()
        .ok_or("no record")?
        .map_err(|damage| damage.to_string())?;
    if record.address() != Some(&row[2]) {
        return Err(format!("the record is of {:?}", record.address()));
    }
    let stated = record.header("WARC-Payload-Digest").unwrap_or_default();
    let message = record.message().ok_or("the record holds no message")?;
    // The body of a revisit stands in an earlier record.
    let found = match record.kind() {
        "revisit" => stated.to_owned(),
        _ => payload_digest(&message.sent),
    };
    match [stated, &found] == [&row[3], &row[3]] {
        true => Ok(()),
        false => Err(format!("the record says {stated} and holds {found}")),
    }
}
