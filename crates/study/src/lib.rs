#![doc = include_str!("../README.md")]

pub mod agreement;
pub mod alignment;
pub mod association;
pub mod bootstrap;
pub mod classification;
pub mod labelling;
pub mod multiple_testing;
pub mod placebo;
pub mod random;
pub mod rank;
pub mod returns;
