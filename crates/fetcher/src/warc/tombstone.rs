//! A record that says no more than that something was removed, of any length: it names neither the address nor the text that was there.

use std::io::{self, Write as _};

use chrono::{DateTime, Utc};
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

use super::Record;
use super::decoded::MEMBER;
use super::member::{Head, record_id, stamp};

/// Content of the record; spaces may follow.
const REMOVED: &str = "removed on request";
/// Flag of a gzip member with a comment (RFC 1952, section 2.3.1).
const HAS_COMMENT: u8 = 1 << 4;
/// A stored block of no bytes (RFC 1951, section 3.2.4).
const EMPTY: [u8; 5] = [0, 0, 0, 0xff, 0xff];
/// The same as the last block of a stream.
const LAST: [u8; 5] = [1, 0, 0, 0xff, 0xff];

/// What a tombstone says: when something was removed, and where it stood.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tombstone<'a> {
    pub(super) at: DateTime<Utc>,
    /// Name of the file.
    pub(super) file: &'a str,
    pub(super) offset: u64,
}

/// A record has fewer bytes than the tombstone needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NeedsBytes(pub(super) usize);

impl Tombstone<'_> {
    /// A plain record of `length` bytes without the empty lines that end it: spaces in its content fill it up.
    pub(super) fn plain(&self, length: usize) -> Result<Vec<u8>, NeedsBytes> {
        // As wide as the longest number that can come out, so that the head's length does not depend on it.
        let width = length.to_string().len();
        let filled = |n_spaces: usize| {
            let content = REMOVED.len() + n_spaces;
            let head = self.head(&format!("{content:>width$}"));
            let spaces = " ".repeat(n_spaces);
            format!("{head}{REMOVED}{spaces}").into_bytes()
        };
        let needed = filled(0).len();
        let n_spaces = length.checked_sub(needed).ok_or(NeedsBytes(needed))?;
        Ok(filled(n_spaces))
    }

    /// A gzip member of `length` bytes. Blocks of no bytes behind the record fill it up, and a comment where they do not come out even:
    /// what is decoded is the record alone.
    pub(super) fn compressed(&self, length: usize) -> io::Result<Result<Vec<u8>, NeedsBytes>> {
        let head = self.head(&REMOVED.len().to_string());
        let record = format!("{head}{REMOVED}\r\n\r\n").into_bytes();
        let blocks = deflated(&record)?;
        // Ten bytes of header, eight of trailer.
        let needed = 10 + blocks.len() + LAST.len() + 8;
        let Some(filler) = length.checked_sub(needed) else {
            return Ok(Err(NeedsBytes(needed)));
        };
        let n_odd = filler % EMPTY.len();
        let flags = if n_odd > 0 { HAS_COMMENT } else { 0 };
        // No time, no hint of the level, an unknown system.
        let mut member = [&MEMBER[..], &[flags, 0, 0, 0, 0, 0, 255]].concat();
        if n_odd > 0 {
            member.extend(" ".repeat(n_odd - 1).as_bytes());
            member.push(0);
        }
        member.extend(blocks);
        member.extend(EMPTY.repeat(filler / EMPTY.len()));
        member.extend(LAST);
        let mut crc = Crc::new();
        crc.update(&record);
        member.extend(crc.sum().to_le_bytes());
        member.extend(crc.amount().to_le_bytes());
        Ok(Ok(member))
    }

    fn head(&self, content_length: &str) -> String {
        let place = [self.file, &self.offset.to_string(), &stamp(self.at)];
        let id = record_id(&[&["removed"], &place[..]].concat());
        let mut head = Head::new("metadata", &id, self.at);
        head.add("Content-Type", "text/plain");
        head.add("Content-Length", content_length);
        head.lines().to_owned() + "\r\n"
    }
}

impl Record {
    /// Whether it stands where [`remove`](super::remove) removed one.
    pub fn is_removed(&self) -> bool {
        self.kind() == "metadata"
            && self.address().is_none()
            && self.content.trim_ascii_end() == REMOVED.as_bytes()
    }
}

/// Blocks that hold these bytes, none of them the last; they end at a whole byte, where further blocks can follow.
fn deflated(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.flush()?;
    Ok(encoder.get_ref().clone())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::super::{CameTo, Capture, Member, Records, Role};
    use super::*;

    const TOMBSTONE: Tombstone<'_> = Tombstone {
        at: DateTime::UNIX_EPOCH,
        file: "newsprint-20240717-00000.warc.gz",
        offset: 12_345,
    };

    /// Has the bytes be one record, the tombstone, that ends where they do.
    fn check(bytes: &[u8], length: usize, file: Vec<u8>) {
        assert_eq!(bytes.len(), length);
        let records: Vec<_> = Records::new(Cursor::new(file)).unwrap().collect();
        let [Ok(first), Ok(second)] = &records[..] else {
            panic!("{length}: {records:?}");
        };
        assert!(first.is_whole && first.is_removed(), "{first:?}");
        assert_eq!(first.date(), Some(DateTime::UNIX_EPOCH));
        assert!(second.offset >= Some(length as u64) && !second.is_removed());
    }

    fn check_both(length: usize) {
        let next = "WARC/1.1\r\nWARC-Type: metadata\r\nContent-Length: 4\r\n\r\nnext\r\n\r\n";
        let plain = TOMBSTONE.plain(length).unwrap();
        let file = [&plain, &b"\r\n\r\n"[..], next.as_bytes()].concat();
        check(&plain, length, file);
        let packed = TOMBSTONE.compressed(length).unwrap().unwrap();
        let mut encoder = flate2::write::GzEncoder::new(packed.clone(), Compression::fast());
        encoder.write_all(next.as_bytes()).unwrap();
        check(&packed, length, encoder.finish().unwrap());
    }

    #[test]
    fn any_length_from_the_least_on_can_be_had() {
        let NeedsBytes(least_plain) = TOMBSTONE.plain(0).unwrap_err();
        let NeedsBytes(least) = TOMBSTONE.compressed(0).unwrap().unwrap_err();
        assert!(least < least_plain && least_plain < 250, "{least_plain}");
        assert_eq!(
            TOMBSTONE.compressed(least - 1).unwrap(),
            Err(NeedsBytes(least))
        );
        assert_eq!(TOMBSTONE.compressed(least).unwrap().unwrap().len(), least);
        // Every number of digits, every remainder, every edge of a block.
        for length in (250..1_300).chain(9_990..10_300).chain(65_530..65_560) {
            check_both(length);
        }
        check_both(16_000_001);
    }

    #[test]
    fn the_shortest_record_of_an_archive_has_room() {
        let capture = Capture {
            address: "http://a.io/",
            at: "2024-07-17T08:10:00.000000Z".parse().unwrap(),
            role: Role::Page,
            headers: &[],
            came_to: CameTo::Nothing(""),
        };
        let shortest = Member::new(&capture).unwrap().len();
        let needed = TOMBSTONE.compressed(0).unwrap().unwrap_err();
        assert!(needed.0 <= shortest, "{needed:?} of {shortest}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn a_tombstone_of_any_length_is_one_record(length in 250_usize..400_000) {
            check_both(length);
        }
    }
}
