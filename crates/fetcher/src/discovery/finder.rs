//! Collects candidates: only what may be asked, only the site's own, each once, and no more than are worth asking.

use std::collections::HashSet;

use url::Url;

use super::{Candidate, CandidateKind};
use crate::address::{domain_of, vet};

/// Candidates of one site, and of one place, so that a page full of links leaves room for the others.
const MAX_CANDIDATES: usize = 20;
const MAX_OF_PLACE: usize = 8;
/// Bytes of an address.
const MAX_ADDRESS_BYTES: usize = 2_048;

/// Collects candidates of one site.
pub(super) struct Finder<'a> {
    home: &'a Url,
    domain: Option<String>,
    allow_loopback: bool,
    known: HashSet<String>,
    pub(super) candidates: Vec<Candidate>,
}

impl<'a> Finder<'a> {
    pub(super) fn new(home: &'a Url) -> Self {
        Self {
            home,
            domain: domain_of(home.as_str()),
            // Such a home page was asked for where that is allowed, in tests.
            allow_loopback: vet(home.as_str(), false).is_err(),
            known: HashSet::new(),
            candidates: Vec::new(),
        }
    }

    /// Adds those of the `stated` addresses that are the site's own and not there yet.
    pub(super) fn add(
        &mut self,
        kind: CandidateKind,
        found_in: &'static str,
        stated: impl Iterator<Item = String>,
    ) {
        let before = self.candidates.len();
        let most = MAX_CANDIDATES.min(before + MAX_OF_PLACE);
        for address in stated {
            if self.candidates.len() >= most {
                return;
            }
            let Some(address) = self.own(&address) else {
                continue;
            };
            // One address with and without TLS or a slash at its end is most often one page.
            let shown = address.as_str().trim_end_matches('/');
            let key = shown.split_once("://").map_or(shown, |(_, rest)| rest);
            if self.known.insert(key.to_owned()) {
                self.candidates.push(Candidate {
                    kind,
                    address,
                    found_in,
                });
            }
        }
    }

    /// The absolute address, where it may be asked and the site may speak for it, as for what its sitemaps list.
    fn own(&self, stated: &str) -> Option<Url> {
        if stated.len() > MAX_ADDRESS_BYTES {
            return None;
        }
        let mut address = self.home.join(stated.trim()).ok()?;
        address.set_fragment(None);
        let address = vet(address.as_str(), self.allow_loopback).ok()?;
        let is_own = address.host() == self.home.host()
            || (self.domain.is_some() && domain_of(address.as_str()) == self.domain);
        is_own.then_some(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: &str = "https://www.harbourledger.example/markets/";

    /// What is taken of addresses that a page at `home` states.
    fn taken(home: &str, stated: &[&str]) -> Vec<String> {
        let home = Url::parse(home).unwrap();
        let mut finder = Finder::new(&home);
        let stated = stated.iter().map(|&address| address.to_owned());
        finder.add(CandidateKind::Feed, "a", stated);
        let found = finder.candidates.into_iter();
        found.map(|candidate| candidate.address.into()).collect()
    }

    #[test]
    fn only_public_addresses_of_the_sites_own_domain() {
        let own = taken(
            HOME,
            &[
                " /rss ",
                "feed#new",
                "http://news.harbourledger.example/rss",
            ],
        );
        let expected = [
            "https://www.harbourledger.example/rss",
            "https://www.harbourledger.example/markets/feed",
            "http://news.harbourledger.example/rss",
        ];
        assert_eq!(own, expected);
        for refused in [
            "https://other.example/feed",
            "http://127.0.0.1/feed",
            "https://user@www.harbourledger.example/feed.xml",
            "https://www.harbourledger.example:22/rss",
            "javascript:alert(1)//feed",
            "https://[broken/feed",
            &format!("/{}/feed", "a".repeat(3_000)),
        ] {
            assert!(taken(HOME, &[refused]).is_empty(), "{refused}");
        }
    }

    #[test]
    fn a_home_page_on_this_machine_was_allowed_and_allows_no_more_than_that() {
        let home = "http://127.0.0.1:4000/";
        let found = taken(
            home,
            &[
                "/rss",
                "http://localhost/rss",
                "http://10.0.0.1/rss",
                "https://other.example/rss",
            ],
        );
        assert_eq!(found, ["http://127.0.0.1:4000/rss"]);
        assert!(taken("http://10.0.0.1/", &["/rss"]).is_empty());
    }

    #[test]
    fn one_page_is_one_candidate_however_it_is_written() {
        let stated = [
            "/rss",
            "/rss/",
            "http://www.harbourledger.example/rss",
            "/rss#a",
            "/rss?x=1",
        ];
        assert_eq!(taken(HOME, &stated).len(), 2);
    }
}
