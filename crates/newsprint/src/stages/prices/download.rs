//! `prices fetch`: price files from the configured addresses, asked for as everything else is: under a lease of the host, with its gap
//! and its robots.txt, within the limits of time and size, and kept in the evidence.

use chrono::{Days, NaiveDate};
use newsprint_domain::index::IndexDefinition;
use newsprint_store::{AsOf, Store};
use url::Url;

use super::import::Import;
use crate::config::PriceAddress;
use crate::context::Context;
use crate::exit::misuse;
use crate::stages::fetch::single::Single;

/// Where nothing is recorded of an index its closes are asked for from this day on.
const FIRST_DAY: NaiveDate = match NaiveDate::from_ymd_opt(2000, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};
/// So long before the last recorded close the next file begins: sources correct closes within days.
const OVERLAP: Days = Days::new(10);

/// What to ask for.
pub(super) struct Wanted<'a> {
    indices: Vec<(&'a IndexDefinition, &'a PriceAddress)>,
    from: Option<NaiveDate>,
}

impl<'a> Wanted<'a> {
    /// Every index that has an address.
    pub(super) fn configured(context: &'a Context, from: Option<NaiveDate>) -> Self {
        let settings = &context.config.settings.prices;
        let indices = context.config.indices.iter();
        let indices = indices
            .filter_map(|index| Some((index, settings.address(index)?)))
            .collect();
        Self { indices, from }
    }

    /// These indices; an error where one is unknown or has no address.
    pub(super) fn named(
        context: &'a Context,
        ids: &[String],
        from: Option<NaiveDate>,
    ) -> anyhow::Result<Self> {
        let settings = &context.config.settings.prices;
        let addressed = |id: &String| {
            let index = context.config.require_index(id)?;
            let address = settings.address(index).ok_or_else(|| {
                misuse(format!(
                    "newsprint.toml: no address is known of index {id}: name one in [prices.urls]"
                ))
            })?;
            Ok((index, address))
        };
        let indices = ids.iter().map(addressed).collect::<anyhow::Result<_>>()?;
        Ok(Self { indices, from })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }
}

/// Asks for each file, one after the other, and imports what is answered; what is not answered is skipped.
pub(super) async fn download(
    context: &Context,
    store: &Store,
    wanted: &Wanted<'_>,
    import: &mut Import<'_>,
) -> anyhow::Result<()> {
    let mut single = Single::new(context, store)?;
    for (index, address) in &wanted.indices {
        if context.is_cancelled() {
            break;
        }
        let days = days(context, store, index, wanted.from).await?;
        let address = address.of(index, days).map_err(misuse)?;
        let answered = single
            .ask(&format!("prices:{}", index.id), &address)
            .await?;
        let shown = without_query(&address);
        match answered {
            Ok(body) => import.bytes(shown, &body.bytes, Some(index)).await?,
            Err(failure) => import.skip(
                &format!("{shown} of {}", index.id),
                hidden(&address, &failure.detail),
            ),
        }
    }
    Ok(())
}

/// An address as messages show it: its query may hold a key.
fn without_query(address: &str) -> &str {
    address.split(['?', '#']).next().unwrap_or_default()
}

/// A message without the address's query, as it was written and as a client writes it.
fn hidden(address: &str, message: &str) -> String {
    let written = &address[without_query(address).len()..];
    let parsed = Url::parse(address).ok();
    let sent = parsed.as_ref().and_then(Url::query).unwrap_or_default();
    let queries = [written, sent].into_iter().filter(|query| query.len() > 1);
    queries.fold(message.to_owned(), |message, query| {
        message.replace(query, "…")
    })
}

/// First and last day to ask for.
async fn days(
    context: &Context,
    store: &Store,
    index: &IndexDefinition,
    from: Option<NaiveDate>,
) -> anyhow::Result<(NaiveDate, NaiveDate)> {
    let now = context.now();
    let calendar = index.exchange.as_ref();
    let calendar = calendar.and_then(|exchange| context.config.calendars.get(exchange));
    let today = calendar.map_or(now.date_naive(), |calendar| calendar.local_date(now));
    if let Some(from) = from {
        return Ok((from, today));
    }
    let recorded = AsOf {
        instant: now,
        reconstructed: true,
    };
    let known = store.prices(&index.id, recorded).await?;
    let last = known
        .last_key_value()
        .and_then(|(date, _)| date.checked_sub_days(OVERLAP));
    Ok((last.unwrap_or(FIRST_DAY), today))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_no_message() {
        let address = "https://a.example/q?s=^RUT&key=secret";
        assert_eq!(without_query(address), "https://a.example/q");
        for sent in [
            address,
            "https://a.example/q?s=^RUT&key=secret#top",
            "https://a.example/q?s=%5ERUT&key=secret",
        ] {
            let message = format!("error sending request for url ({sent}): timed out");
            let shown = hidden(sent, &message);
            assert!(
                !shown.contains("secret") && shown.contains("a.example/q"),
                "{shown}"
            );
        }
        assert_eq!(hidden("https://a.example/q", "gone"), "gone");
    }
}
