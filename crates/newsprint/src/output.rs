//! Writes to standard output. A reader that has seen enough (`newsprint report … | head`) is no error.

use std::io::{self, ErrorKind, Write as _};

use anyhow::Context as _;

/// Prints `text`, which may hold colours; they are left out where nobody would see them.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    finish(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Prints a line as it is.
pub(crate) fn print_line(line: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    finish(writeln!(out, "{line}"))
}

fn finish(written: io::Result<()>) -> anyhow::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        other => other.context("write to standard output"),
    }
}
