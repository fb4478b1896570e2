//! fetch: from the configured sources, or those named, to article revisions.

mod crawl;
mod evidence;
mod next;
mod progress_line;
mod record;
pub(crate) mod replay;
mod rerun;
pub(crate) mod single;
mod visited;
mod warc;
mod writer;

use std::path::PathBuf;

use newsprint_fetcher::publisher::Source;
use newsprint_store::{Listed, Store};

use super::{Skip, StageReport};
use crate::context::Context;
use crate::exit::Outcome;

/// What to fetch instead of the configured sources.
#[derive(Debug, clap::Args)]
pub(crate) struct FetchArgs {
    /// A page to fetch
    #[arg(long, value_name = "ADDRESS")]
    url: Vec<String>,
    /// A feed of which to fetch every entry's page
    #[arg(long, value_name = "ADDRESS")]
    feed: Vec<String>,
    /// A sitemap of which to fetch every page
    #[arg(long, value_name = "ADDRESS")]
    sitemap: Vec<String>,
    /// A folder of saved pages (.html) to read
    #[arg(long, value_name = "FOLDER")]
    folder: Vec<PathBuf>,
    /// A WARC file, or a folder of them, to read
    #[arg(long, value_name = "PATH")]
    warc: Vec<PathBuf>,
    /// A folder of evidence (fetch.evidence) to make the same rows of again that were made when it was written
    #[arg(long, value_name = "FOLDER")]
    replay: Vec<PathBuf>,
}

pub(crate) async fn command(context: &Context, args: &FetchArgs) -> anyhow::Result<Outcome> {
    let named = args.sources();
    let report = context
        .writing(async |store| {
            if named.is_empty() && args.replay.is_empty() {
                return fetch(context, store, &configured(context), false).await;
            }
            let mut tally = Tally::default();
            for folder in &args.replay {
                rerun::rerun(context, store, folder, &mut tally).await?;
            }
            let report = fetch_into(context, store, &named, true, &mut tally).await;
            report?;
            Ok(tally.report(named.len() + args.replay.len()))
        })
        .await?;
    Ok(report.conclude())
}

/// Every source of every publisher.
pub(crate) fn configured(context: &Context) -> Vec<Source> {
    context
        .config
        .publishers
        .iter()
        .flat_map(|publisher| publisher.sources.clone())
        .collect()
}

/// Reads what is new in each of `sources`; addresses that are named `by_hand` are asked even where they would wait.
pub(crate) async fn fetch(
    context: &Context,
    store: &Store,
    sources: &[Source],
    by_hand: bool,
) -> anyhow::Result<StageReport> {
    let mut tally = Tally::default();
    fetch_into(context, store, sources, by_hand, &mut tally).await?;
    Ok(tally.report(sources.len()))
}

async fn fetch_into(
    context: &Context,
    store: &Store,
    sources: &[Source],
    by_hand: bool,
    tally: &mut Tally,
) -> anyhow::Result<()> {
    record::reassign_sessions(context, store).await?;
    let mut live = Vec::new();
    for source in sources {
        match source {
            _ if context.is_cancelled() => break,
            Source::Folder { path } => replay::folder(context, store, path, tally).await?,
            Source::Warc { path } => warc::files(context, store, path, tally).await?,
            _ if context.offline => tally.n_offline += 1,
            _ => live.push(source),
        }
    }
    if live.is_empty() {
        return Ok(());
    }
    crawl::crawl(context, store, &live, by_hand, tally).await
}

/// A page in the queue of its host.
pub(crate) fn queued_page(address: String) -> Listed {
    visited::queued(address, "page", 0)
}

impl FetchArgs {
    fn sources(&self) -> Vec<Source> {
        let pages = self.url.iter().map(|url| Source::Page { url: url.clone() });
        let feeds = self
            .feed
            .iter()
            .map(|url| Source::Feed { url: url.clone() });
        let folders = self
            .folder
            .iter()
            .map(|path| Source::Folder { path: path.clone() });
        let sitemaps = self
            .sitemap
            .iter()
            .map(|url| Source::Sitemap { url: url.clone() });
        let archives = self
            .warc
            .iter()
            .map(|path| Source::Warc { path: path.clone() });
        let live = feeds.chain(sitemaps).chain(pages);
        live.chain(folders).chain(archives).collect()
    }
}

/// What fetching came to so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    n_new: usize,
    n_revised: usize,
    n_unchanged: usize,
    n_not_modified: usize,
    /// Read; what they name is counted with the others.
    n_lists: usize,
    n_refused_before: usize,
    n_later: usize,
    n_offline: usize,
    skipped: Vec<Skip>,
}

impl Tally {
    fn skip(&mut self, input: &str, problem: impl ToString) {
        self.skipped.push(Skip {
            input: input.to_owned(),
            problem: problem.to_string(),
        });
    }

    fn add(&mut self, other: Self) {
        self.n_new += other.n_new;
        self.n_revised += other.n_revised;
        self.n_unchanged += other.n_unchanged;
        self.n_not_modified += other.n_not_modified;
        self.n_lists += other.n_lists;
        self.n_refused_before += other.n_refused_before;
        self.n_later += other.n_later;
        self.n_offline += other.n_offline;
        self.skipped.extend(other.skipped);
    }

    pub(crate) fn report(self, n_sources: usize) -> StageReport {
        let counts = [
            (n_sources, "sources"),
            (self.n_new, "new articles"),
            (self.n_revised, "new revisions"),
            (self.n_unchanged, "known"),
            (self.n_not_modified, "not modified since"),
            (self.n_refused_before, "refused earlier and not asked again"),
            (self.n_later, "failed earlier and to be asked again later"),
            (self.n_offline, "sources not asked (--offline)"),
            (self.skipped.len(), "skipped"),
        ];
        // The first four are always told, the others where there are any.
        let told = counts
            .iter()
            .enumerate()
            .filter(|(place, (count, _))| *place < 4 || *count > 0);
        let told: Vec<String> = told
            .map(|(_, (count, what))| format!("{count} {what}"))
            .collect();
        let summary = told.join(", ");
        let n_read = self.n_new + self.n_revised + self.n_unchanged + self.n_lists;
        let n_done = n_read + self.n_not_modified + self.n_refused_before + self.n_later;
        StageReport {
            stage: "fetch",
            summary,
            n_done,
            skipped: self.skipped,
            noted: vec![],
        }
    }
}
