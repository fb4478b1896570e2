//! returns: tone against what the index did around and after the session.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use newsprint_domain::identifier::IndexId;
use newsprint_store::{CellSums, Store};
use newsprint_study::association::{non_overlapping, p_value, spearman};
use newsprint_study::multiple_testing::benjamini_hochberg;
use newsprint_study::returns::{WINDOWS, Window};

use super::Selection;
use super::cells::{Cells, Weight};
use super::measured::{Measured, series_of};
use crate::context::Context;
use crate::table::{Cell, Table};

pub(crate) const NAME: &str = "returns";

const COLUMNS: [&str; 16] = [
    "theme",
    "index",
    "window",
    "n",
    "sessions",
    "missing",
    "effective_n",
    "mean_tone",
    "n_negative",
    "bp_after_negative",
    "n_positive",
    "bp_after_positive",
    "rho",
    "p",
    "q",
    "reading",
];

/// The reading of a line without any return.
const NO_PRICES: &str = "no prices";

/// q below which an association is called one.
const Q_THRESHOLD: f64 = 0.05;

/// One theme and index over one window.
struct Line {
    theme: String,
    index: IndexId,
    window: Window,
    n_articles: i64,
    n_missing: usize,
    effective_n: usize,
    /// Mean tone of a session, and the move in basis points.
    pairs: Vec<(f64, f64)>,
    /// Fewer sessions, or windows that do not overlap, than a correlation takes.
    is_short: bool,
    rho: Option<f64>,
    p: Option<f64>,
}

/// Exact sums by session.
type BySession = BTreeMap<NaiveDate, CellSums>;

/// Series of the indices that tables need, each read once.
pub(super) type Measures<'a> = BTreeMap<IndexId, Measured<'a>>;

/// A row of the table as far as another run's is held against it.
pub(super) struct Verdict {
    pub(super) row: (String, IndexId, Window),
    pub(super) rho: Option<f64>,
    pub(super) q: Option<f64>,
    pub(super) reading: &'static str,
}

pub(crate) async fn table(
    context: &Context,
    store: &Store,
    selection: &Selection,
) -> anyhow::Result<Table> {
    let mut cells = Cells::read(context, store, selection).await?;
    let mut measures = Measures::new();
    let unknown = measure(context, store, (&cells, selection), &mut measures).await?;
    let mut notes = std::mem::take(&mut cells.notes);
    notes.extend(unknown);
    let lines = lines(&cells, &measures, selection);
    let mut table = Table {
        name: NAME,
        columns: COLUMNS.to_vec(),
        rows: with_q(&lines).map(|(line, q)| row(line, q)).collect(),
        notes,
    };
    cells.note_hindsight(&mut table);
    add_notes(&mut table, selection);
    Ok(table)
}

/// What the table's rows come to.
pub(super) fn verdicts(
    cells: &Cells,
    measures: &Measures<'_>,
    selection: &Selection,
) -> Vec<Verdict> {
    let lines = lines(cells, measures, selection);
    let verdicts = with_q(&lines).map(|(line, q)| Verdict {
        row: (line.theme.clone(), line.index.clone(), line.window),
        rho: line.rho,
        q,
        reading: reading(line, q),
    });
    verdicts.collect()
}

/// Reads the series that are still missing; says which indices the configuration does not know any more.
pub(super) async fn measure<'a>(
    context: &'a Context,
    store: &Store,
    (cells, selection): (&Cells, &Selection),
    measures: &mut Measures<'a>,
) -> anyhow::Result<Option<String>> {
    let mut unknown = BTreeSet::new();
    let indices: BTreeSet<&IndexId> = cells.rows.iter().map(|row| &row.index).collect();
    for index in indices {
        let definition = context.config.index(index);
        if definition.is_none_or(|definition| definition.exchange.is_none()) {
            unknown.insert(index.as_str());
        } else if !measures.contains_key(index) {
            let series = series_of(context, store, index, selection.as_of).await?;
            measures.insert(index.clone(), series);
        }
    }
    let unknown: Vec<&str> = unknown.into_iter().collect();
    Ok((!unknown.is_empty()).then(|| {
        let unknown = unknown.join(", ");
        format!("left out, since indices.toml does not say any more by which sessions they are read: {unknown}")
    }))
}

fn lines(cells: &Cells, measures: &Measures<'_>, selection: &Selection) -> Vec<Line> {
    let mut groups: BTreeMap<(&str, &IndexId), BySession> = BTreeMap::new();
    for ((theme, index, session), sums) in
        cells.by(|row| (row.theme.as_str(), &row.index, row.session))
    {
        // A session of copies alone has no story of its own.
        if selection.weight.of(&sums).n_tones > 0 {
            let group = groups.entry((theme, index)).or_default();
            group.insert(session, sums);
        }
    }
    let measured = groups
        .iter()
        .filter_map(|(group, sessions)| Some((*group, sessions, measures.get(group.1)?)));
    let lines = measured.flat_map(|(group, sessions, measured)| {
        WINDOWS.map(|window| line(group, sessions, measured, window, selection))
    });
    lines.collect()
}

fn line(
    (theme, index): (&str, &IndexId),
    sessions: &BySession,
    measured: &Measured<'_>,
    window: Window,
    selection: &Selection,
) -> Line {
    let (mut pairs, mut starts, mut n_articles) = (Vec::new(), Vec::new(), 0);
    for (session, sums) in sessions {
        let tone = selection.weight.of(sums).mean();
        let (Some(tone), Some(moved)) = (tone, measured.move_over(*session, window)) else {
            continue;
        };
        pairs.push((tone, moved));
        starts.extend(measured.series.position(*session));
        n_articles += sums.articles.n_tones;
    }
    let effective_n = non_overlapping(&starts, window.length());
    let is_short = pairs.len() < selection.min_n || effective_n < 3;
    let rho = if is_short { None } else { spearman(&pairs) };
    Line {
        theme: theme.to_owned(),
        index: index.clone(),
        window,
        n_articles,
        n_missing: sessions.len() - pairs.len(),
        effective_n,
        is_short,
        p: rho.and_then(|rho| p_value(rho, effective_n)),
        rho,
        pairs,
    }
}

/// Lines with their q-values, which are taken over all of them that have a p-value.
fn with_q(lines: &[Line]) -> impl Iterator<Item = (&Line, Option<f64>)> {
    let p_values: Vec<f64> = lines.iter().filter_map(|line| line.p).collect();
    let mut q_values = benjamini_hochberg(&p_values).into_iter();
    lines
        .iter()
        .map(move |line| (line, line.p.and_then(|_| q_values.next())))
}

fn row(line: &Line, q: Option<f64>) -> Vec<Cell> {
    let tones = line.pairs.iter().map(|(tone, _)| *tone);
    let after = |is_asked: fn(f64) -> bool| {
        let moves: Vec<f64> = line
            .pairs
            .iter()
            .filter(|(tone, _)| is_asked(*tone))
            .map(|(_, moved)| *moved)
            .collect();
        [
            Cell::count(moves.len()),
            Cell::number(mean(moves.iter().copied()), 1),
        ]
    };
    let mut row = vec![
        Cell::text(&line.theme),
        Cell::text(line.index.as_str()),
        Cell::text(line.window.to_string()),
        Cell::Count(line.n_articles),
        Cell::count(line.pairs.len()),
        Cell::count(line.n_missing),
        Cell::count(line.effective_n),
        Cell::number(mean(tones), 3),
    ];
    row.extend(after(|tone| tone < 0.0));
    row.extend(after(|tone| tone > 0.0));
    row.extend([
        Cell::number(line.rho, 3),
        Cell::number(line.p, 3),
        Cell::number(q, 3),
        Cell::text(reading(line, q)),
    ]);
    row
}

fn reading(line: &Line, q: Option<f64>) -> &'static str {
    match (q, line.window) {
        (None, _) if line.pairs.is_empty() => NO_PRICES,
        (None, _) if line.is_short => "too few sessions",
        (None, _) => "tone or return does not vary",
        (Some(q), _) if q >= Q_THRESHOLD => "no effect",
        (Some(_), Window::Reaction) => "goes with the reaction, which nobody could trade",
        (Some(_), Window::Forward(_)) => "association, q < .05",
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n_values) = values.fold((0.0, 0_usize), |(sum, n_values), value| {
        (sum + value, n_values + 1)
    });
    (n_values > 0).then(|| sum / n_values as f64)
}

fn add_notes(table: &mut Table, selection: &Selection) {
    if table.rows.is_empty() {
        return;
    }
    if table
        .rows
        .iter()
        .any(|row| row.last() == Some(&Cell::text(NO_PRICES)))
    {
        table.notes.push(format!(
            "{NO_PRICES}: `newsprint prices import FILE.csv` adds closes"
        ));
    }
    table.notes.push("c2c_0 describes the day of the news; tradable returns (fwd_c2c_h) start at the reaction close".into());
    table.notes.push(format!(
        "rho: Spearman, a session counts once{}; p by effective_n (windows that do not overlap), from {} sessions on; \
         q: Benjamini-Hochberg over this table",
        match selection.weight {
            Weight::Story => ", and in it a story",
            Weight::Article => "",
        },
        selection.min_n
    ));
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use newsprint_domain::index::SeriesKind;
    use newsprint_domain::sentiment::Tone;
    use newsprint_study::returns::Series;

    use super::*;
    use crate::config::Config;

    /// A line over New York's sessions from 2024 on, one tone each, of a series that lacks the closes of `missing`.
    fn line_of(tones: &[f64], missing: &[usize]) -> Line {
        let config = Config::load(Some(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config"),
        ))
        .unwrap();
        let calendar = config.require_calendar("XNYS").unwrap();
        let first = calendar.position("2024-01-02".parse().unwrap()).unwrap();
        let day = |place: usize| calendar.sessions()[first + place].date;
        let closes = (0..=tones.len() + 30).filter(|place| !missing.contains(place));
        let closes = closes
            .map(|place| (day(place), 100.0 + (place % 7) as f64))
            .collect();
        let measured = Measured {
            series: Series::new(SeriesKind::Price, closes),
            calendar,
        };
        let sum = |tone: f64| CellSums {
            stories: Tone::from_millionths((tone * 1e6) as i32)
                .into_iter()
                .collect(),
            ..CellSums::default()
        };
        let sessions = tones
            .iter()
            .enumerate()
            .map(|(place, tone)| (day(place + 1), sum(*tone)))
            .collect();
        let selection = Selection {
            min_n: 20,
            ..Selection::default()
        };
        line(
            ("t", &IndexId::new("I").unwrap()),
            &sessions,
            &measured,
            Window::Forward(5),
            &selection,
        )
    }

    fn varied() -> Vec<f64> {
        (0..40)
            .map(|place| f64::from(place % 5) / 10.0 - 0.2)
            .collect()
    }

    #[test]
    fn overlapping_windows_do_not_pass_for_evidence() {
        let line = line_of(&varied(), &[]);
        assert_eq!(
            (line.pairs.len(), line.effective_n, line.n_missing),
            (40, 8, 0)
        );
        assert!(line.p.is_some());
    }

    #[test]
    fn a_move_over_a_missing_close_is_missing_and_no_longer_move() {
        let line = line_of(&varied(), &[10]);
        assert_eq!(line.n_missing, 6, "its own session and the five before it");
    }

    #[test]
    fn too_few_sessions_give_no_number_and_a_constant_tone_none_either() {
        let few = line_of(&[0.1, 0.2, 0.3], &[]);
        assert_eq!((few.rho, few.p), (None, None));
        assert_eq!(reading(&few, None), "too few sessions");
        assert_eq!(line_of(&[0.5; 30], &[]).rho, None);
    }

    #[test]
    fn a_null_is_printed_as_such() {
        assert_eq!(reading(&line_of(&varied(), &[]), Some(0.6)), "no effect");
    }
}
