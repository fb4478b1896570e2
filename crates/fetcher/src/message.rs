//! An HTTP message as it went over the wire, from a server or from an archive.

use std::io::Read;

use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};

use crate::error::FetchError;

/// Header lines that are read.
const MAX_HEADERS: usize = 100;
/// How a member of a gzip stream begins.
const GZIP: [u8; 3] = [0x1f, 0x8b, 8];

/// A response, or a request with its body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// Status code; 0 of a request.
    pub status: u16,
    /// Names and values in their order.
    pub headers: Vec<(String, String)>,
    /// The body as it was sent.
    pub sent: Vec<u8>,
}

impl Message {
    /// Reads head and body; `None` where there is no head.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (head, body) = split_head(bytes)?;
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
            sent: body.to_vec(),
        })
    }

    /// The value of a header, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The body with transfer and content coding removed.
    ///
    /// Archives often keep a body decoded beside the headers of the coded one, and servers say gzip of what is none: what is not coded
    /// as the headers say is taken as it is. Bytes after the last member of a gzip body are ignored, as browsers do.
    ///
    /// # Errors
    ///
    /// [`FetchError::TooLarge`] where it has more than `limit_bytes`; [`FetchError::Undecodable`] where it breaks off, has another coding
    /// than gzip and deflate, or more than one.
    pub fn body(&self, limit_bytes: usize) -> Result<Vec<u8>, FetchError> {
        // Lines of one name are one list (RFC 9110, 5.2).
        let says = |name: &str| {
            let lines = self.headers.iter();
            let lines = lines.filter(|(known, _)| known.eq_ignore_ascii_case(name));
            let values: Vec<&str> = lines.map(|(_, value)| value.trim()).collect();
            values.join(", ").to_ascii_lowercase()
        };
        let whole = if says("Transfer-Encoding").contains("chunked") {
            without_chunks(&self.sent)
        } else {
            None
        };
        let sent = whole.as_deref().unwrap_or(&self.sent);
        let coding = says("Content-Encoding");
        match coding.as_str() {
            "gzip" | "x-gzip" if sent.starts_with(&GZIP) => unzipped(sent, limit_bytes),
            "" | "identity" | "gzip" | "x-gzip" if sent.len() > limit_bytes => {
                Err(FetchError::TooLarge { limit_bytes })
            }
            "" | "identity" | "gzip" | "x-gzip" => Ok(sent.to_vec()),
            "deflate" => match at_most(ZlibDecoder::new(sent), limit_bytes) {
                Err(FetchError::Undecodable(_)) => at_most(DeflateDecoder::new(sent), limit_bytes),
                decoded => decoded,
            },
            other => Err(FetchError::Undecodable(format!(
                "the body is coded as {other}, and only gzip or deflate alone is read"
            ))),
        }
    }
}

/// All that a reader gives, if it is no more than `limit_bytes`.
fn at_most(reader: impl Read, limit_bytes: usize) -> Result<Vec<u8>, FetchError> {
    let mut bytes = Vec::new();
    let mut limited = reader.take(limit_bytes as u64 + 1);
    if let Err(error) = limited.read_to_end(&mut bytes) {
        return Err(FetchError::Undecodable(format!("decode the body: {error}")));
    }
    if bytes.len() > limit_bytes {
        return Err(FetchError::TooLarge { limit_bytes });
    }
    Ok(bytes)
}

/// The members of a gzip body, one after another.
fn unzipped(sent: &[u8], limit_bytes: usize) -> Result<Vec<u8>, FetchError> {
    let mut whole = Vec::new();
    let mut rest = sent;
    while rest.starts_with(&GZIP) {
        let mut decoder = GzDecoder::new(rest);
        let room = limit_bytes - whole.len();
        match at_most(&mut decoder, room) {
            Ok(member) => whole.extend(member),
            Err(FetchError::TooLarge { .. }) => return Err(FetchError::TooLarge { limit_bytes }),
            Err(error) => return Err(error),
        }
        rest = decoder.into_inner();
    }
    Ok(whole)
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
        let (chunk, after) = rest.split_at(size.min(rest.len()));
        whole.extend_from_slice(chunk);
        let line_end = after.strip_prefix(b"\r\n").or(after.strip_prefix(b"\n"));
        rest = line_end.unwrap_or(after);
    }
    (!is_first).then_some(whole)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn body(head: &str, body: &[u8]) -> Result<Vec<u8>, FetchError> {
        let head = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n");
        let content = [head.as_bytes(), body].concat();
        Message::parse(&content).unwrap().body(100)
    }

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn chunks_are_joined() {
        let chunked = "Transfer-Encoding: chunked";
        let joined = body(chunked, b"3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").unwrap();
        assert_eq!(joined, b"abcde");
        assert_eq!(body(chunked, b"3\r\nabc\r\n9\r\nde").unwrap(), b"abcde");
        let plain = b"<html>\nnot chunked";
        assert_eq!(body(chunked, plain).unwrap(), plain);
    }

    #[test]
    fn one_coding_is_removed_where_it_is_there() {
        let gzip = "Content-Encoding: gzip";
        assert_eq!(body(gzip, &packed(b"abc")).unwrap(), b"abc");
        let members = [packed(b"abc"), packed(b"de"), b"garbage".to_vec()].concat();
        assert_eq!(body(gzip, &members).unwrap(), b"abcde");
        assert_eq!(body(gzip, b"plain").unwrap(), b"plain");
        let mut cut = packed(b"abc");
        cut.truncate(cut.len() - 6);
        for (head, sent) in [
            (gzip, cut.as_slice()),
            ("Content-Encoding: gzip, gzip", b"x"),
            ("Content-Encoding: gzip\r\nContent-Encoding: gzip", b"x"),
            ("Content-Encoding: br", b"x"),
        ] {
            let error = body(head, sent).unwrap_err();
            assert_eq!(error.kind(), "decode_error", "{head}");
        }
    }

    #[test]
    fn bodies_have_a_limit() {
        assert_eq!(body("Server: x", &[b'x'; 100]).unwrap().len(), 100);
        assert_eq!(
            body("Server: x", &[b'x'; 101]).unwrap_err().kind(),
            "too_large"
        );
        let bomb = [packed(&[0; 60]), packed(&[0; 60])].concat();
        assert_eq!(
            body("Content-Encoding: gzip", &bomb).unwrap_err().kind(),
            "too_large"
        );
    }

    #[test]
    fn a_message_has_a_status_and_headers_of_any_case() {
        let message = Message::parse(b"HTTP/1.0 404 Not Found\nContent-type: text/html\n\nx");
        let message = message.unwrap();
        assert_eq!(message.status, 404);
        assert_eq!(message.header("Content-Type"), Some("text/html"));
        assert_eq!(Message::parse(b"no head at all"), None);
    }
}
