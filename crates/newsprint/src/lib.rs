#![doc = include_str!("../README.md")]
//!
//! **Errors.** Library crates return their own enum, of which each variant is a decision for the caller. Here everything is
//! an [`anyhow::Error`] with a context at each boundary; [`exit::Misuse`] anywhere in its chain marks wrong usage or
//! configuration (exit code 2), everything else means that nothing could be done (1). A bad input among good ones is no
//! error but a [`stages::Skip`] in the stage's report (3).

mod asked;
mod cli;
mod clock;
mod columnar;
mod config;
mod context;
mod delete;
mod demo;
mod doctor;
mod exchange;
pub mod exit;
mod export;
mod highlight;
mod init;
pub mod leakcheck;
mod model;
mod output;
mod plot;
mod polite;
mod probe;
mod progress;
mod publishers;
mod report;
mod runs;
mod schedule;
mod search;
pub mod stages;
mod study;
mod table;
mod tagging_thread;
mod themes;
mod wrapping;

pub use cli::main;
