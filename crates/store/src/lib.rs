#![doc = include_str!("../README.md")]

mod articles;
mod connection;
mod error;
mod prices;
mod reading;
mod rows;
mod sessions;
mod tagging;
mod view;

pub use articles::{FetchRecord, KnownItem, Recorded};
pub use connection::{Store, file_of};
pub use error::StoreError;
pub use prices::{PriceChange, PriceChanges};
pub use reading::{AsOf, SessionRow, TaggedArticle, ThemeRow};
pub use sessions::SessionAssignment;
pub use tagging::{RunKey, UntaggedRevision};
pub use view::{ArticleView, EvidenceRow};
