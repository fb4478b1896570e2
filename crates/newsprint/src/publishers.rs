//! publishers: who is configured, and how a site becomes a row of `publishers.toml`.

mod add;
mod gathered;
mod look;
mod rows;

use newsprint_fetcher::publisher::{Publisher, Source};

use crate::context::Context;
use crate::exit::Outcome;
use crate::progress::say;
use crate::table::{Cell, Table, printable};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum PublishersCommand {
    /// List the publishers
    List,
    /// Find a site's feeds and sitemaps from its home page, and add it to publishers.toml
    Add(add::AddArgs),
}

pub(crate) async fn command(
    context: &Context,
    command: &PublishersCommand,
) -> anyhow::Result<Outcome> {
    match command {
        PublishersCommand::List => list(context),
        PublishersCommand::Add(args) => add::add(context, args).await,
    }
}

fn list(context: &Context) -> anyhow::Result<Outcome> {
    let rows = context.config.publishers.iter().map(|publisher| {
        vec![
            Cell::text(publisher.id.as_str()),
            Cell::text(&publisher.name),
            Cell::text(&publisher.domain),
            Cell::text(publisher.timezone.0.name()),
            Cell::text(&publisher.language),
            Cell::text(sources(publisher)),
        ]
    });
    let columns = vec!["id", "name", "domain", "timezone", "language", "sources"];
    let table = Table {
        name: "publishers",
        columns,
        rows: rows.collect(),
        notes: vec![],
    };
    table.print(context.format)?;
    Ok(Outcome::Done)
}

/// How many sources of which kind, such as `2 feeds, 1 sitemap`.
fn sources(publisher: &Publisher) -> String {
    let kinds = [
        ("feed", "feeds"),
        ("sitemap", "sitemaps"),
        ("section page", "section pages"),
        ("page", "pages"),
        ("WARC path", "WARC paths"),
        ("folder", "folders"),
    ];
    let mut counts = [0; 6];
    for source in &publisher.sources {
        counts[place(source)] += 1;
    }
    let told = kinds.into_iter().zip(counts);
    let told: Vec<String> = told
        .filter(|(_, count)| *count > 0)
        .map(|((one, many), count)| counted(count, one, many))
        .collect();
    match told.is_empty() {
        true => "none".to_owned(),
        false => told.join(", "),
    }
}

/// Where a source's kind stands among those that [`sources`] names.
fn place(source: &Source) -> usize {
    match source {
        Source::Feed { .. } => 0,
        Source::Sitemap { .. } => 1,
        Source::Section { .. } => 2,
        Source::Page { .. } => 3,
        Source::Warc { .. } => 4,
        Source::Folder { .. } => 5,
    }
}

/// A number of things, such as `2 feeds`.
fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Says on standard error what is done, with the words of sites made harmless.
fn tell(message: &str) {
    say(&format!("publishers: {}", printable(message)));
}
