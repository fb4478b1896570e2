//! Whether the configuration is fit for fetching from others, and tables show what it says.

use newsprint_fetcher::publisher::Source;
use newsprint_store::{Store, StoreError};

use super::Check;
use crate::context::Context;

pub(super) fn checks(context: &Context) -> Vec<Check> {
    vec![contact(context), loopback(context)]
}

fn contact(context: &Context) -> Check {
    let name = "contact";
    let contact = &context.config.settings.fetch.contact;
    let sources = context.config.publishers.iter();
    let mut sources = sources.flat_map(|publisher| publisher.sources.iter());
    let asks_others =
        sources.any(|source| !matches!(source, Source::Warc { .. } | Source::Folder { .. }));
    match (contact.is_empty(), asks_others) {
        (false, _) => Check::ok(name, contact.as_str()),
        (true, false) => Check::ok(name, "none, and no source is asked over the network"),
        (true, true) => Check::warn(
            name,
            "none: publishers cannot write to whoever asks them",
            "set fetch.contact in newsprint.toml",
        ),
    }
}

fn loopback(context: &Context) -> Check {
    let name = "loopback";
    match context.config.settings.fetch.allow_loopback {
        false => Check::ok(name, "this machine's own addresses are refused"),
        true => Check::warn(
            name,
            "any page may have this machine's own servers asked",
            "set fetch.allow_loopback to false in newsprint.toml",
        ),
    }
}

/// Whether tables show a run of the configured model and definitions, and the whole of it.
pub(super) async fn tag_run(context: &Context, store: &Store) -> Check {
    Check::or_unreadable("tag run", read_tag_run(context, store).await)
}

async fn read_tag_run(context: &Context, store: &Store) -> Result<Check, StoreError> {
    let name = "tag run";
    let advice = "`newsprint tag`";
    let Some(promoted) = store.promoted_state().await? else {
        let found = "none was promoted: tables are empty";
        return Ok(Check::warn(name, found, advice));
    };
    let shown: String = promoted.id.chars().take(12).collect();
    let current = match context.tag_run() {
        Ok(current) => current,
        Err(problem) => {
            let found = format!("the configured model cannot be read: {problem:#}");
            return Ok(Check::fail(
                name,
                found,
                "set model.name to one that is there",
            ));
        }
    };
    if current.id() != promoted.id {
        let found = format!(
            "tables show {shown} of {}; model, themes or indices have changed since",
            promoted.model
        );
        return Ok(Check::warn(name, found, advice));
    }
    Ok(match promoted.n_untagged {
        ..=0 => Check::ok(name, format!("tables show {shown}, the configured one")),
        n => Check::warn(
            name,
            format!("{n} revisions are not tagged by {shown}"),
            advice,
        ),
    })
}
