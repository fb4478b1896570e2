//! The sentiment model as users meet it: chosen by name or folder, shown, and tried on labelled sentences.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use newsprint_tests::{TestApp, repository};
use serde_json::{Value, json};

const BOTH_WAYS: &str =
    "Small caps rallied to a record while megacap technology shares slid sharply.";

fn tone(answer: &Value) -> f64 {
    answer["positive"].as_f64().unwrap() - answer["negative"].as_f64().unwrap()
}

#[test]
fn a_sentence_is_good_of_one_target_and_bad_of_another() {
    let end = BOTH_WAYS.find(" rallied").unwrap();
    let lines = [
        json!({"id": 1, "text": BOTH_WAYS, "target": "small caps"}),
        json!({"id": 2, "text": BOTH_WAYS, "target": "Megacap technology"}),
        json!({"id": 3, "text": BOTH_WAYS, "target_start": 0, "target_end": end}),
        json!({"id": 4, "text": BOTH_WAYS}),
    ];
    let answers = TestApp::new().probe(&["sentiment"], &lines);
    assert!(
        tone(&answers[0]) > 0.5 && tone(&answers[1]) < -0.5,
        "{answers:?}"
    );
    assert_eq!(
        tone(&answers[0]),
        tone(&answers[2]),
        "the same words, found or given"
    );
    assert!(tone(&answers[3]) < tone(&answers[0]) && tone(&answers[3]) > tone(&answers[1]));
}

#[test]
fn offsets_that_enclose_no_words_are_an_error_of_their_line() {
    let lines = [
        json!({"id": 1, "text": "Élan rose", "target_start": 1, "target_end": 4}),
        json!({"id": 2, "text": "Élan rose", "target_start": 0, "target_end": 5}),
        json!({"id": 3, "text": "Gold fell", "target": "gold"}),
        json!({"id": 4, "text": "G\u{ad}old\u{200b} fell", "target": "gold"}),
    ];
    let answers = TestApp::new().probe(&["sentiment"], &lines);
    assert!(
        answers[0]["error"]
            .as_str()
            .unwrap()
            .contains("enclose no words")
    );
    assert!(answers[1].get("error").is_none());
    assert_eq!(
        answers[2]["positive"], answers[3]["positive"],
        "hidden characters hide no target"
    );
}

#[test]
fn hostile_sentences_get_a_distribution_and_hidden_characters_change_nothing() {
    let mut texts = vec![
        String::new(),
        "x".repeat(1 << 20),
        "😀🚀".repeat(500),
        "\u{202e}שלום\u{200f} مرحبا".into(),
        "\u{0}\u{1}\u{7f}\u{1b}[31m".into(),
        "Profit fell sharply and the shares plunged.".into(),
        "Pro\u{ad}fit f\u{200b}ell shar\u{2060}ply\u{202e} and the\u{0} shares plu\u{fe0f}nged.\u{feff}".into(),
    ];
    texts.extend((0..2_000).map(|n| format!("Profit rose to {n} million.")));
    let lines: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(id, text)| json!({"id": id, "text": text}))
        .collect();
    let answers = TestApp::new().probe(&["sentiment"], &lines);
    assert_eq!(answers.len(), texts.len());
    for answer in &answers {
        let total: f64 = ["negative", "neutral", "positive"]
            .iter()
            .map(|label| answer[*label].as_f64().unwrap())
            .sum();
        assert!((total - 1.0).abs() < 1e-9, "{answer}");
    }
    assert_eq!(tone(&answers[5]), tone(&answers[6]));
}

#[test]
fn eval_scores_a_file_and_names_the_rows_that_it_cannot_use() {
    let app = TestApp::new();
    app.write(
        "labelled.csv",
        "label,text,entity\n\
         positive,Small caps rallied to a record while megacap technology shares slid sharply.,Small caps\n\
         negative,Small caps rallied to a record while megacap technology shares slid sharply.,megacap technology\n\
         neutral,The company will report on Tuesday,company\n\
         bullish,Shares rose,Shares\n",
    );
    let arguments = ["model", "eval", "labelled.csv", "--target-column", "entity"];
    let output = app.run(&[&arguments[..], &["--format", "json"]].concat());
    let output = output.expect_code(3);
    assert!(
        output.stderr.contains("line 5: \"bullish\" is no label"),
        "{}",
        output.stderr
    );
    let scores: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(scores["n"], 3);
    assert_eq!(scores["disagreeing_texts"], 1);
    assert_eq!(scores["disagreeing_all_right"], 1);
    assert_eq!(scores["accuracy"], 1.0);
    assert_eq!(scores["confusion"]["neutral"]["neutral"], 1);
    assert!(scores["sentences_per_second"].as_f64().unwrap() > 0.0);
    let shown = app.run(&arguments).expect_code(3).stdout;
    assert!(
        shown.contains("accuracy 1.000") && shown.contains("as neutral"),
        "{shown}"
    );

    app.write("unlabelled.csv", "text\nShares rose\n");
    let refused = app
        .run(&["model", "eval", "unlabelled.csv"])
        .expect_code(2)
        .stderr;
    assert!(refused.contains("no column \"label\""), "{refused}");
    let missing = app
        .run(&["model", "eval", "nowhere.csv"])
        .expect_code(1)
        .stderr;
    assert!(missing.contains("nowhere.csv"), "{missing}");
}

#[test]
fn a_model_is_chosen_by_name_or_folder_and_shown_with_its_data_and_hashes() {
    let app = TestApp::new();
    let info = |model: &str| {
        app.run(&["--model", model, "model", "info"])
            .expect_code(0)
            .stdout
    };
    for model in ["full", "permissive"] {
        let shown = info(model);
        let folder = repository().join("models").join(model);
        assert_eq!(shown, info(&folder.display().to_string()).as_str());
        for part in [
            "sentfin_entity (MIT)",
            "SHA-256 of model.safetensors",
            "calibration: softmax",
            "licence",
        ] {
            assert!(shown.contains(part), "{model}: {part}");
        }
        assert_eq!(shown.contains("fpb (CC BY-NC-SA 3.0)"), model == "full");
    }
    assert!(info("lexicon").contains("lists of words"));
    let refused = app
        .run(&["--model", "bert", "model", "info"])
        .expect_code(2)
        .stderr;
    assert!(refused.contains("there is no model \"bert\""), "{refused}");
    let missing = app
        .run(&["--model", "./nowhere", "model", "info"])
        .expect_code(1)
        .stderr;
    assert!(
        missing.contains("./nowhere") && missing.contains("card.json"),
        "{missing}"
    );
}

#[test]
fn a_trained_model_is_unpacked_for_other_tools() {
    let app = TestApp::new();
    app.run(&["model", "unpack", "unpacked"]).expect_code(0);
    let config = |reading: &str| -> Value {
        serde_json::from_str(&app.read(&format!("unpacked/{reading}/config.json"))).unwrap()
    };
    let [sentence, target] = ["sentence", "target"].map(config);
    assert_eq!(sentence["model_type"], "bert");
    assert_eq!(target["id2label"]["0"], "negative");
    let layers = |config: &Value| config["num_hidden_layers"].as_u64().unwrap();
    assert!(layers(&sentence) < layers(&target));
    std::fs::remove_dir_all(app.path().join("unpacked/sentence")).unwrap();
    let refused = app.run(&["model", "unpack", "unpacked"]).expect_code(1);
    assert!(refused.stderr.contains("exists: name another folder"));
    assert!(!app.path().join("unpacked/sentence").exists());
    let refused = app
        .run(&["--model", "lexicon", "model", "unpack", "x"])
        .expect_code(2)
        .stderr;
    assert!(refused.contains("only trained models"), "{refused}");
}
