//! retag: revisions in a run of the current model and definitions, without letting tables show it.

use chrono::{NaiveDate, NaiveTime};
use newsprint_nlp::themes::ThemeSet;
use newsprint_store::{RunKey, Store};

use super::tag::{Tagged, Wanted, WantedThemes, tag_wanted};
use super::{StageReport, leased};
use crate::cli::parse_date;
use crate::context::Context;
use crate::exit::{Outcome, misuse};
use crate::runs::{everything, short};

#[derive(Debug, clap::Args)]
pub(crate) struct RetagArgs {
    /// Only articles that carry this theme in the promoted run, or that its phrases are found in now; may be repeated
    #[arg(long, value_name = "ID")]
    theme: Vec<String>,
    /// Only articles that became available on this day (UTC) or later
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    since: Option<NaiveDate>,
}

pub(crate) async fn command(context: &Context, args: &RetagArgs) -> anyhow::Result<Outcome> {
    for id in &args.theme {
        context.config.require_theme(id)?;
    }
    // Whoever tags promotes, so that both wait for each other.
    let work = async |store: &Store| {
        leased(context, store, "tag", async |store, _| {
            retag(context, store, args).await
        })
        .await
    };
    Ok(context.writing(work).await?.conclude())
}

async fn retag(context: &Context, store: &Store, args: &RetagArgs) -> anyhow::Result<StageReport> {
    let run = context.tag_run()?;
    let key = store
        .begin_run(&run, &context.pairs(), context.now())
        .await?;
    let promoted = store.promoted_run(everything(context)).await?;
    let wanted = Wanted {
        since: args.since.map(|day| day.and_time(NaiveTime::MIN).and_utc()),
        themes: themes(context, args, promoted.as_ref().map(|(run, _)| *run))?,
    };
    let Tagged {
        n_tagged,
        skipped,
        is_complete,
    } = tag_wanted(context, store, key, &wanted).await?;
    let id = run.id();
    let n_left = store.count_untagged(key).await?;
    let left = match n_left {
        0 => ", which has tagged all there is".into(),
        n => format!(", which leaves {n} untagged"),
    };
    let stopped = match is_complete {
        true => "",
        false => "; stopped early, run it again to go on",
    };
    let shown = shown(promoted.as_ref(), (key, &id), n_left == 0);
    Ok(StageReport {
        stage: "retag",
        summary: format!(
            "{n_tagged} revisions tagged in run {}{left}{stopped}{shown}",
            short(&id)
        ),
        n_done: n_tagged,
        skipped,
        noted: vec![],
    })
}

fn themes(
    context: &Context,
    args: &RetagArgs,
    tagged_by: Option<RunKey>,
) -> anyhow::Result<Option<WantedThemes>> {
    if args.theme.is_empty() {
        return Ok(None);
    }
    let mut definitions = context.config.themes.clone();
    definitions.retain(|theme| args.theme.iter().any(|id| id == theme.id.as_str()));
    let phrases = ThemeSet::new(definitions).map_err(|error| misuse(error.to_string()))?;
    Ok(Some(WantedThemes {
        ids: args.theme.clone(),
        phrases,
        tagged_by,
    }))
}

/// What tables show, and how that is changed.
fn shown(promoted: Option<&(RunKey, String)>, (run, id): (RunKey, &str), is_whole: bool) -> String {
    let id = short(id);
    match promoted {
        Some((promoted, _)) if *promoted == run => {
            "; it is the run that tables show: model and definitions are those of its tags".into()
        }
        Some((_, shown)) => {
            let shown = short(shown);
            let rest = match is_whole {
                true => "",
                false => "`newsprint retag` tags the rest, ",
            };
            format!(
                "; tables go on to show {shown}: {rest}`newsprint runs diff` compares, `newsprint runs promote {id}` switches"
            )
        }
        None => "; tables show no run yet: `newsprint tag` completes this one and shows it".into(),
    }
}
