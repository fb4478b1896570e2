//! What publishers write is kept as it was written.

use newsprint_store::Recorded;

use super::by_hand::article_at;
use super::given::{as_of, at, open, pairs, record_with, run, session};

/// What PostgreSQL does not store is kept by neither engine.
const NUL: &str = "\u{fffd}";

fn beginning(text: &str) -> String {
    text.chars().take(20).collect()
}

pub(crate) async fn any_text_is_kept(url: String) {
    let store = open(&url).await;
    let now = at("2024-07-17T09:00:00Z");
    let long = "The index rose by 1 %. ".repeat(230_000);
    assert!(long.len() > 5_000_000);
    let texts = [
        "a\0b",
        "\0",
        "🚀🧑‍🚀 stocks 📈",
        "ارتفعت الأسهم \u{202e}2.5%\u{202c} עלו",
        "a'b\"c\\d $1 ? %s {} \\u0000 \\\\u0000 \u{feff}\u{1}\u{7f}\r\n\t",
        "e\u{301} é \u{10ffff} \u{d7ff}",
        &long,
    ];
    for (number, text) in texts.iter().enumerate() {
        let mut article = article_at(&format!("{number}-{}", beginning(text)), text, now);
        article.title = article.address.clone();
        article.authors = vec![article.title.clone(), (*text).to_owned()];
        article.site = Some(article.title.clone());
        let assignments = [session("2024-07-17", "v1")];
        let recorded = record_with(&store, &article, &assignments, now).await;
        assert_eq!(recorded, Recorded::NewArticle);
        let again = record_with(&store, &article, &assignments, now).await;
        assert_eq!(again, Recorded::Unchanged, "{number}");
    }
    let key = store.begin_run(&run("m"), &pairs(), now).await.unwrap();
    let kept = store.untagged(key, 0, 100).await.unwrap();
    assert_eq!(kept.len(), texts.len());
    for ((number, text), kept) in texts.iter().enumerate().zip(kept) {
        let text = text.replace('\0', NUL);
        assert!(kept.text == text, "{number}: {:?}", beginning(&kept.text));
        let name = format!("{number}-{}", beginning(&text));
        assert_eq!(kept.title, format!("https://harbourledger.example/{name}"));
        assert_eq!(kept.title, kept.address);
    }
    let outcomes = store.known_items("feed").await.unwrap();
    assert_eq!(outcomes.len(), texts.len());
    let tagged = store
        .tagged_articles(key, as_of("2024-07-18T00:00:00Z"))
        .await;
    assert_eq!(tagged.unwrap(), [], "nothing was tagged");
}
