//! Themes as users meet them: written, tested, compared, found in texts with their stance and effect, and kept out of tables where
//! they are hindsight.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use newsprint_tests::{TestApp, now, rows, with_demo_articles};
use serde_json::{Value, json};

fn tagged(text: &str) -> Value {
    let lines = [json!({"id": 1, "text": text})];
    TestApp::new().probe(&["text"], &lines).remove(0)
}

fn theme<'a>(answer: &'a Value, id: &str) -> Option<&'a Value> {
    let mut themes = answer["themes"].as_array().unwrap().iter();
    themes.find(|theme| theme["id"] == id)
}

#[test]
fn what_is_avoided_is_good_news_of_it_becoming_less_likely() {
    let text = "The United States is avoiding a recession, and the S&P 500 rallied with delight.";
    let answer = tagged(text);
    let recession = theme(&answer, "recession").unwrap();
    assert_eq!(recession["stance"], -1.0);
    assert!(
        recession["effect"]["GSPC"].as_f64().unwrap() > 0.2,
        "{recession}"
    );
    let found = &recession["evidence"][0];
    let (start, end) = (
        found["start"].as_u64().unwrap(),
        found["end"].as_u64().unwrap(),
    );
    assert_eq!(
        &text[usize::try_from(start).unwrap()..usize::try_from(end).unwrap()],
        "recession"
    );
    assert_eq!(
        (&found["rule"], &found["stance"]),
        (&json!("recession"), &json!(-1))
    );
    let index = &answer["indices"][0];
    assert_eq!(
        (&index["id"], &index["mentions"][0]["surface"]),
        (&json!("GSPC"), &json!("S&P 500"))
    );
}

#[test]
fn good_news_says_nothing_of_volatility_that_is_not_named() {
    let answer = tagged("The economy is avoiding a recession, to everyone's delight.");
    let effect = &theme(&answer, "recession").unwrap()["effect"];
    assert!(
        effect.get("GSPC").is_some() && effect.get("VIX").is_none(),
        "{effect}"
    );
}

#[test]
fn hidden_characters_and_lookalike_letters_hide_nothing() {
    for text in [
        "Traders expect a rate cut.",
        "Traders expect a ra\u{ad}te\u{200b} cut.",
        "Traders expect a r\u{430}te cut.",
        "ＲＡＴＥ ＣＵＴ",
    ] {
        assert!(theme(&tagged(text), "rate_cuts").is_some(), "{text}");
    }
}

#[test]
fn a_text_in_another_language_is_named_and_carries_no_theme() {
    let german = "Die Fed senkt die Zinsen nicht, sagte ihr Vorsitzender am Mittwoch in Washington, und die Kurse in New York \
                  schlossen nach einem langen Tag deutlich im Minus.";
    let answer = tagged(german);
    assert_eq!(answer["language"], "deu");
    assert_eq!(answer["themes"], json!([]));
    assert_eq!(answer["tone"], Value::Null, "the model reads English");
    assert_eq!(tagged("The Fed held rates.")["language"], Value::Null);
}

#[test]
fn the_index_means_the_one_named_last() {
    let text = "The Russell 2000 rose 2%. The index has gained for five days. It was warm.";
    let answer = tagged(text);
    let mentions = answer["indices"][0]["mentions"].as_array().unwrap();
    let surfaces: Vec<&str> = mentions
        .iter()
        .map(|mention| mention["surface"].as_str().unwrap())
        .collect();
    assert_eq!(surfaces, ["Russell 2000", "The index"]);
}

#[test]
fn companies_and_people_are_kept_with_their_spans() {
    let answer =
        tagged("Harbour Foods Inc rose 3% after chief executive Jane Whitcombe bought shares.");
    let named: Vec<(&str, &str)> = answer["entities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entity| {
            (
                entity["kind"].as_str().unwrap(),
                entity["surface"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        named,
        [
            ("company", "Harbour Foods Inc"),
            ("person", "Jane Whitcombe")
        ]
    );
}

#[test]
fn a_new_theme_begins_as_a_skeleton_that_says_what_is_missing() {
    let app = TestApp::new();
    let nowhere = app.run(&["themes", "new", "lithium"]).expect_code(2);
    assert!(
        nowhere.stderr.contains("run `newsprint init` first"),
        "{}",
        nowhere.stderr
    );
    app.run(&["init"]).expect_code(0);
    now(&app, &["themes", "new", "lithium"]).expect_code(0);
    let skeleton = app.read("config/themes/lithium.toml");
    assert!(
        skeleton.contains("defined_at = \"2026-11-01\""),
        "{skeleton}"
    );
    app.run(&["themes", "new", "lithium"]).expect_code(2);
    app.run(&["themes", "new", "Not An Id"]).expect_code(2);
    // It works from the start, so that no other command is stopped by a theme that is half written.
    let tested = app
        .run(&["themes", "test", "lithium", "--format", "json"])
        .expect_code(0);
    assert_eq!(rows(&tested)[0]["failing"], 0);
    let blank = skeleton.replacen("text = \"Replace", "text = \"\" # Replace", 1);
    app.write("config/themes/lithium.toml", &blank);
    let refused = app.run(&["themes", "test"]).expect_code(2).stderr;
    assert!(
        refused.contains("themes/lithium.toml: line") && refused.contains("an example has no text"),
        "{refused}"
    );
}

#[test]
fn a_theme_file_that_cannot_work_is_refused_with_its_line() {
    let app = TestApp::new();
    app.run(&["init"]).expect_code(0);
    let file = "config/themes/rate_cuts.toml";
    let theme = app.read(file);
    let refused = |changed: String, expected: &str| {
        app.write(file, &changed);
        let output = app.run(&["themes", "list"]).expect_code(2);
        assert!(
            output.stderr.contains(expected),
            "{expected} is not in {}",
            output.stderr
        );
    };
    let version = theme
        .lines()
        .position(|line| line.starts_with("version"))
        .unwrap()
        + 1;
    refused(
        theme.replacen("version", "edition", 1),
        &format!("themes/rate_cuts.toml: TOML parse error at line {version}"),
    );
    refused(
        format!("{theme}\nstance = 7\n"),
        "a stance is -1, 0 or 1, not 7",
    );
    let at = theme
        .lines()
        .position(|line| line.starts_with("any = ["))
        .unwrap();
    refused(
        theme.replacen("any = [", "cased = []\nany = [", 1),
        &format!("themes/rate_cuts.toml: line {}: the list is empty", at + 1),
    );
    refused(
        theme.replacen("any = [", "any = [\n  \"zebra, cut\",", 1),
        &format!(
            "themes/rate_cuts.toml: line {}: phrase \"zebra, cut\" has punctuation",
            at + 2
        ),
    );
    refused(
        theme.replacen("any = [", "any = [\n  \"zebra cut\", \"zebra cutting\",", 1),
        &format!(
            "themes/rate_cuts.toml: line {}: phrase \"zebra cutting\" stands in phrases.any and again",
            at + 2
        ),
    );
    refused(
        theme.replacen(
            "parents = [\"central_banks\"]",
            "parents = [\"bankers\"]",
            1,
        ),
        "parent \"bankers\" is no theme",
    );
}

#[test]
fn what_changed_between_two_versions_is_shown() {
    let app = TestApp::new();
    app.run(&["init"]).expect_code(0);
    let theme = app.read("config/themes/small_caps.toml");
    app.write("old/small_caps.toml", &theme);
    app.write(
        "new/small_caps.toml",
        &theme.replacen("any = [", "any = [\n  \"tiddlers of the market\",", 1),
    );
    let same = app.run(&["themes", "diff", "old", "old"]).expect_code(1);
    assert!(same.stderr.is_empty());
    let output = app
        .run(&["themes", "diff", "old", "new", "--format", "json"])
        .expect_code(0);
    let changes: Vec<Value> = rows(&output)
        .iter()
        .map(|row| json!([row["what"], row["change"]]))
        .collect();
    assert_eq!(
        changes,
        [json!(["version", "not raised"]), json!(["any", "added"])]
    );
}

#[test]
fn words_that_go_with_a_theme_are_suggested() {
    let app = with_demo_articles();
    let output = now(
        &app,
        &["themes", "suggest", "small_caps", "--format", "json"],
    );
    for row in rows(&output) {
        assert!(row["with_theme"].as_i64().unwrap() >= 3, "{row}");
    }
    app.run(&["themes", "suggest", "oil"]).expect_code(2);
}

#[test]
fn tables_can_leave_out_what_a_theme_says_of_articles_older_than_itself() {
    let app = with_demo_articles();
    let all = [
        "report",
        "theme-day",
        "--theme",
        "small_caps",
        "--index",
        "RUT",
        "--reconstructed",
        "--format",
        "json",
    ];
    let with = rows(&now(&app, &all).expect_code(0));
    assert!(
        with.iter().all(|row| row["mean_stance"].is_number()),
        "{with:?}"
    );
    let without = now(&app, &[&all[..], &["--no-retrospective"]].concat()).expect_code(1);
    assert!(
        rows(&without).is_empty(),
        "the theme was defined in 2026, the articles are of 2024"
    );
}

#[test]
fn the_labelled_articles_are_scored_and_their_mistakes_shown() {
    let app = TestApp::new();
    let article = json!({
        "id": "x", "title": "Rates", "sentences": [
            {"text": "Traders expect a rate cut.", "themes": {"rate_cuts": 1}},
            {"text": "The Dow fell as Dow Chemical rose.", "indices": [{"id": "DJI", "surface": "Dow"}], "ambiguous": ["Dow"]},
            {"text": "Nothing was said.", "themes": {"inflation": 1}},
        ]
    });
    app.write("gold.jsonl", &article.to_string());
    let output = app
        .run(&["themes", "test", "--gold", "gold.jsonl", "--format", "json"])
        .expect_code(0);
    let row = |what: &str| {
        rows(&output)
            .into_iter()
            .find(|row| row["what"] == what)
            .unwrap()
    };
    assert_eq!(row("rate_cuts")["f1"], 1.0);
    assert_eq!(row("inflation")["recall"], 0.0);
    assert_eq!(row("index mentions")["f1"], 1.0);
    assert!(
        output
            .stderr
            .contains("x: inflation: is 1, found none: Nothing was said."),
        "{}",
        output.stderr
    );
    app.write("gold.jsonl", "{\"id\": \"x\"}");
    let broken = app
        .run(&["themes", "test", "--gold", "gold.jsonl"])
        .expect_code(2);
    assert!(
        broken.stderr.contains("gold.jsonl: line 1: missing field"),
        "{}",
        broken.stderr
    );
}
