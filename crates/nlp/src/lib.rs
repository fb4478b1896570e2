#![doc = include_str!("../README.md")]

pub mod calibration;
mod cascade;
mod coreference;
mod effect;
mod entities;
pub mod error;
pub mod evidence;
mod inflection;
mod language;
pub mod learned;
pub mod lexicon;
mod likeness;
pub mod lineage;
pub mod mention;
pub mod model_card;
mod model_file;
mod own_themes;
pub mod phrases;
#[cfg(feature = "rust-bert")]
pub mod rust_bert;
pub mod sentiment;
pub mod split;
mod stance;
pub mod tagger;
pub mod targets;
pub mod themes;
mod tone;
pub mod trained;
mod transformer;
pub mod unpack;
mod word_pieces;
pub mod words;
