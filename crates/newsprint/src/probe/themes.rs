//! themes: what is defined, and whether it does what its own examples say.

use crate::context::Context;
use crate::exit::Outcome;
use crate::progress::say;
use crate::table::{Cell, Table, printable};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum ThemesCommand {
    /// Run every theme over its own examples
    Test {
        /// Only this theme
        id: Option<String>,
    },
    /// List the themes
    List,
}

pub(crate) fn command(context: &Context, command: &ThemesCommand) -> anyhow::Result<Outcome> {
    match command {
        ThemesCommand::Test { id } => test(context, id.as_deref()),
        ThemesCommand::List => list(context),
    }
}

/// Fails on any example that does not do what its file says.
fn test(context: &Context, id: Option<&str>) -> anyhow::Result<Outcome> {
    if let Some(id) = id {
        context.config.require_theme(id)?;
    }
    let themes = context.config.theme_set()?;
    let mut scores = themes.score_examples();
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
            Cell::count(score.false_positives.len() + score.false_negatives.len()),
        ]);
        let id = &score.definition.id;
        for text in &score.false_negatives {
            say(&format!(
                "themes/{id}.toml: must hit and does not: {}",
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
