//! Writes what was fetched: one gzip member for each record, so that a file that breaks off loses its last record alone.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};

use super::member::Member;

/// A new file is begun when one has so many bytes.
const MAX_FILE_BYTES: u64 = 256 * 1024 * 1024;

/// Where a record stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Name of the file in the archive's folder.
    pub file: String,
    /// First byte of the record's gzip member.
    pub offset: u64,
}

/// A folder of WARC files that grows by a file for each day, process and 256 MiB.
#[derive(Debug)]
pub struct Archive {
    folder: PathBuf,
    /// Who writes: stands in each file's first record.
    software: String,
    open: Option<OpenFile>,
}

#[derive(Debug)]
struct OpenFile {
    name: String,
    day: NaiveDate,
    file: File,
    length: u64,
}

impl Archive {
    /// An archive in `folder`, which is made when the first record is written.
    pub fn new(folder: &Path, software: &str) -> Self {
        Self {
            folder: folder.to_owned(),
            software: software.to_owned(),
            open: None,
        }
    }

    /// Fails where nothing can be written to the folder; it is made where it is not there.
    pub fn check(&self) -> io::Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        let probe = self
            .folder
            .join(format!(".writable-{}", std::process::id()));
        File::create(&probe)?;
        std::fs::remove_file(&probe)
    }

    /// Appends a record; it is on the disk after [`Archive::sync`].
    pub fn append(&mut self, member: &Member) -> io::Result<Place> {
        let open = self.file_for(member.at)?;
        let offset = open.append(&member.bytes)?;
        Ok(Place {
            file: open.name.clone(),
            offset,
        })
    }

    /// Has everything that was appended on the disk when it returns.
    pub fn sync(&mut self) -> io::Result<()> {
        match &self.open {
            Some(open) => open.file.sync_data(),
            None => Ok(()),
        }
    }

    /// The file that records of this instant go into.
    fn file_for(&mut self, at: DateTime<Utc>) -> io::Result<&mut OpenFile> {
        let day = at.date_naive();
        let fits = |open: &OpenFile| open.day == day && open.length < MAX_FILE_BYTES;
        if !self.open.as_ref().is_some_and(fits) {
            self.sync()?;
            self.open = None;
        }
        match &mut self.open {
            Some(open) => Ok(open),
            none => {
                let open = OpenFile::begin(&self.folder, &self.software, at)?;
                Ok(none.insert(open))
            }
        }
    }
}

impl OpenFile {
    /// Begins a file of a name that no other process has, so that nothing is ever appended to what may have broken off.
    fn begin(folder: &Path, software: &str, at: DateTime<Utc>) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let day = at.date_naive();
        let mut number = 0;
        let (name, file) = loop {
            let name = format!("newsprint-{}-{number:05}.warc.gz", day.format("%Y%m%d"));
            let created = OpenOptions::new()
                .append(true)
                .create_new(true)
                .open(folder.join(&name));
            match created {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                created => break (name, created?),
            }
        };
        let mut open = Self {
            name,
            day,
            file,
            length: 0,
        };
        let first = Member::about(&open.name, software, at)?;
        open.append(&first.bytes)?;
        Ok(open)
    }

    /// Writes a member; where it begins.
    fn append(&mut self, member: &[u8]) -> io::Result<u64> {
        self.file.write_all(member)?;
        let offset = self.length;
        self.length += member.len() as u64;
        Ok(offset)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{CameTo, Capture, Earlier, ROLE, Records, Removal, Role};
    use super::super::{payload_digest, remove};
    use super::*;
    use crate::message::Message;

    fn message() -> Message {
        Message {
            status: 200,
            headers: vec![
                ("Content-Type".into(), "text/html".into()),
                ("X-Odd".into(), "a\r\nSet-Cookie: b".into()),
            ],
            sent: b"<p>Small caps soared</p>\r\n\r\nWARC/1.1\r\n".to_vec(),
        }
    }

    fn at(time: &str) -> DateTime<Utc> {
        time.parse().unwrap()
    }

    #[test]
    fn what_is_written_is_read_again_and_a_repeat_has_no_payload() {
        let folder = tempfile::tempdir().unwrap();
        let mut archive = Archive::new(&folder.path().join("evidence"), "newsprint 0.1");
        let message = message();
        let payload = payload_digest(&message.sent);
        let answer = |earlier| CameTo::Answer {
            ip: Some("203.0.113.7".parse().unwrap()),
            message: &message,
            payload: &payload,
            earlier,
        };
        let capture = Capture {
            address: "https://harbourledger.example/a",
            at: at("2024-07-17T08:10:00.123456Z"),
            role: Role::Page,
            headers: &[(
                "X-Newsprint-Source",
                "https://harbourledger.example/feed".into(),
            )],
            came_to: answer(None),
        };
        let earlier = Earlier {
            address: capture.address,
            at: capture.at,
        };
        let again = Capture {
            at: at("2024-07-17T09:10:00Z"),
            came_to: answer(Some(earlier)),
            ..capture
        };
        let nothing = Capture {
            came_to: CameTo::Nothing("timeout"),
            ..again
        };
        let mut append = |capture| archive.append(&Member::new(capture).unwrap()).unwrap();
        let first = append(&capture);
        append(&again);
        append(&nothing);
        archive.sync().unwrap();
        let file = File::open(folder.path().join("evidence").join(&first.file)).unwrap();
        let records: Vec<_> = Records::new(file).unwrap().map(Result::unwrap).collect();
        let kinds: Vec<&str> = records.iter().map(|record| record.kind()).collect();
        assert_eq!(kinds, ["warcinfo", "response", "revisit", "metadata"]);
        assert_eq!(records[3].content, b"timeout");
        assert_eq!(
            records[3].header("X-Newsprint-Source"),
            Some("https://harbourledger.example/feed")
        );
        let read = records[1].message().unwrap();
        assert_eq!(read.sent, message.sent);
        assert_eq!(records[1].header(ROLE), Some("page"));
        assert_eq!(read.header("X-Odd"), Some("a  Set-Cookie: b"));
        assert_eq!(
            (records[1].date(), records[1].address()),
            (Some(capture.at), Some(capture.address))
        );
        assert!(records[2].message().unwrap().sent.is_empty());
        assert_eq!(
            records[2].header("WARC-Refers-To-Date"),
            Some("2024-07-17T08:10:00.123456Z")
        );
    }

    #[test]
    fn another_day_and_another_process_begin_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let place = |archive: &mut Archive, time: &str| {
            let capture = Capture {
                address: "https://harbourledger.example/a",
                at: at(time),
                role: Role::List,
                headers: &[],
                came_to: CameTo::Nothing("timeout"),
            };
            let member = Member::new(&capture).unwrap();
            archive.append(&member).unwrap().file
        };
        let mut archive = Archive::new(folder.path(), "newsprint 0.1");
        assert_eq!(
            place(&mut archive, "2024-07-17T08:10:00Z"),
            "newsprint-20240717-00000.warc.gz"
        );
        assert_eq!(
            place(&mut archive, "2024-07-18T08:10:00Z"),
            "newsprint-20240718-00000.warc.gz"
        );
        let mut other = Archive::new(folder.path(), "newsprint 0.1");
        assert_eq!(
            place(&mut other, "2024-07-18T08:10:00Z"),
            "newsprint-20240718-00001.warc.gz"
        );
    }

    #[test]
    fn a_record_can_be_removed_while_the_file_grows() {
        let folder = tempfile::tempdir().unwrap();
        let mut archive = Archive::new(folder.path(), "newsprint 0.1");
        let capture = Capture {
            address: "https://harbourledger.example/a",
            at: at("2024-07-17T08:10:00Z"),
            role: Role::Page,
            headers: &[],
            came_to: CameTo::Nothing("timeout"),
        };
        let member = Member::new(&capture).unwrap();
        let first = archive.append(&member).unwrap();
        let path = folder.path().join(&first.file);
        assert_eq!(
            remove(&path, first.offset, capture.at).unwrap(),
            Removal::Done
        );
        archive.append(&member).unwrap();
        let records = Records::new(File::open(&path).unwrap()).unwrap();
        let are_removed: Vec<_> = records.map(|record| record.unwrap().is_removed()).collect();
        assert_eq!(are_removed, [false, true, false]);
    }
}
