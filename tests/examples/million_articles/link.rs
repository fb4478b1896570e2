//! Compares texts as `newsprint tag` does before it tags.

use std::error::Error;

use chrono::{DateTime, Utc};
use newsprint_nlp::lineage::{fingerprint, likeness};
use newsprint_store::{Alike, Store, TextPrint};

/// Texts per commit.
const BATCH: i64 = 64;

/// Fingerprints what has none and records who follows whom; how many articles follow another one.
pub(crate) async fn link(store: &Store, now: DateTime<Utc>) -> Result<usize, Box<dyn Error>> {
    let mut n_copies = 0;
    loop {
        let batch = store.unlinked(BATCH).await?;
        if batch.is_empty() {
            return Ok(n_copies);
        }
        let prints: Vec<TextPrint> = batch
            .iter()
            .map(|revision| {
                let print = fingerprint(&revision.title, &revision.text);
                TextPrint {
                    revision_key: revision.revision_key,
                    bands: print.bands().to_vec(),
                    sketch: print.sketch().to_vec(),
                }
            })
            .collect();
        let mut alike = Vec::new();
        for candidate in store.candidates(&prints).await? {
            let Some(print) = prints
                .iter()
                .find(|print| print.revision_key == candidate.asked)
            else {
                continue;
            };
            if let Some(found) = likeness(&print.sketch, &candidate.sketch)? {
                alike.push(Alike {
                    one: print.revision_key,
                    other: candidate.revision_key,
                    likeness: found.score,
                    evidence: found.evidence,
                });
            }
        }
        let recorded = store.record_lineage(&prints, &alike, now).await?;
        n_copies += recorded.changed.len();
    }
}
