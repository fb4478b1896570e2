//! themes: what is defined, whether it does what its examples and labelled articles say, and how to make a new one.

mod diff;
mod gold;
mod new;
mod show;
mod suggest;

use std::path::PathBuf;

use crate::context::Context;
use crate::exit::Outcome;
use crate::progress::say;
use crate::table::{Cell, Table, printable};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum ThemesCommand {
    /// List the themes
    List,
    /// Print one theme: what it means, its rules, what it is linked to
    Show {
        /// The theme
        id: String,
    },
    /// Run every theme over its own examples; with --gold over labelled articles
    Test {
        /// Only this theme
        id: Option<String>,
        /// Score themes, stances and indices on labelled articles: JSON lines, by default the built-in ones
        #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = gold::BUILT_IN)]
        gold: Option<PathBuf>,
    },
    /// Compare two versions of the themes: rules that came and went, and examples that read differently
    Diff {
        /// A theme's file, or a folder of them
        old: PathBuf,
        /// The same, newer
        new: PathBuf,
    },
    /// Words that stored articles with a theme use and others do not: candidates for its phrases
    Suggest {
        /// The theme
        id: String,
        /// How many
        #[arg(long, value_name = "N", default_value_t = 20)]
        limit: usize,
    },
    /// Write the skeleton of a new theme to the configuration's folder
    New {
        /// Its id: small letters, digits and underscores
        id: String,
    },
}

pub(crate) async fn command(context: &Context, command: &ThemesCommand) -> anyhow::Result<Outcome> {
    match command {
        ThemesCommand::List => list(context),
        ThemesCommand::Show { id } => show::show(context, id),
        ThemesCommand::Test {
            id,
            gold: Some(file),
        } => gold::test(context, id.as_deref(), file),
        ThemesCommand::Test { id, gold: None } => test(context, id.as_deref()),
        ThemesCommand::Diff { old, new } => diff::diff(context, old, new),
        ThemesCommand::Suggest { id, limit } => suggest::suggest(context, id, *limit).await,
        ThemesCommand::New { id } => new::new(context, id),
    }
}

/// Fails on any example that does not do what its file says.
fn test(context: &Context, id: Option<&str>) -> anyhow::Result<Outcome> {
    if let Some(id) = id {
        context.config.require_theme(id)?;
    }
    let tagger = context.load_tagger()?;
    let mut scores = tagger.score_examples()?;
    scores.retain(|score| id.is_none_or(|id| score.definition.id.as_str() == id));
    let columns = vec![
        "theme",
        "version",
        "examples",
        "precision",
        "recall",
        "failing",
    ];
    let mut table = Table {
        name: "themes",
        columns,
        rows: vec![],
        notes: vec![],
    };
    for score in &scores {
        table.rows.push(vec![
            Cell::text(score.definition.id.as_str()),
            Cell::Count(i64::from(score.definition.version)),
            Cell::count(score.definition.examples.len()),
            Cell::number(score.precision(), 2),
            Cell::number(score.recall(), 2),
            Cell::count(score.n_failing()),
        ]);
        let id = &score.definition.id;
        for text in &score.false_negatives {
            say(&format!(
                "themes/{id}.toml: must hit and does not: {}",
                printable(text)
            ));
        }
        for (text, wanted, found) in &score.other_stances {
            say(&format!(
                "themes/{id}.toml: stance must be {} and is {}: {}",
                wanted.value(),
                found.value(),
                printable(text)
            ));
        }
        for text in &score.false_positives {
            say(&format!(
                "themes/{id}.toml: must not hit and does: {}",
                printable(text)
            ));
        }
    }
    table.print(context.format)?;
    let n_clean = scores.iter().filter(|score| score.is_clean()).count();
    Ok(match n_clean {
        _ if n_clean == scores.len() => Outcome::Done,
        0 => Outcome::Nothing,
        _ => Outcome::InPart,
    })
}

fn list(context: &Context) -> anyhow::Result<Outcome> {
    let rows = context.config.themes.iter().map(|theme| {
        let indices: Vec<&str> = theme.indices.iter().map(|index| index.as_str()).collect();
        vec![
            Cell::text(theme.id.as_str()),
            Cell::Count(i64::from(theme.version)),
            Cell::text(&theme.label),
            Cell::text(indices.join(" ")),
            Cell::text(&theme.description),
        ]
    });
    let columns = vec!["theme", "version", "label", "indices", "description"];
    let table = Table {
        name: "themes",
        columns,
        rows: rows.collect(),
        notes: vec![],
    };
    table.print(context.format)?;
    Ok(Outcome::Done)
}
