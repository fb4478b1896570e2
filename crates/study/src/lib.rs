#![doc = include_str!("../README.md")]

pub mod agreement;
pub mod alignment;
pub mod association;
pub mod classification;
pub mod labelling;
pub mod least_squares;
pub mod multiple_testing;
pub mod rank;
pub mod returns;
