//! Feeds and pages over the network.

use newsprint_domain::article::Article;
use newsprint_fetcher::address::vet;
use newsprint_fetcher::assemble::{Origin, article};
use newsprint_fetcher::error::FetchError;
use newsprint_fetcher::http::{Body, Client};
use newsprint_fetcher::publisher::Source;
use newsprint_fetcher::{feed, page};
use newsprint_store::Store;

use super::Tally;
use super::record::{Item, is_settled, record};
use crate::context::Context;
use crate::pace::PoliteClient;
use crate::progress;

/// Live sources of one run, which share a client; it is made when the first of them is asked.
pub(super) struct LiveSources<'a> {
    context: &'a Context,
    store: &'a Store,
    client: Option<PoliteClient>,
}

impl<'a> LiveSources<'a> {
    pub(super) fn new(context: &'a Context, store: &'a Store) -> Self {
        Self {
            context,
            store,
            client: None,
        }
    }

    /// Fetches what is new in `source`; a source that fails is skipped with its reason.
    pub(super) async fn fetch(&mut self, source: &Source, tally: &mut Tally) -> anyhow::Result<()> {
        let name = source.name();
        let is_feed = matches!(source, Source::Feed { .. });
        let listed = match source {
            Source::Feed { .. } => self.entries(&name).await,
            Source::Page { .. } | Source::Folder { .. } => Ok(vec![name.clone()]),
        };
        let addresses = match listed {
            Ok(addresses) => addresses,
            Err(error) => {
                tally.skip(&name, error);
                return Ok(());
            }
        };
        let known = self.store.known_items(&name).await?;
        let bar = progress::bar("fetch", addresses.len());
        for address in &addresses {
            if self.context.is_cancelled() {
                break;
            }
            bar.inc(1);
            // An entry of a feed is settled once it was read; a page that is a source itself is asked every time.
            if is_feed && is_settled(known.get(address), "", tally) {
                continue;
            }
            let result = self.article(address).await;
            let item = Item {
                source: &name,
                name: address,
                digest: "",
            };
            record(self.context, self.store, item, result, tally).await?;
        }
        bar.finish_and_clear();
        Ok(())
    }

    async fn entries(&mut self, address: &str) -> Result<Vec<String>, FetchError> {
        let body = self.get(address).await?;
        feed::entry_addresses(&body.bytes, &body.address)
    }

    async fn article(&mut self, address: &str) -> Result<Article, FetchError> {
        let body = self.get(address).await?;
        let page = page::read(
            &body.bytes,
            body.content_type.as_deref(),
            Some(&body.address),
        )?;
        let origin = Origin::Live(body.address.as_str());
        article(
            page,
            origin,
            &self.context.config.publishers,
            self.context.now(),
        )
    }

    async fn get(&mut self, address: &str) -> Result<Body, FetchError> {
        let settings = &self.context.config.settings.fetch;
        let url = vet(address, settings.allow_loopback)?;
        if let Some(client) = &mut self.client {
            return client.get(&url).await;
        }
        if settings.contact.is_empty() {
            tracing::warn!(
                "fetch.contact is empty: set it, so that publishers know whom to write to"
            );
        }
        let client = PoliteClient::new(Client::new(settings.limits())?, settings.gap());
        self.client.insert(client).get(&url).await
    }
}
