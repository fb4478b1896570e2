//! What a site serves: pages that are articles, and feeds of them.

const SUBJECTS: [&str; 8] = [
    "The small-cap benchmark",
    "The largest lender",
    "A maker of turbines",
    "The bond market",
    "The regional index",
    "An exporter of grain",
    "The retailer",
    "A chip designer",
];
const VERBS: [&str; 8] = [
    "rose on",
    "fell after",
    "was little changed before",
    "recovered from",
    "gained because of",
    "retreated on",
    "climbed with",
    "slipped despite",
];
const CAUSES: [&str; 8] = [
    "hopes of easier policy",
    "a report on prices",
    "weaker orders from abroad",
    "the quarterly figures",
    "a forecast by its own analysts",
    "news of a takeover",
    "the minutes of the meeting",
    "a strike at two ports",
];

/// An article's page of at least `n_words` words, published on 2024-07-16; another title has another text.
pub fn article_page(title: &str, n_words: usize) -> String {
    let mut numbers = Numbers::of(title);
    let mut paragraphs = String::new();
    let mut words = 0;
    while words < n_words {
        let sentences: Vec<String> = (0..4).map(|_| sentence(&mut numbers)).collect();
        let paragraph = sentences.join(" ");
        words += paragraph.split(' ').count();
        paragraphs = format!("{paragraphs}<p>{paragraph}</p>");
    }
    format!(
        "<html lang='en'><head><title>{title}</title><meta property='article:published_time' content='2024-07-16T12:00:00Z'>
         </head><body><article><h1>{title}</h1>{paragraphs}</article></body></html>"
    )
}

/// An RSS feed of entries that lead to `links`.
pub fn rss(links: &[String]) -> String {
    let items: String = links
        .iter()
        .map(|link| format!("<item><title>x</title><link>{link}</link></item>"))
        .collect();
    format!("<rss version='2.0'><channel><title>t</title>{items}</channel></rss>")
}

fn sentence(numbers: &mut Numbers) -> String {
    let subject = SUBJECTS[numbers.below(SUBJECTS.len())];
    let verb = VERBS[numbers.below(VERBS.len())];
    let cause = CAUSES[numbers.below(CAUSES.len())];
    let (points, trades) = (numbers.below(1_000), numbers.below(1_000_000));
    format!("{subject} {verb} {cause}, by {points} points in {trades} trades.")
}

/// Numbers that a text determines: the same on every machine.
struct Numbers(u64);

impl Numbers {
    /// FNV-1a of the text begins the sequence.
    fn of(text: &str) -> Self {
        let hashed = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(hashed)
    }

    /// The next number of Knuth's MMIX congruential sequence, below `n`.
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_determines_its_text() {
        let page = article_page("First", 200);
        assert_eq!(page, article_page("First", 200));
        let body = |page: &str| page.split_once("<p>").unwrap().1.to_owned();
        assert_ne!(body(&page), body(&article_page("Second", 200)));
        assert!(body(&page).split_whitespace().count() >= 200);
    }
}
