//! The tables that hold tones against moves: one reading of the store, from which each of them is made.

use newsprint_store::Store;

use super::lines::Study;
use super::statistics::{StatisticArgs, Statistics};
use super::{
    association_figures as figures, event_study, granger, hit_rate, ic, lead_lag, quantiles,
    regression, returns,
};
use crate::context::Context;
use crate::plot::Figure;
use crate::table::Table;

/// Their names.
pub(super) const NAMES: [&str; 8] = [
    returns::NAME,
    ic::NAME,
    quantiles::NAME,
    regression::NAME,
    hit_rate::NAME,
    lead_lag::NAME,
    event_study::NAME,
    granger::NAME,
];

/// The greatest lag that `report all` looks at.
const MAX_LAG: u16 = 5;

/// Into how many quantiles `report all` sorts sessions.
const N_QUANTILES: usize = 5;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Association {
    /// Tone against what the index did: the reaction, which describes, and the tradable returns after it
    Returns(StatisticArgs),
    /// Spearman's rank correlation of tone and tradable return, with naive and Newey-West t
    Ic(StatisticArgs),
    /// Mean return after sessions of low to high tone, and the difference of the extremes
    Quantiles(quantiles::QuantilesArgs),
    /// The return as a line of the tone, with Newey-West errors
    Regression(StatisticArgs),
    /// How often the index went where the tone pointed, against how often it goes there anyway
    HitRate(StatisticArgs),
    /// Tone against the daily moves before, on and after its session
    LeadLag(lead_lag::LeadLagArgs),
    /// Abnormal returns around sessions of unusually high and low tone
    EventStudy(StatisticArgs),
    /// Whether past tones help to tell the next move, and past moves the next tone
    Granger(granger::GrangerArgs),
}

impl Association {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Returns(_) => returns::NAME,
            Self::Ic(_) => ic::NAME,
            Self::Quantiles(_) => quantiles::NAME,
            Self::Regression(_) => regression::NAME,
            Self::HitRate(_) => hit_rate::NAME,
            Self::LeadLag(_) => lead_lag::NAME,
            Self::EventStudy(_) => event_study::NAME,
            Self::Granger(_) => granger::NAME,
        }
    }

    pub(super) fn args(&self) -> &StatisticArgs {
        match self {
            Self::Returns(args)
            | Self::Ic(args)
            | Self::Regression(args)
            | Self::HitRate(args)
            | Self::EventStudy(args) => args,
            Self::Quantiles(args) => &args.statistics,
            Self::LeadLag(args) => &args.statistics,
            Self::Granger(args) => &args.statistics,
        }
    }

    /// The table, and its figure where one is asked for.
    pub(super) async fn drawn(
        &self,
        context: &Context,
        store: &Store,
        statistics: &Statistics,
    ) -> anyhow::Result<(Table, Option<Figure>)> {
        let has_markets = matches!(self, Self::EventStudy(_));
        let study = Study::read(context, store, statistics, has_markets).await?;
        let table = self.table(context, &study, statistics)?;
        let is_drawn = self.args().plot.is_some();
        let figure = is_drawn.then(|| self.figure(&study, &table, statistics));
        Ok((table, figure.transpose()?))
    }

    fn table(
        &self,
        context: &Context,
        study: &Study<'_>,
        statistics: &Statistics,
    ) -> anyhow::Result<Table> {
        Ok(match self {
            Self::Returns(_) => returns::of(study, statistics),
            Self::Ic(_) => ic::of(study, statistics),
            Self::Quantiles(args) => quantiles::of(study, statistics, args.quantiles.into()),
            Self::Regression(_) => regression::of(study, statistics),
            Self::HitRate(_) => hit_rate::of(study, statistics),
            Self::LeadLag(args) => lead_lag::of(study, statistics, args.max_lag),
            Self::EventStudy(_) => event_study::of(context, study, statistics)?,
            Self::Granger(args) => granger::of(study, statistics, args.max_lag.into()),
        })
    }

    fn figure(
        &self,
        study: &Study<'_>,
        table: &Table,
        statistics: &Statistics,
    ) -> anyhow::Result<Figure> {
        match self {
            Self::Returns(_) | Self::Ic(_) => figures::intervals(study, table, &figures::RHO),
            Self::Regression(_) => figures::intervals(study, table, &figures::BETA),
            Self::HitRate(_) => figures::intervals(study, table, &figures::HITS),
            Self::Quantiles(args) => {
                figures::quantiles(study, table, (statistics, args.quantiles.into()))
            }
            Self::LeadLag(_) => figures::lead_lag(study, table),
            Self::EventStudy(_) => figures::event_study(study, table),
            Self::Granger(_) => figures::intervals(study, table, &figures::F),
        }
    }
}

/// All of them, from one reading.
pub(super) async fn all(
    context: &Context,
    store: &Store,
    statistics: &Statistics,
) -> anyhow::Result<Vec<Table>> {
    let study = Study::read(context, store, statistics, true).await?;
    Ok(vec![
        returns::of(&study, statistics),
        ic::of(&study, statistics),
        quantiles::of(&study, statistics, N_QUANTILES),
        regression::of(&study, statistics),
        hit_rate::of(&study, statistics),
        lead_lag::of(&study, statistics, MAX_LAG),
        event_study::of(context, &study, statistics)?,
        granger::of(&study, statistics, MAX_LAG.into()),
    ])
}
