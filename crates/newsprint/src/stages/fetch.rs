//! fetch: from the configured sources, or those named, to article revisions.

mod live;
mod record;
pub(crate) mod replay;
mod warc;

use std::path::PathBuf;

use newsprint_fetcher::publisher::Source;
use newsprint_store::Store;

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
}

pub(crate) async fn command(context: &Context, args: &FetchArgs) -> anyhow::Result<Outcome> {
    let sources = match args.sources() {
        named if !named.is_empty() => named,
        _ => configured(context),
    };
    let report = context
        .writing(async |store| fetch(context, store, &sources).await)
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

/// Reads what is new in each of `sources`.
pub(crate) async fn fetch(
    context: &Context,
    store: &Store,
    sources: &[Source],
) -> anyhow::Result<StageReport> {
    record::reassign_sessions(context, store).await?;
    let mut tally = Tally::default();
    let mut live = live::LiveSources::new(context, store);
    for source in sources {
        if context.is_cancelled() {
            break;
        }
        match source {
            Source::Folder { path } => replay::folder(context, store, path, &mut tally).await?,
            Source::Warc { path } => warc::files(context, store, path, &mut tally).await?,
            Source::Feed { .. }
            | Source::Sitemap { .. }
            | Source::Section { .. }
            | Source::Page { .. } => live.fetch(source, &mut tally).await?,
        }
    }
    Ok(tally.report(sources.len()))
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
    n_refused_before: usize,
    skipped: Vec<Skip>,
}

impl Tally {
    fn skip(&mut self, input: &str, problem: impl ToString) {
        self.skipped.push(Skip {
            input: input.to_owned(),
            problem: problem.to_string(),
        });
    }

    pub(crate) fn report(self, n_sources: usize) -> StageReport {
        let counts = [
            (n_sources, "sources"),
            (self.n_new, "new articles"),
            (self.n_revised, "new revisions"),
            (self.n_unchanged, "known"),
            (self.n_refused_before, "refused earlier and not asked again"),
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
        let n_done = self.n_new + self.n_revised + self.n_unchanged + self.n_refused_before;
        StageReport {
            stage: "fetch",
            summary,
            n_done,
            skipped: self.skipped,
        }
    }
}
