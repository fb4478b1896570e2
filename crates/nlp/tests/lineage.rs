//! Lineage of texts of any kind: what is certain of identical, empty, foreign, damaged and very long ones.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use newsprint_nlp::error::NlpError;
use newsprint_nlp::lineage::{Likeness, fingerprint, likeness};
use proptest::prelude::*;

const STORY: &str = "Kestrel Mills said on Tuesday that it would close its plant in Halden, where 417 people work, after orders for newsprint \
    fell 23.6% in a year. “We held on for as long as the bank let us,” chief executive Dora Lindqvist told staff. The company, \
    which had sales of 1.2 billion crowns in 2023, will write down 310 million crowns and move two machines to Tampere by March.";

const OTHER_STORY: &str = "Shares of Aldgate Insurance rose 4.1% in London after the insurer raised its dividend to 13.5 pence and said that claims \
    for storm damage had come to 88 million pounds, less than analysts had feared. “Reserves are strong enough for two such winters,” \
    finance director Piers Okafor said. Rivals Thames Mutual and Northgate Life gained 1.8% and 2.2%.";

fn compared(one: &str, other: &str) -> Option<Likeness> {
    let (one, other) = (fingerprint("", one), fingerprint("", other));
    likeness(one.sketch(), other.sketch()).unwrap()
}

fn share_band(one: &str, other: &str) -> bool {
    let (one, other) = (fingerprint("", one), fingerprint("", other));
    one.bands().iter().any(|band| other.bands().contains(band))
}

#[test]
fn a_copy_is_derived_and_another_story_is_not() {
    let copy = compared(STORY, STORY).unwrap();
    assert!(copy.score > 990_000, "{copy:?}");
    assert_eq!(
        copy.evidence,
        "100 % of phrases, 9 quoted phrases, 4 rare numbers, 5 names"
    );
    assert_eq!(compared(STORY, OTHER_STORY), None);
    assert!(share_band(STORY, STORY) && !share_band(STORY, OTHER_STORY));
}

#[test]
fn a_copy_is_found_within_a_round_up_of_twenty_stories() {
    let others: String = (0..20).map(|story| format!("Item {story} of {story}{story}7 votes in Ward {story}x was put off. It is said to cost {story}{story}.{story}5 million.\n")).collect();
    let round_up = format!("{others}{STORY}\n{others}");
    assert!(compared(STORY, &round_up).is_some());
}

#[test]
fn the_same_facts_in_other_words_are_derived() {
    let rewrite = "Workers at the Halden plant of Kestrel Mills learnt this week that their 417 jobs will go. “We held on for as long as the bank \
        let us,” boss Dora Lindqvist said. Demand for newsprint is down 23.6 per cent. Kestrel takes a charge of 310m crowns, against turnover of \
        1.2bn, and will ship two of the machines to Tampere.";
    let found = compared(STORY, rewrite).unwrap();
    assert!(found.evidence.contains("4 rare numbers"), "{found:?}");
    assert!(share_band(STORY, rewrite));
}

#[test]
fn the_same_template_with_other_facts_is_another_story() {
    let report = |index: &str, level: &str, change: &str, best: &str| {
        format!(
            "{index} shares closed higher on Tuesday. The benchmark gained {change}% to {level} points. The best performer was {best}. Volume was in line with its average."
        )
    };
    let one = report("Oslo", "1,412.66", "0.84", "Kestrel Mills");
    let other = report("Lisbon", "6,730.12", "1.27", "Banco Tejo");
    assert_eq!(compared(&one, &other), None);
}

#[test]
fn there_is_no_likeness_in_nothing_or_in_a_word() {
    for text in ["", " \n", "Markets", "!?", "7", "“", "\""] {
        assert_eq!(compared(text, text), None, "{text:?}");
        assert_eq!(compared(text, STORY), None, "{text:?}");
    }
    assert!(fingerprint("", "").bands().is_empty());
}

#[test]
fn copies_are_found_in_other_scripts() {
    for text in [
        "日本銀行は十二日の金融政策決定会合で、政策金利を引き上げることを決めた。植田総裁は記者会見で、賃金と物価の好循環が確認されたと述べた。",
        "Центральный банк повысил ключевую ставку на заседании в пятницу, сославшись на ускорение инфляции и ослабление рубля, сообщила пресс-служба регулятора вечером.",
        "رفع البنك المركزي سعر الفائدة في اجتماعه يوم الخميس، مشيرا إلى ارتفاع معدل التضخم وتراجع قيمة العملة المحلية أمام الدولار خلال الأشهر الماضية.",
    ] {
        assert!(compared(text, text).is_some(), "{text}");
        assert!(share_band(text, text), "{text}");
        assert_eq!(compared(text, STORY), None, "{text}");
    }
}

#[test]
fn a_sketch_of_another_version_says_so() {
    let mut sketch = fingerprint("", STORY).sketch().to_vec();
    sketch[0] += 1;
    let problem = likeness(&sketch, &sketch).unwrap_err().to_string();
    assert_eq!(
        problem,
        "compare a sketch: it is of version 2, not 1: make it anew"
    );
}

#[test]
fn a_text_of_a_megabyte_takes_no_longer_than_what_is_read_of_it() {
    for unit in [
        "Kestrel fell 23.6% to 1,412. ",
        "\"",
        "a",
        "“x",
        "9",
        "9,999",
        "A.",
        "é\u{301}",
        "\u{ad}",
    ] {
        let text = unit.repeat(1_000_000 / unit.len());
        let began = Instant::now();
        let print = fingerprint(&text, &text);
        assert!(began.elapsed() < Duration::from_secs(1), "{unit:?}");
        assert!(print.sketch().len() <= 1_500 && print.bands().len() <= 32);
    }
    let end = format!("{}{OTHER_STORY}", STORY.repeat(100));
    assert_eq!(fingerprint("", &end), fingerprint("", &STORY.repeat(100)));
}

/// Sentences of a few words and numbers, so that two of them share some.
const SENTENCES: &str =
    "((Kestrel|Halden|fell|rose|shares|417|23.6%|of|the|“|”|\n|\\.) ?){0,60}|\\PC{0,120}";

proptest! {
    #[test]
    fn likeness_is_symmetrical_and_a_text_is_its_own_copy(title in "\\PC{0,20}", one in SENTENCES, other in SENTENCES) {
        let (one, other) = (fingerprint(&title, &one), fingerprint("", &other));
        let found = likeness(one.sketch(), other.sketch()).unwrap();
        prop_assert_eq!(&found, &likeness(other.sketch(), one.sketch()).unwrap());
        let score = |found: Option<Likeness>| found.map_or(0, |found| found.score);
        prop_assert!(score(found) <= score(likeness(one.sketch(), one.sketch()).unwrap()).max(score(likeness(other.sketch(), other.sketch()).unwrap())));
    }

    #[test]
    fn a_damaged_sketch_is_an_error(at in 0..400_usize, bit in 0..8, cut in 0..400_usize) {
        let whole = fingerprint("", STORY).sketch().to_vec();
        let mut flipped = whole.clone();
        let at = at % flipped.len();
        flipped[at] ^= 1_u8 << bit;
        for damaged in [&flipped[..], &whole[..cut % whole.len()], &[&whole[..], &[0]].concat()] {
            let result = likeness(damaged, &whole);
            prop_assert!(matches!(result, Err(NlpError::Sketch { .. })), "{:?}", result);
        }
    }

    #[test]
    fn any_bytes_are_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(likeness(&bytes, fingerprint("", STORY).sketch()).is_err());
    }
}
