//! study: the arithmetic of the tables on one's own data.

mod fdr;
mod frame;

use crate::context::Context;
use crate::exit::Outcome;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum StudyCommand {
    /// Correct the p-values of many tests: Bonferroni, Holm, Benjamini-Hochberg and Benjamini-Yekutieli
    Fdr(fdr::FdrArgs),
}

pub(crate) fn command(context: &Context, command: &StudyCommand) -> anyhow::Result<Outcome> {
    match command {
        StudyCommand::Fdr(args) => fdr::command(context, args),
    }
}
