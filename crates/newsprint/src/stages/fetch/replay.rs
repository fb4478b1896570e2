//! Saved pages, read as if they had been fetched when they were published.

use std::path::Path;

use newsprint_domain::digest::sha256_hex;
use newsprint_fetcher::assemble::{Origin, article};
use newsprint_fetcher::error::FetchError;
use newsprint_fetcher::{folder, page};
use newsprint_store::Store;

use super::Tally;
use super::record::{Item, is_settled, record};
use crate::context::Context;
use crate::progress;

/// Reads every page of a folder that is new or changed.
pub(super) async fn folder(
    context: &Context,
    store: &Store,
    path: &Path,
    tally: &mut Tally,
) -> anyhow::Result<()> {
    let source = path.display().to_string();
    let listing = folder::list(path);
    for (folder, error) in &listing.unreadable {
        tally.skip(
            &folder.display().to_string(),
            format!("cannot be read: {error}"),
        );
    }
    if listing.pages.is_empty() && listing.unreadable.is_empty() {
        tally.skip(&source, "holds no .html file");
    }
    let limit = context.config.settings.fetch.max_body_bytes;
    let pages = listing.pages.iter().map(|file| {
        let name = file
            .strip_prefix(path)
            .unwrap_or(file)
            .display()
            .to_string();
        (name, move || read_limited(file, limit))
    });
    replay(context, store, &source, pages, tally).await
}

/// Reads `pages`, each a name and how to get its bytes.
pub(crate) async fn replay<R>(
    context: &Context,
    store: &Store,
    source: &str,
    pages: impl ExactSizeIterator<Item = (String, R)>,
    tally: &mut Tally,
) -> anyhow::Result<()>
where
    R: FnOnce() -> Result<Vec<u8>, FetchError>,
{
    let known = store.known_items(source).await?;
    let bar = progress::bar("fetch", pages.len());
    for (name, read) in pages {
        if context.is_cancelled() {
            break;
        }
        bar.inc(1);
        let bytes = read();
        let digest = bytes.as_deref().map(sha256_hex).unwrap_or_default();
        if is_settled(known.get(&name), &digest, tally) {
            continue;
        }
        let result = bytes.and_then(|bytes| page::read(&bytes, None, None, None));
        let publishers = &context.config.publishers;
        let result =
            result.and_then(|page| article(page, Origin::File(&name), publishers, context.now()));
        record(
            context,
            store,
            Item {
                source,
                name: &name,
                digest: &digest,
            },
            result,
            tally,
        )
        .await?;
    }
    bar.finish_and_clear();
    Ok(())
}

fn read_limited(file: &Path, limit_bytes: usize) -> Result<Vec<u8>, FetchError> {
    let unreachable =
        |error: std::io::Error| FetchError::Unreachable(format!("cannot be read: {error}"));
    let length = std::fs::metadata(file).map_err(unreachable)?.len();
    if length > limit_bytes as u64 {
        return Err(FetchError::TooLarge { limit_bytes });
    }
    std::fs::read(file).map_err(unreachable)
}
