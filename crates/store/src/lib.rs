#![doc = include_str!("../README.md")]

mod articles;
mod attempts;
mod cells;
mod connection;
mod contributions;
mod coverage;
mod error;
mod explanations;
mod export;
mod health;
mod hosts;
mod leases;
mod lineage;
mod listings;
mod migrations;
mod missing;
mod observations;
mod presence;
mod prices;
mod promotions;
mod queue;
mod reading;
mod removal;
mod replica;
mod roll_ups;
mod rows;
mod run_diff;
mod runs;
mod search;
mod sessions;
mod sql;
mod stories;
mod tag_rows;
mod tagging;
mod tallies;
mod view;

pub use articles::{FetchRecord, KnownItem, Recorded};
pub use attempts::{Answered, Attempt, KnownAnswer, RecordedVisit, Visit};
pub use cells::{Asked, CellRef, CellRow, Closed};
pub use connection::{Place, Store, without_password};
pub use coverage::{AttemptCount, ListedCount};
pub use error::StoreError;
pub use explanations::{AssignmentRow, CellAsked, CellPart, Origin, Particulars, RecordedClose};
pub use export::{
    ExportAsked, ExportedArticle, ExportedPrice, ExportedText, ExportedTheme, StoreRevision,
};
pub use health::{
    EvidenceFile, Integrity, ORPHANS, OpenLease, Orphans, PromotedRun, RecordedLater, Size,
    Unreached,
};
pub use hosts::{HostRules, Lease, Permit, Release};
pub use leases::{StageLease, StageLeased};
pub use lineage::{
    Alike, Candidate, MOST_CANDIDATES, RecordedLineage, TextPrint, UnlinkedRevision, WINDOW,
};
pub use listings::ListedCounts;
pub use migrations::SchemaState;
pub use observations::{ANY_THEME, CellSums};
pub use presence::Presence;
pub use prices::{PriceChange, PriceChanges};
pub use promotions::{Promotion, RunRow, left_for_the_latest};
pub use queue::{Claims, Listed, Next, QueuedItem, Sources};
pub use reading::{AsOf, SessionRow, TaggedArticle, ThemeRow};
pub use removal::{DELETED, EvidencePlace, Removable, Tombstone};
pub use replica::Replica;
pub use roll_ups::Pair;
pub use run_diff::{Comparison, Coverage, RunDifference, TagChange};
pub use runs::RunKey;
pub use search::{
    Found, FoundArticle, MATCH_BEGINS, MATCH_ENDS, QueryProblem, Search, SearchWords,
};
pub use sessions::SessionAssignment;
pub use sql::Engine;
pub use stories::{Follows, StoryMember, StorySummary};
pub use tagging::{TaggedRevision, UntaggedRevision};
pub use view::{ArticleView, EvidenceRow};
