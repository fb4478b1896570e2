//! What tags say is kept whole.

use newsprint_domain::identifier::ThemeId;
use newsprint_domain::sentence::{Part, Span};
use newsprint_domain::sentiment::Tone;
use newsprint_domain::tags::Evidence;
use newsprint_domain::theme::Stance;

use super::*;

#[tokio::test]
async fn what_a_theme_says_is_read_back_as_it_was_recorded() {
    let (_folder, store) = store().await;
    let now = "2024-07-17T09:00:00Z";
    record(&store, &article("A recession is off the table.", now), now).await;
    let key = store.begin_run(&run("m"), at(now)).await.unwrap();
    let evidence = Evidence {
        part: Part::Body,
        span: Span { start: 2, end: 11 },
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
    let tags = tags_with(Some("deu"), vec![theme]);
    store
        .record_tags(key, revision.revision_key, &tags, &BTreeSet::new(), at(now))
        .await
        .unwrap();
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
    assert_eq!(store.texts(as_of(now)).await.unwrap().len(), 1);
}
