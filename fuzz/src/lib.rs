//! What must hold of any bytes: the same checks as `crates/fetcher/tests/corpus.rs` makes of the kept inputs.

#[path = "../../crates/fetcher/tests/corpus/checks.rs"]
pub mod checks;
