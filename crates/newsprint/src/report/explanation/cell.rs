//! How a cell of a table is named on the command line.

use std::fmt;

use chrono::NaiveDate;
use newsprint_study::returns::Window;

/// Tables of one number per session, theme and index.
const BY_SESSION: [&str; 1] = ["theme_day"];

/// Tables of one line per theme, index and window: all of them rest on the same observations.
const BY_WINDOW: [&str; 7] = [
    "returns",
    "ic",
    "quantiles",
    "regression",
    "hit_rate",
    "lead_lag",
    "granger",
];

/// How cells are written.
pub(super) const SYNTAX: &str = "write theme_day:2024-07-17/small_caps/RUT (session, theme, index) or returns:small_caps/RUT/fwd_c2c_1 (theme, index, window), \
     which @2024-07-17 may follow";

/// A cell by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CellName {
    pub(super) table: &'static str,
    pub(super) theme: String,
    pub(super) index: String,
    pub(super) place: Place,
}

/// Which cell of a theme and an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// That of a session.
    Session(NaiveDate),
    /// That of a window over all sessions.
    Window(Window),
    /// Of the observations over a window that of one session.
    Observation(Window, NaiveDate),
}

impl CellName {
    /// Reads a name; an error says what is wrong with it, and how names are written.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wrong = |problem: String| format!("\"{text}\" is no cell: {problem}; {SYNTAX}");
        let (table, rest) = text
            .split_once(':')
            .ok_or_else(|| wrong("it names no table before a colon".into()))?;
        let table = table.trim().replace('-', "_");
        let is_named = |known: &&&str| **known == table;
        if let Some(table) = BY_SESSION.iter().find(is_named) {
            return Self::of_session(table, rest).map_err(wrong);
        }
        match BY_WINDOW.iter().find(is_named) {
            Some(table) => Self::of_window(table, rest).map_err(wrong),
            None => {
                let known = [&BY_SESSION[..], &BY_WINDOW].concat().join(", ");
                Err(wrong(format!(
                    "there is no table \"{table}\" that can be explained (there are {known})"
                )))
            }
        }
    }

    fn of_session(table: &'static str, rest: &str) -> Result<Self, String> {
        let [session, theme, index] = three(rest)?;
        Ok(Self {
            table,
            theme,
            index,
            place: Place::Session(day(&session)?),
        })
    }

    fn of_window(table: &'static str, rest: &str) -> Result<Self, String> {
        let (rest, session) = match rest.split_once('@') {
            Some((rest, session)) => (rest, Some(day(session)?)),
            None => (rest, None),
        };
        let [theme, index, window] = three(rest)?;
        let window = read_window(&window)?;
        let place = session.map_or(Place::Window(window), |session| {
            Place::Observation(window, session)
        });
        Ok(Self {
            table,
            theme,
            index,
            place,
        })
    }

    /// The one session that it names, where it does.
    pub(super) fn session(&self) -> Option<NaiveDate> {
        match self.place {
            Place::Session(session) | Place::Observation(_, session) => Some(session),
            Place::Window(_) => None,
        }
    }
}

impl fmt::Display for CellName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            table,
            theme,
            index,
            place,
        } = self;
        match place {
            Place::Session(session) => write!(formatter, "{table}:{session}/{theme}/{index}"),
            Place::Window(window) => write!(formatter, "{table}:{theme}/{index}/{window}"),
            Place::Observation(window, session) => {
                write!(formatter, "{table}:{theme}/{index}/{window}@{session}")
            }
        }
    }
}

fn three(text: &str) -> Result<[String; 3], String> {
    let parts: Vec<String> = text.split('/').map(|part| part.trim().into()).collect();
    let n_parts = parts.len();
    let parts: Result<[String; 3], _> = parts.try_into();
    parts.map_err(|_| format!("three names belong after the colon, and there are {n_parts}"))
}

fn day(text: &str) -> Result<NaiveDate, String> {
    let text = text.trim();
    text.parse()
        .map_err(|_| format!("\"{text}\" is no session (a date)"))
}

/// Reads what [`Window`] is printed as.
fn read_window(text: &str) -> Result<Window, String> {
    if text == Window::Reaction.to_string() {
        return Ok(Window::Reaction);
    }
    let horizon = text
        .strip_prefix("fwd_c2c_")
        .and_then(|horizon| horizon.parse().ok());
    match horizon.map(Window::Forward) {
        Some(window) if window.length() > 0 && window.to_string() == text => Ok(window),
        _ => Err(format!(
            "\"{text}\" is no window (c2c_0, fwd_c2c_1, fwd_c2c_5 …)"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_printed_again() {
        for text in [
            "theme_day:2024-07-17/small_caps/RUT",
            "returns:small_caps/RUT/fwd_c2c_1",
            "returns:any/GSPC/c2c_0@2024-07-17",
            "ic:small_caps/RUT/fwd_c2c_21",
            "granger:small_caps/RUT/fwd_c2c_5@2024-07-17",
        ] {
            assert_eq!(CellName::parse(text).unwrap().to_string(), text);
        }
        let hyphen = CellName::parse("theme-day:2024-07-17/small_caps/RUT").unwrap();
        assert_eq!(hyphen.to_string(), "theme_day:2024-07-17/small_caps/RUT");
    }

    #[test]
    fn what_is_no_cell_is_refused_with_what_is_wrong_and_the_syntax() {
        for (text, problem) in [
            ("small_caps", "it names no table before a colon"),
            (
                "articles:2024-07-17/x/RUT",
                "there is no table \"articles\"",
            ),
            ("theme_day:2024-07-17/RUT", "there are 2"),
            (
                "theme_day:small_caps/RUT/2024-07-17",
                "\"small_caps\" is no session",
            ),
            ("theme_day:2024-02-30/x/RUT", "\"2024-02-30\" is no session"),
            ("returns:x/RUT/fwd_c2c_0", "\"fwd_c2c_0\" is no window"),
            ("returns:x/RUT/fwd_c2c_01", "\"fwd_c2c_01\" is no window"),
            ("returns:x/RUT/c2c_0@", "\"\" is no session"),
            ("returns:x/RUT/fwd_c2c_99999999", "is no window"),
            ("", "it names no table"),
        ] {
            let error = CellName::parse(text).unwrap_err();
            assert!(error.contains(problem), "{text}: {error}");
            assert!(error.ends_with(SYNTAX), "{text}: {error}");
        }
    }
}
