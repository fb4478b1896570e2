//! prices: daily closes from CSV files, read or fetched, and the moves that are made of them.

mod csv_file;
mod days;
mod download;
mod field;
mod header;
mod import;
mod jumps;
mod layout;
mod list;
mod returns;

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use newsprint_store::Store;

use super::{StageReport, leased};
use crate::cli::parse_date;
use crate::context::Context;
use crate::exit::{Outcome, misuse};
use download::Wanted;
use import::{Import, Jumps};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum PricesCommand {
    /// Import a CSV file of daily closes; known closes are left, corrected ones added as revisions
    Import {
        /// A file of FRED, Stooq, Yahoo or Alpha Vantage, or any with the columns date and close (and symbol, if it holds several)
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The index it holds, where neither its header nor its name says so
        #[arg(long, value_name = "ID")]
        index: Option<String>,
        /// Import closes that are too far from those beside them, as after a split or a crash, and say so
        #[arg(long)]
        allow_jumps: bool,
    },
    /// Ask the configured addresses (prices.url) for the closes of all indices, or of some, and import what they answer
    Fetch {
        /// Only this index; may be repeated
        #[arg(long, value_name = "ID")]
        index: Vec<String>,
        /// First day [default: ten days before the last recorded close, so that corrections are seen]
        #[arg(long, value_name = "DATE", value_parser = parse_date)]
        from: Option<NaiveDate>,
        /// Import closes that are too far from those beside them, as after a split or a crash, and say so
        #[arg(long)]
        allow_jumps: bool,
    },
    /// List the indices with what they are and which closes are recorded
    List,
    /// Print closes with the moves before and after them
    Returns {
        /// The index
        #[arg(long, value_name = "ID")]
        index: String,
        /// First date
        #[arg(long, value_name = "DATE", value_parser = parse_date)]
        from: Option<NaiveDate>,
        /// Last date
        #[arg(long, value_name = "DATE", value_parser = parse_date)]
        to: Option<NaiveDate>,
    },
}

pub(crate) async fn command(context: &Context, command: &PricesCommand) -> anyhow::Result<Outcome> {
    match command {
        PricesCommand::Import {
            files,
            index,
            allow_jumps,
        } => {
            let index = index
                .as_deref()
                .map(|id| context.config.require_index(id))
                .transpose()?;
            let jumps = Jumps::of(*allow_jumps);
            let report = context
                .writing(async |store| {
                    importing(context, store, jumps, async |import, _| {
                        import.files(files, index).await
                    })
                    .await
                })
                .await?;
            Ok(report.conclude())
        }
        PricesCommand::Fetch {
            index,
            from,
            allow_jumps,
        } => fetch(context, index, *from, Jumps::of(*allow_jumps)).await,
        PricesCommand::List => list::list(context).await,
        PricesCommand::Returns { index, from, to } => {
            returns::returns(context, index, *from, *to).await
        }
    }
}

async fn fetch(
    context: &Context,
    indices: &[String],
    from: Option<NaiveDate>,
    jumps: Jumps,
) -> anyhow::Result<Outcome> {
    let wanted = match indices {
        [] => Wanted::configured(context, from),
        ids => Wanted::named(context, ids, from)?,
    };
    if wanted.is_empty() {
        return Err(misuse(
            "newsprint.toml: prices.url: it is empty, so no address is known: name one there or in [prices.urls]",
        ));
    }
    let report = context
        .writing(async |store| {
            importing(context, store, jumps, async |import, store| {
                download::download(context, store, &wanted, import).await
            })
            .await
        })
        .await?;
    Ok(report.conclude())
}

/// Imports every CSV file of the configured folder, and what the configured addresses answer.
pub(crate) async fn stage(context: &Context, store: &Store) -> anyhow::Result<StageReport> {
    let folder = context.config.settings.prices.folder();
    let wanted = Wanted::configured(context, None);
    if folder.is_none() && wanted.is_empty() {
        return Ok(StageReport::not_configured("prices", "prices.folder"));
    }
    importing(context, store, Jumps::Refused, async |import, store| {
        if let Some(folder) = folder {
            import.folder(folder).await?;
        }
        if !wanted.is_empty() && !context.offline {
            download::download(context, store, &wanted, import).await?;
        }
        Ok(())
    })
    .await
}

/// Does `work` with an import, as the only run that works on prices; what it came to.
async fn importing(
    context: &Context,
    store: &Store,
    jumps: Jumps,
    work: impl AsyncFnOnce(&mut Import<'_>, &Store) -> anyhow::Result<()>,
) -> anyhow::Result<StageReport> {
    leased(context, store, "prices", async |store, _| {
        let mut import = Import::new(context, store, jumps);
        work(&mut import, store).await?;
        Ok(import.report())
    })
    .await
}

/// Imports files that are held in memory, by name.
pub(crate) async fn import_bytes(
    context: &Context,
    store: &Store,
    files: impl Iterator<Item = (&str, &[u8])>,
) -> anyhow::Result<StageReport> {
    let mut import = Import::new(context, store, Jumps::Refused);
    for (name, bytes) in files {
        import.bytes(name, bytes, None).await?;
    }
    Ok(import.report())
}

/// The name of a file without folder and extension.
fn stem(name: &str) -> &str {
    Path::new(name)
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or(name)
}
