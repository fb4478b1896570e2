//! WARC files, read as if their pages had been fetched when they were captured.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use newsprint_domain::article::Article;
use newsprint_fetcher::address::vet;
use newsprint_fetcher::assemble::{Origin, article};
use newsprint_fetcher::error::FetchError;
use newsprint_fetcher::page;
use newsprint_fetcher::warc::{ROLE, Record, Records, Role, payload_digest};
use newsprint_store::Store;

use super::Tally;
use super::record::{Item, is_settled, record};
use crate::context::Context;
use crate::progress;

/// Reads every page that is new in a WARC file, or in those of a folder.
pub(super) async fn files(
    context: &Context,
    store: &Store,
    path: &Path,
    tally: &mut Tally,
) -> anyhow::Result<()> {
    let files = match listed(path) {
        Ok(files) if files.is_empty() => {
            tally.skip(
                &path.display().to_string(),
                "holds no .warc or .warc.gz file",
            );
            return Ok(());
        }
        Ok(files) => files,
        Err(error) => {
            tally.skip(
                &path.display().to_string(),
                format!("cannot be read: {error:#}"),
            );
            return Ok(());
        }
    };
    let bar = progress::bar("fetch", files.len());
    for file in files {
        if context.is_cancelled() {
            break;
        }
        one(context, store, &file, tally).await?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

/// The file itself, or the WARC files of a folder by name.
pub(super) fn listed(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        std::fs::metadata(path)?;
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let file = entry?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".warc") || name.ends_with(".warc.gz") {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

async fn one(
    context: &Context,
    store: &Store,
    file: &Path,
    tally: &mut Tally,
) -> anyhow::Result<()> {
    let source = file.display().to_string();
    let known = store.known_items(&source).await?;
    let opened = File::open(file).with_context(|| format!("open {source}"))?;
    let mut is_empty = true;
    for read in Records::new(opened).with_context(|| format!("read {source}"))? {
        if context.is_cancelled() {
            break;
        }
        is_empty = false;
        let captured = match read {
            Ok(captured) => captured,
            Err(damage) => {
                tally.skip(&source, damage);
                continue;
            }
        };
        let Some(address) = page_address(&captured) else {
            continue;
        };
        let stamp = captured.header("WARC-Date").unwrap_or_default();
        let name = format!("{address} captured {stamp}");
        let digest = payload_digest(&captured.content);
        if is_settled(known.get(&name), &digest, tally) {
            continue;
        }
        let item = Item {
            source: &source,
            name: &name,
            digest: &digest,
        };
        let result = read_page(context, &captured, &address);
        record(context, store, item, result, tally).await?;
    }
    if is_empty {
        tally.skip(&source, "holds no WARC record");
    }
    Ok(())
}

/// The address of a page that was answered as one; `None` of requests, images, errors and all else that an archive holds.
fn page_address(captured: &Record) -> Option<String> {
    if captured.kind() != "response" {
        return None;
    }
    // Of what newsprint kept itself, lists and robots.txt are no pages.
    if captured
        .header(ROLE)
        .is_some_and(|role| role != Role::Page.as_str())
    {
        return None;
    }
    let message = captured.message()?;
    let kind = message.header("Content-Type").unwrap_or_default();
    let is_page = message.status == 200 && kind.to_ascii_lowercase().contains("html");
    is_page.then(|| captured.address().unwrap_or_default().to_owned())
}

fn read_page(context: &Context, captured: &Record, address: &str) -> Result<Article, FetchError> {
    let unreadable = |reason: &str| FetchError::Unreadable(reason.into());
    let settings = &context.config.settings.fetch;
    let url = vet(address, settings.allow_loopback)?;
    if !captured.is_whole {
        return Err(unreadable("the record breaks off"));
    }
    let at = captured
        .date()
        .ok_or_else(|| unreadable("the record has no date"))?;
    let message = captured
        .message()
        .ok_or_else(|| unreadable("the record holds no HTTP message"))?;
    let body = message.body(settings.max_body_bytes)?;
    let page = page::read(&body, message.header("Content-Type"), Some(&url), None)?;
    let origin = Origin::Answered(url.as_str(), at);
    article(page, origin, &context.config.publishers, context.now())
}
