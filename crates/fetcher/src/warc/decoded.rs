//! The bytes of a file with its compression taken off, member by member.

use std::io::{self, BufRead as _, BufReader, Read, Seek, SeekFrom};

use flate2::bufread::GzDecoder;

/// How a member of a gzip file begins: the magic number and its one method.
pub(super) const MEMBER: [u8; 3] = [0x1f, 0x8b, 8];

/// Reads a plain file as it is, and a compressed one decoded.
pub(super) enum Decoded<R> {
    Plain(BufReader<R>),
    Gzip(Box<Members<R>>),
}

/// The members of a gzip file.
pub(super) struct Members<R> {
    /// `None` only while a member gives way to the next.
    decoder: Option<GzDecoder<BufReader<R>>>,
    /// Where the member that is being read begins.
    start: u64,
}

impl<R: Read + Seek> Decoded<R> {
    pub(super) fn new(file: R) -> io::Result<Self> {
        let mut file = BufReader::with_capacity(64 * 1024, file);
        let is_compressed = file.fill_buf()?.starts_with(&MEMBER);
        Ok(if is_compressed {
            Self::Gzip(Box::new(Members {
                decoder: Some(GzDecoder::new(file)),
                start: 0,
            }))
        } else {
            Self::Plain(file)
        })
    }

    /// Where the member begins that was read from last; `None` of a plain file.
    pub(super) fn start(&self) -> Option<u64> {
        match self {
            Self::Plain(_) => None,
            Self::Gzip(members) => Some(members.start),
        }
    }

    /// Reads some bytes; none at the end. [`io::ErrorKind::InvalidData`] says that a member is damaged; the next read begins behind it.
    pub(super) fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.read(into),
            Self::Gzip(members) => members.read(into),
        }
    }
}

impl<R: Read + Seek> Members<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(decoder) = &mut self.decoder else {
                return Ok(0);
            };
            match decoder.read(into) {
                Ok(0) => {
                    let Some(mut file) = self.decoder.take().map(GzDecoder::into_inner) else {
                        return Ok(0);
                    };
                    self.start = file.stream_position()?;
                    if file.fill_buf()?.is_empty() {
                        return Ok(0);
                    }
                    self.decoder = Some(GzDecoder::new(file));
                }
                Ok(read) => return Ok(read),
                Err(error) => {
                    let what = format!("a damaged gzip member at byte {}: {error}", self.start);
                    self.go_behind()?;
                    return Err(io::Error::new(io::ErrorKind::InvalidData, what));
                }
            }
        }
    }

    /// Goes to the next place behind the start of this member where one may begin.
    fn go_behind(&mut self) -> io::Result<()> {
        let Some(mut file) = self.decoder.take().map(GzDecoder::into_inner) else {
            return Ok(());
        };
        let mut place = self.start + 1;
        file.seek(SeekFrom::Start(place))?;
        let mut matched = 0;
        loop {
            let window = file.fill_buf()?;
            if window.is_empty() {
                return Ok(());
            }
            let length = window.len();
            let end = window.iter().position(|byte| {
                matched = match (*byte == MEMBER[matched], *byte == MEMBER[0]) {
                    (true, _) => matched + 1,
                    (false, true) => 1,
                    (false, false) => 0,
                };
                matched == MEMBER.len()
            });
            if let Some(end) = end {
                place += end as u64 + 1 - MEMBER.len() as u64;
                file.seek(SeekFrom::Start(place))?;
                self.start = place;
                self.decoder = Some(GzDecoder::new(file));
                return Ok(());
            }
            file.consume(length);
            place += length as u64;
        }
    }
}
