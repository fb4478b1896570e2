//! Single files that are no articles, fetched by the rules of a crawl: leases, gaps, robots.txt, limits, evidence, a row for each request.

use anyhow::Context as _;
use newsprint_fetcher::http::Body;
use newsprint_fetcher::warc::Role;
use newsprint_store::Store;

use super::crawl::archive;
use super::evidence::members;
use super::visited::{Content, Reads, Visited, read};
use super::writer::{Writer, Written};
use crate::context::Context;
use crate::exchange::Failure;
use crate::polite::{PoliteClient, warn_of};

/// Asks for one file after the other.
pub(crate) struct Single<'a> {
    context: &'a Context,
    client: PoliteClient,
    writer: Writer<'a>,
}

impl<'a> Single<'a> {
    /// Refused where the command is to stay offline, and where no evidence can be written.
    pub(crate) fn new(context: &'a Context, store: &'a Store) -> anyhow::Result<Self> {
        let settings = &context.config.settings.fetch;
        warn_of(settings);
        let mut archive = archive(settings);
        if let Some(archive) = &mut archive {
            let folder = settings.evidence.display();
            archive
                .check()
                .with_context(|| format!("write to {folder} (fetch.evidence)"))?;
        }
        Ok(Self {
            context,
            client: PoliteClient::new(context, store)?,
            writer: Writer::new(context, store, archive),
        })
    }

    /// The body of an address, or why there is none; either way every request has its record and its row before this returns. `source` is
    /// what the rows name it by.
    pub(crate) async fn ask(
        &mut self,
        source: &str,
        address: &str,
    ) -> anyhow::Result<Result<Body, Failure>> {
        // As a page it is asked without a condition: an answer that was recorded need not have been used.
        let exchanges = self.client.get(address, Role::Page).await?;
        let visited = Visited {
            source: source.to_owned(),
            item: address.to_owned(),
            reads: Reads::File,
            exchanges,
        };
        let members = match self.context.config.settings.fetch.evidence.as_os_str() {
            none if none.is_empty() => vec![],
            _ => members(&visited)?,
        };
        let read = read(self.context, visited);
        let answered = match &read.content {
            Ok(Content::File(body)) => Ok(body.clone()),
            Ok(_) => Err(Failure::new("unreadable", "it answered without a file")),
            Err(failure) => Err(failure.clone()),
        };
        let written = Written {
            read,
            members,
            next: None,
            done: None,
            _room: None,
        };
        self.writer.write(&mut vec![written]).await?;
        self.writer.finish();
        Ok(answered)
    }
}
