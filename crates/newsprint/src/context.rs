//! What every command works with.

use std::io::ErrorKind;

use chrono::{DateTime, Utc};
use newsprint_domain::tags::TagRun;
use newsprint_nlp::sentiment::SentimentModel;
use newsprint_nlp::tagger::{Tagger, tag_run};
use newsprint_store::{ANY_THEME, Pair, Presence, Store, StoreError, without_password};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::Config;
use crate::table::Format;

/// Whether there was no room on a disk, be it the store's or that of a file.
fn is_disk_full(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let of_store = cause.downcast_ref::<StoreError>();
        let of_file = cause.downcast_ref::<std::io::Error>();
        matches!(of_store, Some(StoreError::DiskFull { .. }))
            || of_file.is_some_and(|problem| problem.kind() == ErrorKind::StorageFull)
    })
}

/// Configuration, clock, and the wish to stop.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) cancel: CancellationToken,
    pub(crate) format: Format,
    /// All that were named, in case files are written in several; empty where none was.
    pub(crate) formats: Vec<Format>,
    /// Whether nothing may be asked of the network.
    pub(crate) offline: bool,
}

impl Context {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A name that no other run has.
    pub(crate) fn holder(&self) -> String {
        let started = self.clock.wall().timestamp_micros();
        format!("{}-{started}", std::process::id())
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Does `work` on the store beside others who write to it too. The store is closed after it, so that it is one whole file.
    pub(crate) async fn writing<T>(
        &self,
        work: impl AsyncFnOnce(&Store) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let url = &self.config.settings.store.url;
        let mut presence = Presence::join(url).await?;
        let store = Store::open(url).await?;
        if presence.is_alone() {
            store.end_leases(self.clock.wall()).await?;
            presence.let_others_in().await?;
        }
        let result = work(&store).await;
        store.close().await;
        presence.leave().await;
        result.map_err(|error| {
            if is_disk_full(&error) {
                self.free_space(error)
            } else {
                error
            }
        })
    }

    /// Says what to do where a disk is full.
    fn free_space(&self, error: anyhow::Error) -> anyhow::Error {
        let store = without_password(&self.config.settings.store.url);
        let place = store.strip_prefix("sqlite:").unwrap_or(&store);
        let evidence = self.config.settings.fetch.evidence.display();
        error.context(format!(
            "the disk is full: free space on that of the store ({place}), of the evidence ({evidence}) or of the file that is named here, \
             and run this again; what was recorded before is kept"
        ))
    }

    /// Does `work` on the store as it is, which must be there.
    pub(crate) async fn reading<T>(
        &self,
        work: impl AsyncFnOnce(&Store) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let store = Store::open_to_read(&self.config.settings.store.url).await?;
        let result = work(&store).await;
        store.close().await;
        result
    }

    /// The tag run that the configured model and definitions make.
    pub(crate) fn tag_run(&self) -> anyhow::Result<TagRun> {
        let model = &self.config.settings.model.name;
        Ok(tag_run(model, &self.config.definitions_hash)?)
    }

    /// Which indices each theme is read against, by which exchange's sessions: what a run records of itself.
    pub(crate) fn pairs(&self) -> Vec<Pair> {
        let mut pairs = Vec::new();
        for index in &self.config.indices {
            let Some(exchange) = &index.exchange else {
                continue;
            };
            let pair = |theme: &str, is_linked| Pair {
                theme: theme.to_owned(),
                index: index.id.clone(),
                exchange: exchange.clone(),
                is_linked,
            };
            pairs.push(pair(ANY_THEME, false));
            let themes = self.config.themes.iter();
            pairs.extend(
                themes.map(|theme| pair(theme.id.as_str(), theme.indices.contains(&index.id))),
            );
        }
        pairs
    }

    /// Loads the configured model.
    pub(crate) fn load_model(&self) -> anyhow::Result<Box<dyn SentimentModel>> {
        let model = &self.config.settings.model;
        Ok(model.name.load(model.threads)?)
    }

    /// Loads the model and compiles all definitions.
    pub(crate) fn load_tagger(&self) -> anyhow::Result<Tagger> {
        Ok(Tagger::new(
            self.load_model()?,
            self.config.theme_set()?,
            self.config.index_set()?,
        ))
    }
}
