//! Facts are kept by the engine itself, whoever asks it to change them.

use std::collections::BTreeMap;

use newsprint_domain::identifier::IndexId;

use super::by_hand::{article_at, full_tags};
use super::engine::Raw;
use super::given::{article, at, listed, open, page_of, record, record_with, run, tag_all_with};

/// Tables that say what holds now: they are updated, and no table of results is made of them.
const STATE: [&str; 6] = [
    "fetch_item",
    "calendar_pass",
    "host",
    "robots",
    "schedule_slot",
    "stage_lease",
];

/// Tables that can be made anew of facts.
const DERIVED: [&str; 5] = [
    "revision_text",
    "roll_up_day",
    "tally_day",
    "text_band",
    "text_indexed",
];

pub(crate) async fn the_engine_itself_refuses_to_change_or_remove_a_fact(url: String) {
    let store = open(&url).await;
    let now = "2024-07-17T09:00:00Z";
    let first = article("The index rose.", now);
    record(&store, &first, now).await;
    record(&store, &article("The index fell.", now), now).await;
    listed(&store, "feed", &["https://harbourledger.example/b"], now).await;
    tag_all_with(&store, &run("m"), &full_tags(), now).await;
    let index = IndexId::new("RUT").unwrap();
    let closes = BTreeMap::from([("2024-07-16".parse().unwrap(), 1.0)]);
    let recorded = store.record_prices(&index, &closes, "a.csv", at(now)).await;
    recorded.unwrap();
    let removed = article_at("removed", "The index stood still.", at(now));
    record_with(&store, &removed, &[], at(now)).await;
    let removable = store.removable(&removed.address).await.unwrap().unwrap();
    let items = [page_of(&removed.address)];
    let done = store.remove(&removable, &items, "asked for", at(now));
    done.await.unwrap();

    let mut raw = Raw::connect(&url).await;
    add_lineage(&mut raw).await;
    for table in raw.tables().await {
        if STATE.contains(&table.as_str()) || DERIVED.contains(&table.as_str()) {
            continue;
        }
        let n_rows = raw.count(&table).await;
        assert!(
            n_rows > 0,
            "{table} is empty: give the case a row of it, or name it as state or derived"
        );
        let mut statements = vec![format!("DELETE FROM {table}")];
        for column in raw.columns(&table).await {
            statements.push(format!("UPDATE {table} SET {column} = {column}"));
        }
        for statement in statements {
            let refused = raw.run(&statement).await;
            let error = refused.expect_err(&statement).to_string();
            assert!(
                error.contains(&format!("{table} is append-only")),
                "{statement}: {error}"
            );
        }
        assert_eq!(raw.count(&table).await, n_rows, "{table}");
    }
}

async fn add_lineage(raw: &mut Raw) {
    let bytes = match raw {
        Raw::Sqlite(_) => "x'00'",
        Raw::Postgres(_) => "'\\x00'",
    };
    let rows = format!(
        "INSERT INTO text_print (revision_key, sketch, recorded_at) VALUES (1, {bytes}, 1);
         INSERT INTO lineage_edge (article_key, earlier_key, likeness, evidence, recorded_at) VALUES (1, NULL, 1, 'words', 1)"
    );
    raw.run(&rows).await.unwrap();
}
