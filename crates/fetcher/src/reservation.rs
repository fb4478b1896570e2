//! What publishers reserve: whether machines may mine or learn from a text.
//!
//! Read from where publishers state it, and stored with the fetch; what follows from it is for whoever runs newsprint to decide. Read are
//! TDMRep (<https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/>): header, `<meta>` and `/.well-known/tdmrep.json`;
//! `noai` and the like in `X-Robots-Tag` and `<meta name="robots">`; and licences of Really Simple Licensing (<https://rslstandard.org/>).

use dom_query::Document;
use serde::Deserialize;

use crate::message::Message;

/// Words of a robots directive that speak of mining or learning.
const DIRECTIVES: [&str; 5] = ["noai", "noimageai", "noml", "notdm", "tdm-reservation"];

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    /// Where it stands, such as `header:tdm-reservation` or `meta:robots`.
    pub found_in: String,
    /// What it says, as it is written.
    pub says: String,
}

impl Reservation {
    fn new(found_in: &str, says: &str) -> Self {
        Self {
            found_in: found_in.into(),
            says: says.trim().into(),
        }
    }
}

/// What the headers of an answer say.
pub fn in_headers(message: &Message) -> Vec<Reservation> {
    let mut found = Vec::new();
    for (name, value) in &message.headers {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "tdm-reservation" | "tdm-policy" => {
                found.push(Reservation::new(&format!("header:{name}"), value));
            }
            "x-robots-tag" if reserves(value) => {
                found.push(Reservation::new("header:x-robots-tag", value));
            }
            "link" if value.contains("application/rsl+xml") => {
                found.push(Reservation::new("header:link", value));
            }
            _ => {}
        }
    }
    found
}

/// What a page says.
pub fn in_page(document: &Document) -> Vec<Reservation> {
    let mut found = Vec::new();
    for meta in document.select("meta[name]").iter() {
        let name = meta.attr("name").unwrap_or_default().to_ascii_lowercase();
        let says = meta.attr("content").unwrap_or_default();
        let is_tdm = matches!(name.as_str(), "tdm-reservation" | "tdm-policy");
        if is_tdm || (name == "robots" && reserves(&says)) {
            found.push(Reservation::new(&format!("meta:{name}"), &says));
        }
    }
    for link in document
        .select("link[rel=license][type='application/rsl+xml']")
        .iter()
    {
        let says = link.attr("href").unwrap_or_default();
        found.push(Reservation::new("link:license", &says));
    }
    found
}

fn reserves(directives: &str) -> bool {
    let lower_case = directives.to_ascii_lowercase();
    let mut words = lower_case.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    words.any(|word| DIRECTIVES.contains(&word))
}

/// A rule of `/.well-known/tdmrep.json`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SiteRule {
    /// Pattern of paths, as in robots.txt: `*` for anything, a final `$` for the end.
    location: String,
    /// 1 where rights are reserved.
    #[serde(rename = "tdm-reservation")]
    reservation: u8,
    /// Address of a policy.
    #[serde(rename = "tdm-policy", default)]
    policy: Option<String>,
}

/// Reads `/.well-known/tdmrep.json`; a file that is none says nothing.
pub fn site_rules(bytes: &[u8]) -> Vec<SiteRule> {
    serde_json::from_slice(bytes).unwrap_or_default()
}

/// What the first rule that matches a path says.
pub fn in_rules(rules: &[SiteRule], path: &str) -> Option<Reservation> {
    let mut rules = rules.iter();
    let rule =
        rules.find(|rule| crate::robots::matches(rule.location.as_bytes(), path.as_bytes()))?;
    let policy = rule.policy.as_deref().unwrap_or_default();
    let says = format!("{} {policy}", rule.reservation);
    Some(Reservation::new("tdmrep.json", &says))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(found: &[Reservation]) -> Vec<String> {
        let lines = found
            .iter()
            .map(|found| format!("{}={}", found.found_in, found.says));
        lines.collect()
    }

    #[test]
    fn headers() {
        let message = Message {
            status: 200,
            headers: vec![
                ("TDM-Reservation".into(), "1".into()),
                ("X-Robots-Tag".into(), "noarchive, noai".into()),
                ("X-Robots-Tag".into(), "noarchive".into()),
            ],
            sent: vec![],
        };
        let expected = [
            "header:tdm-reservation=1",
            "header:x-robots-tag=noarchive, noai",
        ];
        assert_eq!(shown(&in_headers(&message)), expected);
    }

    #[test]
    fn pages() {
        let page = "<meta name='TDM-Reservation' content='1'><meta name='robots' content='max-image-preview:large'>
            <meta name='robots' content='noimageai'><link rel='license' type='application/rsl+xml' href='/rsl.xml'>";
        let expected = [
            "meta:tdm-reservation=1",
            "meta:robots=noimageai",
            "link:license=/rsl.xml",
        ];
        assert_eq!(shown(&in_page(&Document::from(page))), expected);
    }

    #[test]
    fn the_first_rule_of_the_site_decides() {
        let rules = site_rules(
            br#"[{"location": "/free/*", "tdm-reservation": 0},
                {"location": "/", "tdm-reservation": 1, "tdm-policy": "https://a.example/policy.json"}]"#,
        );
        let says = |path| in_rules(&rules, path).unwrap().says;
        assert_eq!(says("/free/a"), "0");
        assert_eq!(says("/paid/a"), "1 https://a.example/policy.json");
        assert!(site_rules(b"<html>").is_empty());
    }
}
