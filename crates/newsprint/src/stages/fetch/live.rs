//! Feeds, sitemaps, section pages and pages over the network.

use std::collections::HashSet;

use newsprint_domain::article::Article;
use newsprint_fetcher::address::vet;
use newsprint_fetcher::assemble::{Origin, article};
use newsprint_fetcher::error::FetchError;
use newsprint_fetcher::http::Client;
use newsprint_fetcher::publisher::Source;
use newsprint_fetcher::warc::Role;
use newsprint_fetcher::{feed, page, section, sitemap};
use newsprint_store::Store;

use super::Tally;
use super::record::{Item, is_settled, record};
use crate::context::Context;
use crate::evidence::Evidence;
use crate::pace::{Fetched, PoliteClient};
use crate::progress;

/// Sitemaps that one source leads to, and how far below the first of them.
const MAX_SITEMAPS: usize = 50;
const MAX_SITEMAP_DEPTH: usize = 2;

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
        let is_list = !matches!(source, Source::Page { .. });
        let listed = match source {
            Source::Feed { .. } => self.entries(&name).await,
            Source::Sitemap { .. } => self.mapped(&name).await,
            Source::Section { links, .. } => self.linked(&name, links).await,
            Source::Page { .. } | Source::Folder { .. } | Source::Warc { .. } => {
                Ok(vec![name.clone()])
            }
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
            // An entry of a list is settled once it was read; a page that is a source itself is asked every time.
            if is_list && is_settled(known.get(address), "", tally) {
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
        let body = self.get(address, Role::List).await?.body;
        feed::entry_addresses(&body.bytes, &body.address)
    }

    /// Pages of a sitemap and of the sitemaps that it lists, each asked once.
    async fn mapped(&mut self, address: &str) -> Result<Vec<String>, FetchError> {
        let mut pages = Vec::new();
        let mut known = HashSet::from([address.to_owned()]);
        let mut next = vec![(address.to_owned(), 0)];
        while let Some((address, depth)) = next.pop() {
            let read = self.get(&address, Role::List).await;
            let read = read.and_then(|read| sitemap::read(&read.body.bytes, &read.body.address));
            let read = match read {
                Ok(read) => read,
                // Of an index one bad part does not spoil the others.
                Err(error) if depth > 0 => {
                    tracing::warn!(%address, %error, "A sitemap is left out");
                    continue;
                }
                Err(error) => return Err(error),
            };
            if read.n_left_out > 0 {
                tracing::warn!(%address, n = read.n_left_out, "Addresses of a sitemap are left out");
            }
            pages.extend(read.pages.into_iter().map(|page| page.address));
            if depth < MAX_SITEMAP_DEPTH {
                let new = read.sitemaps.into_iter();
                let new = new
                    .filter(|address| known.len() < MAX_SITEMAPS && known.insert(address.clone()));
                next.extend(new.map(|address| (address, depth + 1)));
            }
        }
        Ok(pages)
    }

    /// Links of a section page.
    async fn linked(&mut self, address: &str, selector: &str) -> Result<Vec<String>, FetchError> {
        let body = self.get(address, Role::List).await?.body;
        let content_type = body.content_type.as_deref();
        section::links(&body.bytes, content_type, &body.address, selector)
    }

    async fn article(&mut self, address: &str) -> Result<Article, FetchError> {
        let Fetched { body, at } = self.get(address, Role::Page).await?;
        let page = page::read(
            &body.bytes,
            body.content_type.as_deref(),
            Some(&body.address),
        )?;
        let origin = Origin::Answered(body.address.as_str(), at);
        article(
            page,
            origin,
            &self.context.config.publishers,
            self.context.now(),
        )
    }

    async fn get(&mut self, address: &str, role: Role) -> Result<Fetched, FetchError> {
        let settings = &self.context.config.settings.fetch;
        let url = vet(address, settings.allow_loopback)?;
        if let Some(client) = &mut self.client {
            return client.get(&url, role).await;
        }
        if settings.contact.is_empty() {
            tracing::warn!(
                "fetch.contact is empty: set it, so that publishers know whom to write to"
            );
        }
        let client = PoliteClient::new(
            Client::new(settings.limits())?,
            settings.gap(),
            self.context.clock,
            Evidence::configured(settings),
        );
        self.client.insert(client).get(&url, role).await
    }
}
