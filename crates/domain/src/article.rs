//! An article revision: what was published, where, and when anybody could have read it.

use std::fmt;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, SecondsFormat, Utc};

use crate::digest::content_id;
use crate::identifier::PublisherId;

/// A publication time as a page states it, before any zone is assumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatedTime {
    /// A time with its offset from UTC.
    Instant(DateTime<FixedOffset>),
    /// A time of day in a zone that the page does not name.
    Local(NaiveDateTime),
    /// A date without a time.
    Day(NaiveDate),
}

impl fmt::Display for StatedTime {
    /// RFC 3339 for an instant, ISO 8601 without an offset for a local time, the bare date for a day.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instant(instant) => {
                let text = instant.to_rfc3339_opts(SecondsFormat::AutoSi, true);
                formatter.write_str(&text)
            }
            Self::Local(local) => write!(formatter, "{}", local.format("%Y-%m-%dT%H:%M:%S")),
            Self::Day(day) => write!(formatter, "{day}"),
        }
    }
}

/// When an article was published, and what that rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The instant; for a date without a time, the end of that date.
    pub instant: DateTime<Utc>,
    /// What the page states.
    pub stated: StatedTime,
    /// The zone that a statement without an offset was read in: an IANA name, or `UTC-12` where none is known.
    pub zone: Option<String>,
    /// The place on the page, such as `json_ld:datePublished` or `meta:article:published_time`.
    pub found_in: String,
}

/// One revision of one article, as fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article {
    /// Who published it.
    pub publisher: PublisherId,
    /// The address that identifies it: the canonical one where that stays on the same registrable domain.
    pub address: String,
    /// The address or file it was read from.
    pub fetched_from: String,
    /// Headline.
    pub title: String,
    /// Names in the order given.
    pub authors: Vec<String>,
    /// The site's own name.
    pub site: Option<String>,
    /// BCP 47 tag as stated by the page.
    pub language: Option<String>,
    /// Body text, paragraphs separated by newlines.
    pub text: String,
    /// Publication time, where the page states one.
    pub published: Option<Published>,
    /// Our clock when we read it.
    pub first_seen: DateTime<Utc>,
    /// Whether it was read from an archive that does not say when it was captured. Only an article's first revision can
    /// be: of a later one our first sight is known.
    pub replayed: bool,
}

impl Article {
    /// Identity: the address, whose registrable domain is the publisher. The publisher's id is no part of it, so that a row
    /// added to `publishers.toml` later makes no second article.
    pub fn article_id(&self) -> String {
        content_id(&["article", &self.address])
    }

    /// Identity of this revision: what a reader sees of it.
    pub fn revision_id(&self) -> String {
        let stated = self
            .published
            .as_ref()
            .map(|published| published.stated.to_string());
        let article_id = self.article_id();
        content_id(&[
            "revision",
            &article_id,
            &self.title,
            &self.text,
            &stated.unwrap_or_default(),
        ])
    }

    /// Whether [`Article::available_at`] had to be taken from the publication time alone.
    pub fn is_reconstructed(&self) -> bool {
        self.replayed && self.published.is_some()
    }

    /// The first instant at which anybody using this store could have known the text.
    ///
    /// Live: the later of publication and first sight. Replayed without a capture time: the publication time
    /// ([`Article::is_reconstructed`]), or first sight where the page states none.
    pub fn available_at(&self) -> DateTime<Utc> {
        match &self.published {
            Some(published) if self.replayed => published.instant,
            Some(published) => published.instant.max(self.first_seen),
            None => self.first_seen,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn article(published: Option<&str>, replayed: bool) -> Article {
        let stated = published.map(|text| DateTime::parse_from_rfc3339(text).unwrap());
        Article {
            publisher: PublisherId::new("harbour_ledger").unwrap(),
            address: "https://harbourledger.example/a".into(),
            fetched_from: "https://harbourledger.example/a?utm_source=x".into(),
            title: "Small caps soar".into(),
            authors: vec![],
            site: None,
            language: None,
            text: "The index rose.".into(),
            published: stated.map(|instant| Published {
                instant: instant.to_utc(),
                stated: StatedTime::Instant(instant),
                zone: None,
                found_in: "json_ld:datePublished".into(),
            }),
            first_seen: "2024-07-17T09:00:00Z".parse().unwrap(),
            replayed,
        }
    }

    #[test]
    fn live_articles_are_never_available_before_they_were_seen() {
        let early = article(Some("2024-07-17T08:00:00Z"), false);
        assert_eq!(early.available_at(), early.first_seen);
        let embargoed = article(Some("2024-07-17T10:00:00Z"), false);
        assert_eq!(
            embargoed.available_at().to_rfc3339(),
            "2024-07-17T10:00:00+00:00"
        );
    }

    #[test]
    fn replayed_articles_are_available_at_publication_and_say_so() {
        let replayed = article(Some("2024-07-17T08:00:00Z"), true);
        assert_eq!(
            replayed.available_at().to_rfc3339(),
            "2024-07-17T08:00:00+00:00"
        );
        assert!(replayed.is_reconstructed());
        let undated = article(None, true);
        assert_eq!(undated.available_at(), undated.first_seen);
        assert!(!undated.is_reconstructed());
    }

    #[test]
    fn a_changed_text_is_a_new_revision_of_the_same_article() {
        let first = article(None, false);
        let second = Article {
            text: "The index fell.".into(),
            ..first.clone()
        };
        assert_eq!(first.article_id(), second.article_id());
        assert_ne!(first.revision_id(), second.revision_id());
    }
}
