//! tag: every revision that the current model and definitions have not seen.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use newsprint_domain::identifier::ThemeId;
use newsprint_nlp::tagger::tag_run;
use newsprint_store::{RunKey, Store};

use super::StageReport;
use crate::context::Context;
use crate::exit::Outcome;
use crate::progress;
use crate::tagging_thread::TaggingThread;

/// Revisions per request to the model: enough to share repeated sentences, few enough to commit often.
const BATCH: i64 = 16;

pub(crate) async fn command(context: &Context) -> anyhow::Result<Outcome> {
    let writable = context.writable_store().await?;
    Ok(tag(context, &writable.store).await?.conclude())
}

/// Tags what is untagged, then lets tables show the run where it is complete.
pub(crate) async fn tag(context: &Context, store: &Store) -> anyhow::Result<StageReport> {
    let run = tag_run(
        context.config.settings.model.name,
        &context.config.definitions_hash,
    );
    let key = store.begin_run(&run, context.now()).await?;
    let n_untagged = usize::try_from(store.count_untagged(key).await?)?;
    let n_tagged = if n_untagged == 0 {
        0
    } else {
        tag_all(context, store, key, n_untagged).await?
    };
    let is_complete = n_tagged == n_untagged;
    let promoted = is_complete && store.promote(key, context.now()).await?;
    let note = match (is_complete, promoted) {
        (false, _) => "; stopped early, run it again to go on",
        (true, true) => "; tables now show this run",
        (true, false) => "",
    };
    let summary = format!(
        "{n_tagged} revisions tagged in run {}{note}",
        &run.id()[..12]
    );
    Ok(StageReport {
        stage: "tag",
        summary,
        n_done: n_tagged,
        skipped: vec![],
    })
}

async fn tag_all(
    context: &Context,
    store: &Store,
    run: RunKey,
    n_untagged: usize,
) -> anyhow::Result<usize> {
    let loading = context.clone();
    let tagger = TaggingThread::start(move || loading.load_tagger())?;
    let bar = progress::bar("tag", n_untagged);
    let mut n_tagged = 0;
    while !context.is_cancelled() {
        let batch = store.untagged(run, BATCH).await?;
        if batch.is_empty() {
            break;
        }
        let texts = batch
            .iter()
            .map(|revision| (revision.title.clone(), revision.text.clone()))
            .collect();
        let Some(tags) = tagger.tag(texts).await else {
            break;
        };
        for (revision, tags) in batch.iter().zip(tags?) {
            let retrospective = defined_after(context, revision.available_on);
            store
                .record_tags(
                    run,
                    revision.revision_key,
                    &tags,
                    &retrospective,
                    context.now(),
                )
                .await?;
        }
        n_tagged += batch.len();
        bar.inc(batch.len() as u64);
    }
    bar.finish_and_clear();
    tagger.finish()?;
    Ok(n_tagged)
}

fn defined_after(context: &Context, day: NaiveDate) -> BTreeSet<ThemeId> {
    let later = context
        .config
        .themes
        .iter()
        .filter(|theme| theme.defined_at > day);
    later.map(|theme| theme.id.clone()).collect()
}
