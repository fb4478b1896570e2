//! The common ground of all tables: which article, by which theme, speaks of which index in which session.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use newsprint_domain::identifier::{IndexId, Mic, ThemeId};
use newsprint_domain::sentiment::Tone;
use newsprint_store::{Store, TaggedArticle};

use super::{Selection, notes};
use crate::context::Context;

/// An article that carries a theme, read against an index.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Observation {
    pub(super) session: NaiveDate,
    pub(super) theme: ThemeId,
    pub(super) index: IndexId,
    /// Toward the index where the article names it, else of the sentences that carry the theme.
    pub(super) tone: Tone,
    pub(super) article_id: String,
    pub(super) text_digest: String,
    pub(super) reconstructed: bool,
    pub(super) retrospective: bool,
}

/// Observations, and what is to be said of them.
#[derive(Debug, Default)]
pub(super) struct Observations {
    pub(super) rows: Vec<Observation>,
    pub(super) notes: Vec<String>,
}

impl Observations {
    /// Reads what `selection` asks for.
    pub(super) async fn read(
        context: &Context,
        store: &Store,
        selection: &Selection,
    ) -> anyhow::Result<Self> {
        let promoted = store.promoted_run(selection.as_of).await?;
        let run_id = promoted.as_ref().map(|(_, id)| id.as_str());
        let mut notes = notes(store, selection, run_id).await?;
        let Some((run, _)) = promoted else {
            return Ok(Self {
                rows: vec![],
                notes,
            });
        };
        let articles = store.tagged_articles(run, selection.as_of).await?;
        let exchanges = exchanges(context, selection);
        let n_unassigned = articles
            .iter()
            .filter(|article| is_unassigned(article, &exchanges))
            .count();
        if n_unassigned > 0 {
            notes.push(format!("{n_unassigned} articles lie outside a calendar and are left out until it is extended"));
        }
        let rows = articles
            .iter()
            .flat_map(|article| observations_of(article, &exchanges, context, selection));
        Ok(Self {
            rows: rows.collect(),
            notes,
        })
    }
}

/// The exchange of every index that is asked for.
fn exchanges(context: &Context, selection: &Selection) -> BTreeMap<IndexId, Mic> {
    let asked = context
        .config
        .indices
        .iter()
        .filter(|index| selection.has_index(&index.id));
    asked
        .map(|index| (index.id.clone(), index.exchange.clone()))
        .collect()
}

fn is_unassigned(article: &TaggedArticle, exchanges: &BTreeMap<IndexId, Mic>) -> bool {
    exchanges
        .values()
        .any(|exchange| !article.sessions.contains_key(exchange))
}

/// An article speaks, by each of its themes, of the indices that it names and of those that the theme is linked to.
fn observations_of(
    article: &TaggedArticle,
    exchanges: &BTreeMap<IndexId, Mic>,
    context: &Context,
    selection: &Selection,
) -> Vec<Observation> {
    let mut observations = Vec::new();
    for (theme, tag) in article
        .themes
        .iter()
        .filter(|(theme, _)| selection.has_theme(theme))
    {
        let definition = context
            .config
            .themes
            .iter()
            .find(|definition| definition.id == *theme);
        let is_linked = |index: &IndexId| {
            definition.is_some_and(|definition| definition.indices.contains(index))
        };
        for (index, exchange) in exchanges {
            let named_tone = article.indices.get(index);
            if named_tone.is_none() && !is_linked(index) {
                continue;
            }
            let tone = named_tone.copied().flatten().or(tag.tone);
            let session = article
                .sessions
                .get(exchange)
                .map(|row| row.reaction_session);
            let (Some(tone), Some(session)) = (tone, session) else {
                continue;
            };
            if selection.has_session(session) {
                observations.push(Observation {
                    session,
                    theme: theme.clone(),
                    index: index.clone(),
                    tone,
                    article_id: article.article_id.clone(),
                    text_digest: article.text_digest.clone(),
                    reconstructed: article.reconstructed,
                    retrospective: tag.retrospective,
                });
            }
        }
    }
    observations
}
