//! returns: tone against what the index did around and after the session.

use newsprint_domain::identifier::IndexId;
use newsprint_store::Store;
use newsprint_study::association::p_value;
use newsprint_study::returns::Window;

use super::cells::Weight;
use super::ic::Ranks;
use super::judged::{Finding, q_values};
use super::lines::{Line, Study};
use super::observations::{Measures, Observations};
use super::panel::Panel;
use super::statistics::Statistics;
use crate::context::Context;
use crate::table::{Cell, Table};

pub(crate) const NAME: &str = "returns";

const COLUMNS: [&str; 13] = [
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
];

/// A row of the table as far as another run's is held against it.
pub(super) struct Verdict {
    pub(super) row: (String, IndexId, Window),
    pub(super) rho: Option<f64>,
    pub(super) q: Option<f64>,
    pub(super) reading: &'static str,
}

/// A row of the table.
struct Row {
    names: (String, IndexId, Window),
    rho: Option<f64>,
    finding: Finding,
}

pub(crate) async fn table(
    context: &Context,
    store: &Store,
    statistics: &Statistics,
) -> anyhow::Result<Table> {
    let study = Study::read(context, store, statistics, false).await?;
    Ok(of(&study, statistics))
}

pub(super) fn of(study: &Study<'_>, statistics: &Statistics) -> Table {
    let findings = study.findings(&statistics.windows(), |line| {
        vec![row(line, statistics).finding]
    });
    let mut table = study.table((NAME, &COLUMNS), &findings);
    if !table.rows.is_empty() {
        table.notes.extend(notes(statistics));
    }
    table
}

fn notes(statistics: &Statistics) -> [String; 2] {
    let selection = &statistics.selection;
    let story = match selection.weight {
        Weight::Story => ", and in it a story",
        Weight::Article => "",
    };
    let describes = "c2c_0 describes the day of the news; tradable returns (fwd_c2c_h) start at the reaction close";
    [
        describes.into(),
        format!(
            "rho: Spearman, a session counts once{story}; p by effective_n (windows that do not overlap), from {} sessions on",
            selection.min_n
        ),
    ]
}

/// What the table's rows come to.
pub(super) fn verdicts(
    panel: Panel,
    measures: &Measures<'_>,
    statistics: &Statistics,
) -> Vec<Verdict> {
    let study = Study::of(panel, measures);
    let rows = study.lines(&statistics.windows(), |line| row(line, statistics));
    let (others, findings): (Vec<_>, Vec<Finding>) = rows
        .into_iter()
        .map(|row| ((row.names, row.rho), row.finding))
        .unzip();
    let q_values = q_values(&findings);
    let judged = others.into_iter().zip(findings.iter().zip(q_values));
    let verdicts = judged.map(|((row, rho), (finding, q))| Verdict {
        row,
        rho,
        q,
        reading: finding.reading(q),
    });
    verdicts.collect()
}

fn row(line: &Line<'_>, statistics: &Statistics) -> Row {
    let observations = &line.observations;
    let without = line.without(statistics.selection.min_n);
    let ranks = without.is_none().then(|| Ranks::of(line)).flatten();
    let rho = ranks.as_ref().map(Ranks::correlation);
    let mut finding = line.nothing(without, 7);
    finding
        .cells
        .push(Cell::number(mean(observations.tones.iter().copied()), 3));
    finding.cells.extend(after(observations, |tone| tone < 0.0));
    finding.cells.extend(after(observations, |tone| tone > 0.0));
    finding.cells.push(Cell::number(rho, 3));
    finding.p = rho.and_then(|rho| p_value(rho, observations.effective_n));
    if let Some(ranks) = &ranks {
        ranks.try_by_chance(&mut finding, line, statistics);
    }
    Row {
        names: (
            line.series.theme.clone(),
            line.series.index.clone(),
            line.window,
        ),
        rho,
        finding,
    }
}

/// How many sessions are of such a tone, and the mean move after them in basis points.
fn after(observations: &Observations, is_asked: fn(f64) -> bool) -> [Cell; 2] {
    let pairs = observations.tones.iter().zip(&observations.moves);
    let moves: Vec<f64> = pairs
        .filter(|(tone, _)| is_asked(**tone))
        .map(|(_, moved)| *moved)
        .collect();
    [
        Cell::count(moves.len()),
        Cell::number(mean(moves.iter().copied()), 1),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n_values) = values.fold((0.0, 0_usize), |(sum, n_values), value| {
        (sum + value, n_values + 1)
    });
    (n_values > 0).then(|| sum / n_values as f64)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use newsprint_domain::index::SeriesKind;
    use newsprint_domain::sentiment::Tone;
    use newsprint_domain::tone_sum::ToneSum;
    use newsprint_study::returns::Series;

    use super::super::Selection;
    use super::super::measured::Measured;
    use super::super::observations::Moves;
    use super::super::panel::{Day, ToneSeries};
    use super::*;
    use crate::config::Config;

    /// A row over New York's sessions from 2024 on, one tone each, of a series that lacks the closes of `missing`.
    fn row_of(tones: &[f64], missing: &[usize]) -> (Observations, Row) {
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
        let index = IndexId::new("I").unwrap();
        let measured = Measured {
            series: Series::new(SeriesKind::Price, closes),
            calendar,
        };
        let day = |(place, tone): (usize, &f64)| Day {
            session: day(place + 1),
            tones: Tone::from_millionths((tone * 1e6) as i32)
                .into_iter()
                .collect::<ToneSum>(),
            n_articles: 1,
        };
        let series = ToneSeries {
            theme: "t".into(),
            index: index.clone(),
            days: tones.iter().enumerate().map(day).collect(),
        };
        let window = Window::Forward(5);
        let moves = Moves::over(
            &Measures::from([(index.clone(), measured)]),
            &[window],
            None,
        );
        let observations = Observations::new(&series, moves.of(&index, window), window);
        let line = Line {
            series: &series,
            window,
            observations: observations.clone(),
        };
        let row = row(&line, &Statistics::of(Selection::default()));
        (observations, row)
    }

    fn varied() -> Vec<f64> {
        (0..40)
            .map(|place| f64::from(place % 5) / 10.0 - 0.2)
            .collect()
    }

    #[test]
    fn overlapping_windows_do_not_pass_for_evidence() {
        let (observations, row) = row_of(&varied(), &[]);
        assert_eq!(
            (
                observations.n_sessions(),
                observations.effective_n,
                observations.n_missing
            ),
            (40, 8, 0)
        );
        assert!(
            row.finding.p.is_some()
                && row.finding.interval.is_some()
                && row.finding.placebo.is_some()
        );
    }

    #[test]
    fn a_move_over_a_missing_close_is_missing_and_no_longer_move() {
        let (observations, _) = row_of(&varied(), &[10]);
        assert_eq!(
            observations.n_missing, 6,
            "its own session and the five before it"
        );
    }

    #[test]
    fn too_few_sessions_give_no_number_and_a_constant_tone_none_either() {
        let (_, few) = row_of(&[0.1, 0.2, 0.3], &[]);
        assert_eq!((few.rho, few.finding.p), (None, None));
        assert_eq!(few.finding.reading(None), "too few sessions");
        let (_, constant) = row_of(&[0.5; 30], &[]);
        assert_eq!(
            (constant.rho, constant.finding.reading(None)),
            (None, "tone or return does not vary")
        );
    }

    #[test]
    fn a_null_is_printed_as_such() {
        assert_eq!(
            row_of(&varied(), &[]).1.finding.reading(Some(0.6)),
            "no effect"
        );
    }
}
