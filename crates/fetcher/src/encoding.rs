//! Bytes of a feed to text, by the first of: byte order mark, how `<?` is written, valid UTF-8, the XML declaration, a guess.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};

/// How far into a document its declaration may reach.
const DECLARATION_BYTES: usize = 256;

/// The text; bytes that mean nothing in its encoding become U+FFFD.
pub(crate) fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    if let Some(text) = utf_32(bytes) {
        return Cow::Owned(text);
    }
    let encoding = Encoding::for_bom(bytes)
        .map(|(encoding, _)| encoding)
        .or_else(|| by_first_bytes(bytes))
        .or_else(|| is_surely_utf_8(bytes).then_some(UTF_8))
        .or_else(|| declared(bytes).filter(|encoding| is_readable(encoding, bytes)))
        .unwrap_or_else(|| crate::decode::guess(bytes));
    encoding.decode(bytes).0
}

/// Whether bytes beyond ASCII are there and all are UTF-8, which no other text is by chance: many declare another encoding.
fn is_surely_utf_8(bytes: &[u8]) -> bool {
    !bytes.is_ascii() && std::str::from_utf8(bytes).is_ok()
}

fn by_first_bytes(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes.get(..4)? {
        [0, b'<', 0, b'?'] => Some(UTF_16BE),
        [b'<', 0, b'?', 0] => Some(UTF_16LE),
        _ => None,
    }
}

/// What `<?xml … encoding="…"?>` says; what is legible as ASCII is not in UTF-16.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(DECLARATION_BYTES)]);
    let (declaration, _) = head.trim_start().strip_prefix("<?xml")?.split_once("?>")?;
    let (_, after) = declaration.split_once("encoding")?;
    let label = after.trim_start_matches(['=', ' ', '"', '\'']);
    let label = label.split(['"', '\'']).next()?;
    let encoding = Encoding::for_label(label.trim().as_bytes())?;
    match encoding {
        _ if encoding == UTF_16BE || encoding == UTF_16LE => Some(UTF_8),
        _ if encoding == GBK => Some(GB18030),
        _ => Some(encoding),
    }
}

fn is_readable(encoding: &'static Encoding, bytes: &[u8]) -> bool {
    !encoding.decode_without_bom_handling(bytes).1
}

/// Four bytes for each character, which browsers no longer read and feeds hardly write.
fn utf_32(bytes: &[u8]) -> Option<String> {
    let read: fn([u8; 4]) -> u32 = match bytes.get(..4)? {
        [0, 0, 0xfe, 0xff] | [0, 0, 0, b'<'] => u32::from_be_bytes,
        [0xff, 0xfe, 0, 0] | [b'<', 0, 0, 0] => u32::from_le_bytes,
        _ => return None,
    };
    let characters = bytes.as_chunks::<4>().0.iter().map(|four| {
        let character = char::from_u32(read(*four));
        character.unwrap_or(char::REPLACEMENT_CHARACTER)
    });
    Some(characters.filter(|c| *c != '\u{feff}').collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_declarations_and_guesses() {
        let utf_16: Vec<u8> = "<?xml version='1.0'?><rss/>"
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect();
        assert_eq!(text_of(&utf_16), "<?xml version='1.0'?><rss/>");
        let utf_32: Vec<u8> = "<é/>"
            .chars()
            .flat_map(|c| u32::from(c).to_le_bytes())
            .collect();
        assert_eq!(text_of(&utf_32), "<é/>");
        let latin = b"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><t>\xe9</t>";
        assert!(text_of(latin).contains("<t>é</t>"));
        let ascii = "<?xml version=\"1.0\" encoding=\"us-ascii\"?><t>Börse</t>";
        assert!(text_of(ascii.as_bytes()).contains("<t>Börse</t>"));
        // Says UTF-8 and is not.
        let wrong =
            b"<?xml version=\"1.0\" encoding=\"utf-8\"?><t>Soci\xe9t\xe9 G\xe9n\xe9rale</t>";
        assert!(text_of(wrong).contains("Société Générale"));
    }
}
