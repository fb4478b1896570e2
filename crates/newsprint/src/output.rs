//! Writes to standard output. A reader that has seen enough (`newsprint report … | head`) is no error.

use std::io::{self, ErrorKind, IsTerminal as _, Write as _};

use anyhow::Context as _;

use crate::exit::misuse;

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

/// Prints bytes that are no text, but not to a terminal, which would take them for commands.
pub(crate) fn print_bytes(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    if out.is_terminal() {
        return Err(misuse(
            "a Parquet file is not for a terminal: send it to a file, as in `newsprint --format parquet report theme-day > theme_day.parquet`",
        ));
    }
    finish(out.write_all(bytes).and_then(|()| out.flush()))
}

fn finish(written: io::Result<()>) -> anyhow::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        other => other.context("write to standard output"),
    }
}
