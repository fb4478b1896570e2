#![doc = include_str!("../README.md")]

pub mod address;
pub mod assemble;
pub mod backoff;
mod body;
mod decode;
mod encoding;
pub mod error;
pub mod feed;
mod feed_date;
pub mod folder;
pub mod http;
mod json_ld;
pub mod lifetime;
mod markup;
pub mod message;
mod metadata;
mod nesting;
pub mod page;
pub mod published;
pub mod publisher;
pub mod reservation;
pub mod robots;
pub mod section;
pub mod sitemap;
mod stated_time;
pub mod wall;
pub mod warc;
