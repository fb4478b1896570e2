//! One record of what was fetched, as it is written.

use std::io::{self, Write as _};
use std::net::IpAddr;

use chrono::{DateTime, SecondsFormat, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use newsprint_domain::digest::sha256_hex;

use crate::message::Message;

/// What a `revisit` record says of its payload (WARC 1.1, annex A).
const SAME_PAYLOAD: &str = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest";

/// An attempt to have an answer.
#[derive(Debug, Clone, Copy)]
pub struct Capture<'a> {
    /// The address that was asked.
    pub address: &'a str,
    /// When the answer came, or the attempt was given up.
    pub at: DateTime<Utc>,
    /// What it was asked for; a replay makes articles of pages alone.
    pub role: Role,
    /// Further headers of the record, so that a replay can tell what the attempt was part of.
    pub headers: &'a [(&'static str, String)],
    /// What came of it.
    pub came_to: CameTo<'a>,
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy)]
pub enum CameTo<'a> {
    /// An answer.
    Answer {
        /// Who answered.
        ip: Option<IpAddr>,
        /// What was answered.
        message: &'a Message,
        /// Digest of its body, as [`payload_digest`] makes it.
        payload: &'a str,
        /// An earlier answer of the same body, which is then not written again.
        earlier: Option<Earlier<'a>>,
    },
    /// None, for this reason: it is kept as a `metadata` record.
    Nothing(&'a str),
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

/// A record as it is written: one gzip member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub(super) at: DateTime<Utc>,
    pub(super) bytes: Vec<u8>,
}

impl Member {
    /// The first record of a file: who writes it.
    pub(super) fn about(file: &str, software: &str, at: DateTime<Utc>) -> io::Result<Self> {
        let about = format!("software: {software}\r\nformat: WARC File Format 1.1\r\n");
        let id = record_id(&[file, &stamp(at), &about]);
        let mut record = Head::new("warcinfo", &id, at);
        record.add("WARC-Filename", file);
        record.add("Content-Type", "application/warc-fields");
        let bytes = record.packed(&[about.as_bytes()])?;
        Ok(Self { at, bytes })
    }

    /// Bytes of it.
    #[expect(clippy::len_without_is_empty, reason = "a record is never empty")]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The record of an attempt.
    pub fn new(capture: &Capture<'_>) -> io::Result<Self> {
        Ok(Self {
            at: capture.at,
            bytes: packed(capture)?,
        })
    }
}

fn packed(capture: &Capture<'_>) -> io::Result<Vec<u8>> {
    let (kind, payload) = match capture.came_to {
        CameTo::Answer {
            earlier: Some(_),
            payload,
            ..
        } => ("revisit", payload),
        CameTo::Answer { payload, .. } => ("response", payload),
        CameTo::Nothing(reason) => ("metadata", reason),
    };
    let id = record_id(&[kind, capture.address, &stamp(capture.at), payload]);
    let mut head = Head::new(kind, &id, capture.at);
    head.add("WARC-Target-URI", capture.address);
    head.add(ROLE, capture.role.as_str());
    for (name, value) in capture.headers {
        head.add(name, value);
    }
    let (ip, message, earlier) = match capture.came_to {
        CameTo::Answer {
            ip,
            message,
            earlier,
            ..
        } => (ip, message, earlier),
        CameTo::Nothing(reason) => {
            head.add("Content-Type", "text/plain");
            return head.packed(&[reason.as_bytes()]);
        }
    };
    if let Some(ip) = ip {
        head.add("WARC-IP-Address", &ip.to_string());
    }
    head.add("WARC-Payload-Digest", payload);
    if let Some(earlier) = earlier {
        head.add("WARC-Profile", SAME_PAYLOAD);
        head.add("WARC-Refers-To-Target-URI", earlier.address);
        head.add("WARC-Refers-To-Date", &stamp(earlier.at));
    }
    head.add("Content-Type", "application/http;msgtype=response");
    let body = match earlier {
        Some(_) => &[][..],
        None => &message.sent,
    };
    head.packed(&[&http_head(message), body])
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
pub(super) struct Head(String);

impl Head {
    pub(super) fn new(kind: &str, id: &str, at: DateTime<Utc>) -> Self {
        let mut head = Self("WARC/1.1\r\n".into());
        head.add("WARC-Type", kind);
        head.add("WARC-Record-ID", id);
        head.add("WARC-Date", &stamp(at));
        head
    }

    pub(super) fn add(&mut self, name: &str, value: &str) {
        let value = value.replace(['\r', '\n'], " ");
        self.0.extend([name, ": ", &value, "\r\n"]);
    }

    /// The lines so far.
    pub(super) fn lines(&self) -> &str {
        &self.0
    }

    /// The record with its content, as one gzip member. The fastest level: most servers send compressed bodies, which no level makes
    /// smaller.
    fn packed(mut self, content: &[&[u8]]) -> io::Result<Vec<u8>> {
        let length: usize = content.iter().map(|part| part.len()).sum();
        self.add("Content-Length", &length.to_string());
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(self.0.as_bytes())?;
        encoder.write_all(b"\r\n")?;
        for part in content {
            encoder.write_all(part)?;
        }
        encoder.write_all(b"\r\n\r\n")?;
        encoder.finish()
    }
}

/// Digest of a body as it was sent.
pub fn payload_digest(sent: &[u8]) -> String {
    format!("sha256:{}", sha256_hex(sent))
}

/// A name that follows from what it names, so that a replay writes the same one.
pub(super) fn record_id(parts: &[&str]) -> String {
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

pub(super) fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}
