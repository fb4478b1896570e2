//! demo: the whole job on data compiled into the binary: FOMC statements, ten articles about July 2024, and daily closes.

use anyhow::Context as _;
use newsprint_fetcher::error::FetchError;
use newsprint_store::Store;

use crate::config::{publishers, shipped_demo};
use crate::context::Context;
use crate::exit::{Outcome, misuse};
use crate::output::print;
use crate::progress::say;
use crate::report::statistics::Statistics;
use crate::report::{self, MIN_SESSIONS, TableArgs, returns, theme_day};
use crate::stages::fetch::{Tally, replay};
use crate::stages::{prices, tag};
use crate::table::Format;

/// The demo's store, in the working directory.
pub(crate) const STORE: &str = "newsprint-demo.db";

/// The article that is shown with its tags.
const EXAMPLE: &str = "https://www.harbourledger.example/markets/small-caps-soar-trump-trade";

pub(crate) async fn demo(context: &Context) -> anyhow::Result<Outcome> {
    if context.format != Format::Table {
        return Err(misuse("demo prints text alone: leave out --format"));
    }
    let mut context = context.clone();
    context.config.publishers = publishers(&shipped_text("publishers.toml")?)?;
    let outcome = context
        .writing(async |store| stages(&context, store).await)
        .await?;
    if context.is_cancelled() {
        return Ok(Outcome::InPart);
    }
    show(&context).await?;
    let store = context
        .config
        .settings
        .store
        .url
        .trim_start_matches("sqlite:");
    say(&format!(
        "\ndemo: everything is in {store}; try `newsprint --db {store} report articles --from 2024-07-01`"
    ));
    Ok(outcome)
}

async fn stages(context: &Context, store: &Store) -> anyhow::Result<Outcome> {
    let fetched = fetch(context, store).await?;
    let tagged = tag::tag(context, store).await?.conclude();
    if context.is_cancelled() {
        return Ok(Outcome::InPart);
    }
    let priced = prices::import_bytes(context, store, shipped_demo("prices/"))
        .await?
        .conclude();
    Ok(fetched.and(tagged).and(priced))
}

async fn fetch(context: &Context, store: &Store) -> anyhow::Result<Outcome> {
    let mut tally = Tally::default();
    let pages: Vec<_> = shipped_demo("pages/").collect();
    let pages = pages
        .into_iter()
        .map(|(name, bytes)| (name.to_owned(), || Ok::<_, FetchError>(bytes.to_vec())));
    replay::replay(context, store, "demo", pages, &mut tally).await?;
    Ok(tally.report(1).conclude())
}

/// The example article, theme_day of July 2024, and returns after the FOMC's statements.
async fn show(context: &Context) -> anyhow::Result<()> {
    report::article(context, EXAMPLE).await?;
    let july = TableArgs {
        theme: [
            "rate_cuts",
            "small_caps",
            "megacap_tech",
            "sector_rotation",
            "trump_trade",
        ]
        .map(str::to_owned)
        .to_vec(),
        index: vec!["RUT".into()],
        from: "2024-07-01".parse().ok(),
        to: "2024-07-31".parse().ok(),
        ..TableArgs::default()
    };
    let statements = TableArgs {
        theme: ["central_banks", "inflation"].map(str::to_owned).to_vec(),
        index: ["GSPC", "UST10Y"].map(str::to_owned).to_vec(),
        min_n: MIN_SESSIONS,
        ..TableArgs::default()
    };
    let (july, statements) = (july.selection(context)?, statements.selection(context)?);
    let read = async |store: &Store| {
        let theme_day = theme_day::table(context, store, &july).await?;
        Ok((
            theme_day,
            returns::table(context, store, &Statistics::of(statements.clone())).await?,
        ))
    };
    let (theme_day, returns) = context.reading(read).await?;
    print("\n")?;
    theme_day.print(context.format)?;
    print("\n")?;
    returns.print(context.format)
}

fn shipped_text(name: &str) -> anyhow::Result<String> {
    let (_, bytes) = shipped_demo(name)
        .next()
        .with_context(|| format!("the binary ships no {name}"))?;
    String::from_utf8(bytes.to_vec()).with_context(|| format!("read {name}"))
}
