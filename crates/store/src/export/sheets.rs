//! A page of articles as one text: a row that comes by itself wakes a thread, a text of thousands does so once.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use newsprint_domain::identifier::{IndexId, ThemeId};
use newsprint_domain::sentiment::Tone;

use super::tone_of;
use crate::error::StoreError;
use crate::reading::ThemeRow;
use crate::rows::{corrupt, date, instant};

/// What parts fields and records of a sheet; taken out of the texts in it.
pub(super) const FIELD: &str = "\u{1f}";
pub(super) const RECORD: &str = "\u{1e}";

/// The first revision of an article, with what a run says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedArticle {
    /// Public id of the article.
    pub article_id: String,
    /// Public id of the revision.
    pub revision_id: String,
    /// Who published it.
    pub publisher: String,
    /// Its address.
    pub address: String,
    /// When it could first have been known.
    pub available_at: DateTime<Utc>,
    /// Whether that rests on the publication time alone.
    pub reconstructed: bool,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Whether the run has tagged it.
    pub is_tagged: bool,
    /// Mean tone of its sentences.
    pub tone: Option<Tone>,
    /// The language (ISO 639-3) where it is not English.
    pub language: Option<String>,
    /// The reaction session of the exchange that was asked for.
    pub session: Option<NaiveDate>,
    /// Whether it follows an earlier article of its story.
    pub is_echo: bool,
    /// Its themes by id.
    pub themes: Vec<ExportedTheme>,
    /// Tones toward the indices it names.
    pub indices: BTreeMap<IndexId, Option<Tone>>,
}

/// A theme of an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedTheme {
    /// Its id.
    pub theme: ThemeId,
    /// What is said of it.
    pub row: ThemeRow,
}

/// Articles of a sheet, by availability and id.
pub(super) fn read_sheet(sheet: &str) -> Result<Vec<ExportedArticle>, StoreError> {
    let articles = sheet.split(RECORD).map(|record| {
        let fields: Vec<&str> = record.split(FIELD).collect();
        let fields = <[&str; 14]>::try_from(fields)
            .map_err(|_| corrupt("revision", format!("a page holds the record \"{record}\"")))?;
        read_article(fields)
    });
    let mut articles: Vec<ExportedArticle> = articles.collect::<Result<_, _>>()?;
    articles.sort_by(|one, other| {
        (one.available_at, &one.article_id).cmp(&(other.available_at, &other.article_id))
    });
    Ok(articles)
}

fn read_article(fields: [&str; 14]) -> Result<ExportedArticle, StoreError> {
    let time = |text: &str| instant("revision", text.parse().unwrap_or(i64::MAX));
    let [article_id, revision_id, publisher, address, ..] = fields.map(str::to_owned);
    let tone = tone_of(fields[8]);
    let session = Some(fields[10]).filter(|session| !session.is_empty());
    Ok(ExportedArticle {
        article_id,
        revision_id,
        publisher,
        address,
        available_at: time(fields[4])?,
        reconstructed: fields[5] == "1",
        recorded_at: time(fields[6])?,
        is_tagged: fields[7] == "1",
        tone: tone.ok_or_else(|| corrupt("tagging", format!("the tone {}", fields[8])))?,
        language: Some(fields[9].to_owned()).filter(|language| !language.is_empty()),
        session: session
            .map(|session| date("session_assignment", session))
            .transpose()?,
        is_echo: fields[11] == "1",
        themes: read_themes(fields[12])?,
        indices: read_indices(fields[13])?,
    })
}

fn read_themes(sheet: &str) -> Result<Vec<ExportedTheme>, StoreError> {
    let words: Vec<&str> = sheet.split_ascii_whitespace().collect();
    let themes = words.chunks(5).map(|words| {
        read_theme(words).ok_or_else(|| corrupt("theme_tag", format!("the tag \"{words:?}\"")))
    });
    let mut themes: Vec<ExportedTheme> = themes.collect::<Result<_, _>>()?;
    themes.sort_by(|one, other| one.theme.cmp(&other.theme));
    Ok(themes)
}

fn read_theme(words: &[&str]) -> Option<ExportedTheme> {
    let [theme, salience, tone, stance, retrospective] = words else {
        return None;
    };
    let stance = match *stance {
        "-" => None,
        stance => Some(stance.parse().ok()?),
    };
    let row = ThemeRow {
        salience: salience.parse().ok()?,
        tone: tone_of(tone)?,
        stance,
        retrospective: *retrospective == "1",
    };
    let theme = ThemeId::new(*theme).ok()?;
    Some(ExportedTheme { theme, row })
}

fn read_indices(sheet: &str) -> Result<BTreeMap<IndexId, Option<Tone>>, StoreError> {
    let words: Vec<&str> = sheet.split_ascii_whitespace().collect();
    let indices = words.chunks(2).map(|words| {
        let read = || Some((IndexId::new(*words.first()?).ok()?, tone_of(words.get(1)?)?));
        read().ok_or_else(|| corrupt("index_tag", format!("the tag \"{words:?}\"")))
    });
    indices.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_none_and_a_damaged_page_is_named() {
        let record = [
            "a",
            "r",
            "p",
            "https://a.example/",
            "1",
            "1",
            "2",
            "1",
            "-5",
            "",
            "",
            "0",
            "b 7 - - 1 a 7 1 -2 0",
            "RUT -",
        ];
        let sheet = record.join(FIELD);
        let read = read_sheet(&sheet).unwrap().remove(0);
        assert_eq!((read.session, read.language), (None, None));
        assert_eq!(read.tone, Tone::from_millionths(-5));
        let themes: Vec<&str> = read.themes.iter().map(|tag| tag.theme.as_str()).collect();
        assert_eq!(themes, ["a", "b"]);
        assert_eq!(
            (read.themes[1].row.tone, read.themes[1].row.stance),
            (None, None)
        );
        assert_eq!(read.themes[0].row.stance, Some(-2));
        assert_eq!(read.indices.values().next(), Some(&None));
        assert!(read_sheet(&record[..13].join(FIELD)).is_err());
        assert!(read_sheet(&sheet.replace("b 7 -", "b 7 x")).is_err());
    }
}
