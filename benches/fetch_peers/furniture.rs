//! What stands around a story: menus, quotes, lists of other stories, and what a site hands to its own programs.

use std::fmt::Write as _;

use crate::chance::Chance;
use crate::page::{Place, escaped};
use crate::story::{headline, teaser};

/// Writing to a string does not fail.
macro_rules! put {
    ($page:expr, $($what:tt)*) => {{ let _ = writeln!($page, $($what)*); }};
}
pub(crate) use put;

pub fn navigation(page: &mut String, chance: &mut Chance) {
    put!(
        page,
        "<a class=\"skip\" href=\"#main\">Skip to content</a>\n<header class=\"masthead\" role=\"banner\">"
    );
    put!(
        page,
        "<div class=\"masthead__logo\"><a href=\"/\" aria-label=\"Home\">{}</a></div>\n<nav class=\"menu\" role=\"navigation\"><ul>",
        icon(chance)
    );
    for section in [
        "Markets",
        "Companies",
        "Economy",
        "Opinion",
        "Technology",
        "Energy",
        "Property",
        "Personal finance",
        "World",
    ] {
        put!(
            page,
            "<li class=\"menu__item\"><a href=\"/section/{0}\" data-track=\"nav:{0}\">{section}</a><ul class=\"menu__sub\">",
            slug(section)
        );
        for part in [
            "Latest",
            "Analysis",
            "Shares",
            "Bonds",
            "Currencies",
            "Commodities",
            "Funds",
            "Calendar",
            "Podcasts",
            "Newsletters",
        ] {
            put!(
                page,
                "<li><a class=\"menu__link\" href=\"/section/{}/{}\">{part}</a></li>",
                slug(section),
                slug(part)
            );
        }
        page.push_str("</ul></li>\n");
    }
    put!(
        page,
        "</ul><form class=\"search\" action=\"/search\"><label for=\"q\">Search</label><input id=\"q\" name=\"q\"><button>Go</button></form>"
    );
    put!(
        page,
        "<a class=\"button\" href=\"/subscribe\">Subscribe</a> <a class=\"button\" href=\"/login\">Sign in</a></nav></header>"
    );
}

pub fn ticker(page: &mut String, chance: &mut Chance) {
    put!(
        page,
        "<div class=\"ticker\" aria-label=\"Market data\"><ul>"
    );
    for symbol in [
        "SPX", "COMP", "DJIA", "RUT", "UKX", "DAX", "NKY", "TSX", "AS51", "VIX", "WTI", "GOLD",
        "EURUSD", "USDJPY", "US10Y", "BTC",
    ] {
        put!(
            page,
            "<li class=\"ticker__item\"><a href=\"/quote/{symbol}\"><span class=\"ticker__name\">{symbol}</span><span class=\"ticker__last\">{}.{:02}</span>\
            <span class=\"ticker__change\">{}.{:02}%</span></a></li>",
            chance.between(10, 39_000),
            chance.between(0, 99),
            chance.between(0, 3),
            chance.between(0, 99)
        );
    }
    page.push_str("</ul></div>\n");
}

pub fn sidebar(page: &mut String, chance: &mut Chance) {
    put!(page, "<aside class=\"sidebar\"><h2>Most read</h2><ol>");
    for n in 1..=10 {
        put!(
            page,
            "<li><a href=\"/news/{}\"><span class=\"rank\">{n}</span>{}</a></li>",
            chance.between(0, 99),
            escaped(&headline(chance))
        );
    }
    put!(
        page,
        "</ol><div class=\"newsletter\"><h3>The morning note</h3><span>What moves markets, every working day.</span><form action=\"/newsletter\">\
        <input type=\"email\" name=\"email\" placeholder=\"Your address\"><button>Sign up</button></form></div></aside>"
    );
}

pub fn more_stories(page: &mut String, chance: &mut Chance) {
    put!(
        page,
        "<section class=\"more\"><h2>More from Markets</h2><div class=\"grid\">"
    );
    for n in 0..30 {
        let (address, title, text) = (
            chance.between(0, 99),
            escaped(&headline(chance)),
            escaped(&teaser(chance)),
        );
        put!(
            page,
            "<div class=\"card l-{n}\"><a class=\"card__image\" href=\"/news/{address}\"><img loading=\"lazy\" src=\"/static/img/{address}-300.jpg\" \
            srcset=\"/static/img/{address}-300.jpg 300w, /static/img/{address}-600.jpg 600w\" alt=\"\"></a><div class=\"card__body\">\
            <h3 class=\"card__title\"><a href=\"/news/{address}\" data-track=\"more:{n}\">{title}</a></h3><div class=\"card__teaser\">{text}</div>\
            <span class=\"card__time\">{} hours ago</span>{}</div></div>",
            chance.between(1, 23),
            icon(chance)
        );
    }
    page.push_str("</div></section>\n");
}

pub fn footer(page: &mut String, place: &Place) {
    put!(page, "<footer class=\"footer\" role=\"contentinfo\">");
    for column in ["About", "Services", "Tools", "Legal", "Follow"] {
        put!(page, "<div class=\"footer__column\"><h4>{column}</h4><ul>");
        for link in [
            "Contact",
            "Careers",
            "Advertise",
            "Archive",
            "Accessibility",
            "Terms",
            "Privacy",
            "Cookies",
            "Corrections",
            "Site map",
        ] {
            put!(
                page,
                "<li><a href=\"/{}/{}\">{link}</a></li>",
                slug(column),
                slug(link)
            );
        }
        page.push_str("</ul></div>\n");
    }
    put!(
        page,
        "<div class=\"footer__note\">© 2025 {}. Quotes are delayed by at least fifteen minutes.</div></footer>",
        place.name()
    );
    put!(
        page,
        "<div class=\"consent\" hidden><span>We use cookies to keep you signed in.</span><button>Agree</button><button>Settings</button></div>"
    );
}

/// What a site hands to its own programs: about a third of the page.
pub fn scripts(page: &mut String, place: &Place, chance: &mut Chance) {
    page.push_str("<script>window.__STATE__={\"stories\":[");
    for n in 0..40 {
        let comma = if n == 0 { "" } else { "," };
        let (number, title, text) = (chance.between(0, 99), headline(chance), teaser(chance));
        put!(
            page,
            "{comma}{{\"id\":\"{}-{n}\",\"href\":\"/news/{number}\",\"title\":\"{title}\",\"teaser\":\"{text}\",\"image\":{{\"src\":\"/static/img/{number}-600.jpg\",\
            \"width\":600,\"height\":338}},\"flags\":{{\"premium\":false,\"live\":false,\"video\":{}}}}}",
            place.number,
            n % 5 == 0
        );
    }
    page.push_str("],\"series\":[");
    for n in 0..900 {
        let comma = if n == 0 { "" } else { "," };
        let _ = write!(
            page,
            "{comma}{}.{:02}",
            chance.between(2000, 6000),
            chance.between(0, 99)
        );
    }
    page.push_str("]};</script>\n");
    for n in 0..14 {
        put!(
            page,
            "<script>(function(w,d){{var s=d.createElement('script');s.async=true;s.src='/static/js/part-{n}.{:012x}.js';\
            if(w.ledgerConsent&&w.ledgerConsent.has({n})){{d.head.appendChild(s);}}}})(window,document);</script>",
            chance.between(0, 0xffff_ffff_ffff)
        );
    }
    put!(
        page,
        "<noscript><img src=\"/pixel.gif?page={}\" alt=\"\"></noscript>",
        place.number
    );
}

pub fn icon(chance: &mut Chance) -> String {
    let mut path = String::from("M0 0");
    for _ in 0..8 {
        let _ = write!(
            path,
            "l{}.{} {}.{}",
            chance.between(0, 9),
            chance.between(0, 9),
            chance.between(0, 9),
            chance.between(0, 9)
        );
    }
    format!(
        "<svg viewBox=\"0 0 24 24\" width=\"24\" height=\"24\" aria-hidden=\"true\"><path d=\"{path}z\"/></svg>"
    )
}

pub fn slug(text: &str) -> String {
    text.to_lowercase().replace([' ', '&'], "-")
}
