//! articles: every article with its sessions, themes and indices.

use newsprint_domain::identifier::Mic;
use newsprint_store::{ANY_THEME, Store, TaggedArticle};

use super::{Selection, note_reconstructed, notes};
use crate::context::Context;
use crate::table::{Cell, Table};

pub(crate) const NAME: &str = "articles";

pub(crate) async fn table(
    context: &Context,
    store: &Store,
    selection: &Selection,
) -> anyhow::Result<Table> {
    let promoted = selection.run(store).await?;
    let notes = notes(
        context,
        store,
        selection,
        promoted.as_ref().map(|(_, id)| id.as_str()),
    )
    .await?;
    let columns = vec![
        "available_at",
        "publisher",
        "title",
        "session",
        "phase",
        "tone",
        "themes",
        "indices",
        "address",
    ];
    let mut table = Table {
        name: NAME,
        columns,
        rows: vec![],
        notes,
    };
    let Some((run, _)) = promoted else {
        return Ok(table);
    };
    let exchange = selection.exchange(context)?;
    let articles = store.tagged_articles(run, selection.as_of).await?;
    let shown: Vec<&TaggedArticle> = articles
        .iter()
        .filter(|article| is_selected(article, &exchange, selection))
        .collect();
    table.rows = shown
        .iter()
        .map(|article| row(article, &exchange))
        .collect();
    table.notes.push(format!("sessions of {exchange}"));
    note_reconstructed(
        &mut table,
        shown.iter().filter(|article| article.reconstructed).count(),
        shown.len(),
    );
    Ok(table)
}

fn is_selected(article: &TaggedArticle, exchange: &Mic, selection: &Selection) -> bool {
    let names_index = selection.has_theme(ANY_THEME) && !article.indices.is_empty();
    let by_theme = selection.themes.is_empty()
        || names_index
        || article
            .themes
            .keys()
            .any(|theme| selection.has_theme(theme.as_str()));
    let by_index = selection.indices.is_empty()
        || article
            .indices
            .keys()
            .any(|index| selection.has_index(index));
    let in_period = match article.sessions.get(exchange) {
        Some(session) => selection.has_session(session.reaction_session),
        None => selection.from.is_none() && selection.to.is_none(),
    };
    by_theme && by_index && in_period
}

fn row(article: &TaggedArticle, exchange: &Mic) -> Vec<Cell> {
    let session = article.sessions.get(exchange);
    let themes: Vec<&str> = article.themes.keys().map(|theme| theme.as_str()).collect();
    let indices: Vec<&str> = article.indices.keys().map(|index| index.as_str()).collect();
    vec![
        Cell::text(article.available_at.format("%Y-%m-%d %H:%M:%S").to_string()),
        Cell::text(&article.publisher),
        Cell::text(&article.title),
        session.map_or(Cell::Null, |row| {
            Cell::text(row.reaction_session.to_string())
        }),
        session.map_or(Cell::Null, |row| Cell::text(&row.phase)),
        Cell::number(article.tone.map(|tone| tone.value()), 3),
        Cell::text(themes.join(" ")),
        Cell::text(indices.join(" ")),
        Cell::text(&article.address),
    ]
}
