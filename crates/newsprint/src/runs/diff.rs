//! runs diff: what would change where tables showed another run.

use std::collections::BTreeSet;

use anyhow::Context as _;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use newsprint_domain::sentiment::ONE;
use newsprint_store::{Comparison, RunDifference, RunKey, RunRow, Store, TagChange};
use newsprint_study::agreement::Agreement;

use super::{named, short};
use crate::context::Context;
use crate::exit::{Outcome, misuse};
use crate::output::print;
use crate::progress::say;
use crate::report::run_diff::{Selections, tables};
use crate::report::{Selection, TableArgs};
use crate::table::{Cell, Format, Table};

#[derive(Debug, clap::Args)]
pub(crate) struct DiffArgs {
    /// The run before, by its id or the beginning of it [default: the promoted one]
    before: Option<String>,
    /// The run after [default: that of the configured model and definitions]
    after: Option<String>,
    /// Only this part of the answer
    #[arg(long, value_enum, value_name = "PART")]
    part: Option<Part>,
    #[command(flatten)]
    asked: TableArgs,
}

/// A part of the answer; each is a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// The two runs and what they have tagged
    Runs,
    /// Themes, indices and sentences
    Tags,
    /// The cells of theme-day
    ThemeDay,
    /// The rows of returns
    Returns,
}

const PARTS: [Part; 4] = [Part::Runs, Part::Tags, Part::ThemeDay, Part::Returns];

type Named = (RunKey, String);

pub(super) async fn diff(context: &Context, args: &DiffArgs) -> anyhow::Result<Outcome> {
    if args.asked.explain {
        print(EXPLAINED)?;
        return Ok(Outcome::Done);
    }
    if args.asked.known.run.is_some() {
        return Err(misuse(
            "runs diff compares two runs: name them without --run",
        ));
    }
    let selection = args.asked.selection(context)?;
    let read = async |store: &Store| {
        let before = before(store, args, &selection).await?;
        let after = after(context, store, args).await?;
        if before.0 == after.0 {
            return Ok(Err(before.1));
        }
        all_parts(context, store, &selection, [before, after])
            .await
            .map(Ok)
    };
    match context.reading(read).await? {
        Err(same) => {
            say(&format!(
                "runs diff: both are run {}: nothing to compare; `newsprint runs list` lists them",
                short(&same)
            ));
            Ok(Outcome::Nothing)
        }
        Ok(parts) => {
            let parts = PARTS.into_iter().zip(parts);
            let asked = parts.filter(|(part, _)| args.part.is_none_or(|asked| asked == *part));
            let asked: Vec<Table> = asked.map(|(_, table)| table).collect();
            show(&asked, context.format)?;
            Ok(Outcome::Done)
        }
    }
}

async fn before(store: &Store, args: &DiffArgs, selection: &Selection) -> anyhow::Result<Named> {
    if let Some(beginning) = &args.before {
        return named(store, beginning, &format!("runs diff {beginning}")).await;
    }
    let promoted = store.promoted_run(selection.as_of).await?;
    promoted.ok_or_else(|| misuse("no run had been promoted: name the run before"))
}

async fn after(context: &Context, store: &Store, args: &DiffArgs) -> anyhow::Result<Named> {
    if let Some(beginning) = &args.after {
        return named(store, beginning, &format!("runs diff {beginning}")).await;
    }
    let id = context.tag_run()?.id();
    let key = store.run_key(&id).await?;
    let key = key.ok_or_else(|| {
        misuse(
            "the configured model and definitions have tagged nothing: `newsprint retag` tags with them, or name the run after",
        )
    })?;
    Ok((key, id))
}

async fn all_parts(
    context: &Context,
    store: &Store,
    selection: &Selection,
    [before, after]: [Named; 2],
) -> anyhow::Result<[Table; 4]> {
    let start = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    let comparison = Comparison {
        before: before.0,
        after: after.0,
        as_of: selection.as_of,
        from: selection.from.map(start),
        until: selection
            .to
            .and_then(|to| to.checked_add_days(Days::new(1)))
            .map(start),
    };
    let difference = store.run_difference(&comparison).await?;
    let all = store.runs(selection.as_of).await?;
    let row = |named: &Named| all.iter().find(|run| run.key == named.0);
    let rows = [row(&before), row(&after)];
    let of = |named: &Named| Selection {
        run: Some(named.1.clone()),
        ..selection.clone()
    };
    let selections = Selections {
        before: of(&before),
        after: of(&after),
    };
    let [theme_day, returns] = tables(context, store, &selections).await?;
    let mut parts = [
        runs(&difference, rows, selection.as_of.instant),
        tags(&difference, selection),
        theme_day,
        returns,
    ];
    if let Some(warning) = partial(&difference, [&before.1, &after.1]) {
        for table in [0, 2, 3] {
            parts[table].notes.insert(0, warning.clone());
        }
    }
    Ok(parts)
}

/// Where one run has not tagged what the other has, tables differ by that too.
fn partial(difference: &RunDifference, ids: [&str; 2]) -> Option<String> {
    let coverage = difference.coverage;
    let [before, after] = ids.map(short);
    let lacks = |run: &str, n: i64| {
        (n > 0).then(|| format!("run {run} HAS NOT TAGGED {n} revisions that the other has"))
    };
    let lacking = [
        lacks(after, coverage.n_only_before),
        lacks(before, coverage.n_only_after),
    ];
    let lacking: Vec<String> = lacking.into_iter().flatten().collect();
    (!lacking.is_empty()).then(|| {
        let lacking = lacking.join(", ");
        format!(
            "{lacking}: theme_day and returns differ by what is covered too, not by the tags alone"
        )
    })
}

fn runs(difference: &RunDifference, runs: [Option<&RunRow>; 2], instant: DateTime<Utc>) -> Table {
    let coverage = difference.coverage;
    let sides = [
        ("before", coverage.n_only_before),
        ("after", coverage.n_only_after),
    ];
    let rows = sides.into_iter().zip(runs).map(|((side, n_alone), run)| {
        let text = |text: Option<&str>| text.map_or(Cell::Null, Cell::text);
        vec![
            Cell::text(side),
            text(run.map(|run| short(&run.id))),
            text(run.map(|run| run.run.model.as_str())),
            text(run.map(|run| short(&run.run.definitions_hash))),
            text(run.map(|run| run.run.code_version.as_str())),
            Cell::Count(coverage.n_both + n_alone),
            Cell::Count(n_alone),
        ]
    });
    Table {
        name: "runs_diff",
        columns: vec![
            "side",
            "run",
            "model",
            "definitions",
            "code_version",
            "tagged",
            "alone",
        ],
        rows: rows.collect(),
        notes: vec![
            format!("as of {}", instant.format("%Y-%m-%d %H:%M:%S UTC")),
            format!("{} revisions tagged by both", coverage.n_both),
        ],
    }
}

fn tags(difference: &RunDifference, selection: &Selection) -> Table {
    let n_articles = difference.n_articles;
    let asked: BTreeSet<&str> = selection.themes.iter().map(String::as_str).collect();
    let has_theme = |change: &&TagChange| asked.is_empty() || asked.contains(change.id.as_str());
    let has_index = |change: &&TagChange| {
        let mut indices = selection.indices.iter();
        selection.indices.is_empty() || indices.any(|index| index.as_str() == change.id)
    };
    let themes = difference.themes.iter().filter(has_theme);
    let indices = difference.indices.iter().filter(has_index);
    let themes = themes.map(|change| row("theme", change, Some(n_articles)));
    let indices = indices.map(|change| row("index", change, Some(n_articles)));
    let sentences = [row("sentences", &difference.sentences, None)];
    let mut notes = vec![format!(
        "{n_articles} articles compared, by their first revision: those that both runs have tagged"
    )];
    if selection.from.is_some() || selection.to.is_some() {
        notes.push("of articles that became available on these days, UTC".into());
    }
    notes.push("flips: kept with a tone above zero in one run and below in the other; `newsprint runs diff --explain` says more".into());
    Table {
        name: "tags_diff",
        columns: vec![
            "what",
            "id",
            "before",
            "after",
            "kept",
            "gained",
            "lost",
            "equal",
            "kappa",
            "flips",
            "mean_difference",
        ],
        rows: themes.chain(indices).chain(sentences).collect(),
        notes,
    }
}

/// A row; among `n_items`, where what neither run found can be counted.
#[expect(
    clippy::cast_precision_loss,
    reason = "sums of tones stay far below 2^53"
)]
fn row(what: &str, change: &TagChange, n_items: Option<i64>) -> Vec<Cell> {
    let TagChange {
        n_kept,
        n_gained,
        n_lost,
        n_toned,
        n_flips,
        sum_of_differences,
        ..
    } = *change;
    let agreement = n_items.map(|n_items| Agreement {
        both: n_kept,
        only_first: n_lost,
        only_second: n_gained,
        neither: n_items - n_kept - n_gained - n_lost,
    });
    let difference = sum_of_differences as f64 / n_toned as f64 / f64::from(ONE);
    vec![
        Cell::text(what),
        Cell::text(&change.id),
        Cell::Count(n_kept + n_lost),
        Cell::Count(n_kept + n_gained),
        Cell::Count(n_kept),
        Cell::Count(n_gained),
        Cell::Count(n_lost),
        Cell::number(agreement.and_then(|agreement| agreement.share_equal()), 3),
        Cell::number(agreement.and_then(|agreement| agreement.kappa()), 3),
        Cell::Count(n_flips),
        Cell::number((n_toned > 0).then_some(difference), 3),
    ]
}

/// Prints tables one after the other; as JSON in one list, as CSV with an empty line between.
fn show(tables: &[Table], format: Format) -> anyhow::Result<()> {
    if format == Format::Csv {
        let notes = tables.iter().flat_map(|table| &table.notes);
        notes.for_each(|note| say(note));
    }
    let rendered: Vec<String> = tables
        .iter()
        .map(|table| table.rendered(format))
        .collect::<anyhow::Result<_>>()?;
    if format != Format::Json {
        return print(&rendered.join("\n"));
    }
    let parsed = rendered.iter().map(|table| serde_json::from_str(table));
    let parsed: Vec<serde_json::Value> = parsed.collect::<Result<_, _>>().context("print JSON")?;
    let whole = serde_json::json!({ "tables": parsed });
    print(&(serde_json::to_string_pretty(&whole)? + "\n"))
}

const EXPLAINED: &str = "\
runs diff: what would change where tables showed the run after and not the run before
  runs_diff       the two runs; tagged: revisions; alone: those of them that the other has not tagged
  tags_diff       over articles that both have tagged, by their first revision, as tables count them; --from and --to: by the day (UTC) on
                  which they became available; sentences: kept are those that begin and end at the same place
    gained, lost  articles in which only the run after, only the run before found the theme or index
    equal         share of all these articles in which both or neither found it; kappa: Cohen's, 1 of full agreement, 0 of chance
    flips         kept, with a tone above zero in one run and below in the other
    mean_difference  mean absolute difference of tone over those kept that have one in both
  theme_day_diff  theme_day of each run as it is printed; cells: session × theme × index; change: any sum of theirs differs;
                  largest_change: of mean tone, after minus before, and the session of it
  returns_diff    rows of returns that are read differently, or that one run alone has; both runs against the same closes
";
