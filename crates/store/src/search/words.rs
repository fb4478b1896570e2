//! The words of a search. They come from people and from programs, and nothing of them but letters and digits reaches an engine.

use crate::sql::Engine;

/// Words and phrases that a search may have.
const MOST: usize = 64;

/// What is to be found and what is not to be, each one word or several in a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchWords {
    wanted: Vec<Vec<String>>,
    excluded: Vec<Vec<String>>,
}

/// Why nothing can be searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QueryProblem {
    /// There is no word, or none but those that are excluded.
    #[error("name a word to search for: at least one without - before it")]
    NoWord,
    /// There are too many.
    #[error("search for {MOST} words and phrases at most")]
    TooMany,
}

impl SearchWords {
    /// Reads arguments as a shell gives them: an argument with spaces is a phrase, unless it holds quotes or a word with `-` before it;
    /// then quotes make phrases, and `-` excludes what follows it.
    pub fn parse<S: AsRef<str>>(arguments: &[S]) -> Result<Self, QueryProblem> {
        let mut words = Self::default();
        for argument in arguments {
            let argument = argument.as_ref();
            let has_minus = argument
                .split_whitespace()
                .any(|word| word.starts_with('-'));
            match argument.contains('"') || has_minus {
                true => words.add_all(argument),
                false => words.add(argument, false),
            }
        }
        match words.wanted.len() + words.excluded.len() {
            _ if words.wanted.is_empty() => Err(QueryProblem::NoWord),
            n if n > MOST => Err(QueryProblem::TooMany),
            _ => Ok(words),
        }
    }

    fn add_all(&mut self, text: &str) {
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let after_minus = rest.strip_prefix('-');
            let is_excluded = after_minus.is_some();
            rest = after_minus.unwrap_or(rest);
            let (term, behind) = match rest.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
                None => {
                    let ends = |c: char| c.is_whitespace() || c == '"';
                    rest.split_at(rest.find(ends).unwrap_or(rest.len()))
                }
            };
            self.add(term, is_excluded);
            rest = behind.trim_start();
        }
    }

    /// Adds the letters and digits of a term; one that has none is nothing to look for.
    fn add(&mut self, term: &str, is_excluded: bool) {
        let words = term.split(|c: char| !c.is_alphanumeric());
        let words: Vec<String> = words
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        match words.is_empty() {
            true => {}
            false if is_excluded => self.excluded.push(words),
            false => self.wanted.push(words),
        }
    }

    /// What the engine is asked with: an FTS5 expression, or the terms of [`SearchWords::as_tsquery`].
    pub(super) fn value(&self, engine: Engine) -> String {
        match engine {
            Engine::Sqlite => self.as_fts5(),
            Engine::Postgres => {
                let terms = self.wanted.iter().chain(&self.excluded);
                let terms = terms.map(|words| [words.join(" ")]);
                serde_json::json!(terms.collect::<Vec<_>>()).to_string()
            }
        }
    }

    fn as_fts5(&self) -> String {
        let joined = |terms: &[Vec<String>], operator: &str| {
            let terms = terms.iter().map(|words| format!("\"{}\"", words.join(" ")));
            terms.collect::<Vec<_>>().join(operator)
        };
        let wanted = joined(&self.wanted, " AND ");
        match self.excluded.is_empty() {
            true => wanted,
            false => format!("({wanted}) NOT ({})", joined(&self.excluded, " OR ")),
        }
    }

    /// A `tsquery` of the terms in the JSON array $1.
    pub(super) fn as_tsquery(&self) -> String {
        let terms = (0..self.wanted.len() + self.excluded.len()).map(|place| {
            let not = if place < self.wanted.len() { "" } else { "!! " };
            format!(
                "{not}phraseto_tsquery('newsprint', search_words($1::jsonb #>> '{{{place},0}}'))"
            )
        });
        terms.collect::<Vec<_>>().join(" && ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_make_phrases_and_a_minus_excludes() {
        let check = |arguments: &[&str], expected: &str| {
            let words = SearchWords::parse(arguments).map(|words| words.as_fts5());
            assert_eq!(words.as_deref(), Ok(expected), "{arguments:?}");
        };
        check(&["rate", "cuts"], "\"rate\" AND \"cuts\"");
        check(&["rate cuts", "Fed"], "\"rate cuts\" AND \"Fed\"");
        check(
            &["\"rate cuts\" fed -tariffs -\"trade war\""],
            "(\"rate cuts\" AND \"fed\") NOT (\"tariffs\" OR \"trade war\")",
        );
        check(&["small-caps", "3.5%"], "\"small caps\" AND \"3 5\"");
        check(&["\"never closed"], "\"never closed\"");
        check(&["fed", "-tariffs"], "(\"fed\") NOT (\"tariffs\")");
    }

    #[test]
    fn nothing_but_letters_and_digits_reaches_the_engine() {
        let hostile = [
            "title:x OR y*",
            "NEAR(a b, 2)",
            "^a",
            "a\" OR \"b",
            "{title}: a + b",
            "a' | !b & c:*<->d",
            "\\",
            "\0x\u{1b}[31m",
        ];
        for text in hostile {
            let fts5 = SearchWords::parse(&[text])
                .map(|words| words.as_fts5())
                .unwrap_or_default();
            let outside: String = fts5.split('"').step_by(2).collect();
            assert!(
                outside
                    .split_whitespace()
                    .all(|word| ["AND", "NOT", "OR", "(", ")"].contains(&word)),
                "{fts5}"
            );
            let inside: String = fts5.split('"').skip(1).step_by(2).collect();
            assert!(
                inside.chars().all(|c| c.is_alphanumeric() || c == ' '),
                "{fts5}"
            );
        }
    }

    #[test]
    fn a_search_has_a_word_and_not_too_many() {
        assert_eq!(
            SearchWords::parse(&["-a", "!!", "\"\""]),
            Err(QueryProblem::NoWord)
        );
        assert_eq!(SearchWords::parse::<&str>(&[]), Err(QueryProblem::NoWord));
        assert_eq!(SearchWords::parse(&["a"; 65]), Err(QueryProblem::TooMany));
    }
}
