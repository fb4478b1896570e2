//! Takes the content of one record out of a file in place, so that every other record stays where it is.
//!
//! A record that says that something was removed stands there afterwards, padded to the same length. The file is overwritten and not
//! replaced by a copy, since another process may be appending to it: what that wrote after the copy would be lost. So that a crash leaves
//! no half, what is to be written stands whole in a file beside it first.
//!
//! The bytes are gone from the file; what a file system, a disk or a backup keeps of earlier contents is theirs to erase.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Cursor, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use flate2::bufread::GzDecoder;

use super::decoded::MEMBER;
use super::tombstone::{NeedsBytes, Tombstone};
use super::{MAGIC, MAX_CONTENT_BYTES, Record, Records};

/// Bytes of a record, as it stands in the file, that can be removed.
const MAX_BYTES: u64 = 2 * MAX_CONTENT_BYTES;

/// Why a record was not removed.
#[derive(Debug, thiserror::Error)]
pub enum RemovalError {
    /// A file cannot be read or written. Where it happens while the record is overwritten, removing it again finishes that.
    #[error("remove a record: {0}")]
    File(#[from] io::Error),
    /// No record begins there, or no whole one, or it shares its gzip member with others; the file is as it was.
    #[error("remove the record at byte {offset}: {reason}")]
    NoRecord {
        /// Where one was looked for.
        offset: u64,
        /// What is there.
        reason: String,
    },
    /// The record is shorter than one that says that it was removed; none that [`Archive`](super::Archive) writes is. The file is as it
    /// was.
    #[error(
        "remove the record at byte {offset}: its {length} bytes have no room for the {needed} that say that it was removed"
    )]
    TooShort {
        /// Where it begins.
        offset: u64,
        /// Bytes of the record in the file.
        length: usize,
        /// Bytes that are needed.
        needed: usize,
    },
}

/// What came of a removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// The record is gone now.
    Done,
    /// It was gone already.
    WasDone,
}

/// Overwrites the record that begins at byte `offset` of `file`, compressed or not, by one that says that it was removed at `at`.
///
/// That is a `metadata` record without an address, for which [`Record::is_removed`] holds.
///
/// All bytes of other records stay as and where they are, and what is written is on the disk on return. A crash leaves the old record,
/// the new one, or, while it is overwritten, a damaged one, which [`Records`] reports before it reads on behind it. Until the new one is
/// on the disk, it lies beside the WARC file as `FILE.OFFSET.removal`, from where calling this again finishes.
///
/// It waits while another process removes from the same file. A record's address stands in others too: in those of other attempts, and
/// in revisits of it.
pub fn remove(file: &Path, offset: u64, at: DateTime<Utc>) -> Result<Removal, RemovalError> {
    let mut open = OpenOptions::new().read(true).write(true).open(file)?;
    open.lock()?;
    let pending = pending(file, offset);
    let tombstone = match fs::read(&pending) {
        Ok(tombstone) if fits(&mut open, offset, &tombstone)? => tombstone,
        Ok(_) => {
            return Err(none(
                offset,
                &format!("{} is of another record", pending.display()),
            ));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let found = Found::at(&mut open, offset)?;
            if found.record.is_removed() {
                return Ok(Removal::WasDone);
            }
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let file = &name;
            let tombstone = found.tombstone(Tombstone { at, file, offset })?;
            write_whole(&pending, &tombstone)?;
            tombstone
        }
        Err(error) => return Err(error.into()),
    };
    open.seek(SeekFrom::Start(offset))?;
    open.write_all(&tombstone)?;
    open.sync_data()?;
    fs::remove_file(&pending)?;
    sync_folder(&pending)?;
    Ok(Removal::Done)
}

fn none(offset: u64, reason: &str) -> RemovalError {
    RemovalError::NoRecord {
        offset,
        reason: reason.to_owned(),
    }
}

/// A record as it stands in a file.
struct Found {
    record: Record,
    is_compressed: bool,
    /// Bytes of it: of a compressed one its member, of a plain one without the empty lines behind it.
    length: usize,
}

impl Found {
    fn at(file: &mut File, offset: u64) -> Result<Self, RemovalError> {
        let begins = bytes_at(file, offset, MAGIC.len() as u64)?;
        let is_compressed = begins.starts_with(&MEMBER);
        if !is_compressed && begins != MAGIC {
            return Err(none(offset, "none begins there"));
        }
        let limit = match is_compressed {
            true => member_length(file, offset)?,
            false => MAX_BYTES,
        };
        if limit > MAX_BYTES {
            return Err(none(offset, "a gzip member larger than any record"));
        }
        let bytes = bytes_at(file, offset, limit)?;
        let mut records = Records::new(Cursor::new(&bytes))?;
        let record = match records.next() {
            Some(Ok(record)) if record.is_whole => record,
            Some(Ok(_)) => return Err(none(offset, "it breaks off")),
            Some(Err(damage)) => return Err(none(offset, &damage.to_string())),
            None => return Err(none(offset, "an empty gzip member")),
        };
        let length = match is_compressed {
            false => usize::try_from(records.n_taken()).unwrap_or(usize::MAX),
            true if records.next().is_none() => bytes.len(),
            true => return Err(none(offset, "its gzip member holds others too")),
        };
        Ok(Self {
            record,
            is_compressed,
            length,
        })
    }

    /// What is to stand in its place, of the same length.
    fn tombstone(&self, tombstone: Tombstone<'_>) -> Result<Vec<u8>, RemovalError> {
        let made = match self.is_compressed {
            true => tombstone.compressed(self.length)?,
            false => tombstone.plain(self.length),
        };
        made.map_err(|NeedsBytes(needed)| RemovalError::TooShort {
            offset: tombstone.offset,
            length: self.length,
            needed,
        })
    }
}

/// Up to `length` bytes from `offset` on.
fn bytes_at(file: &mut File, offset: u64, length: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Bytes of the gzip member that begins at `offset`.
fn member_length(file: &mut File, offset: u64) -> Result<u64, RemovalError> {
    file.seek(SeekFrom::Start(offset))?;
    let mut decoder = GzDecoder::new(BufReader::new(file));
    match io::copy(&mut decoder, &mut io::sink()) {
        Ok(_) => Ok(decoder.into_inner().stream_position()? - offset),
        Err(error) => match error.kind() {
            ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::UnexpectedEof => {
                Err(none(offset, &format!("a damaged gzip member: {error}")))
            }
            _ => Err(error.into()),
        },
    }
}

/// Whether what follows on so many bytes is where a record ends, lest what lies beside another file of this name be written to it.
fn fits(file: &mut File, offset: u64, tombstone: &[u8]) -> io::Result<bool> {
    let end = offset + tombstone.len() as u64;
    let behind = bytes_at(file, end, MEMBER.len() as u64)?;
    Ok(match tombstone.starts_with(&MEMBER) {
        true if behind.is_empty() => file.metadata()?.len() == end,
        true => behind == MEMBER,
        false => behind.starts_with(b"\r\n") || behind.starts_with(b"\n"),
    })
}

/// Where what is to be written at an offset of a file lies until it is written.
fn pending(file: &Path, offset: u64) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".{offset}.removal"));
    name.into()
}

/// Has a file with these bytes, all of them or none, on the disk.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let partial = path.with_extension("partial");
    let mut file = File::create(&partial)?;
    file.write_all(bytes)?;
    file.sync_data()?;
    fs::rename(&partial, path)?;
    sync_folder(path)
}

/// Has the list of names in a file's folder on the disk.
fn sync_folder(file: &Path) -> io::Result<()> {
    let parent = file
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    if cfg!(unix) {
        File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{CameTo, Capture, Member, Role, payload_digest};
    use super::*;
    use crate::message::Message;

    fn at() -> DateTime<Utc> {
        "2024-07-18T08:10:00Z".parse().unwrap()
    }

    const ADDRESS: &str = "https://harbourledger.example/small-caps-soared";

    fn member(body: &[u8]) -> Vec<u8> {
        let message = Message {
            status: 200,
            headers: vec![("Content-Type".into(), "text/html".into())],
            sent: body.to_vec(),
        };
        let capture = Capture {
            address: ADDRESS,
            at: "2024-07-17T08:10:00Z".parse().unwrap(),
            role: Role::Page,
            headers: &[],
            came_to: CameTo::Answer {
                ip: None,
                message: &message,
                payload: &payload_digest(body),
                earlier: None,
            },
        };
        Member::new(&capture).unwrap().bytes
    }

    fn unpacked(member: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        GzDecoder::new(member).read_to_end(&mut bytes).unwrap();
        bytes
    }

    /// A file of these members or plain records, in a folder, and where each begins.
    fn file(parts: &[Vec<u8>]) -> (tempfile::TempDir, PathBuf, Vec<usize>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.warc");
        fs::write(&path, parts.concat()).unwrap();
        let starts = parts.iter().scan(0, |end, part| {
            *end += part.len();
            Some(*end - part.len())
        });
        (folder, path, starts.collect())
    }

    /// Removes one part; has all else be as it was and the removed one be told.
    fn check(parts: &[Vec<u8>], which: usize) {
        let (folder, path, starts) = file(parts);
        let offset = starts[which] as u64;
        assert_eq!(remove(&path, offset, at()).unwrap(), Removal::Done);
        let after = fs::read(&path).unwrap();
        assert_eq!(after.len(), parts.concat().len());
        for (place, (part, start)) in parts.iter().zip(&starts).enumerate() {
            let is_same = after[*start..*start + part.len()] == part[..];
            assert_eq!(is_same, place != which, "part {place}");
        }
        let records: Vec<_> = Records::new(Cursor::new(after.clone())).unwrap().collect();
        assert_eq!(records.len(), parts.len());
        for (place, record) in records.iter().enumerate() {
            let record = record.as_ref().unwrap();
            assert!(record.is_whole);
            assert_eq!(record.offset, Some(starts[place] as u64));
            assert_eq!(record.is_removed(), place == which);
            assert_eq!(record.address().is_none(), place == which);
        }
        assert_eq!(remove(&path, offset, at()).unwrap(), Removal::WasDone);
        assert_eq!(fs::read(&path).unwrap(), after);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_single_whole_record_is_refused_and_left() {
        let whole = member(b"<p>Small caps soared</p>");
        let two = [unpacked(&whole), unpacked(&whole)].concat();
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&two).unwrap();
        let mut flipped = whole.clone();
        flipped[40] ^= 0xff;
        let cut = whole[..whole.len() - 9].to_vec();
        let plain = unpacked(&whole);
        let short = b"WARC/1.1\r\nContent-Length: 1\r\n\r\nx\r\n\r\n".to_vec();
        for (part, offset, problem) in [
            (whole.clone(), 1, "none begins there"),
            (whole.clone(), 1 << 40, "none begins there"),
            (encoder.finish().unwrap(), 0, "holds others too"),
            (flipped, 0, "damaged gzip member"),
            (cut, 0, "damaged gzip member"),
            (plain[..plain.len() - 9].to_vec(), 0, "breaks off"),
            (short, 0, "no room"),
        ] {
            let (folder, path, _) = file(std::slice::from_ref(&part));
            let error = remove(&path, offset, at()).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
            assert_eq!(fs::read(&path).unwrap(), part);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn a_removal_that_was_cut_off_is_finished_and_harms_no_other_record() {
        let parts = [&b"one"[..], &[b'2'; 300], b"three"].map(member);
        let (_folder, path, starts) = file(&parts);
        let offset = starts[1] as u64;
        let before = fs::read(&path).unwrap();
        remove(&path, offset, at()).unwrap();
        let after = fs::read(&path).unwrap();
        let tombstone = &after[starts[1]..starts[2]];
        for n_written in (0..=tombstone.len()).step_by(5) {
            let torn = [
                &after[..starts[1] + n_written],
                &before[starts[1] + n_written..],
            ]
            .concat();
            let records = Records::new(Cursor::new(&torn)).unwrap();
            let read = records
                .filter_map(Result::ok)
                .filter(|record| record.is_whole);
            let read: Vec<_> = read.filter_map(|record| record.offset).collect();
            for start in [starts[0], starts[2]] {
                assert!(read.contains(&(start as u64)), "{n_written}: {read:?}");
            }
            fs::write(&path, &torn).unwrap();
            write_whole(&pending(&path, offset), tombstone).unwrap();
            // What was begun is finished as it was begun, whatever the time.
            let later = at() + chrono::TimeDelta::days(1);
            assert_eq!(remove(&path, offset, later).unwrap(), Removal::Done);
            assert_eq!(fs::read(&path).unwrap(), after);
            assert!(!pending(&path, offset).exists());
        }
        write_whole(&pending(&path, 0), tombstone).unwrap();
        assert!(
            remove(&path, 0, at())
                .unwrap_err()
                .to_string()
                .contains("another record")
        );
        assert_eq!(fs::read(&path).unwrap(), after);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn other_records_stay_as_they_are(
            bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..4_000), 1..6),
            repeats in 1_usize..40,
            which in any::<prop::sample::Index>(),
        ) {
            let members: Vec<_> = bodies.iter().map(|body| member(&body.repeat(repeats))).collect();
            let which = which.index(members.len());
            check(&members, which);
            let records: Vec<_> = members.iter().map(|member| unpacked(member)).collect();
            // A body that holds the start of a record is not of this test.
            prop_assume!(!records.iter().any(|record| record[1..].windows(5).any(|five| five == MAGIC)));
            check(&records, which);
        }
    }
}
