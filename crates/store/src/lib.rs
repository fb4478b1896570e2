#![doc = include_str!("../README.md")]

mod articles;
mod attempts;
mod connection;
mod coverage;
mod error;
mod hosts;
mod listings;
mod prices;
mod queue;
mod reading;
mod rows;
mod sessions;
mod tagging;
mod view;

pub use articles::{FetchRecord, KnownItem, Recorded};
pub use attempts::{Answered, Attempt, KnownAnswer, RecordedVisit, Visit};
pub use connection::{Store, file_of};
pub use coverage::{AttemptCount, ListedCount};
pub use error::StoreError;
pub use hosts::{HostRules, Lease, Permit, Release};
pub use listings::ListedCounts;
pub use prices::{PriceChange, PriceChanges};
pub use queue::{Claims, Listed, Next, QueuedItem, Sources};
pub use reading::{AsOf, SessionRow, TaggedArticle, ThemeRow};
pub use sessions::SessionAssignment;
pub use tagging::{RunKey, UntaggedRevision};
pub use view::{ArticleView, EvidenceRow};
