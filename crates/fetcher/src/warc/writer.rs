//! Writes what was fetched: one gzip member for each record, so that a file that breaks off loses its last record alone.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use newsprint_domain::digest::sha256_hex;

use crate::message::Message;

/// A new file is begun when one has so many bytes.
const MAX_FILE_BYTES: u64 = 256 * 1024 * 1024;
/// What a `revisit` record says of its payload (WARC 1.1, annex A).
const SAME_PAYLOAD: &str = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest";

/// An answer that was received.
#[derive(Debug, Clone, Copy)]
pub struct Capture<'a> {
    /// The address that was asked.
    pub address: &'a str,
    /// When the answer came.
    pub at: DateTime<Utc>,
    /// Who answered.
    pub ip: Option<IpAddr>,
    /// What was answered.
    pub message: &'a Message,
    /// What it was asked for; a replay makes articles of pages alone.
    pub role: Role,
}

/// What an address was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// An article's page.
    Page,
    /// A feed, a sitemap or a section page.
    List,
    /// A robots.txt.
    Robots,
}

impl Role {
    /// How a record says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::List => "list",
            Self::Robots => "robots",
        }
    }
}

/// Header of a record that says its [`Role`].
pub const ROLE: &str = "X-Newsprint-Role";

/// An earlier capture with the same payload.
#[derive(Debug, Clone, Copy)]
pub struct Earlier<'a> {
    /// Its address.
    pub address: &'a str,
    /// When it was captured.
    pub at: DateTime<Utc>,
}

/// Where a record stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Name of the file in the archive's folder.
    pub file: String,
    /// First byte of the record's gzip member.
    pub offset: u64,
    /// Its `WARC-Record-ID`.
    pub id: String,
    /// Digest of the payload, as `sha256:` and hexadecimal digits.
    pub payload: String,
}

/// A folder of WARC files that grows by a file for each day, process and 256 MiB.
#[derive(Debug)]
pub struct Archive {
    folder: PathBuf,
    /// Who writes: stands in each file's first record.
    software: String,
    open: Option<OpenFile>,
}

#[derive(Debug)]
struct OpenFile {
    name: String,
    day: NaiveDate,
    file: File,
    length: u64,
}

impl Archive {
    /// An archive in `folder`, which is made when the first record is written.
    pub fn new(folder: &Path, software: &str) -> Self {
        Self {
            folder: folder.to_owned(),
            software: software.to_owned(),
            open: None,
        }
    }

    /// Appends an answer, and has it on the disk when this returns; of a payload that was captured `earlier` only the head is written.
    pub fn append(
        &mut self,
        capture: &Capture<'_>,
        earlier: Option<Earlier<'_>>,
    ) -> io::Result<Place> {
        let payload = payload_digest(&capture.message.sent);
        let id = record_id(&[capture.address, &stamp(capture.at), &payload]);
        let record = record_of(capture, earlier, &id, &payload);
        let open = self.file_for(capture.at)?;
        let offset = open.append(&record)?;
        open.file.sync_data()?;
        Ok(Place {
            file: open.name.clone(),
            offset,
            id,
            payload,
        })
    }

    /// The file that records of this instant go into.
    fn file_for(&mut self, at: DateTime<Utc>) -> io::Result<&mut OpenFile> {
        let day = at.date_naive();
        let fits = |open: &OpenFile| open.day == day && open.length < MAX_FILE_BYTES;
        if !self.open.as_ref().is_some_and(fits) {
            self.open = None;
        }
        match &mut self.open {
            Some(open) => Ok(open),
            none => {
                let open = OpenFile::begin(&self.folder, &self.software, at)?;
                Ok(none.insert(open))
            }
        }
    }
}

impl OpenFile {
    /// Begins a file of a name that no other process has, so that nothing is ever appended to what may have broken off.
    fn begin(folder: &Path, software: &str, at: DateTime<Utc>) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let day = at.date_naive();
        let mut number = 0;
        let (name, file) = loop {
            let name = format!("newsprint-{}-{number:05}.warc.gz", day.format("%Y%m%d"));
            let created = OpenOptions::new()
                .append(true)
                .create_new(true)
                .open(folder.join(&name));
            match created {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                created => break (name, created?),
            }
        };
        let mut open = Self {
            name,
            day,
            file,
            length: 0,
        };
        let about = format!("software: {software}\r\nformat: WARC File Format 1.1\r\n");
        let id = record_id(&[&open.name, &stamp(at), &about]);
        let mut record = Head::new("warcinfo", &id, at);
        record.add("WARC-Filename", &open.name);
        record.add("Content-Type", "application/warc-fields");
        open.append(&record.with(about.as_bytes()))?;
        Ok(open)
    }

    /// Writes a record as one gzip member; where it begins.
    fn append(&mut self, record: &[u8]) -> io::Result<u64> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(record)?;
        let member = encoder.finish()?;
        self.file.write_all(&member)?;
        let offset = self.length;
        self.length += member.len() as u64;
        Ok(offset)
    }
}

fn record_of(
    capture: &Capture<'_>,
    earlier: Option<Earlier<'_>>,
    id: &str,
    payload: &str,
) -> Vec<u8> {
    let kind = if earlier.is_some() {
        "revisit"
    } else {
        "response"
    };
    let mut head = Head::new(kind, id, capture.at);
    head.add("WARC-Target-URI", capture.address);
    if let Some(ip) = capture.ip {
        head.add("WARC-IP-Address", &ip.to_string());
    }
    head.add("WARC-Payload-Digest", payload);
    head.add(ROLE, capture.role.as_str());
    if let Some(earlier) = earlier {
        head.add("WARC-Profile", SAME_PAYLOAD);
        head.add("WARC-Refers-To-Target-URI", earlier.address);
        head.add("WARC-Refers-To-Date", &stamp(earlier.at));
    }
    head.add("Content-Type", "application/http;msgtype=response");
    let mut content = http_head(capture.message);
    if earlier.is_none() {
        content.extend_from_slice(&capture.message.sent);
    }
    head.with(&content)
}

/// The head of a response as HTTP/1.1 writes it. Line breaks cannot stand in a value, so that none can forge a header.
fn http_head(message: &Message) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {} \r\n", message.status);
    for (name, value) in &message.headers {
        let value = value.replace(['\r', '\n'], " ");
        head.extend([name.as_str(), ": ", &value, "\r\n"]);
    }
    head.push_str("\r\n");
    head.into_bytes()
}

/// Header lines of a record.
struct Head(String);

impl Head {
    fn new(kind: &str, id: &str, at: DateTime<Utc>) -> Self {
        let mut head = Self("WARC/1.1\r\n".into());
        head.add("WARC-Type", kind);
        head.add("WARC-Record-ID", id);
        head.add("WARC-Date", &stamp(at));
        head
    }

    fn add(&mut self, name: &str, value: &str) {
        let value = value.replace(['\r', '\n'], " ");
        self.0.extend([name, ": ", &value, "\r\n"]);
    }

    fn with(mut self, content: &[u8]) -> Vec<u8> {
        self.add("Content-Length", &content.len().to_string());
        let mut record = self.0.into_bytes();
        record.extend_from_slice(b"\r\n");
        record.extend_from_slice(content);
        record.extend_from_slice(b"\r\n\r\n");
        record
    }
}

/// Digest of a body as it was sent.
pub fn payload_digest(sent: &[u8]) -> String {
    format!("sha256:{}", sha256_hex(sent))
}

/// A name that follows from what it names, so that a replay writes the same one.
fn record_id(parts: &[&str]) -> String {
    let digest = sha256_hex(parts.join("\n").as_bytes());
    let part = |from: usize, to: usize| &digest[from..to];
    // Version 8 and variant 2 of RFC 9562: bits of one's own making.
    format!(
        "<urn:uuid:{}-{}-8{}-a{}-{}>",
        part(0, 8),
        part(8, 12),
        part(13, 16),
        part(17, 20),
        part(20, 32)
    )
}

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

#[cfg(test)]
mod tests {
    use super::super::Records;
    use super::*;

    fn message() -> Message {
        Message {
            status: 200,
            headers: vec![
                ("Content-Type".into(), "text/html".into()),
                ("X-Odd".into(), "a\r\nSet-Cookie: b".into()),
            ],
            sent: b"<p>Small caps soared</p>\r\n\r\nWARC/1.1\r\n".to_vec(),
        }
    }

    fn at(time: &str) -> DateTime<Utc> {
        time.parse().unwrap()
    }

    #[test]
    fn what_is_written_is_read_again_and_a_repeat_has_no_payload() {
        let folder = tempfile::tempdir().unwrap();
        let mut archive = Archive::new(&folder.path().join("evidence"), "newsprint 0.1");
        let message = message();
        let capture = Capture {
            address: "https://harbourledger.example/a",
            at: at("2024-07-17T08:10:00.123456Z"),
            ip: Some("203.0.113.7".parse().unwrap()),
            message: &message,
            role: Role::Page,
        };
        let first = archive.append(&capture, None).unwrap();
        let earlier = Earlier {
            address: capture.address,
            at: capture.at,
        };
        let again = Capture {
            at: at("2024-07-17T09:10:00Z"),
            ..capture
        };
        let second = archive.append(&again, Some(earlier)).unwrap();
        assert_eq!(first.payload, second.payload);
        let file = File::open(folder.path().join("evidence").join(&first.file)).unwrap();
        let records: Vec<_> = Records::new(file).unwrap().map(Result::unwrap).collect();
        let kinds: Vec<&str> = records.iter().map(|record| record.kind()).collect();
        assert_eq!(kinds, ["warcinfo", "response", "revisit"]);
        let read = records[1].message().unwrap();
        assert_eq!(read.sent, message.sent);
        assert_eq!(records[1].header(ROLE), Some("page"));
        assert_eq!(read.header("X-Odd"), Some("a  Set-Cookie: b"));
        assert_eq!(
            (records[1].date(), records[1].address()),
            (Some(capture.at), Some(capture.address))
        );
        assert!(records[2].message().unwrap().sent.is_empty());
        assert_eq!(
            records[2].header("WARC-Refers-To-Date"),
            Some("2024-07-17T08:10:00.123456Z")
        );
    }

    #[test]
    fn another_day_and_another_process_begin_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let message = message();
        let place = |archive: &mut Archive, time: &str| {
            let capture = Capture {
                address: "https://harbourledger.example/a",
                at: at(time),
                ip: None,
                message: &message,
                role: Role::List,
            };
            archive.append(&capture, None).unwrap().file
        };
        let mut archive = Archive::new(folder.path(), "newsprint 0.1");
        assert_eq!(
            place(&mut archive, "2024-07-17T08:10:00Z"),
            "newsprint-20240717-00000.warc.gz"
        );
        assert_eq!(
            place(&mut archive, "2024-07-18T08:10:00Z"),
            "newsprint-20240718-00000.warc.gz"
        );
        let mut other = Archive::new(folder.path(), "newsprint 0.1");
        assert_eq!(
            place(&mut other, "2024-07-18T08:10:00Z"),
            "newsprint-20240718-00001.warc.gz"
        );
    }
}
