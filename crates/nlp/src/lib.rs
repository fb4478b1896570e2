#![doc = include_str!("../README.md")]

pub mod embedded;
pub mod error;
mod evidence;
pub mod lexicon;
pub mod phrases;
pub mod sentiment;
pub mod split;
pub mod tagger;
pub mod targets;
pub mod themes;
pub mod words;
