//! study fdr: p-values of many tests, corrected.

use std::path::PathBuf;

use newsprint_study::multiple_testing::{
    benjamini_hochberg, benjamini_yekutieli, bonferroni, holm,
};

use super::frame::Frame;
use crate::context::Context;
use crate::exit::{Outcome, misuse};
use crate::table::{Cell, Table};

#[derive(Debug, clap::Args)]
pub(crate) struct FdrArgs {
    /// A CSV file with columns test and p
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// The level at which a test is rejected
    #[arg(long, value_name = "ALPHA", default_value_t = 0.05)]
    alpha: f64,
}

pub(super) fn command(context: &Context, args: &FdrArgs) -> anyhow::Result<Outcome> {
    let table = table(&Frame::read(&args.input)?, args.alpha)?;
    table.print(context.format)?;
    Ok(table.outcome())
}

fn table(frame: &Frame, alpha: f64) -> anyhow::Result<Table> {
    let p_values = frame.numbers("p")?;
    let mut known = Vec::with_capacity(p_values.len());
    for (row, p) in p_values.iter().enumerate() {
        match p {
            Some(p) if (0.0..=1.0).contains(p) => known.push(*p),
            Some(p) => return Err(frame.problem(row, "p", &format!("{p} is no probability"))),
            None => {
                return Err(misuse(format!(
                    "row {}: p is not known: leave the row out, so that the number of tests is yours to choose",
                    row + 1
                )));
            }
        }
    }
    let corrections = [
        bonferroni(&known),
        holm(&known),
        benjamini_hochberg(&known),
        benjamini_yekutieli(&known),
    ];
    let rows = frame
        .texts("test")?
        .iter()
        .zip(&known)
        .enumerate()
        .map(|(place, (test, p))| {
            let adjusted = corrections.iter().flat_map(|adjusted| {
                let adjusted = adjusted[place];
                [
                    Cell::Number(adjusted, 6),
                    Cell::Count(i64::from(adjusted <= alpha)),
                ]
            });
            [Cell::text(test), Cell::Number(*p, 6)]
                .into_iter()
                .chain(adjusted)
                .collect()
        });
    Ok(Table {
        name: "fdr",
        columns: vec![
            "test",
            "p",
            "bonferroni_adj",
            "bonferroni_reject",
            "holm_adj",
            "holm_reject",
            "fdr_bh_adj",
            "fdr_bh_reject",
            "fdr_by_adj",
            "fdr_by_reject",
        ],
        rows: rows.collect(),
        notes: vec![format!(
            "{} tests; rejected where the adjusted p is at most {alpha}",
            known.len()
        )],
    })
}
