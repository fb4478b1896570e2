//! A story as a news site shows it: most of the bytes are not the story.

use std::fmt::Write as _;

use crate::chance::Chance;
use crate::furniture::{
    footer, icon, more_stories, navigation, put, scripts, sidebar, slug, ticker,
};
use crate::story::{Story, headline};

/// Where a story stands, and which of the sites shows it.
pub struct Place {
    pub origin: String,
    pub site: usize,
    pub number: usize,
}

impl Place {
    pub fn address(&self) -> String {
        format!("{}/news/{}", self.origin, self.number)
    }

    pub fn name(&self) -> String {
        format!("The Market Ledger {}", self.site + 1)
    }

    /// An instant of 2025 that no other story of the site has, 23 minutes after the one before.
    fn published(&self) -> (u64, u64, u64, u64) {
        let minutes = self.number as u64 * 23 + self.site as u64;
        (
            1 + minutes / 40_320 % 12,
            1 + minutes / 1440 % 28,
            minutes / 60 % 24,
            minutes % 60,
        )
    }

    pub fn published_iso(&self) -> String {
        let (month, day, hour, minute) = self.published();
        format!("2025-{month:02}-{day:02}T{hour:02}:{minute:02}:00+00:00")
    }

    pub fn published_rfc2822(&self) -> String {
        let (month, day, hour, minute) = self.published();
        let month = [
            "", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ][month as usize];
        format!("{day:02} {month} 2025 {hour:02}:{minute:02}:00 +0000")
    }
}

pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

pub fn render(story: &Story, place: &Place, chance: &mut Chance) -> String {
    let mut page = String::with_capacity(120_000);
    page.push_str("<!DOCTYPE html>\n<html lang=\"en\" class=\"no-js\">\n<head>\n");
    head(&mut page, story, place, chance);
    page.push_str("</head>\n<body class=\"page page--story\" data-section=\"markets\">\n");
    navigation(&mut page, chance);
    ticker(&mut page, chance);
    page.push_str("<div class=\"layout\">\n");
    body(&mut page, story, place, chance);
    sidebar(&mut page, chance);
    page.push_str("</div>\n");
    more_stories(&mut page, chance);
    footer(&mut page, place);
    scripts(&mut page, place, chance);
    page.push_str("</body>\n</html>\n");
    page
}

fn head(page: &mut String, story: &Story, place: &Place, chance: &mut Chance) {
    let (title, address, name, date) = (
        escaped(&story.title),
        place.address(),
        place.name(),
        place.published_iso(),
    );
    let summary = escaped(&story.paragraphs[0]);
    put!(
        page,
        "<meta charset=\"utf-8\">\n<title>{title} | {name}</title>"
    );
    put!(
        page,
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<link rel=\"canonical\" href=\"{address}\">"
    );
    for (key, value) in [
        ("description", &summary),
        ("author", &story.author),
        ("twitter:title", &title),
        ("twitter:description", &summary),
    ] {
        put!(page, "<meta name=\"{key}\" content=\"{value}\">");
    }
    for (key, value) in [
        ("og:type", "article"),
        ("og:title", &title),
        ("og:description", &summary),
        ("og:url", &address),
        ("og:site_name", &name),
        ("og:locale", "en_GB"),
        ("article:published_time", &date),
        ("article:modified_time", &date),
        ("article:section", "Markets"),
    ] {
        put!(page, "<meta property=\"{key}\" content=\"{value}\">");
    }
    for n in 0..12 {
        put!(
            page,
            "<link rel=\"preload\" as=\"font\" href=\"/static/fonts/ledger-{n}.woff2\" crossorigin>"
        );
        put!(
            page,
            "<link rel=\"apple-touch-icon\" sizes=\"{0}x{0}\" href=\"/static/icons/touch-{0}.png\">",
            40 + 12 * n
        );
    }
    put!(
        page,
        "<script type=\"application/ld+json\">{{\"@context\":\"https://schema.org\",\"@type\":\"NewsArticle\",\
        \"mainEntityOfPage\":\"{address}\",\"headline\":\"{0}\",\"description\":\"{1}\",\"datePublished\":\"{date}\",\"dateModified\":\"{date}\",\
        \"author\":[{{\"@type\":\"Person\",\"name\":\"{2}\"}}],\"publisher\":{{\"@type\":\"NewsMediaOrganization\",\"name\":\"{name}\",\
        \"logo\":{{\"@type\":\"ImageObject\",\"url\":\"{3}/static/logo.png\"}}}},\"isAccessibleForFree\":true}}</script>",
        story.title,
        story.paragraphs[0],
        story.author,
        place.origin
    );
    page.push_str("<style>\n");
    for n in 0..90 {
        put!(
            page,
            ".l-{n} .card__title{{font:{}px/1.3 Ledger,serif;margin:0 {}px {}px;color:#{:06x}}}",
            chance.between(12, 34),
            chance.between(0, 24),
            chance.between(0, 24),
            chance.between(0, 0xff_ffff)
        );
    }
    page.push_str("</style>\n");
}

/// Sites differ in what they put a story into.
fn body(page: &mut String, story: &Story, place: &Place, chance: &mut Chance) {
    let (open, close) = match place.site % 3 {
        0 => (
            "<main id=\"main\"><article class=\"story\">",
            "</article></main>",
        ),
        1 => (
            "<div id=\"main\" role=\"main\"><div class=\"article\" itemscope itemtype=\"https://schema.org/NewsArticle\">",
            "</div></div>",
        ),
        _ => (
            "<main id=\"main\" class=\"content\"><section class=\"post\">",
            "</section></main>",
        ),
    };
    let class = ["article-body", "story__text", "post-content"][place.site % 3];
    let (month, day, hour, minute) = place.published();
    put!(
        page,
        "{open}\n<ol class=\"breadcrumb\"><li><a href=\"/\">Home</a></li><li><a href=\"/section/markets\">Markets</a></li></ol>"
    );
    put!(
        page,
        "<h1 class=\"headline\">{}</h1>",
        escaped(&story.title)
    );
    put!(
        page,
        "<div class=\"byline\">By <a rel=\"author\" href=\"/by/{}\">{}</a> <time datetime=\"{}\">{day}/{month:02}/2025 {hour:02}:{minute:02}</time></div>",
        slug(&story.author),
        story.author,
        place.published_iso()
    );
    page.push_str("<ul class=\"share\">");
    for network in ["Mail", "Print", "Link", "Save"] {
        put!(
            page,
            "<li><button class=\"share__button\" data-share=\"{network}\">{}<span class=\"visually-hidden\">{network}</span></button></li>",
            icon(chance)
        );
    }
    put!(
        page,
        "</ul>\n<figure class=\"lead\"><img src=\"/static/img/{0}-1200.jpg\" srcset=\"/static/img/{0}-600.jpg 600w, /static/img/{0}-1200.jpg 1200w\" \
        alt=\"\" width=\"1200\" height=\"675\"></figure>\n<div class=\"{class}\" itemprop=\"articleBody\">",
        place.number
    );
    for (n, paragraph) in story.paragraphs.iter().enumerate() {
        let text = linked(paragraph);
        put!(page, "<p class=\"paragraph\" data-n=\"{n}\">{text}</p>");
        if n == 5 || n == 11 {
            put!(
                page,
                "<div class=\"ad ad--inline\" id=\"ad-{n}\" data-slot=\"/2231/ledger/markets/inline-{n}\"><script>ledgerAds.push({n});</script></div>"
            );
        }
        if n == 8 {
            put!(
                page,
                "<aside class=\"related\"><h4>Read more</h4><ul><li><a href=\"/news/{}\">{}</a></li></ul></aside>",
                chance.between(0, 99),
                escaped(&headline(chance))
            );
        }
    }
    put!(
        page,
        "</div>\n<ul class=\"tags\"><li><a href=\"/tag/shares\">Shares</a></li><li><a href=\"/tag/bonds\">Bonds</a></li><li><a href=\"/tag/rates\">Rates</a></li></ul>"
    );
    put!(page, "{close}");
}

/// The first name of an index or of a bank's first partner in a paragraph, as a link.
fn linked(paragraph: &str) -> String {
    let text = escaped(paragraph);
    match [
        "Nasdaq Composite",
        "Russell 2000",
        "Nikkei 225",
        "FTSE 100",
        "Stoxx Europe 600",
    ]
    .into_iter()
    .find(|index| text.contains(index))
    {
        Some(index) => text.replacen(
            index,
            &format!("<a href=\"/quote/{}\">{index}</a>", slug(index)),
            1,
        ),
        None => text,
    }
}
