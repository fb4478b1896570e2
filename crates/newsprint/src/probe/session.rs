//! `probe session`: where an instant falls among an exchange's sessions.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use newsprint_domain::calendar::Calendar;
use newsprint_study::alignment::align;
use serde::Deserialize;
use serde_json::json;

use super::{Answer, fields};

#[derive(Deserialize)]
pub(super) struct Line {
    published_at: String,
}

pub(super) fn probe(calendar: &Calendar, line: &Line) -> Answer {
    let instant = instant(calendar, &line.published_at)?;
    let alignment = align(calendar, instant).map_err(|problem| {
        let last_day = calendar.last_day();
        format!(
            "{} is {problem} ({}, which ends on {last_day})",
            line.published_at,
            calendar.exchange()
        )
    })?;
    fields(json!({
        "reaction_session": alignment.reaction_session.to_string(),
        "base_close_session": alignment.base_close_session.to_string(),
        "entry_open_session": alignment.entry_open_session.to_string(),
        "phase": alignment.phase.as_str(),
        "reaction_close": alignment.reaction_close.to_rfc3339_opts(SecondsFormat::Secs, true),
    }))
}

/// An instant, or a date, of which the last second in the exchange's zone is taken: no publisher is known here.
fn instant(calendar: &Calendar, text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Ok(calendar.end_of_day(day));
    }
    let instant = DateTime::parse_from_rfc3339(text).map(|instant| instant.to_utc());
    instant.map_err(|_| format!("published_at \"{text}\" is neither RFC 3339 nor a date"))
}
