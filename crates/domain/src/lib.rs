#![doc = include_str!("../README.md")]

pub mod article;
pub mod calendar;
pub mod change;
pub mod currency;
pub mod digest;
pub mod identifier;
pub mod index;
pub mod sentence;
pub mod sentiment;
pub mod session;
pub mod tags;
pub mod theme;
pub mod tone_sum;
