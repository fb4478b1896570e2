#![doc = include_str!("../README.md")]

pub mod agreement;
pub mod alignment;
pub mod association;
pub mod classification;
pub mod forward;
pub mod information_coefficient;
pub mod labelling;
pub mod least_squares;
pub mod multiple_testing;
pub mod proportion;
pub mod quantiles;
pub mod rank;
pub mod regression;
pub mod returns;
