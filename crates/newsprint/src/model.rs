//! model: what the sentiment model is, and how good it is on sentences of one's own.

mod eval;
mod info;

use std::path::PathBuf;

use newsprint_nlp::unpack::unpack;

use crate::context::Context;
use crate::exit::{Outcome, misuse};
use crate::progress::say;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum ModelCommand {
    /// Score labelled sentences: accuracy, macro F1, calibration error, confusion matrix, speed
    Eval {
        /// CSV with a header and the columns text and label (negative, neutral, positive); with a target's column, or with
        /// target_start and target_end in bytes, each sentence is scored toward its target
        file: PathBuf,
        /// Column with the words of the target
        #[arg(long, value_name = "COLUMN", default_value = "target")]
        target_column: String,
    },
    /// Print the model's card: what it is, what it was trained on, its scores
    Info,
    /// Write the model for other tools: Hugging Face's layout, weights in 32-bit floats; one classifier for sentences as such
    /// (sentence/), one for sentences toward a target (target/)
    Unpack {
        /// The folder, which is made
        folder: PathBuf,
    },
}

pub(crate) fn command(context: &Context, command: &ModelCommand) -> anyhow::Result<Outcome> {
    match command {
        ModelCommand::Eval {
            file,
            target_column,
        } => eval::eval(context, file, target_column),
        ModelCommand::Info => info::info(context),
        ModelCommand::Unpack { folder } => {
            let model = &context.config.settings.model.name;
            let files = model.files()?.ok_or_else(|| {
                misuse("only trained models can be unpacked: --model full, permissive or a folder")
            })?;
            unpack(&files, folder)?;
            say(&format!("written to {}", folder.display()));
            Ok(Outcome::Done)
        }
    }
}
