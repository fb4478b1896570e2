//! tag: every revision that the current model and definitions have not seen; before that, which texts are copies of which.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use newsprint_domain::identifier::ThemeId;
use newsprint_domain::tags::{ArticleTags, ThemeTag};
use newsprint_nlp::error::NlpError;
use newsprint_nlp::tagger::Document;
use newsprint_nlp::themes::ThemeSet;
use newsprint_store::{RunKey, Store, TaggedRevision, UntaggedRevision};

use super::link::{Linked, link};
use super::{Skip, StageReport, leased};
use crate::context::Context;
use crate::exit::Outcome;
use crate::progress;
use crate::runs::{everything, short};
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
    let Tagged {
        n_tagged,
        skipped,
        is_complete,
    } = tag_wanted(context, store, key, &Wanted::default()).await?;
    let note = if is_complete {
        shown(context, store, (key, run.id())).await?
    } else {
        "; stopped early, run it again to go on".into()
    };
    let summary = format!(
        "{n_tagged} revisions tagged in run {}{note}{}",
        short(&run.id()),
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

/// Lets tables show a run that is complete, where they never have: a run that was promoted before and is not any more was left by
/// somebody's choice, which holds until the configuration makes another run.
async fn shown(
    context: &Context,
    store: &Store,
    (run, run_id): (RunKey, String),
) -> anyhow::Result<String> {
    if store.promote_new(run, context.now()).await? {
        return Ok("; tables now show this run".into());
    }
    let Some((promoted, id)) = store.promoted_run(everything(context)).await? else {
        return Ok(String::new());
    };
    if promoted == run {
        return Ok(String::new());
    }
    let (shown, id) = (short(&id), short(&run_id));
    let n_lacking = store.count_lacking(promoted, run).await?;
    Ok(format!(
        "; tables show run {shown}, which was promoted after it and lacks {n_lacking} of its revisions: \
         `newsprint runs promote {id}` switches"
    ))
}

/// Which of the revisions that a run has not tagged it is to tag; by default all.
#[derive(Default)]
pub(super) struct Wanted {
    /// Those that became available at this instant or later.
    pub(super) since: Option<DateTime<Utc>>,
    /// Those that are about something.
    pub(super) themes: Option<WantedThemes>,
}

/// Themes of which a run that has tagged found one, or of which a phrase stands in the text.
pub(super) struct WantedThemes {
    pub(super) ids: Vec<String>,
    pub(super) phrases: ThemeSet,
    pub(super) tagged_by: Option<RunKey>,
}

/// What came of tagging.
#[derive(Debug)]
pub(super) struct Tagged {
    pub(super) n_tagged: usize,
    pub(super) skipped: Vec<Skip>,
    /// Whether all that was wanted was tried.
    pub(super) is_complete: bool,
}

impl WantedThemes {
    async fn keep(&self, store: &Store, batch: &mut Vec<UntaggedRevision>) -> anyhow::Result<()> {
        let keys: Vec<i64> = batch.iter().map(|revision| revision.revision_key).collect();
        let carrying = match self.tagged_by {
            Some(run) => store.carrying(run, &keys, &self.ids).await?,
            None => BTreeSet::new(),
        };
        batch.retain(
            |UntaggedRevision {
                 revision_key,
                 title,
                 text,
                 ..
             }| {
                carrying.contains(revision_key)
                    || self.phrases.is_named_in(&Document { title, text })
            },
        );
        Ok(())
    }
}

/// Tags what is wanted, a batch at a time; the model is loaded for the first.
pub(super) async fn tag_wanted(
    context: &Context,
    store: &Store,
    run: RunKey,
    wanted: &Wanted,
) -> anyhow::Result<Tagged> {
    let n_untagged = usize::try_from(store.count_untagged(run).await?)?;
    let bar = progress::bar("tag", n_untagged);
    let (mut n_tagged, mut skipped, mut last_key) = (0, Vec::new(), 0);
    let mut tagger = None;
    let is_complete = loop {
        if context.is_cancelled() {
            break false;
        }
        let mut batch = store
            .untagged_since(run, wanted.since, last_key, BATCH)
            .await?;
        let Some(last) = batch.last() else { break true };
        last_key = last.revision_key;
        bar.inc(batch.len() as u64);
        if let Some(themes) = &wanted.themes {
            themes.keep(store, &mut batch).await?;
        }
        if batch.is_empty() {
            continue;
        }
        if tagger.is_none() {
            tagger = Some(start(context)?);
        }
        let Some(tagger) = &tagger else { break false };
        let Some(tags) = tag_batch(tagger, &batch).await else {
            break false;
        };
        let found = found(context, &batch, tags, &mut skipped);
        let tagged: Vec<_> = found.iter().map(TaggedRevision::from).collect();
        store.record_tags(run, &tagged, context.now()).await?;
        n_tagged += tagged.len();
    };
    bar.finish_and_clear();
    if let Some(tagger) = tagger {
        tagger.finish()?;
    }
    Ok(Tagged {
        n_tagged,
        skipped,
        is_complete,
    })
}

fn start(context: &Context) -> anyhow::Result<TaggingThread> {
    let (loading, expected) = (context.clone(), context.tag_run()?);
    TaggingThread::start(move || {
        let tagger = loading.load_tagger()?;
        // Asked again after loading: a folder may have been replaced meanwhile, and its tags belong to another run.
        anyhow::ensure!(
            loading.tag_run()? == expected,
            "the model's files were replaced while it was loaded; run this again"
        );
        Ok(tagger)
    })
}

/// What was found in each revision; those that could not be tagged are skipped.
fn found(
    context: &Context,
    batch: &[UntaggedRevision],
    tags: Vec<Result<ArticleTags, NlpError>>,
    skipped: &mut Vec<Skip>,
) -> Vec<(i64, ArticleTags, BTreeSet<ThemeId>)> {
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
    found
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
