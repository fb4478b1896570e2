//! Pages that stand before an article: they answer 200 as often as 403, and must never be taken for the article.
//!
//! A page is a wall by what it is made of (scripts and forms of the firms that sell walls, what it states of itself), or by what it
//! says where it says little else. An article about walls says much else.

use crate::message::Message;

/// What stands before the article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wall {
    /// Asks whether a person is reading.
    Bot,
    /// Asks for consent to be followed.
    Consent,
    /// Asks for money or an account.
    Pay,
    /// Says that there is no such page, with a status that says otherwise.
    Missing,
}

impl Wall {
    /// The kind, as fetch outcomes record it.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Bot => "bot_wall",
            Self::Consent => "consent_wall",
            Self::Pay => "paywall",
            Self::Missing => "soft_404",
        }
    }
}

/// What is known of a page when it is asked whether it is a wall.
#[derive(Debug, Clone, Copy, Default)]
pub struct Seen<'a> {
    /// Host that answered, after all redirects.
    pub host: &'a str,
    /// The path that was asked, and the one that answered.
    pub paths: (&'a str, &'a str),
    /// The markup.
    pub html: &'a str,
    /// The page's title.
    pub title: &'a str,
    /// What was extracted as its body.
    pub body: &'a str,
    /// What the page's own metadata says of free access (`isAccessibleForFree`).
    pub is_free: Option<bool>,
}

/// Marks in the markup that only a wall of this sort has.
const MADE_OF: [(&str, Wall); 17] = [
    ("/cdn-cgi/challenge-platform/h/", Wall::Bot),
    ("cf-chl-", Wall::Bot),
    ("_cf_chl_opt", Wall::Bot),
    ("px-captcha", Wall::Bot),
    ("captcha-delivery.com", Wall::Bot),
    ("_incapsula_resource", Wall::Bot),
    ("distil_r_captcha", Wall::Bot),
    ("awswafintegration", Wall::Bot),
    ("sec-if-cpt-container", Wall::Bot),
    ("ak-challenge", Wall::Bot),
    ("class=\"g-recaptcha\"", Wall::Bot),
    ("class=\"h-captcha\"", Wall::Bot),
    ("id=\"consent-page\"", Wall::Consent),
    ("class=\"consent-form\"", Wall::Consent),
    ("sp_message_container", Wall::Consent),
    ("tp-container-inner", Wall::Pay),
    ("id=\"piano-", Wall::Pay),
];

/// Hosts that serve nothing else.
const HOSTS: [(&str, Wall); 6] = [
    ("consent.yahoo.com", Wall::Consent),
    ("guce.yahoo.com", Wall::Consent),
    ("guce.advertising.com", Wall::Consent),
    ("consent.google.com", Wall::Consent),
    ("validate.perfdrive.com", Wall::Bot),
    ("geo.captcha-delivery.com", Wall::Bot),
];

/// What walls say, in lower case.
const SAYS: [(&str, Wall); 46] = [
    ("just a moment", Wall::Bot),
    ("checking your browser", Wall::Bot),
    ("checking if the site connection is secure", Wall::Bot),
    ("verify you are human", Wall::Bot),
    ("verifying you are human", Wall::Bot),
    ("are you a robot", Wall::Bot),
    ("you are not a robot", Wall::Bot),
    ("you're not a robot", Wall::Bot),
    ("unusual traffic", Wall::Bot),
    ("unusual activity from your", Wall::Bot),
    ("pardon our interruption", Wall::Bot),
    ("attention required!", Wall::Bot),
    ("access to this page has been denied", Wall::Bot),
    ("you don't have permission to access", Wall::Bot),
    ("enable javascript and cookies to continue", Wall::Bot),
    ("please enable js and disable any ad blocker", Wall::Bot),
    ("request unsuccessful. incapsula", Wall::Bot),
    ("complete the security check", Wall::Bot),
    ("we value your privacy", Wall::Consent),
    ("before you continue", Wall::Consent),
    ("we and our partners", Wall::Consent),
    ("accept all cookies", Wall::Consent),
    ("part of the yahoo family of brands", Wall::Consent),
    ("manage your cookie", Wall::Consent),
    ("consent to the use of cookies", Wall::Consent),
    ("subscribe to continue reading", Wall::Pay),
    ("subscribe to read", Wall::Pay),
    ("to continue reading", Wall::Pay),
    ("to read the full article", Wall::Pay),
    ("to read the full story", Wall::Pay),
    ("sign in to read", Wall::Pay),
    ("this article is for subscribers", Wall::Pay),
    ("this content is for subscribers", Wall::Pay),
    ("available to subscribers only", Wall::Pay),
    ("exclusive to subscribers", Wall::Pay),
    ("already a subscriber?", Wall::Pay),
    ("you have reached your limit of free articles", Wall::Pay),
    ("you've reached your free article limit", Wall::Pay),
    ("create a free account to keep reading", Wall::Pay),
    ("page not found", Wall::Missing),
    ("404 not found", Wall::Missing),
    ("page you are looking for", Wall::Missing),
    ("page you requested", Wall::Missing),
    ("page doesn't exist", Wall::Missing),
    ("page does not exist", Wall::Missing),
    ("article is no longer available", Wall::Missing),
];

/// Titles that say that there is no page, whole.
const MISSING_TITLES: [&str; 5] = [
    "404",
    "not found",
    "page not found",
    "error 404",
    "404 not found",
];

/// Words of a body from which on it says much else.
const ARTICLE_WORDS: usize = 180;
/// Words of a body below which a page that says it is not free has shown no more than a preview.
const PREVIEW_WORDS: usize = 120;
/// Words of a body below which a mark of a wall decides: an article can carry the same script, idle.
const THIN_WORDS: usize = 80;
/// Bytes of markup that are searched for marks.
const SEARCHED_BYTES: usize = 1 << 20;

/// Whether the page is a wall; `None` of an article, and of any other page.
pub fn wall(seen: &Seen<'_>) -> Option<Wall> {
    if let Some((_, wall)) = HOSTS.iter().find(|(host, _)| *host == seen.host) {
        return Some(*wall);
    }
    let n_words = seen.body.split_whitespace().count();
    let said = lower_case(&format!("{}\n{}", seen.title, seen.body));
    let says = |wall: Wall| {
        SAYS.iter()
            .any(|(words, of)| *of == wall && said.contains(words))
    };
    if n_words < ARTICLE_WORDS {
        let title = lower_case(seen.title);
        let is_missing = MISSING_TITLES.contains(&title.trim()) || says(Wall::Missing);
        let by_words = [Wall::Bot, Wall::Consent, Wall::Pay]
            .into_iter()
            .find(|wall| says(*wall));
        if let Some(wall) = by_words.or(is_missing.then_some(Wall::Missing)) {
            return Some(wall);
        }
    }
    let is_short = n_words < PREVIEW_WORDS;
    if seen.is_free == Some(false) && (is_short || says(Wall::Pay)) {
        return Some(Wall::Pay);
    }
    if n_words < THIN_WORDS {
        let searched = &seen.html.as_bytes()[..seen.html.len().min(SEARCHED_BYTES)];
        let markup = String::from_utf8_lossy(searched).to_ascii_lowercase();
        if let Some((_, wall)) = MADE_OF.iter().find(|(mark, _)| markup.contains(mark)) {
            return Some(*wall);
        }
        // Many sites send what they no longer have to their front page.
        let (asked, answered) = seen.paths;
        if answered == "/" && asked.len() > 1 {
            return Some(Wall::Missing);
        }
    }
    None
}

/// Whether an answer that is no 200 is a wall that asks for a person or for money.
pub fn wall_of_status(message: &Message) -> Option<Wall> {
    let has = |name: &str, value: &str| {
        let said = message.header(name).unwrap_or_default();
        said.to_ascii_lowercase().contains(value)
    };
    match message.status {
        402 => Some(Wall::Pay),
        401 | 403 | 405 | 429 | 503 => {
            let is_challenge = has("cf-mitigated", "challenge")
                || message.header("x-datadome").is_some()
                || has("x-amzn-waf-action", "challenge")
                || has("x-amzn-waf-action", "captcha");
            is_challenge.then_some(Wall::Bot)
        }
        _ => None,
    }
}

fn lower_case(text: &str) -> String {
    text.replace('’', "'").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARTICLE: &str = "The Russell 2000 soared 3.5% on Tuesday, its best day in eight months, as traders bet on rate cuts. ";

    fn found(title: &str, body: &str, html: &str) -> Option<&'static str> {
        let seen = Seen {
            host: "harbourledger.example",
            paths: ("/a", "/a"),
            html,
            title,
            body,
            is_free: None,
        };
        wall(&seen).map(Wall::kind)
    }

    #[test]
    fn walls_that_answer_200() {
        assert_eq!(
            found(
                "Just a moment…",
                "Enable JavaScript and cookies to continue",
                ""
            ),
            Some("bot_wall")
        );
        assert_eq!(
            found(
                "harbourledger.example",
                "",
                "<script src='/cdn-cgi/challenge-platform/h/b/x.js'>"
            ),
            Some("bot_wall")
        );
        assert_eq!(
            found(
                "Before you continue",
                "We and our partners store cookies.",
                ""
            ),
            Some("consent_wall")
        );
        let preview =
            format!("{ARTICLE}Subscribe to continue reading. Already a subscriber? Sign in.");
        assert_eq!(found("Small caps soar", &preview, ""), Some("paywall"));
        assert_eq!(
            found("Page not found", "Sorry, we can’t find it.", ""),
            Some("soft_404")
        );
        assert_eq!(found("404", "", ""), Some("soft_404"));
    }

    #[test]
    fn articles_are_none_even_about_walls() {
        let long = ARTICLE.repeat(20);
        assert_eq!(
            found("Small caps soar", &long, "<div class=\"g-recaptcha\">"),
            None
        );
        let about = format!("{long} Sites now ask readers to subscribe to continue reading.");
        assert_eq!(found("Are you a robot? Why sites ask", &about, ""), None);
        assert_eq!(found("Small caps soar", ARTICLE, ""), None);
    }

    #[test]
    fn what_a_page_says_of_itself_decides_on_previews() {
        let preview = ARTICLE.repeat(3);
        let mut seen = Seen {
            title: "Small caps soar",
            body: &preview,
            is_free: Some(false),
            ..Seen::default()
        };
        assert_eq!(wall(&seen), Some(Wall::Pay));
        seen.is_free = Some(true);
        assert_eq!(wall(&seen), None);
        let whole = ARTICLE.repeat(30);
        seen.is_free = Some(false);
        seen.body = &whole;
        assert_eq!(
            wall(&seen),
            None,
            "the text is there, whatever the page says"
        );
    }

    #[test]
    fn a_front_page_in_place_of_an_article_is_no_article() {
        let seen = Seen {
            paths: ("/2019/07/old-story", "/"),
            title: "Harbour Ledger",
            body: "Markets. Companies. Opinion.",
            ..Seen::default()
        };
        assert_eq!(wall(&seen), Some(Wall::Missing));
    }

    #[test]
    fn statuses_of_challenges() {
        let answer = |status, name: &str, value: &str| Message {
            status,
            headers: vec![(name.into(), value.into())],
            sent: vec![],
        };
        assert_eq!(
            wall_of_status(&answer(403, "cf-mitigated", "challenge")),
            Some(Wall::Bot)
        );
        assert_eq!(
            wall_of_status(&answer(403, "X-DataDome", "protected")),
            Some(Wall::Bot)
        );
        assert_eq!(wall_of_status(&answer(403, "Server", "nginx")), None);
        assert_eq!(
            wall_of_status(&answer(402, "Server", "nginx")),
            Some(Wall::Pay)
        );
    }
}
