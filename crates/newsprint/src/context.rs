//! What every command works with.

use chrono::{DateTime, Utc};
use newsprint_nlp::tagger::Tagger;
use newsprint_store::Store;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::Config;
use crate::lock::Lock;
use crate::table::Format;

/// Configuration, clock, and the wish to stop.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) cancel: CancellationToken,
    pub(crate) format: Format,
}

/// A store that nobody else writes to while this is held.
pub(crate) struct WritableStore {
    pub(crate) store: Store,
    _lock: Lock,
}

impl Context {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Opens the store to write, as the only writer.
    pub(crate) async fn writable_store(&self) -> anyhow::Result<WritableStore> {
        let url = &self.config.settings.store.url;
        let _lock = Lock::acquire(url)?;
        Ok(WritableStore {
            store: Store::open(url).await?,
            _lock,
        })
    }

    /// Opens the store to read; it must be there.
    pub(crate) async fn readable_store(&self) -> anyhow::Result<Store> {
        Ok(Store::open_existing(&self.config.settings.store.url).await?)
    }

    /// Loads the model and compiles all definitions.
    pub(crate) fn load_tagger(&self) -> anyhow::Result<Tagger> {
        let model = &self.config.settings.model;
        Ok(Tagger::new(
            model.name.load(model.threads)?,
            self.config.theme_set()?,
            self.config.index_set()?,
        ))
    }
}
