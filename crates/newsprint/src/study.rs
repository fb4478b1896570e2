//! study: the arithmetic of the tables on one's own data.

mod align;
mod bars;
mod correlate;
mod event_study;
mod fdr;
mod frame;
mod granger;
mod hit_rate;
mod ic;
mod joins;
mod lead_lag;
mod moments;
mod panel;
mod prices;
mod regression;
mod returns;
mod rows;
mod sharpe;

use crate::context::Context;
use crate::exit::Outcome;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum StudyCommand {
    /// Which sessions could first react to instants, and from which a reader could first trade
    Align(align::AlignArgs),
    /// Rank correlation of two columns; of daily tones and prices, under each way to join them, with what each is worth
    Correlate(correlate::CorrelateArgs),
    /// Abnormal returns around events by the market model, with their averages and bands
    EventStudy(event_study::EventStudyArgs),
    /// Correct the p-values of many tests: Bonferroni, Holm, Benjamini-Hochberg and Benjamini-Yekutieli
    Fdr(fdr::FdrArgs),
    /// Whether the past of one series helps to tell the other, both ways; with leads, lags and unit roots
    Granger(granger::GrangerArgs),
    /// Correlation of two series at leads and lags, with its 95% band
    LeadLag(lead_lag::LeadLagArgs),
    /// What series did around each session: reactions and forward returns of daily opens and closes
    Returns(returns::ReturnsArgs),
    /// Sharpe ratios of strategies, deflated by how many were tried
    Sharpe(sharpe::SharpeArgs),
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
                | Self::EventStudy(_)
                | Self::Granger(_)
                | Self::LeadLag(_)
                | Self::Sharpe(_)
        )
    }
}

pub(crate) fn command(context: &Context, command: &StudyCommand) -> anyhow::Result<Outcome> {
    match command {
        StudyCommand::Align(args) => align::command(context, args),
        StudyCommand::Correlate(args) => correlate::command(context, args),
        StudyCommand::EventStudy(args) => event_study::command(context, args),
        StudyCommand::Fdr(args) => fdr::command(context, args),
        StudyCommand::Granger(args) => granger::command(context, args),
        StudyCommand::LeadLag(args) => lead_lag::command(context, args),
        StudyCommand::Returns(args) => returns::command(context, args),
        StudyCommand::Sharpe(args) => sharpe::command(context, args),
        StudyCommand::Ic(args) => ic::ic(context, args),
        StudyCommand::Quantiles(args) => ic::quantiles(context, args),
        StudyCommand::Regression(args) => regression::command(context, args),
        StudyCommand::HitRate(args) => hit_rate::command(context, args),
    }
}
