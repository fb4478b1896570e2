//! A sentence and its target, as a line of JSON or a row of CSV gives them.

use std::borrow::Cow;

use newsprint_domain::sentence::Span;
use newsprint_nlp::mention::with_target;
use newsprint_nlp::sentiment::Query;
use serde::Deserialize;

/// With `target_start` and `target_end` (bytes) the target stands there; else `target` is looked for, and put before a text
/// that does not name it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Asked {
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) target: Option<String>,
    #[serde(default)]
    pub(crate) target_start: Option<usize>,
    #[serde(default)]
    pub(crate) target_end: Option<usize>,
}

/// The text that the model reads, and where its target stands.
pub(crate) struct Marked<'a> {
    text: Cow<'a, str>,
    target: Option<Span>,
}

impl Asked {
    /// Finds the target. Errors say what is wrong with the offsets.
    pub(crate) fn marked(&self) -> Result<Marked<'_>, String> {
        let text = Cow::Borrowed(self.text.as_str());
        match (self.target_start, self.target_end, self.target.as_deref()) {
            (Some(start), Some(end), _) => {
                let span = Span { start, end };
                if span.of(&self.text).trim().is_empty() {
                    return Err(format!(
                        "target_start {start} and target_end {end} enclose no words of the text's {} bytes",
                        self.text.len()
                    ));
                }
                let target = Some(span);
                Ok(Marked { text, target })
            }
            (None, None, target) => {
                let found = target.and_then(|target| with_target(&self.text, target));
                let (text, target) = match found {
                    Some((text, span)) => (text, Some(span)),
                    None => (text, None),
                };
                Ok(Marked { text, target })
            }
            _ => Err("target_start and target_end belong together".into()),
        }
    }
}

impl Marked<'_> {
    pub(crate) fn query(&self) -> Query<'_> {
        Query {
            text: &self.text,
            target: self.target,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(target: Option<&str>, offsets: [Option<usize>; 2]) -> Result<String, String> {
        let asked = Asked {
            text: "Gold fell, gold miners rose".into(),
            target: target.map(str::to_owned),
            target_start: offsets[0],
            target_end: offsets[1],
        };
        let marked = asked.marked()?;
        let found = marked
            .target
            .map_or("nothing", |span| span.of(&marked.text));
        Ok(format!("{found} in {}", marked.text))
    }

    #[test]
    fn offsets_go_before_words_and_words_are_looked_for() {
        let none = [None, None];
        assert!(
            asked(Some("gold"), [Some(11), Some(22)])
                .unwrap()
                .starts_with("gold miners in")
        );
        assert!(
            asked(Some("gold"), none)
                .unwrap()
                .starts_with("Gold in Gold")
        );
        assert!(
            asked(Some("Oil"), none)
                .unwrap()
                .ends_with("in Oil: Gold fell, gold miners rose")
        );
        assert!(asked(None, none).unwrap().starts_with("nothing"));
        assert!(asked(Some("  "), none).unwrap().starts_with("nothing"));
    }

    #[test]
    fn offsets_that_enclose_no_words_are_refused() {
        for offsets in [
            [Some(4), Some(4)],
            [Some(5), Some(2)],
            [Some(0), Some(999)],
            [Some(4), Some(5)],
        ] {
            assert!(
                asked(None, offsets)
                    .unwrap_err()
                    .contains("enclose no words")
            );
        }
        assert!(
            asked(None, [Some(1), None])
                .unwrap_err()
                .contains("belong together")
        );
    }
}
