#![doc = include_str!("../README.md")]

pub mod agreement;
pub mod alignment;
pub mod association;
pub mod classification;
pub mod daily_bars;
pub mod distributions;
pub mod event_study;
pub mod granger;
pub mod labelling;
pub mod lead_lag;
pub mod least_squares;
pub mod multiple_testing;
pub mod rank;
pub mod returns;
pub mod sharpe;
pub mod unit_root;
