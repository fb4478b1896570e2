//! The common ground of all tables: which article, by which theme, speaks of which index in which session.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use newsprint_domain::identifier::{IndexId, Mic};
use newsprint_domain::sentiment::Tone;
use newsprint_store::{Store, TaggedArticle, ThemeRow};

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
    /// −1..1 in millionths; `None` of [`ANY_THEME`], and of a run that did not look.
    pub(super) stance: Option<i32>,
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
        let mut notes = notes(context, store, selection, run_id).await?;
        let Some((run, _)) = promoted else {
            return Ok(Self {
                rows: vec![],
                notes,
            });
        };
        let articles = store.tagged_articles(run, selection.as_of).await?;
        let exchanges = exchanges(context, selection);
        let mut gathering = Gathering {
            context,
            selection,
            exchanges,
            rows: vec![],
            unassigned: BTreeSet::new(),
        };
        let n_foreign = articles
            .iter()
            .filter(|article| article.language.is_some())
            .count();
        if n_foreign > 0 {
            notes.push(format!(
                "{n_foreign} of {} articles are not in English: no theme was looked for in them",
                articles.len()
            ));
        }
        articles
            .iter()
            .for_each(|article| gathering.add_article(article));
        let n_unassigned = gathering.unassigned.len();
        if n_unassigned > 0 {
            notes.push(format!("{n_unassigned} articles lie outside a calendar and are left out until it is extended"));
        }
        Ok(Self {
            rows: gathering.rows,
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
        .filter_map(|index| Some((index.id.clone(), index.exchange.clone()?)))
        .collect()
}

/// Observations of the articles added so far.
struct Gathering<'a> {
    context: &'a Context,
    selection: &'a Selection,
    exchanges: BTreeMap<IndexId, Mic>,
    rows: Vec<Observation>,
    /// Articles that speak of an index on an exchange whose calendar does not reach them.
    unassigned: BTreeSet<String>,
}

impl Gathering<'_> {
    /// An article speaks, by each of its themes, of the indices that it names and of those that the theme is linked to; by
    /// [`ANY_THEME`] of those that it names.
    fn add_article(&mut self, article: &TaggedArticle) {
        for (index, tone) in &article.indices {
            self.add(article, (ANY_THEME, None), index, *tone);
        }
        for (theme, tag) in &article.themes {
            let definition = self
                .context
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
                self.add(article, (theme.as_str(), Some(*tag)), index, tag.tone);
            }
        }
    }

    fn add(
        &mut self,
        article: &TaggedArticle,
        (theme, tag): (&str, Option<ThemeRow>),
        index: &IndexId,
        tone: Option<Tone>,
    ) {
        let (Some(exchange), Some(tone)) = (self.exchanges.get(index), tone) else {
            return;
        };
        let retrospective = tag.is_some_and(|tag| tag.retrospective);
        if !self.selection.has_theme(theme) || (retrospective && self.selection.no_retrospective) {
            return;
        }
        let Some(session) = article
            .sessions
            .get(exchange)
            .map(|row| row.reaction_session)
        else {
            self.unassigned.insert(article.article_id.clone());
            return;
        };
        if self.selection.has_session(session) {
            self.rows.push(Observation {
                session,
                theme: theme.to_owned(),
                index: index.clone(),
                tone,
                stance: tag.and_then(|tag| tag.stance),
                article_id: article.article_id.clone(),
                text_digest: article.text_digest.clone(),
                reconstructed: article.reconstructed,
                retrospective,
            });
        }
    }
}
