//! Every attempt in the evidence: as it is written, and as a replay reads it.

use std::io;

use newsprint_fetcher::http::Received;
use newsprint_fetcher::reservation::Reservation;
use newsprint_fetcher::robots::Decision;
use newsprint_fetcher::warc::{CameTo, Capture, Earlier, Member, ROLE, Record, Role};

use super::visited::{Reads, Visited};
use crate::exchange::{Exchange, Failure};
use crate::polite::Permission;

/// Headers of a record that say what the attempt was part of.
const SOURCE: &str = "X-Newsprint-Source";
const ITEM: &str = "X-Newsprint-Item";
const READS: &str = "X-Newsprint-Reads";
/// Which of how many attempts of one visit, as `1/3`.
const VISIT: &str = "X-Newsprint-Visit";
const ROBOTS: &str = "X-Newsprint-Robots";
/// What the site reserves of the address: a JSON array of where it says so and what.
const RESERVED: &str = "X-Newsprint-Reserved";
/// The kind of a failure without an answer; its detail is the record's content.
const OUTCOME: &str = "X-Newsprint-Outcome";

/// Records of a visit's attempts, in their order.
pub(super) fn members(visited: &Visited) -> io::Result<Vec<Member>> {
    let n = visited.exchanges.len();
    let exchanges = visited.exchanges.iter().enumerate();
    exchanges
        .map(|(place, exchange)| {
            let mut headers = vec![
                (SOURCE, visited.source.clone()),
                (ITEM, visited.item.clone()),
                (READS, visited.reads.to_header()),
                (VISIT, format!("{}/{n}", place + 1)),
            ];
            headers.extend(exchange.permission.iter().flat_map(shown));
            if let Err(failure) = &exchange.result {
                headers.push((OUTCOME, failure.kind.clone()));
            }
            Member::new(&capture(exchange, &headers))
        })
        .collect()
}

fn capture<'a>(exchange: &'a Exchange, headers: &'a [(&'static str, String)]) -> Capture<'a> {
    Capture {
        address: &exchange.address,
        at: exchange.at,
        role: exchange.role,
        headers,
        came_to: match &exchange.result {
            Ok(received) => CameTo::Answer {
                ip: received.ip,
                message: &received.message,
                payload: &exchange.payload,
                earlier: exchange.earlier.map(|at| Earlier {
                    address: &exchange.address,
                    at,
                }),
            },
            Err(failure) => CameTo::Nothing(&failure.detail),
        },
    }
}

fn shown(permission: &Permission) -> [(&'static str, String); 2] {
    let Decision { allowed, rule } = &permission.decision;
    let decision = if *allowed { "allow" } else { "disallow" };
    let decision = match rule {
        Some(rule) => format!("{decision} by {rule}"),
        None => decision.to_owned(),
    };
    let reserved = permission.reserved.iter();
    let reserved: Vec<_> = reserved.map(|r| (&r.found_in, &r.says)).collect();
    [
        (ROBOTS, decision),
        (RESERVED, serde_json::json!(reserved).to_string()),
    ]
}

/// One attempt as a record tells it.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) source: String,
    pub(super) item: String,
    pub(super) reads: Reads,
    /// Which of how many, from 1.
    pub(super) place: (usize, usize),
    pub(super) exchange: Exchange,
}

/// Reads what [`members`] writes, from this file; `None` of any other record. The body of a revisit is for the caller to find.
pub(super) fn kept(record: &Record, file: &str) -> Option<Kept> {
    let (place, of) = record.header(VISIT)?.split_once('/')?;
    let result = match record.header(OUTCOME) {
        Some(kind) => Err(Failure::new(kind, String::from_utf8_lossy(&record.content))),
        None => Ok(Received {
            address: record.address()?.parse().ok()?,
            ip: record
                .header("WARC-IP-Address")
                .and_then(|ip| ip.parse().ok()),
            message: record.message()?,
        }),
    };
    Some(Kept {
        source: record.header(SOURCE)?.to_owned(),
        item: record.header(ITEM)?.to_owned(),
        reads: Reads::of_header(record.header(READS)?)?,
        place: (place.parse().ok()?, of.parse().ok()?),
        exchange: Exchange {
            role: role(record.header(ROLE)?)?,
            address: record.address()?.to_owned(),
            permission: permission(record),
            at: record.date()?,
            payload: record
                .header("WARC-Payload-Digest")
                .unwrap_or_default()
                .to_owned(),
            earlier: earlier(record),
            place: record.offset.map(|offset| (file.to_owned(), offset)),
            result,
        },
    })
}

/// When the body that a revisit record stands for was captured.
pub(super) fn earlier(record: &Record) -> Option<chrono::DateTime<chrono::Utc>> {
    let date = chrono::DateTime::parse_from_rfc3339(record.header("WARC-Refers-To-Date")?);
    date.ok().map(|date| date.to_utc())
}

fn role(text: &str) -> Option<Role> {
    let roles = [Role::Page, Role::List, Role::Robots];
    roles.into_iter().find(|role| role.as_str() == text)
}

fn permission(record: &Record) -> Option<Permission> {
    let text = record.header(ROBOTS)?;
    let (decision, rule) = match text.split_once(" by ") {
        Some((decision, rule)) => (decision, Some(rule.to_owned())),
        None => (text, None),
    };
    let reserved = record.header(RESERVED).unwrap_or_default();
    let reserved: Vec<(String, String)> = serde_json::from_str(reserved).unwrap_or_default();
    let reserved = reserved.into_iter();
    Some(Permission {
        decision: Decision {
            allowed: decision == "allow",
            rule,
        },
        reserved: reserved
            .map(|(found_in, says)| Reservation { found_in, says })
            .collect(),
    })
}

impl Reads {
    fn to_header(&self) -> String {
        match self {
            Self::Page => "page".into(),
            Self::Feed => "feed".into(),
            Self::File => "file".into(),
            Self::Sitemap { depth } => format!("sitemap {depth}"),
            Self::Section { links } => format!("section {links}"),
        }
    }

    fn of_header(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(' ').unwrap_or((text, ""));
        match kind {
            "page" => Some(Self::Page),
            "feed" => Some(Self::Feed),
            "file" => Some(Self::File),
            "sitemap" => Some(Self::Sitemap {
                depth: rest.parse().ok()?,
            }),
            "section" => Some(Self::Section { links: rest.into() }),
            _ => None,
        }
    }
}
