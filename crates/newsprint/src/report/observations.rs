//! The common ground of all tables: which article, by which theme, speaks of which index in which session.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use newsprint_domain::identifier::{IndexId, Mic};
use newsprint_domain::sentiment::Tone;
use newsprint_store::{Store, TaggedArticle};

use super::{Selection, notes};
use crate::context::Context;

/// Stands for the theme where articles count by the index they name alone.
pub(super) const ANY_THEME: &str = "any";

/// An article that carries a theme, read against an index.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Observation {
    pub(super) session: NaiveDate,
    /// A theme's id, or [`ANY_THEME`].
    pub(super) theme: String,
    pub(super) index: IndexId,
    /// Of the sentences that carry the theme; by [`ANY_THEME`] of those that name the index.
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

/// An article speaks, by each of its themes, of the indices that it names and of those that the theme is linked to; by
/// [`ANY_THEME`] of those that it names.
fn observations_of(
    article: &TaggedArticle,
    exchanges: &BTreeMap<IndexId, Mic>,
    context: &Context,
    selection: &Selection,
) -> Vec<Observation> {
    let mut observations = Vec::new();
    let mut add = |theme: &str, index: &IndexId, tone: Option<Tone>, retrospective: bool| {
        let session = exchanges
            .get(index)
            .and_then(|exchange| article.sessions.get(exchange));
        let (Some(tone), Some(session)) = (tone, session) else {
            return;
        };
        if selection.has_theme(theme) && selection.has_session(session.reaction_session) {
            observations.push(Observation {
                session: session.reaction_session,
                theme: theme.to_owned(),
                index: index.clone(),
                tone,
                article_id: article.article_id.clone(),
                text_digest: article.text_digest.clone(),
                reconstructed: article.reconstructed,
                retrospective,
            });
        }
    };
    for (index, tone) in &article.indices {
        add(ANY_THEME, index, *tone, false);
    }
    for (theme, tag) in &article.themes {
        let definition = context
            .config
            .themes
            .iter()
            .find(|definition| definition.id == *theme);
        let linked = definition.map_or(&[][..], |definition| &definition.indices);
        let unlinked = article
            .indices
            .keys()
            .filter(|index| !linked.contains(index));
        for index in linked.iter().chain(unlinked) {
            add(theme.as_str(), index, tag.tone, tag.retrospective);
        }
    }
    observations
}
