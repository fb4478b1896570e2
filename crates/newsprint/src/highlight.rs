//! Shows an article with its tags on the words they rest on.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use chrono::{DateTime, Utc};
use newsprint_domain::sentence::{Part, Sentence, Span};
use newsprint_domain::sentiment::Tone;
use newsprint_store::{ArticleView, EvidenceRow};

use crate::table::printable;

/// Tones nearer to zero than this are shown without colour.
const PALE: f64 = 0.2;

/// The whole article, a sentence a line with its tone; what was found in it stands below.
pub(crate) fn article(view: &ArticleView) -> String {
    let mut lines = vec![heading(view)];
    for (sentence, sentiment) in &view.sentences {
        let found: Vec<&EvidenceRow> = view
            .evidence
            .iter()
            .filter(|row| sentence.holds(row.part, row.span))
            .collect();
        lines.push(sentence_line(view, sentence, sentiment.tone(), &found));
        if !found.is_empty() {
            lines.push(format!("            {}", findings(view, sentence, &found)));
        }
    }
    lines.join("\n") + "\n"
}

fn heading(view: &ArticleView) -> String {
    let bold = Style::new().bold();
    let stated = view
        .published_stated
        .as_deref()
        .unwrap_or("no publication time");
    let place = view.published_found_in.as_deref().unwrap_or("nowhere");
    let (publisher, title) = (&view.publisher, printable(&view.title));
    let available = view.available_at.format("%Y-%m-%d %H:%M:%S UTC");
    let address = printable(&view.address);
    let changes: String = view.changes.iter().map(changed).collect();
    format!(
        "{bold}{title}{bold:#}\n  {publisher}  {address}\n  published {stated} (found in {place}), available {available}\n{changes}"
    )
}

fn changed((seen, summary): &(DateTime<Utc>, String)) -> String {
    let seen = seen.format("%Y-%m-%d %H:%M:%S UTC");
    format!("  changed, seen {seen}: {}\n", printable(summary))
}

fn sentence_line(
    view: &ArticleView,
    sentence: &Sentence,
    tone: Tone,
    found: &[&EvidenceRow],
) -> String {
    let style = style_of(tone);
    let mark = if sentence.part == Part::Title {
        "title"
    } else {
        ""
    };
    format!(
        "{style}{tone}{style:#} {mark:>5} {}",
        highlighted(view, sentence, found)
    )
}

/// The colour of a tone.
pub(crate) fn style_of(tone: Tone) -> Style {
    match tone.value() {
        value if value >= PALE => AnsiColor::Green.on_default(),
        value if value <= -PALE => AnsiColor::Red.on_default(),
        _ => Style::new().dimmed(),
    }
}

/// The sentence with found words underlined: indices in cyan, themes in yellow.
pub(crate) fn highlighted(
    view: &ArticleView,
    sentence: &Sentence,
    found: &[&EvidenceRow],
) -> String {
    let text = part_of(view, sentence.part);
    let mut shown = String::new();
    let mut position = sentence.span.start;
    for row in found {
        if row.span.start < position || row.span == sentence.span {
            continue;
        }
        let colour = if row.is_index {
            AnsiColor::Cyan
        } else {
            AnsiColor::Yellow
        };
        let style = colour.on_default().underline();
        let before = Span {
            start: position,
            end: row.span.start,
        };
        shown += &printable(before.of(text));
        let words = printable(row.span.of(text));
        // Writing to a string cannot fail.
        let _ = write!(shown, "{style}{words}{style:#}");
        position = row.span.end;
    }
    let rest = Span {
        start: position,
        end: sentence.span.end,
    };
    shown + &printable(rest.of(text))
}

/// "rate_cuts ↑: “rate cuts” · RUT +0.93: “Russell 2000” · recession ↓: like example 7": what was found, whether it gets stronger,
/// and how the sentence reads toward it.
fn findings(view: &ArticleView, sentence: &Sentence, found: &[&EvidenceRow]) -> String {
    let dimmed = Style::new().dimmed();
    let mut told = BTreeSet::new();
    let shown = found.iter().filter_map(|row| {
        let words = if row.span == sentence.span {
            row.rule.clone()
        } else {
            format!("“{}”", printable(row.span.of(part_of(view, row.part))))
        };
        let tone = row
            .sentiment
            .map_or(String::new(), |sentiment| format!(" {}", sentiment.tone()));
        let stance = match row.stance {
            Some(1) => " ↑",
            Some(-1) => " ↓",
            _ => "",
        };
        told.insert((row.id.as_str(), words.clone()))
            .then(|| format!("{}{stance}{tone}: {words}", row.id))
    });
    format!(
        "{dimmed}{}{dimmed:#}",
        shown.collect::<Vec<_>>().join(" · ")
    )
}

/// The text that a sentence stands in.
pub(crate) fn part_of(view: &ArticleView, part: Part) -> &str {
    match part {
        Part::Title => &view.title,
        Part::Body => &view.text,
    }
}
