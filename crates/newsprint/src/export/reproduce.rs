//! reproduce: an export made again from its manifest, and held against it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use newsprint_domain::digest::Sha256Sum;
use newsprint_store::Store;

use super::Source;
use super::folder::Unfinished;
use super::manifest::Manifest;
use super::parts::FileEntry;
use crate::columnar::parquet_rows::ParquetRows;
use crate::context::Context;
use crate::exit::Outcome;
use crate::table::{Cell, Table};

#[derive(Debug, clap::Args)]
pub(crate) struct ReproduceArgs {
    /// The manifest.json of an export
    #[arg(value_name = "MANIFEST")]
    manifest: PathBuf,
    /// Keep what is made in this folder [default: it is removed again]
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
}

pub(crate) async fn command(context: &Context, args: &ReproduceArgs) -> anyhow::Result<Outcome> {
    let then = Manifest::read(&args.manifest)?;
    let selection = then.selection(context)?;
    let target = match &args.to {
        Some(to) => to.clone(),
        None => std::env::temp_dir().join(format!("newsprint-{}", context.holder())),
    };
    let unfinished = Unfinished::begin(&target)?;
    let read = async |store: &Store| {
        let asked = (then.forms(), then.tables());
        let source = Source::new(context, store, selection, asked).await?;
        source.write(&unfinished).await
    };
    let now = context.reading(read).await?;
    let before = args.manifest.parent().unwrap_or(Path::new(""));
    let table = compared((&then, before), (&now, unfinished.path()))?;
    if args.to.is_some() {
        unfinished.finish()?;
    }
    table.print(context.format)?;
    let is_same = table.rows.iter().all(|row| row[1] == Cell::text(SAME));
    Ok(if is_same {
        Outcome::Done
    } else {
        Outcome::Nothing
    })
}

const SAME: &str = "same";

/// One row per file of either export.
fn compared(
    (then, before): (&Manifest, &Path),
    (now, after): (&Manifest, &Path),
) -> anyhow::Result<Table> {
    let by_path = |manifest: &Manifest| {
        let files = manifest.files.iter().cloned();
        files.map(|file| (file.path.clone(), file)).collect()
    };
    let (old, new): (BTreeMap<String, FileEntry>, BTreeMap<String, FileEntry>) =
        (by_path(then), by_path(now));
    let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut rows = Vec::new();
    for path in paths {
        let (one, other) = (old.get(path), new.get(path));
        let count = |file: Option<&FileEntry>| {
            file.map_or(Cell::Null, |file| {
                Cell::Count(i64::try_from(file.rows).unwrap_or(i64::MAX))
            })
        };
        let (result, difference) = match (one, other) {
            (Some(one), Some(other)) if one.sha256 == other.sha256 => (SAME, None),
            (Some(one), Some(_)) => ("differs", first_difference(one, before, after)?),
            (Some(_), None) => ("missing", Some("it has no rows any more".into())),
            _ => ("added", Some("it had no rows then".into())),
        };
        rows.push(vec![
            Cell::text(path),
            Cell::text(result),
            count(one),
            count(other),
            difference.map_or(Cell::Null, Cell::Text),
        ]);
    }
    let instant = format!("as of {}", then.as_of);
    let differences = then.differences(now);
    Ok(Table {
        name: "reproduce",
        columns: vec![
            "file",
            "result",
            "rows_then",
            "rows_now",
            "first_difference",
        ],
        rows,
        notes: std::iter::once(instant).chain(differences).collect(),
    })
}

/// The first row of a file that is another one; `None` where the file of then is not there to be compared.
fn first_difference(
    then: &FileEntry,
    before: &Path,
    after: &Path,
) -> anyhow::Result<Option<String>> {
    let (before, after) = (before.join(&then.path), after.join(&then.path));
    if !before.exists() {
        return Ok(None);
    }
    if digest(&before)? != then.sha256 {
        return Ok(Some("the file itself was changed after the export".into()));
    }
    let (mut one, mut other) = (lines(&before)?, lines(&after)?);
    for place in 1_u64.. {
        let shown = |line: Option<String>| line.unwrap_or_else(|| "no row".into());
        match (one.next().transpose()?, other.next().transpose()?) {
            (None, None) => break,
            (one, other) if one == other => {}
            (one, other) => {
                return Ok(Some(format!(
                    "row {place}: {} then, {} now",
                    shown(one),
                    shown(other)
                )));
            }
        }
    }
    Ok(Some("the rows are the same, the bytes are not".into()))
}

type Lines = Box<dyn Iterator<Item = anyhow::Result<String>>>;

/// The rows of a file as lines.
fn lines(path: &Path) -> anyhow::Result<Lines> {
    if path
        .extension()
        .is_some_and(|extension| extension == "parquet")
    {
        let rows = ParquetRows::open(path)?.into_rows();
        return Ok(Box::new(rows.map(|row| Ok(row?.join(",")))));
    }
    let file = std::fs::File::open(path).with_context(|| format!("read {}", path.display()))?;
    Ok(Box::new(BufReader::new(file).lines().map(|line| Ok(line?))))
}

fn digest(path: &Path) -> anyhow::Result<String> {
    let mut file = std::fs::File::open(path).with_context(|| format!("read {}", path.display()))?;
    let (mut sum, mut bytes) = (Sha256Sum::default(), vec![0; 1 << 16]);
    loop {
        let n = file.read(&mut bytes)?;
        if n == 0 {
            return Ok(sum.finish());
        }
        sum.update(&bytes[..n]);
    }
}
