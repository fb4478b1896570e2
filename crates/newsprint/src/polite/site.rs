//! What a site says to all who ask: which addresses it leaves to robots, and what it reserves of mining and learning.

use newsprint_fetcher::reservation::{Reservation, SiteRule, in_rules, site_rules};
use newsprint_fetcher::robots::{Decision, Robots};
use url::{Position, Url};

use super::AGENT;

/// A site's robots.txt and its `/.well-known/tdmrep.json`.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) robots: Robots,
    reserved: Vec<SiteRule>,
}

/// What a site says of one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Permission {
    /// Whether it may be asked, and by which rule.
    pub(crate) decision: Decision,
    /// What is reserved of it.
    pub(crate) reserved: Vec<Reservation>,
}

impl Site {
    /// Reads both files; one that is empty says nothing.
    pub(super) fn parse(robots: &[u8], reserved: &[u8]) -> Self {
        Self {
            robots: Robots::parse(robots),
            reserved: site_rules(reserved),
        }
    }

    /// What it says of an address of its own.
    pub(super) fn permission(&self, address: &Url) -> Permission {
        let path = &address[Position::BeforePath..Position::AfterQuery];
        let licences = self.robots.licences().iter();
        let mut reserved: Vec<Reservation> = licences
            .map(|licence| Reservation {
                found_in: "robots.txt:license".into(),
                says: licence.clone(),
            })
            .collect();
        reserved.extend(in_rules(&self.reserved, path));
        Permission {
            decision: self.robots.decide(AGENT, path),
            reserved,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_allowed_by_robots_txt_and_reserved_by_both_files() {
        let robots = b"License: https://a.example/rsl.xml\nUser-agent: *\nDisallow: /private\n";
        let reserved = br#"[{"location": "/news/*", "tdm-reservation": 1}]"#;
        let site = Site::parse(robots, reserved);
        let news = site.permission(&"https://a.example/news/1".parse().unwrap());
        assert!(news.decision.allowed);
        let shown: Vec<String> = news
            .reserved
            .iter()
            .map(|reserved| format!("{}={}", reserved.found_in, reserved.says))
            .collect();
        assert_eq!(
            shown,
            [
                "robots.txt:license=https://a.example/rsl.xml",
                "tdmrep.json=1"
            ]
        );
        let private = site.permission(&"https://a.example/private?a=1".parse().unwrap());
        assert_eq!(
            (private.decision.allowed, private.reserved.len()),
            (false, 1)
        );
    }
}
