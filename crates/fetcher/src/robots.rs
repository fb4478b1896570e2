//! robots.txt by RFC 9309, decided as Google's open-source parser decides it.
//!
//! The rules of all groups that name the agent apply together, else those of `*`. Of the rules that match a path the one
//! with the longest pattern wins, and `Allow` wins a tie. `*` stands for anything, a final `$` for the end.

use std::time::Duration;

/// Google's parser ignores what a line holds beyond this many bytes.
const MAX_LINE_BYTES: usize = 2083 * 8;

/// A parsed robots.txt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Robots {
    groups: Vec<Group>,
    sitemaps: Vec<String>,
    licences: Vec<String>,
}

/// Rules for some agents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Group {
    agents: Vec<String>,
    rules: Vec<Rule>,
    crawl_delay: Option<Duration>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    allows: bool,
    pattern: Vec<u8>,
}

/// What robots.txt says of a path, and by which rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether the path may be asked for.
    pub allowed: bool,
    /// The rule that decided, such as `Disallow: /private`; `None` where no rule matches.
    pub rule: Option<String>,
}

impl Robots {
    /// Reads a robots.txt; lines that mean nothing are skipped.
    pub fn parse(bytes: &[u8]) -> Self {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut groups: Vec<Group> = Vec::new();
        let mut robots = Self::default();
        let mut in_agents = false;
        for line in bytes.split(|byte| matches!(byte, b'\n' | b'\r')) {
            let Some((key, value)) = key_and_value(&line[..line.len().min(MAX_LINE_BYTES)]) else {
                continue;
            };
            match Key::of(&key) {
                Some(Key::UserAgent) => {
                    if !in_agents {
                        groups.push(Group::default());
                    }
                    in_agents = true;
                    if let Some(group) = groups.last_mut() {
                        group.agents.push(agent_of(value));
                    }
                }
                Some(Key::Rule { allows }) => {
                    in_agents = false;
                    if let Some(group) = groups.last_mut() {
                        group.add(allows, value);
                    }
                }
                // Other keys do not end a list of agents.
                Some(Key::CrawlDelay) => {
                    let delay = delay_of(value);
                    if let Some(group) = groups.last_mut() {
                        group.crawl_delay = group.crawl_delay.max(delay);
                    }
                }
                Some(Key::Sitemap) => robots.sitemaps.push(text_of(value)),
                Some(Key::Licence) => robots.licences.push(text_of(value)),
                None => {}
            }
        }
        robots.groups = groups;
        robots
    }

    /// How long `agent` is asked to wait between requests: the longest of what its groups say, of no part of the standard and widely
    /// written.
    pub fn crawl_delay(&self, agent: &str) -> Option<Duration> {
        let groups = self.groups_for(&agent.to_ascii_lowercase());
        groups
            .into_iter()
            .filter_map(|group| group.crawl_delay)
            .max()
    }

    /// Addresses of sitemaps, as they are written.
    pub fn sitemaps(&self) -> &[String] {
        &self.sitemaps
    }

    /// Addresses of licences for machines (Really Simple Licensing 1.0), as they are written.
    pub fn licences(&self) -> &[String] {
        &self.licences
    }

    /// Whether `agent` (a product token such as `newsprint`) may ask for `path` (with its query, percent-encoded).
    pub fn decide(&self, agent: &str, path: &str) -> Decision {
        let agent = agent.to_ascii_lowercase();
        let groups = self.groups_for(&agent);
        let rules = groups.into_iter().flat_map(|group| &group.rules);
        let path = if path.starts_with('/') { path } else { "/" };
        let matching = rules.filter(|rule| matches(&rule.pattern, path.as_bytes()));
        let decisive = matching.max_by_key(|rule| (rule.pattern.len(), rule.allows));
        Decision {
            allowed: decisive.is_none_or(|rule| rule.allows),
            rule: decisive.map(|rule| {
                let key = if rule.allows { "Allow" } else { "Disallow" };
                format!("{key}: {}", String::from_utf8_lossy(&rule.pattern))
            }),
        }
    }
}

impl Robots {
    /// The groups that name the agent, else those for everybody.
    fn groups_for(&self, agent: &str) -> Vec<&Group> {
        let named = self.groups_of(agent);
        if named.is_empty() {
            self.groups_of("*")
        } else {
            named
        }
    }

    fn groups_of(&self, agent: &str) -> Vec<&Group> {
        self.groups
            .iter()
            .filter(|group| group.agents.iter().any(|name| name == agent))
            .collect()
    }
}

impl Group {
    fn add(&mut self, allows: bool, value: &[u8]) {
        if value.is_empty() {
            return;
        }
        let pattern = percent_encoded(value);
        if allows {
            // "Allow: /folder/index.html" is read as allowing the folder itself too.
            let folder = pattern
                .strip_suffix(b"index.html")
                .or_else(|| pattern.strip_suffix(b"index.htm"));
            if let Some(folder) = folder.filter(|folder| folder.ends_with(b"/")) {
                let pattern = [folder, b"$"].concat();
                self.rules.push(Rule { allows, pattern });
            }
        }
        self.rules.push(Rule { allows, pattern });
    }
}

enum Key {
    UserAgent,
    Rule { allows: bool },
    CrawlDelay,
    Sitemap,
    Licence,
}

impl Key {
    /// Reads a key as generously as Google's parser does, misspellings included.
    fn of(key: &[u8]) -> Option<Self> {
        let starts = |name: &str| {
            key.len() >= name.len() && key[..name.len()].eq_ignore_ascii_case(name.as_bytes())
        };
        let key_is = |name: &str| key.eq_ignore_ascii_case(name.as_bytes());
        if ["user-agent", "useragent", "user agent"]
            .into_iter()
            .any(starts)
        {
            return Some(Self::UserAgent);
        }
        if starts("allow") {
            return Some(Self::Rule { allows: true });
        }
        for (name, key) in [
            ("crawl-delay", Self::CrawlDelay),
            ("sitemap", Self::Sitemap),
            ("license", Self::Licence),
        ] {
            if key_is(name) {
                return Some(key);
            }
        }
        let misspelt = [
            "disallow",
            "dissallow",
            "dissalow",
            "disalow",
            "diasllow",
            "disallaw",
        ];
        misspelt
            .into_iter()
            .any(starts)
            .then_some(Self::Rule { allows: false })
    }
}

/// Splits a line at its colon, or at its white space where it has no colon and just two words.
fn key_and_value(line: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let line = line.split(|byte| *byte == b'#').next()?.trim_ascii();
    let (key, value) = match line.iter().position(|byte| *byte == b':') {
        Some(colon) => (&line[..colon], &line[colon + 1..]),
        None => {
            let space = line.iter().position(|byte| matches!(byte, b' ' | b'\t'))?;
            let value = line[space..].trim_ascii();
            if value.iter().any(|byte| matches!(byte, b' ' | b'\t')) {
                return None;
            }
            (&line[..space], value)
        }
    };
    let key = key.trim_ascii();
    (!key.is_empty()).then(|| (key.to_vec(), value.trim_ascii()))
}

/// Seconds, where they are a number of a day at most.
fn delay_of(value: &[u8]) -> Option<Duration> {
    let seconds: f64 = text_of(value).parse().ok()?;
    let is_sane = seconds > 0.0 && seconds <= 86_400.0;
    is_sane.then(|| Duration::from_secs_f64(seconds))
}

fn text_of(value: &[u8]) -> String {
    String::from_utf8_lossy(value).into_owned()
}

/// The product token at the start of a User-agent value, in lower case; `*` alone or followed by a space is everybody.
fn agent_of(value: &[u8]) -> String {
    if value.first() == Some(&b'*') && value.get(1).is_none_or(u8::is_ascii_whitespace) {
        return "*".into();
    }
    let is_token = |byte: &&u8| byte.is_ascii_alphabetic() || matches!(**byte, b'-' | b'_');
    value
        .iter()
        .take_while(is_token)
        .map(|byte| char::from(byte.to_ascii_lowercase()))
        .collect()
}

/// Bytes above ASCII percent-encoded, and the hexadecimal digits of encoded ones in upper case.
fn percent_encoded(value: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(value.len());
    let mut position = 0;
    while let Some(&byte) = value.get(position) {
        match (byte, value.get(position + 1..position + 3)) {
            (b'%', Some(digits)) if digits.iter().all(u8::is_ascii_hexdigit) => {
                encoded.push(b'%');
                encoded.extend(digits.iter().map(u8::to_ascii_uppercase));
                position += 3;
                continue;
            }
            (0x80.., _) => encoded.extend(format!("%{byte:02X}").bytes()),
            _ => encoded.push(byte),
        }
        position += 1;
    }
    encoded
}

/// Whether `pattern` matches a prefix of `path`, or all of it where it ends in `$`; time is bounded by their product.
pub(crate) fn matches(pattern: &[u8], path: &[u8]) -> bool {
    let mut positions = vec![0];
    for (place, &byte) in pattern.iter().enumerate() {
        if byte == b'$' && place + 1 == pattern.len() {
            return positions.last() == Some(&path.len());
        }
        if byte == b'*' {
            let first = positions[0];
            positions = (first..=path.len()).collect();
            continue;
        }
        positions = positions
            .into_iter()
            .filter(|at| path.get(*at) == Some(&byte))
            .map(|at| at + 1)
            .collect();
        if positions.is_empty() {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(robots: &str, path: &str, allowed: bool, rule: Option<&str>) {
        let decision = Robots::parse(robots.as_bytes()).decide("newsprint", path);
        assert_eq!(
            (decision.allowed, decision.rule.as_deref()),
            (allowed, rule),
            "{path} in {robots:?}"
        );
    }

    #[test]
    fn the_longest_rule_wins_and_allow_wins_a_tie() {
        let robots = "User-agent: *\nDisallow: /news\nAllow: /news/markets\n";
        check(robots, "/news/politics", false, Some("Disallow: /news"));
        check(
            robots,
            "/news/markets/a",
            true,
            Some("Allow: /news/markets"),
        );
        check(robots, "/", true, None);
        check(
            "User-agent: *\nDisallow: /a\nAllow: /a",
            "/a",
            true,
            Some("Allow: /a"),
        );
    }

    #[test]
    fn a_group_that_names_us_replaces_the_one_for_everybody() {
        let robots = "User-agent: *\nDisallow: /\n\nUser-agent: other\nUser-agent: NewsPrint/1.0\nDisallow: /private";
        check(robots, "/a", true, None);
        check(robots, "/private/a", false, Some("Disallow: /private"));
    }

    #[test]
    fn wildcards_and_ends() {
        check(
            "User-agent: *\nDisallow: /*.pdf$",
            "/a/b.pdf",
            false,
            Some("Disallow: /*.pdf$"),
        );
        check("User-agent: *\nDisallow: /*.pdf$", "/a/b.pdf?x", true, None);
        check(
            "User-agent: *\nDisallow: *session=",
            "/a?session=1",
            false,
            Some("Disallow: *session="),
        );
    }

    #[test]
    fn generous_reading() {
        check(
            "\u{feff}user agent: *\nDisallow /x # private",
            "/x",
            false,
            Some("Disallow: /x"),
        );
        check("User-agent: *\nDisallow:\n", "/x", true, None);
        check("Disallow: /x", "/x", true, None);
        check(
            "User-agent: *\nAllow: /a/index.html\nDisallow: /a",
            "/a/",
            true,
            Some("Allow: /a/$"),
        );
    }

    #[test]
    fn delays_sitemaps_and_licences_are_no_rules() {
        let robots = Robots::parse(
            b"Sitemap: https://a.example/1.xml\nUser-agent: newsprint\nCrawl-delay: 2.5\nUser-agent: other\nDisallow: /x\n\
            User-agent: *\nCrawl-delay: soon\nLicense: https://a.example/rsl.xml\nsitemap: /2.xml",
        );
        assert_eq!(
            robots.crawl_delay("newsprint"),
            Some(Duration::from_millis(2500))
        );
        assert_eq!(robots.crawl_delay("nobody"), None);
        assert!(
            !robots.decide("newsprint", "/x").allowed,
            "one list of agents"
        );
        assert_eq!(robots.sitemaps(), ["https://a.example/1.xml", "/2.xml"]);
        assert_eq!(robots.licences(), ["https://a.example/rsl.xml"]);
    }

    #[test]
    fn a_hostile_pattern_takes_bounded_time() {
        let robots = format!("User-agent: *\nDisallow: /{}b", "*a".repeat(2_000));
        check(&robots, &format!("/{}", "a".repeat(2_000)), true, None);
    }
}
