#![doc = include_str!("../README.md")]

mod articles;
mod attempts;
mod connection;
mod coverage;
mod error;
mod hosts;
mod leases;
mod listings;
mod migrations;
mod presence;
mod prices;
mod queue;
mod reading;
mod rows;
mod sessions;
mod sql;
mod tagging;
mod view;

pub use articles::{FetchRecord, KnownItem, Recorded};
pub use attempts::{Answered, Attempt, KnownAnswer, RecordedVisit, Visit};
pub use connection::{Place, Store, without_password};
pub use coverage::{AttemptCount, ListedCount};
pub use error::StoreError;
pub use hosts::{HostRules, Lease, Permit, Release};
pub use leases::{StageLease, StageLeased};
pub use listings::ListedCounts;
pub use presence::Presence;
pub use prices::{PriceChange, PriceChanges};
pub use queue::{Claims, Listed, Next, QueuedItem, Sources};
pub use reading::{AsOf, SessionRow, TaggedArticle, ThemeRow};
pub use sessions::SessionAssignment;
pub use sql::Engine;
pub use tagging::{RunKey, UntaggedRevision};
pub use view::{ArticleView, EvidenceRow};
