//! Compares every new text with the stored ones and with one another, so that it is known which articles are copies of which. Each batch
//! is committed with its fingerprints, which is the cursor: what was killed is done again, and nothing twice.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use newsprint_nlp::error::NlpError;
use newsprint_nlp::lineage::{fingerprint, likeness};
use newsprint_store::{Alike, Candidate, Store, TextPrint, UnlinkedRevision, WINDOW};
use rayon::prelude::*;
use tokio::task::spawn_blocking;

use crate::context::Context;
use crate::progress;

/// Texts per commit: enough that both cores have work, few enough that their candidates' sketches, 1.5 kB each, fit in memory.
const BATCH: i64 = 128;

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Linked {
    /// Texts that were compared.
    pub(super) n_texts: usize,
    /// Articles that were found to follow another one.
    pub(super) n_copies: usize,
    /// Comparisons that were left out, because a kept fingerprint is of another version.
    pub(super) n_unreadable: usize,
}

/// Two texts to be compared: places in the batch, or the place of one and a stored text.
enum Pair<'a> {
    Within(usize, usize),
    Stored(usize, &'a Candidate),
}

/// Fingerprints what has none, and records who follows whom.
pub(super) async fn link(context: &Context, store: &Store) -> anyhow::Result<Linked> {
    let mut linked = Linked::default();
    let n_unlinked = usize::try_from(store.count_unlinked().await?)?;
    if n_unlinked == 0 {
        return Ok(linked);
    }
    let bar = progress::bar("compare", n_unlinked);
    while !context.is_cancelled() {
        let batch = Arc::new(store.unlinked(BATCH).await?);
        if batch.is_empty() {
            break;
        }
        let texts = Arc::clone(&batch);
        let prints = Arc::new(spawn_blocking(move || prints(&texts)).await?);
        let candidates = store.candidates(&prints).await?;
        let (texts, of_texts) = (Arc::clone(&batch), Arc::clone(&prints));
        let compared = spawn_blocking(move || compared(&texts, &of_texts, &candidates)).await?;
        let (alike, n_unreadable) = compared;
        let recorded = store.record_lineage(&prints, &alike, context.now()).await?;
        linked.n_texts += batch.len();
        linked.n_copies += recorded.changed.len();
        linked.n_unreadable += n_unreadable;
        bar.inc(batch.len() as u64);
    }
    bar.finish_and_clear();
    Ok(linked)
}

fn prints(batch: &[UnlinkedRevision]) -> Vec<TextPrint> {
    let print = |revision: &UnlinkedRevision| {
        let print = fingerprint(&revision.title, &revision.text);
        TextPrint {
            revision_key: revision.revision_key,
            bands: print.bands().to_vec(),
            sketch: print.sketch().to_vec(),
        }
    };
    batch.par_iter().map(print).collect()
}

/// The pairs that are of one story, and how many could not be compared.
fn compared(
    batch: &[UnlinkedRevision],
    prints: &[TextPrint],
    candidates: &[Candidate],
) -> (Vec<Alike>, usize) {
    let places: HashMap<i64, usize> = prints
        .iter()
        .enumerate()
        .map(|(place, print)| (print.revision_key, place))
        .collect();
    let stored = candidates.iter().filter_map(|candidate| {
        let place = places.get(&candidate.asked)?;
        Some(Pair::Stored(*place, candidate))
    });
    let mut pairs = within(batch, prints);
    pairs.extend(stored);
    let results: Vec<_> = pairs.par_iter().map(|pair| alike(prints, pair)).collect();
    let n_unreadable = results.iter().filter(|result| result.is_err()).count();
    let found = results
        .into_iter()
        .filter_map(|result| result.ok().flatten());
    (found.collect(), n_unreadable)
}

/// Pairs of the batch itself that share a band, as the store finds those of stored texts.
fn within<'a>(batch: &[UnlinkedRevision], prints: &[TextPrint]) -> Vec<Pair<'a>> {
    let window = WINDOW.num_microseconds().unwrap_or(i64::MAX);
    let mut by_band: HashMap<i64, Vec<usize>> = HashMap::new();
    let mut pairs = Vec::new();
    for (place, (revision, print)) in batch.iter().zip(prints).enumerate() {
        let mut sharing: HashSet<usize> = HashSet::new();
        for band in &print.bands {
            let with_band = by_band.entry(*band).or_default();
            sharing.extend(with_band.iter());
            with_band.push(place);
        }
        let mut sharing: Vec<usize> = sharing.into_iter().collect();
        sharing.sort_unstable();
        let near = sharing.into_iter().filter(|other| {
            let other = &batch[*other];
            let distance = revision.available_at.abs_diff(other.available_at);
            revision.article_key != other.article_key && distance <= window.unsigned_abs()
        });
        pairs.extend(near.map(|other| Pair::Within(place, other)));
    }
    pairs
}

fn alike(prints: &[TextPrint], pair: &Pair<'_>) -> Result<Option<Alike>, NlpError> {
    let (one, other, sketch) = match pair {
        Pair::Within(one, other) => {
            let other = &prints[*other];
            (&prints[*one], other.revision_key, &other.sketch)
        }
        Pair::Stored(one, candidate) => (&prints[*one], candidate.revision_key, &candidate.sketch),
    };
    let found = likeness(&one.sketch, sketch)?;
    Ok(found.map(|found| Alike {
        one: one.revision_key,
        other,
        likeness: found.score,
        evidence: found.evidence,
    }))
}
