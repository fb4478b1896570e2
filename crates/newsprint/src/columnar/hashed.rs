//! A file that knows the digest of what was written to it.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use newsprint_domain::digest::Sha256Sum;

/// Writes on, and adds up the digest.
#[derive(Debug)]
pub(crate) struct Hashed<W: Write> {
    inner: W,
    sum: Sha256Sum,
    n_bytes: u64,
}

impl Hashed<BufWriter<File>> {
    /// A new file; where there is one already, it is an error.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let file = BufWriter::with_capacity(1 << 20, File::create_new(path)?);
        Ok(Self::new(file))
    }

    /// Writes all of it to the disk; the digest and the length.
    pub(crate) fn finish(self) -> io::Result<(String, u64)> {
        let file = self
            .inner
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok((self.sum.finish(), self.n_bytes))
    }
}

impl<W: Write> Hashed<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self {
            inner,
            sum: Sha256Sum::default(),
            n_bytes: 0,
        }
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n_written = self.inner.write(bytes)?;
        self.sum.update(bytes.get(..n_written).unwrap_or(bytes));
        self.n_bytes += n_written as u64;
        Ok(n_written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
