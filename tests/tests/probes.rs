//! The formats of `newsprint probe`, by which the product is checked from outside.

use newsprint_tests::{TestApp, fixture, repository};
use serde_json::{Value, json};

#[test]
fn text_gives_sentences_themes_and_indices_with_spans_on_the_words() {
    let app = TestApp::new();
    let text = "The Russell 2000 soared 3.5% on Tuesday on hopes of rate cuts. Megacap technology slumped.";
    let line = json!({"id": "a", "title": "Small caps soar", "text": text, "published_at": "2024-07-16T22:10:00Z",
                      "target": "RUT"});
    let answer = &app.probe(&["text"], &[line])[0];
    assert_eq!(answer["id"], "a");
    let words = |span: &Value| {
        let place = |key: &str| usize::try_from(span[key].as_u64().unwrap()).unwrap();
        let of_title = span.get("in") == Some(&json!("title"));
        let source = if of_title { "Small caps soar" } else { text };
        source[place("start")..place("end")].to_owned()
    };
    let sentences: Vec<String> = answer["sentences"]
        .as_array()
        .unwrap()
        .iter()
        .map(words)
        .collect();
    assert_eq!(sentences.join(" "), format!("Small caps soar {text}"));
    for sentence in answer["sentences"].as_array().unwrap() {
        let sum: f64 = ["negative", "neutral", "positive"]
            .iter()
            .map(|key| sentence[*key].as_f64().unwrap())
            .sum();
        assert!((sum - 1.0).abs() < 1e-9, "{sentence}");
    }
    let found = |list: &str, id: &str| {
        let entry = answer[list]
            .as_array()
            .unwrap()
            .iter()
            .find(|entry| entry["id"] == id);
        let entry = entry.unwrap_or_else(|| panic!("no {id} in {answer}"));
        entry["spans"]
            .as_array()
            .unwrap()
            .iter()
            .map(words)
            .collect::<Vec<_>>()
    };
    assert_eq!(found("themes", "rate_cuts"), ["rate cuts"]);
    assert_eq!(found("indices", "RUT"), ["Russell 2000"]);
    assert!(
        answer["themes"][0]["salience"]
            .as_f64()
            .is_some_and(|salience| (0.0..=1.0).contains(&salience))
    );
    assert!(answer["target_tone"].as_f64().unwrap() > 0.0);
    assert!(answer["tone"].as_f64().is_some());
}

#[test]
fn a_target_that_nothing_names_has_no_tone() {
    let line = json!({"id": 1, "text": "Stocks rose.", "target": "gold"});
    assert_eq!(
        TestApp::new().probe(&["text"], &[line])[0]["target_tone"],
        Value::Null
    );
}

#[test]
fn a_bad_line_gives_its_id_and_an_error_and_stops_nothing() {
    let app = TestApp::new();
    app.write(
        "batch.jsonl",
        "{\"id\":1,\"published_at\":\"2024-07-16T22:10:00Z\"}\nnonsense\n{\"id\":3}\n\
               {\"id\":4,\"published_at\":\"soon\"}\n{\"id\":5,\"published_at\":\"2024-07-11\"}\n\
               {\"id\":6,\"published_at\":\"2031-01-01\"}\n",
    );
    let output = app
        .run(&[
            "probe",
            "session",
            "--exchange",
            "XNYS",
            "--batch",
            "batch.jsonl",
        ])
        .expect_code(3);
    let answers: Vec<Value> = output
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), 6);
    let expected = json!({"id": 1, "reaction_session": "2024-07-17", "base_close_session": "2024-07-16",
        "entry_open_session": "2024-07-17", "phase": "post_close", "reaction_close": "2024-07-17T20:00:00Z"});
    assert_eq!(answers[0], expected);
    assert_eq!(
        answers[4]["reaction_session"], "2024-07-12",
        "a date is its last second in the exchange's zone"
    );
    assert_eq!(
        (&answers[2]["id"], &answers[3]["id"]),
        (&json!(3), &json!(4))
    );
    for bad in [1, 2, 3, 5] {
        assert!(answers[bad]["error"].is_string(), "{}", answers[bad]);
    }
    assert!(
        answers[5]["error"]
            .as_str()
            .unwrap()
            .contains("past the calendar's end"),
        "{}",
        answers[5]
    );
}

#[test]
fn sessions_are_told_in_every_zone() {
    let app = TestApp::new();
    for (exchange, published, session, close) in [
        // A session before London's clocks go forward and one after; Christmas Eve closes at half past twelve.
        (
            "XLON",
            "2024-03-28T08:00:00Z",
            "2024-03-28",
            "2024-03-28T16:30:00Z",
        ),
        (
            "XLON",
            "2024-04-02T07:00:00Z",
            "2024-04-02",
            "2024-04-02T15:30:00Z",
        ),
        (
            "XLON",
            "2024-12-24T12:30:00Z",
            "2024-12-27",
            "2024-12-27T16:30:00Z",
        ),
        // Tokyo's close moved from 15:00 to 15:30 on 2024-11-05; the day begins while it is still yesterday in UTC.
        (
            "XTKS",
            "2024-11-01T05:59:59Z",
            "2024-11-01",
            "2024-11-01T06:00:00Z",
        ),
        (
            "XTKS",
            "2024-11-05T06:00:00Z",
            "2024-11-05",
            "2024-11-05T06:30:00Z",
        ),
        (
            "XTKS",
            "2024-07-16T23:00:00Z",
            "2024-07-17",
            "2024-07-17T06:00:00Z",
        ),
        // Hong Kong: half a day before Christmas, none under a typhoon.
        (
            "XHKG",
            "2024-12-24T03:59:59Z",
            "2024-12-24",
            "2024-12-24T04:00:00Z",
        ),
        (
            "XHKG",
            "2017-08-23T02:00:00Z",
            "2017-08-24",
            "2017-08-24T08:00:00Z",
        ),
    ] {
        let line = json!({"id": 1, "published_at": published});
        let answer = &app.probe(&["session", "--exchange", exchange], &[line])[0];
        let found = (&answer["reaction_session"], &answer["reaction_close"]);
        assert_eq!(
            found,
            (&json!(session), &json!(close)),
            "{exchange} {published}: {answer}"
        );
    }
}

#[test]
fn sentiment_takes_the_text_as_one_sentence() {
    let lines = [
        json!({"id": 1, "text": "Profit rose. Shares soared."}),
        json!({"id": 2, "text": "Profit fell sharply and the company cut 400 jobs.", "target": "company"}),
        json!({"id": 3, "text": ""}),
    ];
    let answers = TestApp::new().probe(&["sentiment"], &lines);
    let value = |place: usize, key: &str| answers[place][key].as_f64().unwrap();
    assert!(
        value(0, "positive") > 0.5 && value(1, "negative") > 0.5,
        "{answers:?}"
    );
    assert!((value(2, "positive") + value(2, "neutral") + value(2, "negative") - 1.0).abs() < 1e-9);
}

#[test]
fn page_gives_metadata_and_body() {
    let app = TestApp::new();
    let demo = repository().join("demo/pages/articles");
    let copy =
        |name: &str, from: std::path::PathBuf| std::fs::copy(from, app.path().join(name)).unwrap();
    copy(
        "example.html",
        demo.join("harbour-ledger-small-caps-soar.html"),
    );
    copy("latin1.html", fixture("hostile/latin1.html"));
    copy("bad.html", fixture("hostile/bad_jsonld.html"));
    let lines = ["example.html", "latin1.html", "bad.html", "missing.html"]
        .map(|html| json!({"id": html, "html": html}));
    let answers = app.probe(&["page"], &lines);
    let example = &answers[0];
    assert_eq!(example["published_at"], "2024-07-17T08:10:00+10:00");
    assert_eq!(example["published_source"], "json_ld:datePublished");
    assert_eq!(
        example["canonical_url"],
        "https://www.harbourledger.example/markets/small-caps-soar-trump-trade"
    );
    assert_eq!(example["language"], "en-AU");
    assert!(
        example["site"] == "Harbour Ledger" && !example["authors"].as_array().unwrap().is_empty()
    );
    let body = example["body"].as_str().unwrap();
    assert!(body.contains("as much as 40%") && body.contains("10 weeks"));
    assert!(
        answers[1]["body"]
            .as_str()
            .unwrap()
            .contains("Société Générale"),
        "{}",
        answers[1]
    );
    assert_eq!(
        answers[2]["published_at"], "2024-06-14T16:20:00-04:00",
        "{}",
        answers[2]
    );
    assert!(
        answers[3]["error"]
            .as_str()
            .unwrap()
            .contains("missing.html")
    );
}
