//! study granger: whether the past of one series helps to tell the other, both ways.

use std::path::PathBuf;

use newsprint_study::granger::{LagTests, NoTest, Tested, granger};
use newsprint_study::lead_lag::{LagCorrelation, band_95, ljung_box};
use newsprint_study::unit_root::augmented_dickey_fuller;
use serde_json::{Map, Value, json};

use super::frame::Frame;
use super::lead_lag::{MIN_PAIRS, constant, correlations};
use super::rows::Pairs;
use crate::context::Context;
use crate::exit::{Outcome, misuse};
use crate::output::print;
use crate::table::{Cell, Format, Table};

/// Over how many autocorrelations Ljung and Box's test is made.
const LJUNG_BOX_LAGS: [usize; 2] = [5, 10];

#[derive(Debug, clap::Args)]
pub(crate) struct GrangerArgs {
    /// A CSV file with both columns, its rows in the order of time
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// The column to be told
    #[arg(long, value_name = "COLUMN")]
    y: String,
    /// The column whose past may help
    #[arg(long, value_name = "COLUMN")]
    x: String,
    /// Tests are made of 1 to N lags
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    max_lag: u16,
    /// The greatest lead and lag of the cross-correlation
    #[arg(long, value_name = "N", default_value_t = 10)]
    ccf_lags: u16,
    /// Lagged differences in the test of a unit root
    #[arg(long, value_name = "N", default_value_t = 10)]
    adf_lags: u16,
}

/// Both directions, and what the series are like.
struct Both<'a> {
    args: &'a GrangerArgs,
    pairs: Pairs,
    directions: [(String, Vec<LagTests>); 2],
    correlations: Vec<LagCorrelation>,
    notes: Vec<String>,
}

pub(super) fn command(context: &Context, args: &GrangerArgs) -> anyhow::Result<Outcome> {
    let both = both(&Frame::read(&args.input)?, args)?;
    if context.format == Format::Json {
        print(&(serde_json::to_string_pretty(&both.json())? + "\n"))?;
    } else {
        both.table().print(context.format)?;
    }
    Ok(Outcome::Done)
}

fn both<'a>(frame: &Frame, args: &'a GrangerArgs) -> anyhow::Result<Both<'a>> {
    let (x, y) = (&args.x, &args.y);
    let pairs = Pairs::read(frame, (x, y))?;
    let max_lag = usize::from(args.max_lag);
    let tests = |cause: &[f64], effect: &[f64]| {
        granger(cause, effect, max_lag).map_err(|problem| no_test(problem, &pairs, (x, y)))
    };
    let directions = [
        (format!("{x}->{y}"), tests(&pairs.x, &pairs.y)?),
        (format!("{y}->{x}"), tests(&pairs.y, &pairs.x)?),
    ];
    // A short series has no correlations at long lags; that is no reason to withhold its tests.
    let ccf_lags = usize::from(args.ccf_lags).min(pairs.n_rows().saturating_sub(MIN_PAIRS));
    let correlations = correlations(&pairs, (x, y), ccf_lags)?;
    let mut notes = vec![
        format!("{} rows; p: whether the first one's past adds to what the other's own past says", pairs.n_rows()),
        "it tells of order in time and not of cause; a row of either has to be known before the next row of the other".into(),
        format!("{} tests are made here: `newsprint study fdr` corrects p-values of many", 2 * max_lag),
    ];
    notes.extend(pairs.dropped_note());
    let both = Both {
        args,
        directions,
        correlations,
        notes: Vec::new(),
        pairs,
    };
    notes.extend(both.unit_root_notes());
    Ok(Both { notes, ..both })
}

fn no_test(problem: NoTest, pairs: &Pairs, (x, y): (&str, &str)) -> anyhow::Error {
    let is_constant = |values: &[f64]| values.windows(2).all(|pair| pair[0] == pair[1]);
    match problem {
        NoTest::Collinear if is_constant(&pairs.x) || is_constant(&pairs.y) => {
            constant(pairs, (x, y))
        }
        problem => misuse(format!("no test of {x} and {y}: {problem}")),
    }
}

impl Both<'_> {
    fn series(&self) -> [(&str, &[f64]); 2] {
        [(&self.args.x, &self.pairs.x), (&self.args.y, &self.pairs.y)]
    }

    fn unit_root_notes(&self) -> Vec<String> {
        let n_lags = usize::from(self.args.adf_lags);
        let notes = self.series().map(|(name, values)| match augmented_dickey_fuller(values, n_lags) {
            None => format!("{name}: too few rows for a test of a unit root with {n_lags} lags"),
            Some(test) if test.p > 0.05 => format!(
                "WARNING: {name} may wander like a random walk (augmented Dickey-Fuller with {n_lags} lags: p = {:.3}): test its changes, since p-values of its level mean nothing",
                test.p
            ),
            Some(test) => format!(
                "{name} is no random walk (augmented Dickey-Fuller with {n_lags} lags: {:.2}, p = {:.3})",
                test.statistic, test.p
            ),
        });
        notes.into()
    }

    fn json(&self) -> Value {
        let (x, y) = (&self.args.x, &self.args.y);
        let mut whole = Map::new();
        whole.insert("n".into(), json!(self.pairs.n_rows()));
        let directions = self.directions.iter().map(|(name, tests)| {
            let by_lag = tests
                .iter()
                .map(|tests| (tests.n_lags.to_string(), json_of(tests)));
            (name.clone(), Value::Object(by_lag.collect()))
        });
        whole.insert("granger".into(), Value::Object(directions.collect()));
        let by_lag = self
            .correlations
            .iter()
            .map(|lag| (lag.lag.to_string(), json!(lag.correlation)));
        whole.insert(
            format!("ccf_{x}_t_vs_{y}_t_plus_k_biased"),
            Value::Object(by_lag.collect()),
        );
        whole.insert("ccf_band_95".into(), json!(band_95(self.pairs.n_rows())));
        for (name, values) in self.series() {
            let n_lags = usize::from(self.args.adf_lags);
            let test = augmented_dickey_fuller(values, n_lags).map(|test| {
                json!({ "stat": test.statistic, "p": test.p, "usedlag": test.n_lags, "nobs": test.n_observations })
            });
            whole.insert(format!("adf_{name}_c_lag{n_lags}"), json!(test));
            let tests = LJUNG_BOX_LAGS.map(|n_lags| {
                let test = ljung_box(values, n_lags).map(|test| [test.statistic, test.p]);
                (n_lags.to_string(), json!(test))
            });
            whole.insert(
                format!("ljung_box_{name}"),
                Value::Object(tests.into_iter().collect()),
            );
        }
        whole.insert("notes".into(), json!(self.notes));
        Value::Object(whole)
    }

    fn table(self) -> Table {
        let rows = self.directions.iter().flat_map(|(direction, tests)| {
            tests.iter().map(move |tests| {
                let mut row = vec![Cell::text(direction), Cell::count(tests.n_lags)];
                row.extend(cells(tests.ssr_f));
                row.extend([
                    Cell::count(tests.n_lags),
                    Cell::count(tests.degrees_of_freedom),
                ]);
                row.extend(
                    [
                        tests.ssr_chi_squared,
                        tests.likelihood_ratio,
                        tests.parameters_f,
                    ]
                    .into_iter()
                    .flat_map(cells),
                );
                row
            })
        });
        Table {
            name: "granger",
            columns: vec![
                "direction",
                "lag",
                "f",
                "p",
                "df_num",
                "df_denom",
                "chi2",
                "chi2_p",
                "lr",
                "lr_p",
                "params_f",
                "params_p",
            ],
            rows: rows.collect(),
            notes: self.notes,
        }
    }
}

fn cells(tested: Tested) -> [Cell; 2] {
    [Cell::Number(tested.statistic, 3), Cell::Number(tested.p, 4)]
}

/// The four forms as statsmodels gives them: statistic, p, residual degrees of freedom of F, and those of the lags.
fn json_of(tests: &LagTests) -> Value {
    let (numerator, denominator) = (tests.n_lags, tests.degrees_of_freedom);
    let by_f = |tested: Tested| json!([tested.statistic, tested.p, denominator, numerator]);
    let by_chi_squared = |tested: Tested| json!([tested.statistic, tested.p, numerator]);
    json!({
        "ssr_ftest": by_f(tests.ssr_f),
        "ssr_chi2test": by_chi_squared(tests.ssr_chi_squared),
        "lrtest": by_chi_squared(tests.likelihood_ratio),
        "params_ftest": by_f(tests.parameters_f),
    })
}
