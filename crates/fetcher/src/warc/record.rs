//! One record: its header lines and its content.

use chrono::{DateTime, Utc};

use crate::message::Message;

/// A record as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    headers: Vec<(String, String)>,
    /// Bytes of content that the header announces.
    pub(super) content_length: u64,
    /// The content: of a response the HTTP message, of a resource the payload.
    pub content: Vec<u8>,
    /// Whether all of the content was there and the record ended where it says.
    pub is_whole: bool,
    /// Where in the file it begins: of a compressed file its member, where that begins with it.
    pub offset: Option<u64>,
}

impl Record {
    /// Reads the version line and header lines; a line that begins with white space goes on with the one before.
    pub(super) fn parse(head: &[u8]) -> Result<Self, String> {
        let text = String::from_utf8_lossy(head);
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in text.lines().skip(1) {
            if line.starts_with([' ', '\t'])
                && let Some((_, value)) = headers.last_mut()
            {
                value.push(' ');
                value.push_str(line.trim());
            } else if let Some((name, value)) = line.split_once(':') {
                headers.push((name.trim().to_owned(), value.trim().to_owned()));
            }
        }
        let mut record = Self {
            headers,
            content_length: 0,
            content: Vec::new(),
            is_whole: false,
            offset: None,
        };
        let length = record.header("Content-Length").map(str::parse);
        record.content_length = match length {
            Some(Ok(length)) => length,
            Some(Err(_)) => return Err("a record whose Content-Length is no number".into()),
            None => return Err("a record without Content-Length".into()),
        };
        Ok(record)
    }

    /// The value of a header, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// `response`, `request`, `revisit`, `warcinfo` …; empty where the record does not say.
    pub fn kind(&self) -> &str {
        self.header("WARC-Type").unwrap_or_default()
    }

    /// The address that was asked; some writers put it in angle brackets.
    pub fn address(&self) -> Option<&str> {
        let address = self.header("WARC-Target-URI")?;
        Some(address.trim_start_matches('<').trim_end_matches('>'))
    }

    /// When it was captured.
    pub fn date(&self) -> Option<DateTime<Utc>> {
        let date = DateTime::parse_from_rfc3339(self.header("WARC-Date")?);
        date.ok().map(|date| date.to_utc())
    }

    /// The HTTP message in the content, where it is one.
    pub fn message(&self) -> Option<Message> {
        let is_http = self
            .header("Content-Type")
            .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/http"));
        is_http.then(|| Message::parse(&self.content)).flatten()
    }
}
