//! study: the arithmetic of the tables on one's own data.

mod fdr;
mod frame;
mod hit_rate;
mod ic;
mod moments;
mod panel;
mod prices;
mod regression;

use crate::context::Context;
use crate::exit::Outcome;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum StudyCommand {
    /// Correct the p-values of many tests: Bonferroni, Holm, Benjamini-Hochberg and Benjamini-Yekutieli
    Fdr(fdr::FdrArgs),
    /// Information coefficients: does a factor rank assets as their returns then do?
    Ic(ic::IcArgs),
    /// Mean returns by quantile of a factor
    Quantiles(ic::QuantilesArgs),
    /// One column on another, with Newey-West standard errors
    Regression(regression::RegressionArgs),
    /// How often a signal has the sign of what followed, against the base rate
    HitRate(hit_rate::HitRateArgs),
}

impl StudyCommand {
    /// Whether it needs nothing that is configured.
    pub(crate) const fn reads_only_its_files(&self) -> bool {
        matches!(
            self,
            Self::Fdr(_)
                | Self::Ic(_)
                | Self::Quantiles(_)
                | Self::Regression(_)
                | Self::HitRate(_)
        )
    }
}

pub(crate) fn command(context: &Context, command: &StudyCommand) -> anyhow::Result<Outcome> {
    match command {
        StudyCommand::Fdr(args) => fdr::command(context, args),
        StudyCommand::Ic(args) => ic::ic(context, args),
        StudyCommand::Quantiles(args) => ic::quantiles(context, args),
        StudyCommand::Regression(args) => regression::command(context, args),
        StudyCommand::HitRate(args) => hit_rate::command(context, args),
    }
}
