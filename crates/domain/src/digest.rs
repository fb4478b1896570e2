//! Content digests, from which every public id is derived: the same content has the same id on every machine and store.

use sha2::{Digest as _, Sha256};

/// SHA-256 of `bytes` as 64 lower-case hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// SHA-256 of bytes that come in pieces.
#[derive(Debug, Clone, Default)]
pub struct Sha256Sum(Sha256);

impl Sha256Sum {
    /// Adds the bytes that come next.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest as 64 lower-case hexadecimal digits.
    pub fn finish(self) -> String {
        hexadecimal(&self.0.finalize())
    }
}

/// The first 32 hexadecimal digits of SHA-256 over `parts`.
///
/// Each part is preceded by its length, so that `["ab", "c"]` and `["a", "bc"]` differ.
pub fn content_id(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    let mut id = hexadecimal(&hasher.finalize());
    id.truncate(32);
    id
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| {
            [
                DIGITS[usize::from(byte >> 4)],
                DIGITS[usize::from(byte & 15)],
            ]
        })
        .map(char::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_of_the_empty_input_is_the_published_one() {
        assert_eq!(
            sha256_hex(b""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn pieces_have_the_digest_of_the_whole() {
        let mut sum = Sha256Sum::default();
        sum.update(b"a");
        sum.update(b"bc");
        assert_eq!(sum.finish(), sha256_hex(b"abc"));
    }

    #[test]
    fn parts_are_not_concatenated() {
        assert_ne!(content_id(&["ab", "c"]), content_id(&["a", "bc"]));
    }
}
