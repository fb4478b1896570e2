//! From a page to an article: whose it is, what identifies it, and when it was published.

use chrono::{DateTime, Utc};
use newsprint_domain::article::Article;
use newsprint_domain::identifier::PublisherId;

use crate::address::{domain_of, vet, without_fragment};
use crate::error::FetchError;
use crate::page::Page;
use crate::published::resolve;
use crate::publisher::{Publisher, publisher_of};

/// Words that a text needs to be an article rather than a form, a notice or a list of links.
const MIN_WORDS: usize = 30;

/// Where a page came from.
#[derive(Debug, Clone, Copy)]
pub enum Origin<'a> {
    /// Answered by this address, after redirects, at this instant of our clock or of an archive's.
    Answered(&'a str, DateTime<Utc>),
    /// Read from this file of a folder.
    File(&'a str),
}

/// Makes the article of a page seen at `now`.
pub fn article(
    page: Page,
    origin: Origin<'_>,
    publishers: &[Publisher],
    now: DateTime<Utc>,
) -> Result<Article, FetchError> {
    if let Some(wall) = page.wall {
        return Err(FetchError::Walled(wall));
    }
    let text = page.body?;
    let n_words = text.split_whitespace().count();
    if n_words < MIN_WORDS {
        return Err(FetchError::NotArticle(format!(
            "its text has {n_words} words, fewer than {MIN_WORDS}"
        )));
    }
    let title = page
        .title
        .ok_or_else(|| FetchError::NotArticle("it has no title".into()))?;
    let address = identity(page.canonical.as_deref(), origin)?;
    let publisher = publisher_of(publishers, &address);
    let zone = publisher.map(|publisher| publisher.timezone.0);
    Ok(Article {
        publisher: publisher_id(publisher, &address)?,
        address,
        fetched_from: match origin {
            Origin::Answered(address, _) | Origin::File(address) => address.to_owned(),
        },
        title,
        authors: page.authors,
        site: page.site,
        language: page.language,
        text,
        published: page
            .published
            .map(|(stated, found_in)| resolve(stated, zone, &found_in)),
        first_seen: match origin {
            Origin::Answered(_, at) => at,
            Origin::File(_) => now,
        },
        replayed: matches!(origin, Origin::File(_)),
    })
}

/// The canonical address where it stays on the registrable domain that was asked, else the address asked.
fn identity(canonical: Option<&str>, origin: Origin<'_>) -> Result<String, FetchError> {
    let canonical =
        canonical.filter(|address| vet(address, false).is_ok() && domain_of(address).is_some());
    let address = match (origin, canonical) {
        (Origin::Answered(asked, _), Some(canonical))
            if domain_of(canonical) == domain_of(asked) =>
        {
            canonical
        }
        (Origin::Answered(asked, _), _) => asked,
        (Origin::File(_), Some(canonical)) => canonical,
        (Origin::File(_), None) => {
            let reason = "the saved page does not say where it was published: add <link rel=\"canonical\" href=…> to it";
            return Err(FetchError::NotArticle(reason.into()));
        }
    };
    Ok(without_fragment(address))
}

fn publisher_id(publisher: Option<&Publisher>, address: &str) -> Result<PublisherId, FetchError> {
    if let Some(publisher) = publisher {
        return Ok(publisher.id.clone());
    }
    let host = || {
        url::Url::parse(address)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
    };
    let domain = domain_of(address).or_else(host).unwrap_or_default();
    let printable: String = domain
        .chars()
        .filter(|c| !matches!(c, '[' | ']'))
        .map(|c| if c == ':' { '-' } else { c })
        .collect();
    PublisherId::new(printable).map_err(|error| FetchError::Unreadable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wall::Wall;

    fn page(canonical: Option<&str>) -> Page {
        Page {
            title: Some("Small caps soar".into()),
            authors: vec![],
            canonical: canonical.map(str::to_owned),
            site: None,
            language: None,
            published: None,
            reservations: vec![],
            wall: None,
            body: Ok("word ".repeat(40)),
        }
    }

    fn answered(address: &str) -> Origin<'_> {
        Origin::Answered(address, "2024-07-17T09:00:00Z".parse().unwrap())
    }

    fn identity_of(
        canonical: Option<&str>,
        origin: Origin<'_>,
    ) -> Result<(String, String), FetchError> {
        let article = article(
            page(canonical),
            origin,
            &[],
            "2024-07-17T09:00:00Z".parse().unwrap(),
        )?;
        Ok((article.publisher.to_string(), article.address))
    }

    #[test]
    fn the_canonical_address_counts_only_on_the_domain_that_was_asked() {
        let asked = answered("https://m.harbourledger.example/a?utm_source=x");
        let same = identity_of(Some("https://www.harbourledger.example/a#top"), asked).unwrap();
        assert_eq!(
            same,
            (
                "harbourledger.example".into(),
                "https://www.harbourledger.example/a".into()
            )
        );
        let elsewhere = identity_of(Some("https://wire.example/a"), asked).unwrap();
        assert_eq!(
            elsewhere.1,
            "https://m.harbourledger.example/a?utm_source=x"
        );
    }

    #[test]
    fn a_page_that_stands_before_an_article_is_none() {
        let walled = Page {
            wall: Some(Wall::Pay),
            ..page(None)
        };
        let now = "2024-07-17T09:00:00Z".parse().unwrap();
        let error = article(walled, answered("https://a.example/"), &[], now).unwrap_err();
        assert_eq!(error.kind(), "paywall");
    }

    #[test]
    fn a_captured_page_was_seen_when_it_was_captured() {
        let captured = "2024-07-17T08:00:00Z".parse().unwrap();
        let origin = Origin::Answered("https://harbourledger.example/a", captured);
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        let article = article(page(None), origin, &[], now).unwrap();
        assert_eq!((article.first_seen, article.replayed), (captured, false));
        assert_eq!(article.available_at(), captured);
    }

    #[test]
    fn a_saved_page_must_say_where_it_was_published() {
        let error = identity_of(None, Origin::File("a.html")).unwrap_err();
        assert!(error.to_string().contains("rel=\"canonical\""));
        assert!(identity_of(Some("https://wire.example/a"), Origin::File("a.html")).is_ok());
        assert!(identity_of(Some("http://127.0.0.1/a"), Origin::File("a.html")).is_err());
    }

    #[test]
    fn a_text_of_a_few_words_is_no_article() {
        let short = Page {
            body: Ok("Sign in to read".into()),
            ..page(None)
        };
        let error = article(
            short,
            answered("https://a.example/"),
            &[],
            "2024-07-17T09:00:00Z".parse().unwrap(),
        );
        assert_eq!(error.unwrap_err().kind(), "not_article");
    }
}
