//! What tags say is kept whole.

use newsprint_domain::identifier::{IndexId, ThemeId};
use newsprint_domain::sentence::{Part, Sentence, Span};
use newsprint_domain::sentiment::{Sentiment, Tone};
use newsprint_domain::tags::{Evidence, TaggedSentence, ThemeTag};
use newsprint_domain::theme::Stance;

use super::given::{article, as_of, at, open, pairs, record, run, tag, tags_with};

pub(crate) async fn what_a_theme_says_is_read_back_as_it_was_recorded(url: String) {
    let store = open(&url).await;
    let now = "2024-07-17T09:00:00Z";
    let text = "“A recession is off the table.” Zürich agrees.";
    record(&store, &article(text, now), now).await;
    let key = store.begin_run(&run("m"), &pairs(), at(now)).await.unwrap();
    let evidence = Evidence {
        part: Part::Body,
        span: Span { start: 5, end: 14 },
        rule: "recession".into(),
        sentiment: None,
        stance: Some(Stance::Weaker),
    };
    let theme = ThemeTag {
        theme: ThemeId::new("recession").unwrap(),
        version: 2,
        salience: 700_000,
        tone: Tone::from_millionths(400_000),
        stance: -1_000_000,
        effects: vec![(
            IndexId::new("GSPC").unwrap(),
            Tone::from_millionths(400_000).unwrap(),
        )],
        evidence: vec![evidence],
    };
    let revision = store.untagged(key, 0, 1).await.unwrap().remove(0);
    let mut tags = tags_with(Some("deu"), vec![theme]);
    let sentiment = Sentiment::from_probabilities(0.0, 1.0, 0.0).unwrap();
    let in_body = |start, end| TaggedSentence {
        sentence: Sentence {
            part: Part::Body,
            span: Span { start, end },
        },
        sentiment,
    };
    tags.sentences = vec![in_body(0, 35), in_body(36, text.len())];
    tag(&store, key, revision.revision_key, &tags, now).await;
    store.promote(key, at(now)).await.unwrap();
    let shown = store
        .tagged_articles(key, as_of(now))
        .await
        .unwrap()
        .remove(0);
    assert_eq!(shown.language.as_deref(), Some("deu"));
    let row = shown.themes[&ThemeId::new("recession").unwrap()];
    assert_eq!((row.stance, row.salience), (Some(-1_000_000), 700_000));
    let view = store
        .article_view(key, &revision.address)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(view.evidence[0].stance, Some(-1));
    assert_eq!(view.evidence[0].rule, "recession");
    let sentences = store.sentences_about(key, as_of(now), "recession").await;
    let expected = [
        ("“A recession is off the table.”".to_owned(), true),
        ("Zürich agrees.".to_owned(), false),
    ];
    assert_eq!(sentences.unwrap(), expected);
    let other = store
        .sentences_about(key, as_of(now), "GSPC")
        .await
        .unwrap();
    assert!(other.iter().all(|(_, carries)| !carries));
}
