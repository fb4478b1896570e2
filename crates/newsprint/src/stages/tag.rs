//! tag: every revision that the current model and definitions have not seen; before that, which texts are copies of which.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use newsprint_domain::identifier::ThemeId;
use newsprint_domain::tags::{ArticleTags, ThemeTag};
use newsprint_nlp::error::NlpError;
use newsprint_store::{RunKey, Store, TaggedRevision, UntaggedRevision};

use super::link::{Linked, link};
use super::{Skip, StageReport, leased};
use crate::context::Context;
use crate::exit::Outcome;
use crate::progress;
use crate::tagging_thread::TaggingThread;

/// Revisions per request to the model: enough to share repeated sentences, few enough to commit often.
const BATCH: i64 = 16;

/// Texts that are made searchable in one transaction: others who write wait for it.
const TEXTS: i64 = 128;

pub(crate) async fn command(context: &Context) -> anyhow::Result<Outcome> {
    let report = context
        .writing(async |store| tag(context, store).await)
        .await?;
    Ok(report.conclude())
}

/// Tags what is untagged, then lets tables show the run where it went through.
pub(crate) async fn tag(context: &Context, store: &Store) -> anyhow::Result<StageReport> {
    leased(context, store, "tag", async |store, _| {
        tag_untagged(context, store).await
    })
    .await
}

async fn tag_untagged(context: &Context, store: &Store) -> anyhow::Result<StageReport> {
    let linked = link(context, store).await?;
    index(context, store).await?;
    let run = context.tag_run()?;
    let key = store
        .begin_run(&run, &context.pairs(), context.now())
        .await?;
    let n_untagged = usize::try_from(store.count_untagged(key).await?)?;
    let (n_tagged, skipped) = if n_untagged == 0 {
        (0, vec![])
    } else {
        tag_all(context, store, key, n_untagged).await?
    };
    let is_complete = n_tagged + skipped.len() == n_untagged;
    let promoted = is_complete && store.promote(key, context.now()).await?;
    let note = match (is_complete, promoted) {
        (false, _) => "; stopped early, run it again to go on",
        (true, true) => "; tables now show this run",
        (true, false) => "",
    };
    let summary = format!(
        "{n_tagged} revisions tagged in run {}{note}{}",
        &run.id()[..12],
        said(&linked)
    );
    Ok(StageReport {
        stage: "tag",
        summary,
        n_done: n_tagged,
        skipped,
        noted: vec![],
    })
}

/// What came of comparing texts; nothing where there was none.
fn said(linked: &Linked) -> String {
    let Linked {
        n_texts,
        n_copies,
        n_unreadable,
    } = linked;
    let left_out = match n_unreadable {
        0 => String::new(),
        n => format!(" ({n} comparisons left out: prints of another version)"),
    };
    match n_texts {
        0 => String::new(),
        _ => format!("; {n_texts} texts compared, {n_copies} copies found{left_out}"),
    }
}

/// Makes texts searchable that are not: here and not while they are fetched, so that nobody waits for it.
async fn index(context: &Context, store: &Store) -> anyhow::Result<()> {
    while !context.is_cancelled() && store.index_texts(TEXTS).await? > 0 {}
    Ok(())
}

async fn tag_all(
    context: &Context,
    store: &Store,
    run: RunKey,
    n_untagged: usize,
) -> anyhow::Result<(usize, Vec<Skip>)> {
    let (loading, expected) = (context.clone(), context.tag_run()?);
    let tagger = TaggingThread::start(move || {
        let tagger = loading.load_tagger()?;
        // Asked again after loading: a folder may have been replaced meanwhile, and its tags belong to another run.
        anyhow::ensure!(
            loading.tag_run()? == expected,
            "the model's files were replaced while it was loaded; run this again"
        );
        Ok(tagger)
    })?;
    let bar = progress::bar("tag", n_untagged);
    let (mut n_tagged, mut skipped, mut last_key) = (0, Vec::new(), 0);
    while !context.is_cancelled() {
        let batch = store.untagged(run, last_key, BATCH).await?;
        let Some(last) = batch.last() else { break };
        last_key = last.revision_key;
        let Some(tags) = tag_batch(&tagger, &batch).await else {
            break;
        };
        let mut found = Vec::with_capacity(batch.len());
        for (revision, tags) in batch.iter().zip(tags) {
            match tags {
                Ok(mut tags) => {
                    let day = revision.available_on;
                    tags.themes.retain(|tag| is_valid(context, tag, day));
                    found.push((revision.revision_key, tags, defined_after(context, day)));
                }
                Err(error) => skipped.push(Skip {
                    input: revision.address.clone(),
                    problem: error.to_string(),
                }),
            }
        }
        let tagged: Vec<_> = found.iter().map(TaggedRevision::from).collect();
        store.record_tags(run, &tagged, context.now()).await?;
        n_tagged += tagged.len();
        bar.inc(batch.len() as u64);
    }
    bar.finish_and_clear();
    tagger.finish()?;
    Ok((n_tagged, skipped))
}

/// Tags of each revision; where the batch as a whole fails, each is tried alone, so that one bad text costs only itself. `None`
/// where the thread has ended.
async fn tag_batch(
    tagger: &TaggingThread,
    batch: &[UntaggedRevision],
) -> Option<Vec<Result<ArticleTags, NlpError>>> {
    let texts = |revision: &UntaggedRevision| (revision.title.clone(), revision.text.clone());
    if let Ok(tags) = tagger.tag(batch.iter().map(texts).collect()).await? {
        return Some(tags.into_iter().map(Ok).collect());
    }
    let mut results = Vec::with_capacity(batch.len());
    for revision in batch {
        let alone = tagger.tag(vec![texts(revision)]).await?;
        results.push(alone.and_then(|mut tags| tags.pop().ok_or_else(no_tags)));
    }
    Some(results)
}

fn no_tags() -> NlpError {
    NlpError::Inference {
        model: "tagger".into(),
        problem: "gave no tags".into(),
    }
}

/// Whether a theme means anything on `day`: nobody traded on "Magnificent Seven" in 2008.
fn is_valid(context: &Context, tag: &ThemeTag, day: NaiveDate) -> bool {
    let mut themes = context.config.themes.iter();
    let definition = themes.find(|theme| theme.id == tag.theme);
    let valid_from = definition.and_then(|theme| theme.valid_from);
    valid_from.is_none_or(|first| first <= day)
}

fn defined_after(context: &Context, day: NaiveDate) -> BTreeSet<ThemeId> {
    let later = context
        .config
        .themes
        .iter()
        .filter(|theme| theme.defined_at > day);
    later.map(|theme| theme.id.clone()).collect()
}
