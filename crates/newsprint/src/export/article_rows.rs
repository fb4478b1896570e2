//! Rows of the tables that are read article by article.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::thread::JoinHandle;

use chrono::Datelike as _;
use newsprint_domain::identifier::{IndexId, Mic};
use newsprint_domain::sentiment::Tone;
use newsprint_store::{ExportedArticle, ExportedText, SessionRow};
use parquet::data_type::ByteArray;
use tokio::sync::mpsc;

use super::parts::{FileEntry, Parts};
use super::tables::Name;
use crate::columnar::Value;
use crate::report::Selection;

/// Pages that may wait for a table.
const QUEUE: usize = 4;

/// Articles, and what some tables need of them besides.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) articles: Vec<ExportedArticle>,
    /// By revision, of publishers that allow it.
    pub(super) texts: HashMap<String, ExportedText>,
    /// By revision.
    pub(super) sessions: HashMap<String, BTreeMap<Mic, SessionRow>>,
}

/// What is asked of articles.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) selection: Selection,
    /// Themes with the indices that they are linked to.
    pub(super) linked: BTreeSet<(String, IndexId)>,
}

/// A table on its own thread, behind a bounded queue: what reads goes on while it is written.
pub(super) struct TableThread {
    pages: mpsc::Sender<Arc<Page>>,
    thread: JoinHandle<anyhow::Result<Vec<FileEntry>>>,
}

impl TableThread {
    pub(super) fn start(name: Name, asked: Arc<Asked>, mut parts: Parts) -> anyhow::Result<Self> {
        let (pages, mut queue) = mpsc::channel::<Arc<Page>>(QUEUE);
        let work = move || {
            while let Some(page) = queue.blocking_recv() {
                for article in &page.articles {
                    write(name, &asked, (article, &page), &mut parts)?;
                }
            }
            parts.finish()
        };
        let thread = std::thread::Builder::new().name(name.as_str().into());
        let thread = thread.spawn(work)?;
        Ok(Self { pages, thread })
    }

    /// `false` where the thread has ended, of which [`TableThread::finish`] gives the reason.
    pub(super) async fn send(&self, page: &Arc<Page>) -> bool {
        self.pages.send(page.clone()).await.is_ok()
    }

    /// The files, once all pages are written.
    pub(super) fn finish(self) -> anyhow::Result<Vec<FileEntry>> {
        drop(self.pages);
        let joined = self.thread.join();
        joined.unwrap_or_else(|_| Err(anyhow::anyhow!("a thread that writes a table panicked")))
    }
}

fn write(
    name: Name,
    asked: &Asked,
    (article, page): (&ExportedArticle, &Page),
    parts: &mut Parts,
) -> anyhow::Result<()> {
    if !asked.has_session(article) {
        return Ok(());
    }
    let year = Some(article.available_at.year());
    let texts = Texts::of(article);
    match name {
        Name::ThemeTags => {
            for row in theme_rows(asked, article, &texts) {
                parts.write(year, &row)?;
            }
        }
        Name::IndexTags => {
            for row in index_rows(asked, article, &texts) {
                parts.write(year, &row)?;
            }
        }
        Name::Sessions => {
            for row in session_rows(asked, article, page, &texts) {
                parts.write(year, &row)?;
            }
        }
        _ if asked.has_article(article) => {
            parts.write(year, &article_row(article, page, &texts))?
        }
        _ => {}
    }
    Ok(())
}

/// Texts that the rows of one article share.
struct Texts {
    id: Value,
    publisher: Value,
    address: Value,
}

impl Texts {
    fn of(article: &ExportedArticle) -> Self {
        Self {
            id: Value::text(&article.article_id),
            publisher: Value::text(&article.publisher),
            address: Value::text(&article.address),
        }
    }
}

impl Asked {
    fn has_session(&self, article: &ExportedArticle) -> bool {
        match article.session {
            Some(session) => self.selection.has_session(session),
            None => self.selection.from.is_none() && self.selection.to.is_none(),
        }
    }

    /// Whether a theme of an article speaks of an index that is asked for: the article names it, or the theme is linked to it.
    fn has_theme(&self, article: &ExportedArticle, theme: &str) -> bool {
        let is_linked = |index: &IndexId| self.linked.contains(&(theme.to_owned(), index.clone()));
        let indices = &self.selection.indices;
        let by_index = indices.is_empty()
            || indices
                .iter()
                .any(|index| article.indices.contains_key(index) || is_linked(index));
        self.selection.has_theme(theme) && by_index
    }

    fn has_article(&self, article: &ExportedArticle) -> bool {
        let is_all = self.selection.themes.is_empty() && self.selection.indices.is_empty();
        let mut themes = article.themes.iter();
        is_all
            || themes.any(|tag| self.has_theme(article, tag.theme.as_str()))
            || (self.selection.has_theme(newsprint_store::ANY_THEME) && self.names_index(article))
    }

    fn names_index(&self, article: &ExportedArticle) -> bool {
        let mut named = article.indices.keys();
        named.any(|index| self.selection.has_index(index))
    }
}

fn theme_rows<'a>(
    asked: &'a Asked,
    article: &'a ExportedArticle,
    texts: &'a Texts,
) -> impl Iterator<Item = [Value; 12]> + 'a {
    let is_asked = |retrospective: bool| !(retrospective && asked.selection.no_retrospective);
    let tags = article.themes.iter().filter(move |tag| {
        is_asked(tag.row.retrospective) && asked.has_theme(article, tag.theme.as_str())
    });
    tags.map(|tag| {
        [
            Value::instant(article.available_at),
            Value::or_null(article.session, Value::date),
            texts.id.clone(),
            texts.publisher.clone(),
            texts.address.clone(),
            Value::text(tag.theme.as_str()),
            tone(tag.row.tone),
            Value::Number(unit(tag.row.salience)),
            Value::or_null(tag.row.stance, |stance| Value::Number(unit(stance))),
            Value::Truth(tag.row.retrospective),
            Value::Truth(article.reconstructed),
            Value::Truth(article.is_echo),
        ]
    })
}

fn index_rows<'a>(
    asked: &'a Asked,
    article: &'a ExportedArticle,
    texts: &'a Texts,
) -> impl Iterator<Item = [Value; 8]> + 'a {
    let is_asked = asked.has_article(article);
    let tags = article
        .indices
        .iter()
        .filter(move |(index, _)| is_asked && asked.selection.has_index(index));
    tags.map(|(index, toward)| {
        [
            Value::instant(article.available_at),
            Value::or_null(article.session, Value::date),
            texts.id.clone(),
            texts.publisher.clone(),
            Value::text(index.as_str()),
            tone(*toward),
            Value::Truth(article.reconstructed),
            Value::Truth(article.is_echo),
        ]
    })
}

fn session_rows<'a>(
    asked: &'a Asked,
    article: &'a ExportedArticle,
    page: &'a Page,
    texts: &'a Texts,
) -> impl Iterator<Item = [Value; 5]> + 'a {
    let sessions = page.sessions.get(&article.revision_id);
    let is_asked = asked.has_article(article);
    let sessions = sessions.into_iter().flatten().filter(move |_| is_asked);
    sessions.map(|(exchange, row)| {
        [
            Value::instant(article.available_at),
            texts.id.clone(),
            Value::text(exchange.as_str()),
            Value::date(row.reaction_session),
            Value::text(&row.phase),
        ]
    })
}

fn article_row(article: &ExportedArticle, page: &Page, texts: &Texts) -> [Value; 16] {
    let text = page.texts.get(&article.revision_id);
    let count = |n: usize| match article.is_tagged {
        true => Value::Integer(i64::try_from(n).unwrap_or(i64::MAX)),
        false => Value::Null,
    };
    let words = |text: &str| Value::Text(ByteArray::from(text));
    [
        Value::instant(article.available_at),
        Value::or_null(article.session, Value::date),
        texts.id.clone(),
        Value::text(&article.revision_id),
        texts.publisher.clone(),
        texts.address.clone(),
        Value::or_null(article.language.as_deref(), Value::text),
        tone(article.tone),
        Value::Truth(article.is_tagged),
        count(article.themes.len()),
        count(article.indices.len()),
        Value::Truth(article.reconstructed),
        Value::Truth(article.is_echo),
        Value::instant(article.recorded_at),
        Value::or_null(text, |(title, _)| words(title)),
        Value::or_null(text, |(_, text)| words(text)),
    ]
}

fn tone(tone: Option<Tone>) -> Value {
    Value::or_null(tone, |tone| Value::Number(tone.value()))
}

/// Of millionths, the number.
fn unit(millionths: i32) -> f64 {
    f64::from(millionths) / 1e6
}
