//! How long it takes to link one more article in a store of many: `cargo run --release -p newsprint-store --example lineage_speed -- FILE
//! [N_ARTICLES]`. The file is made where there is none: articles of 2.5 kB over two years, each with 28 bands of its own story, of
//! which one in ten is a copy, 3 that one article in a thousand has and 1 that every one has.

#![expect(clippy::unwrap_used, reason = "a measurement fails by panicking")]
#![expect(clippy::print_stdout, reason = "what was measured")]

use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use newsprint_domain::article::Article;
use newsprint_domain::identifier::PublisherId;
use newsprint_store::{Alike, FetchRecord, Store, TextPrint};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

/// One after another.
const N_TIMED: i64 = 200;
const LAST: &str = "2024-12-31T00:00:00Z";

/// `$1` is how many.
const FILL: [&str; 4] = [
    "INSERT INTO article SELECT value, hex(randomblob(16)), 'p' || value % 200, 'https://s.example/' || value, 0
     FROM generate_series_ WHERE value <= $1",
    "INSERT INTO revision (revision_key, revision_id, article_key, fetched_from, title, authors, text, text_digest, first_seen, available_at,
                           reconstructed, recorded_at)
     SELECT value, hex(randomblob(16)), value, '', 'Title', '[]', hex(randomblob(1250)), '', t, t, 0, t
     FROM (SELECT value, 1672531200000000 + 63158400000000 / $1 * value AS t FROM generate_series_ WHERE value <= $1)",
    "INSERT INTO text_print SELECT value, randomblob(1400), 0 FROM generate_series_ WHERE value <= $1",
    "INSERT INTO text_band
     SELECT DISTINCT CASE WHEN b.value = 32 THEN 1 WHEN b.value > 28 THEN abs(random()) % 1000 + 2
                          ELSE ((a.value - CASE WHEN a.value % 10 = 0 THEN 3 ELSE 0 END) * 32 + b.value) * 2654435761 % 4611686018427387847 END,
            a.value
     FROM generate_series_ a JOIN generate_series_ b ON b.value <= 32 WHERE a.value <= $1 ORDER BY 1, 2",
];

async fn fill(file: &Path, n_articles: i64) {
    let options = SqliteConnectOptions::new().filename(file);
    let pool = SqlitePool::connect_with(options).await.unwrap();
    let mut transaction = pool.begin().await.unwrap();
    let numbers = [
        "CREATE TEMP TABLE generate_series_ (value INTEGER PRIMARY KEY)",
        "INSERT INTO generate_series_ WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < $1)
         SELECT value FROM n",
    ];
    for statement in numbers.into_iter().chain(FILL) {
        let mut filled = sqlx::query(statement);
        if statement.contains("$1") {
            filled = filled.bind(n_articles);
        }
        filled.execute(&mut *transaction).await.unwrap();
    }
    transaction.commit().await.unwrap();
    pool.close().await;
}

async fn add_article(store: &Store, number: i64, now: DateTime<Utc>) {
    let address = format!("https://new.example/{number}");
    let article = Article {
        publisher: PublisherId::new("new").unwrap(),
        fetched_from: address.clone(),
        address,
        title: "Title".into(),
        authors: vec![],
        site: None,
        language: None,
        text: "A text of words. ".repeat(150),
        published: None,
        first_seen: now,
        replayed: false,
    };
    let record = FetchRecord {
        source: "feed",
        item: &article.address,
        digest: "",
        outcome: "ok",
        detail: "",
        article: Some(&article),
        assignments: &[],
    };
    store.record_fetch(&record, now).await.unwrap();
}

/// The bands of one of the last articles, so that there is something to find.
fn print(revision_key: i64, copied: i64) -> TextPrint {
    let own = (1..=28).map(|band| {
        let number = i128::from(copied * 32 + band) * 2_654_435_761;
        i64::try_from(number % 4_611_686_018_427_387_847).unwrap()
    });
    let shared = (0..3).map(|band| (copied * 7 + band * 331) % 1000 + 2);
    TextPrint {
        revision_key,
        bands: own.chain(shared).chain([1]).collect(),
        sketch: vec![7; 1400],
    }
}

fn shown(name: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1e3;
    println!(
        "{name:12} p50 {:6.2} ms  p95 {:6.2} ms  max {:6.2} ms",
        at(50),
        at(95),
        at(100)
    );
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().unwrap();
    let n_articles: i64 = arguments.next().map_or(200_000, |n| n.parse().unwrap());
    let is_new = !Path::new(&file).exists();
    let store = Store::open(&format!("sqlite:{file}")).await.unwrap();
    if is_new {
        let start = Instant::now();
        fill(Path::new(&file), n_articles).await;
        println!("filled in {:.0} s", start.elapsed().as_secs_f64());
    }
    let now: DateTime<Utc> = LAST.parse().unwrap();
    let mut times = [vec![], vec![], vec![], vec![]];
    let mut n_candidates = 0;
    let run = i64::from(std::process::id());
    for number in 0..N_TIMED {
        add_article(&store, run * 1000 + number, now).await;
        let start = Instant::now();
        let unlinked = store.unlinked(128).await.unwrap();
        let looked = Instant::now();
        let prints = [print(unlinked[0].revision_key, n_articles - 1 - number)];
        let found = store.candidates(&prints).await.unwrap();
        let asked = Instant::now();
        n_candidates += found.len();
        let alike = found.iter().take(3).map(|candidate| Alike {
            one: candidate.asked,
            other: candidate.revision_key,
            likeness: 900_000,
            evidence: "98 % of phrases, 48 quoted phrases".into(),
        });
        let alike: Vec<Alike> = alike.collect();
        store.record_lineage(&prints, &alike, now).await.unwrap();
        let spans = [
            looked - start,
            asked - looked,
            asked.elapsed(),
            start.elapsed(),
        ];
        for (times, span) in times.iter_mut().zip(spans) {
            times.push(span);
        }
    }
    println!("{} candidates each", n_candidates as f64 / N_TIMED as f64);
    for (name, times) in ["unlinked", "candidates", "record", "all"]
        .into_iter()
        .zip(times)
    {
        shown(name, times);
    }
    store.close().await;
}
