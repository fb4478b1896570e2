//! Bytes of a page to text, by the first of: byte order mark, Content-Type, `<meta charset>`, valid UTF-8, a guess.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// How far into a page browsers look for `<meta charset>`.
const META_BYTES: usize = 1024 * 4;

/// The text of a page; bytes that mean nothing in its encoding become U+FFFD.
pub(crate) fn decode(bytes: &[u8], content_type: Option<&str>) -> String {
    let encoding = Encoding::for_bom(bytes)
        .map(|(encoding, _)| encoding)
        .or_else(|| content_type.and_then(charset_of))
        .or_else(|| charset_in_meta(bytes))
        .unwrap_or_else(|| guess(bytes));
    encoding.decode(bytes).0.into_owned()
}

fn charset_of(text: &str) -> Option<&'static Encoding> {
    let lower_case = text.to_ascii_lowercase();
    let (_, after) = lower_case.split_once("charset=")?;
    let label = after
        .trim_start_matches(['"', '\'', ' '])
        .split(['"', '\'', ' ', ';', '>', '/'])
        .next()?;
    Encoding::for_label(label.as_bytes())
}

/// What `<meta>` can say: a page whose `<meta>` is legible in ASCII is not in UTF-16, and browsers then take UTF-8.
fn charset_of_meta(tag: &str) -> Option<&'static Encoding> {
    let encoding = charset_of(tag)?;
    let is_utf_16 = encoding == UTF_16BE || encoding == UTF_16LE;
    Some(if is_utf_16 { UTF_8 } else { encoding })
}

fn charset_in_meta(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(META_BYTES)]).to_ascii_lowercase();
    head.split("<meta")
        .skip(1)
        .find_map(|tag| charset_of_meta(tag.split('>').next()?))
}

pub(crate) fn guess(bytes: &[u8]) -> &'static Encoding {
    if std::str::from_utf8(bytes).is_ok() {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Allow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declared_charset_is_used_and_utf_8_is_recognised() {
        let latin = b"<meta charset=\"iso-8859-1\"><p>Soci\xe9t\xe9</p>";
        assert!(decode(latin, None).contains("Société"));
        assert!(
            decode(b"Soci\xe9t\xe9", Some("text/html; charset=windows-1252")).contains("Société")
        );
        assert!(decode("<p>Société</p>".as_bytes(), None).contains("Société"));
        assert!(decode("<meta charset=utf-16><p>Société".as_bytes(), None).contains("Société"));
        assert_eq!(
            decode(b"\xef\xbb\xbfplain", Some("text/html; charset=latin1")),
            "plain"
        );
    }

    #[test]
    fn bytes_of_no_encoding_are_kept_as_replacement_characters() {
        assert!(decode(b"a\xff\xfe\xfdb", Some("text/html; charset=utf-8")).starts_with('a'));
        assert_eq!(decode(b"", None), "");
    }
}
