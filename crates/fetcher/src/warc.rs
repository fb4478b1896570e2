//! WARC files (ISO 28500, versions 1.0 and 1.1), plain or compressed, whole or damaged.
//!
//! A record that cannot be read is reported, and reading goes on with the next one that can: at the next member of a compressed file,
//! at the next line that begins a record of a plain one. A record that breaks off because the next one begins in it gives way to that.

mod decoded;
mod member;
mod record;
mod removal;
mod tombstone;
mod writer;

use std::collections::VecDeque;
use std::io::{self, Read, Seek};

use decoded::Decoded;

pub use member::{CameTo, Capture, Earlier, Member, ROLE, Role, payload_digest};
pub use record::Record;
pub use removal::{Removal, RemovalError, remove};
pub use writer::{Archive, Place};

/// Bytes of a record's header lines, all together.
const MAX_HEADER_BYTES: usize = 64 * 1024;
/// Bytes of content that are kept; a page on the wire has half as many.
pub const MAX_CONTENT_BYTES: u64 = 16 * 1024 * 1024;
/// What a record begins with.
const MAGIC: &[u8] = b"WARC/";
/// What a record within another begins with, on a line of its own.
const NEXT: &[u8] = b"\nWARC/1.";

/// Something in a file that is no readable record; reading has gone on behind it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Damage(String);

/// The records of a file, in its order.
pub struct Records<R> {
    decoded: Decoded<R>,
    /// Decoded bytes that were read and not yet taken, from `at` on.
    ahead: Vec<u8>,
    at: usize,
    /// How many bytes were decoded.
    n_decoded: u64,
    /// Members from `at` on: the decoded byte with which each begins, and where it begins in the file.
    members: VecDeque<(u64, u64)>,
    last_member: Option<u64>,
    /// Damage behind what was read, which is reported when that is used up.
    damage: Option<Damage>,
    has_failed: bool,
}

impl<R: Read + Seek> Records<R> {
    /// The records of `file`, compressed or not, as its first bytes say.
    pub fn new(file: R) -> io::Result<Self> {
        Ok(Self {
            decoded: Decoded::new(file)?,
            ahead: Vec::new(),
            at: 0,
            n_decoded: 0,
            members: VecDeque::new(),
            last_member: None,
            damage: None,
            has_failed: false,
        })
    }

    /// Reads on until `ahead` holds `n` bytes from `at` on; fewer at the end and before damage.
    fn fill(&mut self, n: usize) -> io::Result<&[u8]> {
        while self.ahead.len() - self.at < n && self.damage.is_none() {
            if self.at > 0 && self.at * 2 > self.ahead.len() {
                self.ahead.drain(..self.at);
                self.at = 0;
            }
            let mut chunk = [0; 16 * 1024];
            match self.decoded.read(&mut chunk) {
                Ok(0) => break,
                Ok(read) => {
                    self.note_member();
                    self.n_decoded += read as u64;
                    self.ahead.extend_from_slice(&chunk[..read]);
                }
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    self.damage = Some(Damage(error.to_string()));
                }
                Err(error) => return Err(error),
            }
        }
        let end = self.ahead.len().min(self.at + n);
        Ok(&self.ahead[self.at..end])
    }

    /// Notes that the next decoded byte is the first of a member, where it is.
    fn note_member(&mut self) {
        if let Some(start) = self.decoded.start()
            && self.last_member != Some(start)
        {
            self.last_member = Some(start);
            self.members.push_back((self.n_decoded, start));
        }
    }

    /// How many decoded bytes were taken.
    fn n_taken(&self) -> u64 {
        self.n_decoded - (self.ahead.len() - self.at) as u64
    }

    /// Where in the file the record at `at` begins.
    fn offset(&mut self) -> Option<u64> {
        let at = self.n_taken();
        if self.decoded.start().is_none() {
            return Some(at);
        }
        while self.members.front().is_some_and(|(first, _)| *first < at) {
            self.members.pop_front();
        }
        let member = self.members.front().filter(|(first, _)| *first == at);
        member.map(|(_, start)| *start)
    }

    /// The next line with its end; empty at the end of the file.
    fn line(&mut self, limit: usize) -> io::Result<Vec<u8>> {
        let mut known = 256;
        loop {
            let window = self.fill(known)?;
            if let Some(end) = window.iter().position(|byte| *byte == b'\n') {
                let line = window[..=end].to_vec();
                self.at += line.len();
                return Ok(line);
            }
            if window.len() < known || known >= limit {
                let line = window.to_vec();
                self.at += line.len();
                return Ok(line);
            }
            known *= 2;
        }
    }

    /// Goes to the next line that begins a record, or to the end: whether there is one, and whether anything but empty lines was passed
    /// over.
    fn find_start(&mut self) -> io::Result<(bool, bool)> {
        let mut has_passed = false;
        loop {
            let begins = self.fill(MAGIC.len())?;
            if begins.is_empty() {
                return Ok((false, has_passed));
            }
            if begins == MAGIC {
                return Ok((true, has_passed));
            }
            let line = self.line(MAX_HEADER_BYTES)?;
            // Padding may stand before a record within its line.
            if let Some(place) = line.windows(MAGIC.len()).position(|window| window == MAGIC) {
                self.at -= line.len() - place;
            }
            has_passed |= line.iter().any(|byte| !matches!(byte, b'\r' | b'\n' | 0));
        }
    }

    fn record(&mut self) -> io::Result<Option<Result<Record, Damage>>> {
        let (is_there, has_passed) = self.find_start()?;
        if has_passed {
            let what = "bytes that belong to no record";
            return Ok(Some(Err(Damage(what.into()))));
        }
        if !is_there {
            return Ok(self.damage.take().map(Err));
        }
        let offset = self.offset();
        let mut head = Vec::new();
        loop {
            let line = self.line(MAX_HEADER_BYTES)?;
            let is_last = line.is_empty() || line.trim_ascii().is_empty();
            head.extend_from_slice(&line);
            if is_last {
                break;
            }
            if head.len() > MAX_HEADER_BYTES {
                return Ok(Some(Err(Damage("a record with endless headers".into()))));
            }
        }
        let mut record = match Record::parse(&head) {
            Ok(record) => record,
            Err(reason) => return Ok(Some(Err(Damage(reason)))),
        };
        record.offset = offset;
        let length = record.content_length;
        if length > MAX_CONTENT_BYTES {
            self.skip(length)?;
            let what = format!("a record of {length} bytes, more than {MAX_CONTENT_BYTES}");
            return Ok(Some(Err(Damage(what))));
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let content = self.fill(length + NEXT.len())?;
        let is_ended = content.get(length..).is_some_and(|end| {
            end.is_empty() || end.starts_with(b"\r\n") || end.starts_with(b"\n")
        });
        let mut taken = content.len().min(length);
        record.is_whole = taken == length && is_ended;
        if !record.is_whole
            && let Some(next) = content.windows(NEXT.len()).position(|some| some == NEXT)
        {
            taken = next + 1;
        }
        record.content = content[..taken].to_vec();
        self.at += taken;
        Ok(Some(Ok(record)))
    }

    /// Leaves out `n` bytes, or all that are left.
    fn skip(&mut self, n: u64) -> io::Result<()> {
        let mut left = n;
        while left > 0 {
            let step = usize::try_from(left).unwrap_or(usize::MAX).min(64 * 1024);
            let found = self.fill(step)?.len();
            if found == 0 {
                break;
            }
            self.at += found;
            left -= found as u64;
        }
        Ok(())
    }
}

impl<R: Read + Seek> Iterator for Records<R> {
    type Item = Result<Record, Damage>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_failed {
            return None;
        }
        match self.record() {
            Ok(record) => record,
            Err(error) => {
                self.has_failed = true;
                Some(Err(Damage(format!("read on: {error}"))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn record(content: &str) -> Vec<u8> {
        let length = content.len();
        format!(
            "WARC/1.0\r\nWARC-Type: resource\r\nContent-Length: {length}\r\n\r\n{content}\r\n\r\n"
        )
        .into_bytes()
    }

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// Contents of records; of one that breaks off with "…"; "!" for damage.
    fn read(bytes: Vec<u8>) -> Vec<String> {
        let records = Records::new(Cursor::new(bytes))
            .unwrap()
            .map(|record| match record {
                Ok(record) => {
                    let content = String::from_utf8_lossy(&record.content).into_owned();
                    content + if record.is_whole { "" } else { "…" }
                }
                Err(_) => "!".into(),
            });
        records.collect()
    }

    #[test]
    fn plain_compressed_by_record_and_compressed_as_a_whole() {
        let contents = ["one", "", "three\r\n\r\nlines"];
        let records = contents.map(record);
        assert_eq!(read(records.concat()), contents);
        assert_eq!(
            read(records.clone().map(|record| packed(&record)).concat()),
            contents
        );
        assert_eq!(read(packed(&records.concat())), contents);
        assert!(read(vec![]).is_empty());
    }

    #[test]
    fn records_say_where_they_begin() {
        let offsets = |bytes: Vec<u8>| {
            let records = Records::new(Cursor::new(bytes)).unwrap();
            let offsets = records.map(|record| record.unwrap().offset);
            offsets.collect::<Vec<_>>()
        };
        let (first, second) = (record("one"), record(&"two".repeat(50_000)));
        let plain = [first.clone(), second.clone(), record("x")].concat();
        let after = (first.len() + second.len()) as u64;
        assert_eq!(
            offsets(plain.clone()),
            [Some(0), Some(first.len() as u64), Some(after)]
        );
        assert_eq!(offsets(packed(&plain)), [Some(0), None, None]);
        let members = [packed(&first), packed(&second), packed(&record("x"))];
        let second = members[0].len() as u64;
        let third = second + members[1].len() as u64;
        assert_eq!(
            offsets(members.concat()),
            [Some(0), Some(second), Some(third)]
        );
    }

    #[test]
    fn a_plain_record_that_breaks_off_gives_way_to_the_next() {
        let mut first = record("0123456789");
        first.truncate(first.len() - 9);
        let file = [first, b"\r\n".to_vec(), record("two")].concat();
        assert_eq!(read(file), ["01234\r\n…", "two"]);
        let mut last = record("0123456789");
        last.truncate(last.len() - 9);
        assert_eq!(read([record("one"), last].concat()), ["one", "01234…"]);
    }

    #[test]
    fn a_length_that_is_wrong_costs_one_record() {
        let long = b"WARC/1.0\r\nContent-Length: 999999\r\n\r\nshort\r\n\r\n".to_vec();
        assert_eq!(
            read([long, record("two")].concat()),
            ["short\r\n\r\n…", "two"]
        );
        let none = b"WARC/1.0\r\nWARC-Type: resource\r\n\r\nx\r\n\r\n".to_vec();
        assert_eq!(read([none, record("two")].concat()), ["!", "!", "two"]);
    }

    #[test]
    fn a_damaged_member_costs_its_records_alone() {
        let mut damaged = packed(&record(&"0123456789".repeat(50)));
        let middle = damaged.len() / 2;
        damaged.truncate(middle);
        let file = [packed(&record("one")), damaged, packed(&record("three"))].concat();
        assert_eq!(read(file), ["one", "!", "three"]);
        let mut flipped = packed(&record("two"));
        flipped[20] ^= 0xff;
        let file = [packed(&record("one")), flipped, packed(&record("three"))].concat();
        let read = read(file);
        assert_eq!(
            (
                read.first().unwrap().as_str(),
                read.last().unwrap().as_str()
            ),
            ("one", "three")
        );
    }

    #[test]
    fn a_bomb_is_passed_over() {
        let huge = format!("WARC/1.0\r\nContent-Length: {}\r\n\r\n", 64 << 20);
        let bomb = packed(&[huge.into_bytes(), vec![0; 64 << 20]].concat());
        assert_eq!(read([bomb, packed(&record("two"))].concat()), ["!", "two"]);
    }
}
