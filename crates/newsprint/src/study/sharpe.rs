//! study sharpe: Sharpe ratios of strategies, and what is left of them given how many were tried.

use std::path::PathBuf;

use newsprint_study::sharpe::{MIN_RETURNS, Track, expected_maximum, track, variance_of_trials};
use serde_json::{Map, Value, json};

use super::frame::Frame;
use super::rows::{ascending_days, day_column};
use crate::context::Context;
use crate::exit::{Outcome, misuse};
use crate::output::print;
use crate::table::{Cell, Format, Table};

/// The formula, as it stands in the JSON.
const FORMULA: &str = "PSR=Phi((SR-SR0)*sqrt(n-1)/sqrt(1-g3*SR+(g4-1)/4*SR^2)); \
     SR0=sqrt(V)*((1-gamma)*Phi^-1(1-1/N)+gamma*Phi^-1(1-1/(N e))); \
     skew/kurt population (biased) moments, kurtosis non-excess";

#[derive(Debug, clap::Args)]
pub(crate) struct SharpeArgs {
    /// A CSV file with a column date and a column of returns for each strategy
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// How many strategies were tried, where not all of them are in the file
    #[arg(long, value_name = "N")]
    trials: Option<usize>,
}

/// Strategies, and what the best of as many worthless ones would show.
struct Deflated {
    strategies: Vec<(String, Option<Track>, usize)>,
    n_trials: usize,
    variance: Option<f64>,
    expected_maximum: Option<f64>,
    notes: Vec<String>,
}

pub(super) fn command(context: &Context, args: &SharpeArgs) -> anyhow::Result<Outcome> {
    let deflated = deflated(&Frame::read(&args.input)?, args.trials)?;
    if context.format == Format::Json {
        print(&(serde_json::to_string_pretty(&deflated.json())? + "\n"))?;
    } else {
        deflated.table().print(context.format)?;
    }
    Ok(Outcome::Done)
}

fn deflated(frame: &Frame, trials: Option<usize>) -> anyhow::Result<Deflated> {
    let day = day_column(frame);
    if let Some(day) = &day {
        ascending_days(frame, day)?;
    }
    let names = frame
        .names()
        .iter()
        .filter(|name| Some(*name) != day.as_ref());
    let (mut strategies, mut notes) = (Vec::new(), Vec::new());
    for name in names {
        let returns: Vec<f64> = frame.numbers(name)?.into_iter().flatten().collect();
        let n_unknown = frame.n_rows() - returns.len();
        if n_unknown > 0 {
            notes.push(format!(
                "{name}: {n_unknown} rows without a return left out"
            ));
        }
        strategies.push((name.clone(), track(&returns), returns.len()));
    }
    let sharpes: Vec<f64> = strategies
        .iter()
        .filter_map(|(_, track, _)| track.map(|track| track.sharpe))
        .collect();
    if sharpes.is_empty() {
        return Err(misuse(format!(
            "no strategy has a Sharpe ratio: each column needs at least {MIN_RETURNS} returns that are not all the same"
        )));
    }
    let n_trials = n_trials(strategies.len(), trials)?;
    let variance = variance_of_trials(&sharpes);
    notes.extend(without_ratio(&strategies));
    if variance.is_none() {
        notes.push("one strategy shows no spread of trials, so that nothing can be deflated: give the others that were tried too".into());
    }
    notes.push(format!(
        "ratios are per period; dsr: the probability that the true ratio is above what the best of {n_trials} worthless strategies would show; \
         trials that are not in the file count by --trials"
    ));
    Ok(Deflated {
        expected_maximum: variance.and_then(|variance| expected_maximum(variance, n_trials)),
        strategies,
        n_trials,
        variance,
        notes,
    })
}

fn n_trials(n_strategies: usize, trials: Option<usize>) -> anyhow::Result<usize> {
    match trials {
        Some(trials) if trials < n_strategies => Err(misuse(format!(
            "--trials {trials}: the file alone holds {n_strategies} strategies"
        ))),
        trials => Ok(trials.unwrap_or(n_strategies)),
    }
}

fn without_ratio(strategies: &[(String, Option<Track>, usize)]) -> Option<String> {
    let names: Vec<&str> = strategies
        .iter()
        .filter(|(_, track, _)| track.is_none())
        .map(|(name, _, _)| name.as_str())
        .collect();
    (!names.is_empty()).then(|| {
        let names = names.join(", ");
        format!("no ratio of {names}: fewer than {MIN_RETURNS} returns, or all the same")
    })
}

impl Deflated {
    fn against_zero_and_luck(&self, track: Option<Track>) -> (Option<f64>, Option<f64>) {
        let above = |benchmark| track.and_then(|track| track.probability_above(benchmark));
        (above(0.0), self.expected_maximum.and_then(above))
    }

    fn json(&self) -> Value {
        let strategies = self.strategies.iter().map(|(name, track, n_returns)| {
            let (psr, dsr) = self.against_zero_and_luck(*track);
            let of_strategy = json!({
                "n": n_returns,
                "sharpe_per_period": track.map(|track| track.sharpe),
                "skew": track.map(|track| track.skewness),
                "kurtosis": track.map(|track| track.kurtosis),
                "psr_vs_0": psr,
                "dsr": dsr,
            });
            (name.clone(), of_strategy)
        });
        json!({
            "N_trials": self.n_trials,
            "var_of_trial_sharpes_ddof1": self.variance,
            "sr0_expected_max": self.expected_maximum,
            "strategies": strategies.collect::<Map<_, _>>(),
            "formula": FORMULA,
            "notes": self.notes,
        })
    }

    fn table(self) -> Table {
        let rows = self.strategies.iter().map(|(name, track, n_returns)| {
            let (psr, dsr) = self.against_zero_and_luck(*track);
            vec![
                Cell::text(name),
                Cell::count(*n_returns),
                Cell::number(track.map(|track| track.sharpe), 4),
                Cell::number(track.map(|track| track.skewness), 3),
                Cell::number(track.map(|track| track.kurtosis), 2),
                Cell::number(psr, 4),
                Cell::number(dsr, 4),
            ]
        });
        let rows = rows.collect();
        let shown =
            |value: Option<f64>| value.map_or("not known".into(), |value| value.to_string());
        let mut notes = self.notes;
        notes.push(format!(
            "N_trials {}; var_of_trial_sharpes_ddof1 {}; sr0_expected_max {}",
            self.n_trials,
            shown(self.variance),
            shown(self.expected_maximum)
        ));
        Table {
            name: "sharpe",
            columns: vec![
                "strategy",
                "n",
                "sharpe_per_period",
                "skew",
                "kurtosis",
                "psr_vs_0",
                "dsr",
            ],
            rows,
            notes,
        }
    }
}
