//! A cell of tone and its articles as text.

use anstyle::Style;
use chrono::{DateTime, Utc};
use newsprint_store::{ANY_THEME, CellPart, CellSums, Particulars};

use super::super::cells::Weight;
use super::super::theme_day::{COLUMNS, summary};
use super::sentences::{Carried, carried};
use super::tone::ToneCell;
use crate::highlight::{highlighted, style_of};
use crate::table::printable;
use crate::wrapping::{width, wrapped};

/// The whole cell, from its definition down to the sentences.
pub(super) fn shown(cell: &ToneCell<'_>) -> String {
    let mut text = definition(cell) + "\n" + &numbers(cell) + "\n" + &rule(cell);
    for (place, particulars) in &cell.shown {
        text += "\n";
        text += &article(cell, *place, particulars);
    }
    text + &left_out(cell)
}

fn definition(cell: &ToneCell<'_>) -> String {
    let subject = cell.subject;
    let (theme, index, exchange) = (subject.theme, &subject.index.id, subject.exchange);
    let once = match cell.weight {
        Weight::Story => "stories (articles that follow no earlier one)",
        Weight::Article => "articles",
    };
    let (sentences, whose) = match theme {
        ANY_THEME => (format!("name {index}"), format!("that name {index}")),
        _ => (
            format!("carry {theme}"),
            format!("that carry {theme} and name {index}, or whose theme is linked to it,"),
        ),
    };
    wrapped(
        "  ",
        &format!(
            "mean tone over {once} of their sentences that {sentences}: of articles {whose} and whose first session on {exchange} \
             is {}; tone = p_positive − p_negative, and in its mean a sentence counts 3 times in the title, twice in the lead, else once, \
             for each mention",
            cell.session.date
        ),
    )
}

/// The row of `report theme-day`, and how its mean comes about.
fn numbers(cell: &ToneCell<'_>) -> String {
    let cells = summary(&cell.sums, cell.weight);
    let names = COLUMNS.iter().skip(COLUMNS.len() - cells.len());
    let columns = names.zip(&cells).map(|(name, cell)| {
        let shown = cell.shown();
        let wide = width(name).max(width(&shown));
        (format!("{name:>wide$}"), format!("{shown:>wide$}"))
    });
    let (header, row): (Vec<String>, Vec<String>) = columns.unzip();
    let (header, row) = (header.join(" "), row.join(" "));
    let counted = cell.counted();
    let what = match (cell.weight, counted.n_tones) {
        (Weight::Story, 1) => "story",
        (Weight::Story, _) => "stories",
        (Weight::Article, 1) => "article",
        (Weight::Article, _) => "articles",
    };
    let sum = match counted.mean() {
        Some(mean) => format!(
            "mean_tone = {} / {} {what} = {mean:+.6}",
            millionths(counted.sum),
            counted.n_tones
        ),
        None => {
            format!(
                "mean_tone: none, since all its articles are echoes: it has no {what} of its own"
            )
        }
    };
    format!("  {header}\n  {row}\n  {sum}\n")
}

/// The session, and the rule by which articles belong to it.
fn rule(cell: &ToneCell<'_>) -> String {
    let (calendar, session) = (cell.subject.calendar, cell.session);
    let local = |instant: DateTime<Utc>| instant.with_timezone(&calendar.zone()).format("%H:%M");
    let hours = format!(
        "{} of {} ({}): open {} to {} UTC, {} to {} there; calendar {}",
        session.date,
        calendar.exchange(),
        calendar.zone(),
        session.open.format("%H:%M"),
        session.close.format("%H:%M"),
        local(session.open),
        local(session.close),
        calendar.version()
    );
    let from = cell
        .base_close
        .map_or(String::new(), |close| format!("{} ≤ ", instant(close)));
    let rule = format!(
        "the first session whose close is after available_at: {from}available_at < {} UTC",
        instant(session.close)
    );
    wrapped("  session  ", &hours) + &wrapped("  rule     ", &rule)
}

fn article(cell: &ToneCell<'_>, place: usize, read: &Particulars) -> String {
    let part = &cell.parts[place];
    let view = &read.view;
    let bold = Style::new().bold();
    let title = match read.removed_at {
        Some(at) => format!("(removed on request, {} UTC)", instant(at)),
        None => format!("{bold}{}{bold:#}", printable(&view.title)),
    };
    let number = format!("{:>3}  ", place + 1);
    let line = |name: &str, text: &str| wrapped(&format!("     {name:<10} "), text);
    let mut text = wrapped(&number, &title);
    text += &line(
        "from",
        &format!(
            "{}  {}",
            printable(&view.publisher),
            printable(&view.address)
        ),
    );
    text += &line("available", &available(cell, part, read));
    text += &line("story", &story(read));
    text += &line("counts", &counts(cell, part));
    text += &line("index", &linkage(cell, part));
    if part.retrospective {
        let hindsight = format!(
            "retrospective: it is older than the definition of {}",
            cell.subject.theme
        );
        text += &line("hindsight", &hindsight);
    }
    text + &sentences(cell, part, read)
}

fn available(cell: &ToneCell<'_>, part: &CellPart, read: &Particulars) -> String {
    let assigned = &read.assignment;
    let alignment = format!(
        "{} UTC, {}: after the close of {}, before that of {} ({} UTC)",
        instant(part.available_at),
        assigned.phase,
        assigned.base_close_session,
        cell.session.date,
        instant(assigned.reaction_close)
    );
    let is_reconstructed = part.sums.n_reconstructed > 0;
    let reconstructed = is_reconstructed.then(|| "reconstructed from the publication time".into());
    let published = read.view.published_stated.as_ref().map(|stated| {
        let found_in = read.view.published_found_in.as_deref().unwrap_or("nowhere");
        format!("published {} ({})", printable(stated), printable(found_in))
    });
    let is_other = assigned.calendar_version != cell.subject.calendar.version();
    let other = is_other.then(|| format!("by another calendar, {}", assigned.calendar_version));
    let told = [Some(alignment), reconstructed, published, other];
    told.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn story(read: &Particulars) -> String {
    if let Some(origin) = &read.follows {
        return format!(
            "echo of {} ({}), {:.0}% sure: {}",
            printable(&origin.address),
            printable(&origin.publisher),
            f64::from(origin.likeness) / 1e4,
            printable(&origin.evidence)
        );
    }
    match read.n_followers {
        0 => "origin; nobody follows it".into(),
        1 => "origin; 1 article follows it".into(),
        n => format!("origin; {n} articles follow it"),
    }
}

fn counts(cell: &ToneCell<'_>, part: &CellPart) -> String {
    let tone = millionths(part.sums.articles.sum);
    let counted = match (cell.weight, part.sums.stories.n_tones) {
        (Weight::Article, _) => format!("tone {tone}, 1 article"),
        (Weight::Story, 0) => format!("tone {tone}, 0 stories: an echo adds nothing to mean_tone"),
        (Weight::Story, _) => format!("tone {tone}, 1 story"),
    };
    match part.sums.stances.mean() {
        Some(stance) => format!("{counted}; stance {stance:+.2}"),
        None => counted,
    }
}

/// Why the article counts for the index.
fn linkage(cell: &ToneCell<'_>, part: &CellPart) -> String {
    let (theme, index) = (cell.subject.theme, &cell.subject.index.id);
    match (part.names_index, part.is_linked) {
        (true, true) => format!("names {index}, to which {theme} is linked by definition as well"),
        (true, false) => format!("names {index}"),
        (false, _) => format!("does not name {index}: {theme} is linked to it by definition"),
    }
}

fn sentences(cell: &ToneCell<'_>, part: &CellPart, read: &Particulars) -> String {
    if read.removed_at.is_some() {
        return "     its words are gone; what was counted of them stays\n".into();
    }
    let found = carried(cell.subject, part, read);
    let sentences = found.sentences.iter();
    let mut text: String = sentences.map(|one| sentence(cell, read, one)).collect();
    if !found.adds_up {
        text += "     how these were weighed into the tone is not known: another version of newsprint tagged them\n";
    }
    text
}

fn sentence(cell: &ToneCell<'_>, read: &Particulars, carried: &Carried<'_>) -> String {
    let dimmed = Style::new().dimmed();
    let tone = carried.sentiment.tone();
    let style = style_of(tone);
    let index = cell.subject.index.id.as_str();
    let of_cell = read.view.evidence.iter().filter(|row| {
        let is_theme = !row.is_index && row.id == cell.subject.theme;
        let is_subject = is_theme || (row.is_index && row.id == index);
        is_subject && carried.sentence.holds(row.part, row.span)
    });
    let words = highlighted(&read.view, carried.sentence, &of_cell.collect::<Vec<_>>());
    let told = carried.told();
    wrapped(&format!("     {style}{tone}{style:#}  "), &words)
        + &wrapped("            ", &format!("{dimmed}{told}{dimmed:#}"))
}

/// What is not shown, and what it adds.
fn left_out(cell: &ToneCell<'_>) -> String {
    let left_out: CellSums = cell.left_out();
    let n = left_out.articles.n_tones;
    if n == 0 {
        return String::new();
    }
    let counted = cell.weight.of(&left_out);
    let all = cell.parts.len();
    "\n".to_owned()
        + &wrapped(
            "     ",
            &format!(
                "{n} of {all} articles are left out, those whose tones count least: {} of them count, with {} in sum; \
                 --limit {all} shows all",
                counted.n_tones,
                millionths(counted.sum)
            ),
        )
}

/// Millionths as a number with all its decimals.
pub(super) fn millionths(value: i64) -> String {
    let sign = if value < 0 { '-' } else { '+' };
    let size = value.unsigned_abs();
    format!("{sign}{}.{:06}", size / 1_000_000, size % 1_000_000)
}

pub(super) fn instant(instant: DateTime<Utc>) -> String {
    instant.format("%Y-%m-%d %H:%M:%S").to_string()
}
