//! The files of a table: one per form and year, each written once and from front to back.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::tables::{Name, SCHEMA_VERSION};
use crate::columnar::sink::{Form, Sink};
use crate::columnar::{Column, Value};

/// A file of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileEntry {
    /// Below the export's folder, with `/`.
    pub(super) path: String,
    pub(super) table: String,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

/// A table that is being written.
pub(super) struct Parts {
    root: PathBuf,
    table: Name,
    columns: Vec<Column>,
    forms: Vec<Form>,
    /// The files of the year at hand.
    open: Vec<(String, Sink)>,
    year: Option<i32>,
    files: Vec<FileEntry>,
}

impl Parts {
    pub(super) fn new(root: &Path, table: Name, forms: &[Form]) -> Self {
        Self {
            root: root.to_owned(),
            table,
            columns: table.columns(),
            forms: forms.to_vec(),
            open: vec![],
            year: None,
            files: vec![],
        }
    }

    /// Adds a row. Rows of one year come together.
    pub(super) fn write(&mut self, year: Option<i32>, row: &[Value]) -> anyhow::Result<()> {
        if self.open.is_empty() || self.year != year {
            self.close()?;
            self.begin(year)?;
        }
        for (_, sink) in &mut self.open {
            sink.write(row)?;
        }
        Ok(())
    }

    /// The files. A table without any row has one that says what its columns are.
    pub(super) fn finish(mut self) -> anyhow::Result<Vec<FileEntry>> {
        if self.open.is_empty() && self.files.is_empty() {
            self.begin(None)?;
        }
        self.close()?;
        Ok(self.files)
    }

    fn begin(&mut self, year: Option<i32>) -> anyhow::Result<()> {
        self.year = year;
        for form in &self.forms {
            let folder = match form {
                Form::Parquet => String::new(),
                other => format!("{}/", other.name()),
            };
            let year = year.map_or(String::new(), |year| format!("year={year:04}/"));
            let table = self.table.as_str();
            let path = format!("{folder}{table}/{year}part-0.{}", form.name());
            let file = self.root.join(&path);
            if let Some(folder) = file.parent() {
                fs::create_dir_all(folder)
                    .with_context(|| format!("create {}", folder.display()))?;
            }
            let pairs = [
                ("newsprint:table".to_owned(), table.to_owned()),
                (
                    "newsprint:schema_version".to_owned(),
                    SCHEMA_VERSION.to_string(),
                ),
                ("comment".to_owned(), self.table.meaning().to_owned()),
            ];
            let sink = Sink::begin(&file, *form, &self.columns, &pairs)?;
            self.open.push((path, sink));
        }
        Ok(())
    }

    fn close(&mut self) -> anyhow::Result<()> {
        for (path, sink) in self.open.drain(..) {
            let written = sink.finish().with_context(|| format!("write {path}"))?;
            self.files.push(FileEntry {
                path,
                table: self.table.as_str().to_owned(),
                rows: written.n_rows,
                bytes: written.n_bytes,
                sha256: written.sha256,
            });
        }
        Ok(())
    }
}
