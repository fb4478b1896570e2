//! Why a cell is empty: no news, kept out, or nothing known. Never a zero.

use chrono::{DateTime, NaiveDate, Utc};
use newsprint_store::{ANY_THEME, CellAsked, RunKey, Store};

use super::super::cells::Cells;
use super::super::{Selection, coverage};
use crate::context::Context;

/// An empty cell.
#[derive(Debug)]
pub(super) struct Absence {
    /// Why, in a word or three.
    pub(super) reading: &'static str,
    /// Why, in sentences.
    pub(super) told: Vec<String>,
    pub(super) notes: Vec<String>,
}

/// Why nothing is in the cell as of then; `run` is the one shown.
pub(super) async fn absence(
    context: &Context,
    store: &Store,
    selection: &Selection,
    (run, asked): (Option<RunKey>, &CellAsked),
    notes: Vec<String>,
) -> anyhow::Result<Absence> {
    let Some(run) = run else {
        return Ok(Absence {
            reading: "nothing tagged",
            told: vec!["empty: nothing had been tagged then, so nothing is known of it".into()],
            notes,
        });
    };
    let as_of = selection.as_of;
    let n_left_out = store.cell_parts(run, as_of, asked).await?.len();
    if n_left_out > 0 {
        return Ok(Absence {
            reading: "left out",
            told: vec![format!(
                "empty: {} left out by --no-retrospective, older than the definition of {}",
                articles(n_left_out, "is", "are"),
                asked.theme
            )],
            notes,
        });
    }
    let n_tagged = store.session_articles(run, as_of, asked).await?;
    let seen = (asked.from, asked.before.min(as_of.instant));
    let (reading, counts) = match seen.0 < seen.1 {
        true => coverage::summary(store, seen, as_of.instant).await?,
        false => ("not over yet", "the session had not begun".into()),
    };
    let is_open = as_of.instant < asked.before;
    let (reading, why) = why(reading, n_tagged, is_open);
    let none = match asked.theme.as_str() {
        ANY_THEME => format!("none of them names {}", asked.index),
        theme => format!("none of them carries {theme} and speaks of {}", asked.index),
    };
    let found = match n_tagged {
        0 => "no tagged article belongs to this session".to_owned(),
        n => format!(
            "{} tagged in this session, and {none}",
            articles(usize::try_from(n).unwrap_or_default(), "is", "are")
        ),
    };
    let mut told = vec![
        format!("empty, which is no zero: {found}"),
        format!("{reading}: {why}"),
        format!("{} to {}: {counts}", shown(seen.0), shown(seen.1)),
    ];
    told.extend(nearest(context, store, selection, asked).await?);
    Ok(Absence {
        reading,
        told,
        notes,
    })
}

/// The nearest sessions that have the cell.
async fn nearest(
    context: &Context,
    store: &Store,
    selection: &Selection,
    asked: &CellAsked,
) -> anyhow::Result<Option<String>> {
    let all = Selection {
        from: None,
        to: None,
        ..selection.clone()
    };
    let cells = Cells::read(context, store, &all).await?;
    let sessions: Vec<NaiveDate> = cells.by(|row| row.session).into_keys().collect();
    let place = sessions.partition_point(|session| *session < asked.session);
    let before = place.checked_sub(1).and_then(|place| sessions.get(place));
    let nearest = before.into_iter().chain(sessions.get(place));
    let nearest: Vec<String> = nearest.map(ToString::to_string).collect();
    Ok((!nearest.is_empty()).then(|| {
        let nearest = nearest.join(" and ");
        format!("nearest sessions that have this cell: {nearest}")
    }))
}

/// The reading of an empty cell by that of the hours of its session, and what follows from it.
fn why(hours: &'static str, n_tagged: i64, is_open: bool) -> (&'static str, &'static str) {
    match hours {
        _ if is_open => (
            "not over yet",
            "the session had not closed then, and news of it may still come",
        ),
        "blocked" | "news in part" => (
            "blocked",
            "sources or pages were kept out or failed, and what would be in this cell may be among them",
        ),
        "failing" => (
            "failing",
            "sources or pages could not be read, and what would be in this cell may be among them",
        ),
        "pending" => (
            "pending",
            "pages that sources named have not been asked for yet",
        ),
        "news" | "no news" => ("no news", "the sources were read, and said nothing of it"),
        _ if n_tagged > 0 => (
            "no news",
            "the articles that were loaded say nothing of it; no source was asked in that time",
        ),
        _ => (
            "not asked",
            "no source was read in that time, so that nothing is known of it",
        ),
    }
}

/// "1 article is", "3 articles are".
fn articles(n: usize, one: &str, several: &str) -> String {
    match n {
        1 => format!("1 article {one}"),
        n => format!("{n} articles {several}"),
    }
}

fn shown(instant: DateTime<Utc>) -> impl std::fmt::Display {
    instant.format("%Y-%m-%d %H:%M UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_cell_is_no_news_only_where_somebody_looked() {
        for (hours, n_tagged, is_open, expected) in [
            ("no news", 0, false, "no news"),
            ("news", 9, false, "no news"),
            ("news in part", 9, false, "blocked"),
            ("blocked", 0, false, "blocked"),
            ("failing", 3, false, "failing"),
            ("not asked", 3, false, "no news"),
            ("not asked", 0, false, "not asked"),
            ("no news", 0, true, "not over yet"),
        ] {
            assert_eq!(why(hours, n_tagged, is_open).0, expected, "{hours}");
        }
    }
}
