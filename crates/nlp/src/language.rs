//! Whether a document is in another language than English.

use unicode_normalization::UnicodeNormalization as _;
use whatlang::{Lang, Script};

use crate::tagger::Document;

/// Bytes of each part that are looked at.
const LOOKED_AT: usize = 4096;
/// Letters from which a language written in Latin letters can be told: a headline full of names looks like any of them.
const ENOUGH_LETTERS: usize = 120;

/// The language (ISO 639-3) of a document that surely is not in English; `None` where it is, or where nothing can be told.
pub(crate) fn foreign_language(document: &Document<'_>) -> Option<String> {
    let [title, text] = [document.title, document.text].map(beginning);
    // Letters of full width would be taken for Hangul.
    let both: String = format!("{title}\n{text}").nfkc().collect();
    let info = whatlang::detect(&both)?;
    let n_letters = both.chars().filter(|c| c.is_alphabetic()).count();
    let is_sure =
        info.script() != Script::Latin || (info.is_reliable() && n_letters >= ENOUGH_LETTERS);
    (is_sure && info.lang() != Lang::Eng).then(|| info.lang().code().to_owned())
}

fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(LOOKED_AT)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(text: &str) -> Option<String> {
        foreign_language(&Document { title: "", text })
    }

    #[test]
    fn other_languages_are_told_and_english_is_left_alone() {
        let german = "Die Zentralbank hat am Donnerstag ihre Leitzinsen gesenkt und weitere Schritte in Aussicht gestellt, sagte die \
                      Chefin der Bank am Abend in Frankfurt.";
        assert_eq!(language(german).as_deref(), Some("deu"));
        assert_eq!(language("日経平均は反発した。").as_deref(), Some("jpn"));
        let english = "The European Central Bank cut its key rates on Thursday and held out the prospect of more, its president told \
                       reporters in Frankfurt.";
        assert_eq!(language(english), None);
    }

    #[test]
    fn a_few_names_tell_nothing() {
        for text in [
            "Dow Jones -2%",
            "BHP, Rio Tinto, Santos",
            "DAX, CAC 40, Ibex",
            "",
            "3.5 %",
        ] {
            assert_eq!(language(text), None, "{text}");
        }
    }
}
