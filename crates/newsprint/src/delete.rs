//! delete: an article's words and evidence are removed on request; that they were, when and why, and what was counted of it, stay.
//!
//! The store comes first and the evidence after it. Whoever is stopped in between runs it again: what is gone already is found gone.

use std::fs::File;
use std::io::{Seek as _, SeekFrom};

use anyhow::Context as _;
use newsprint_fetcher::warc::{Records, Removal, remove};
use newsprint_store::{Engine, EvidencePlace, Removable, Store, Tombstone};

use crate::context::Context;
use crate::exit::{Outcome, misuse};
use crate::output::print;
use crate::progress::say;
use crate::stages::fetch::queued_page;
use crate::table::{Format, printable};

/// What is to be removed, and why.
#[derive(Debug, clap::Args)]
pub(crate) struct DeleteArgs {
    /// The article's address, as `report articles` shows it
    #[arg(value_name = "ADDRESS")]
    address: String,
    /// Why, as `report article` will say
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    /// Remove it; without this, only what would be removed is printed
    #[arg(long)]
    yes: bool,
}

pub(crate) async fn command(context: &Context, args: &DeleteArgs) -> anyhow::Result<Outcome> {
    if context.format != Format::Table {
        return Err(misuse("delete prints text alone: leave out --format"));
    }
    let found = context
        .reading(async |store| Ok(store.removable(&args.address).await?))
        .await?;
    let Some(found) = found else {
        let address = &args.address;
        return Err(misuse(format!(
            "no article at {address}: `newsprint report articles` lists their addresses"
        )));
    };
    print(&plan(&found))?;
    if !args.yes {
        return Err(misuse(
            "nothing was removed: add --yes to remove it, which cannot be taken back",
        ));
    }
    context
        .writing(async |store| delete(context, store, args).await)
        .await
}

/// What there is to remove.
fn plan(article: &Removable) -> String {
    let (n_revisions, n_records) = (article.n_revisions, article.evidence.len());
    let name = match &article.tombstone {
        Some(tombstone) => removed(tombstone),
        None => format!(
            "{}\n  {}  {}",
            printable(&article.title),
            article.publisher,
            printable(&article.address)
        ),
    };
    let mut lines = vec![
        name,
        format!(
            "  to remove: headline, authors and text of {n_revisions} revisions; {n_records} records of evidence, as far as they are still there"
        ),
        "  to keep: tables keep their numbers; lists (feeds, sitemaps, section pages) in the evidence, which may quote the headline".into(),
    ];
    let sources = article.sources.iter();
    lines.extend(sources.map(|source| {
        format!(
            "  yours to remove, where you want it: {}",
            printable(source)
        )
    }));
    lines.join("\n") + "\n"
}

async fn delete(context: &Context, store: &Store, args: &DeleteArgs) -> anyhow::Result<Outcome> {
    let found = store.removable(&args.address).await?;
    let found = found.context("the article is not in the store any more")?;
    let items = found.items.iter().cloned().map(queued_page);
    let items: Vec<_> = items.collect();
    store
        .remove(&found, &items, &args.reason, context.now())
        .await?;
    // Read again: what was being recorded meanwhile is there now, and nothing comes after it.
    let found = store.removable(&args.address).await?;
    let found = found.context("the article is not in the store any more")?;
    let mut problems = Vec::new();
    if !store.empty_log().await? {
        problems.push("the store's write-ahead log is still read by another process, and holds the text until that ends".to_owned());
    }
    let mut n_records = 0;
    for place in &found.evidence {
        match remove_record(context, place) {
            Ok(is_new) => n_records += usize::from(is_new),
            Err(problem) => problems.push(format!(
                "evidence {} at byte {}: {problem:#}",
                place.file, place.offset
            )),
        }
    }
    for problem in &problems {
        say(&format!("delete: {}", printable(problem)));
    }
    say(&format!(
        "delete: tables keep their numbers; text, headline, authors and evidence ({n_records} records) are gone{}",
        match problems.len() {
            0 => "",
            _ => ", but for what is named above: run this again",
        }
    ));
    if store.engine() == Engine::Postgres {
        say(
            "delete: PostgreSQL keeps old rows until VACUUM, and its log and backups longer: they are the administrator's",
        );
    }
    Ok(match problems.is_empty() {
        true => Outcome::Done,
        false => Outcome::InPart,
    })
}

/// Removes a record of evidence; `false` where it was gone already. Only a record of the address that the row names is touched: a file of
/// that name may be another one.
pub(crate) fn remove_record(context: &Context, place: &EvidencePlace) -> anyhow::Result<bool> {
    let path = context.config.settings.fetch.evidence.join(&place.file);
    let mut file = File::open(&path).with_context(|| format!("open {}", path.display()))?;
    file.seek(SeekFrom::Start(place.offset))?;
    let record = Records::new(file)?.next();
    let address = match &record {
        Some(Ok(record)) if record.is_removed() => return Ok(false),
        Some(Ok(record)) => record.address(),
        // One that was damaged when it was being removed is finished.
        _ => Some(place.address.as_str()),
    };
    anyhow::ensure!(
        address == Some(place.address.as_str()),
        "another record stands there"
    );
    Ok(remove(&path, place.offset, context.now())? == Removal::Done)
}

/// That an article was removed, when and why.
pub(crate) fn removed(tombstone: &Tombstone) -> String {
    let Tombstone {
        address,
        recorded_at,
        reason,
    } = tombstone;
    let at = recorded_at.format("%Y-%m-%d %H:%M:%S UTC");
    let reason = match reason.as_str() {
        "" => "no reason was given",
        reason => reason,
    };
    let (address, reason) = (printable(address), printable(reason));
    format!("{address} was removed on request at {at}: {reason}")
}
