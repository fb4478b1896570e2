//! An HTTP response as an archive keeps it: what went over the wire, or something near it.

use std::io::Read as _;

use flate2::bufread::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

/// Header lines that are read.
const MAX_HEADERS: usize = 100;

/// A response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Status code; 0 of a request.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The body as it was sent.
    raw: Vec<u8>,
}

impl Message {
    /// Reads the head of a message; `None` where it has none.
    pub(super) fn parse(content: &[u8]) -> Option<Self> {
        let (head, body) = split_head(content)?;
        let text = String::from_utf8_lossy(head);
        let mut lines = text.lines();
        let first = lines.next()?;
        let status = match first.strip_prefix("HTTP/") {
            Some(rest) => rest.split_whitespace().nth(1)?.parse().ok()?,
            None => 0,
        };
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers = headers.take(MAX_HEADERS);
        Some(Self {
            status,
            headers: headers
                .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
                .collect(),
            raw: body.to_vec(),
        })
    }

    /// The value of a header, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The body with transfer and content coding removed, of at most `limit` bytes; `None` where it is larger or cannot be decoded.
    ///
    /// Archives often keep a body decoded beside the headers of the coded one: what is not coded as the headers say is taken as it is.
    pub fn body(&self, limit: usize) -> Option<Vec<u8>> {
        let says = |name: &str, value: &str| {
            let said = self.header(name).unwrap_or_default().to_ascii_lowercase();
            said.contains(value)
        };
        let whole = if says("Transfer-Encoding", "chunked") {
            without_chunks(&self.raw)
        } else {
            None
        };
        let sent = whole.as_deref().unwrap_or(&self.raw);
        if says("Content-Encoding", "gzip") && sent.starts_with(&[0x1f, 0x8b]) {
            return at_most(MultiGzDecoder::new(sent), limit);
        }
        if says("Content-Encoding", "deflate") {
            let decoded = at_most(ZlibDecoder::new(sent), limit);
            return decoded.or_else(|| at_most(DeflateDecoder::new(sent), limit));
        }
        if says("Content-Encoding", "br") || says("Content-Encoding", "zstd") {
            return None;
        }
        (sent.len() <= limit).then(|| sent.to_vec())
    }
}

/// All that a decoder gives, if it is no more than `limit`; a body that breaks off gives what came before.
fn at_most(decoder: impl std::io::Read, limit: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = decoder.take(limit as u64 + 1).read_to_end(&mut bytes);
    let is_enough = read.is_ok() || !bytes.is_empty();
    (is_enough && bytes.len() <= limit).then_some(bytes)
}

/// Splits at the first empty line.
fn split_head(content: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut at = 0;
    while let Some(end) = content[at..].iter().position(|byte| *byte == b'\n') {
        let line = &content[at..at + end];
        at += end + 1;
        if line.trim_ascii().is_empty() {
            return Some(content.split_at(at));
        }
    }
    None
}

/// The body of a chunked message; `None` where it is not chunked at all. What breaks off ends there.
fn without_chunks(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    let mut is_first = true;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(&rest[..end]);
        let size = line.split(';').next().unwrap_or_default().trim();
        let Ok(size) = usize::from_str_radix(size, 16) else {
            return if is_first { None } else { Some(whole) };
        };
        is_first = false;
        rest = &rest[end + 1..];
        if size == 0 {
            break;
        }
        let chunk = &rest[..size.min(rest.len())];
        whole.extend_from_slice(chunk);
        rest = &rest[chunk.len()..];
        rest = rest
            .strip_prefix(b"\r\n")
            .or(rest.strip_prefix(b"\n"))
            .unwrap_or(rest);
    }
    (!is_first).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(head: &str, body: &[u8]) -> Option<Vec<u8>> {
        let content = [
            format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n").as_bytes(),
            body,
        ]
        .concat();
        Message::parse(&content).unwrap().body(100)
    }

    #[test]
    fn codings_are_removed_where_they_are_there() {
        let chunked = "Transfer-Encoding: chunked";
        assert_eq!(
            body(chunked, b"3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").unwrap(),
            b"abcde"
        );
        assert_eq!(body(chunked, b"3\r\nabc\r\n9\r\nde").unwrap(), b"abcde");
        assert_eq!(
            body(chunked, b"<html>\nnot chunked").unwrap(),
            b"<html>\nnot chunked"
        );
        assert_eq!(body("Content-Encoding: gzip", b"plain").unwrap(), b"plain");
        assert_eq!(body("Content-Encoding: br", b"\x0b\x02"), None);
        assert_eq!(body("Server: x", &[b'x'; 101]), None);
    }

    #[test]
    fn a_message_has_a_status_and_headers_of_any_case() {
        let message =
            Message::parse(b"HTTP/1.0 404 Not Found\nContent-type: text/html\n\nx").unwrap();
        assert_eq!(
            (message.status, message.header("Content-Type")),
            (404, Some("text/html"))
        );
        assert_eq!(Message::parse(b"no head at all"), None);
    }
}
