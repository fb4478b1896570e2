#![doc = include_str!("../README.md")]

pub mod address;
pub mod assemble;
mod body;
mod decode;
pub mod error;
pub mod feed;
pub mod folder;
pub mod http;
mod json_ld;
mod metadata;
mod nesting;
pub mod page;
pub mod published;
pub mod publisher;
pub mod robots;
mod stated_time;
