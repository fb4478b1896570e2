//! From what was answered to rows: the same for a live run and for a replay of its evidence.

use chrono::{DateTime, Utc};
use newsprint_domain::article::Article;
use newsprint_fetcher::address::{vet, without_fragment};
use newsprint_fetcher::assemble::{Origin, article};
use newsprint_fetcher::error::{FetchError, Limits};
use newsprint_fetcher::http::{Answer, Body, Received};
use newsprint_fetcher::lifetime::{fresh_until, validators};
use newsprint_fetcher::reservation::{self, Reservation};
use newsprint_fetcher::{feed, page, section, sitemap};
use newsprint_store::{Answered, Attempt, Listed, SessionAssignment};
use url::Url;

use super::record::assignments;
use crate::context::Context;
use crate::exchange::{Exchange, Failure};

/// How far below a source's own sitemap another one is read, and how many it may name.
const MAX_SITEMAP_DEPTH: u32 = 2;
const MAX_SITEMAPS: usize = 50;

/// What an address is read as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reads {
    Page,
    Feed,
    Sitemap {
        depth: u32,
    },
    Section {
        links: String,
    },
    /// A file of something else, which is kept and handed on.
    File,
}

/// One item's turn, as it went.
#[derive(Debug)]
pub(super) struct Visited {
    pub(super) source: String,
    pub(super) item: String,
    pub(super) reads: Reads,
    /// At least one; the last one is of the item's own role and counts.
    pub(super) exchanges: Vec<Exchange>,
}

/// What a turn came to.
#[derive(Debug)]
pub(super) enum Content {
    Article(Box<Article>, Vec<SessionAssignment>),
    List(Vec<Listed>),
    NotModified,
    File(Body),
}

/// A turn with what was read.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) visited: Visited,
    pub(super) attempts: Vec<Attempt>,
    pub(super) content: Result<Content, Failure>,
}

impl Reads {
    /// `list` or `page`.
    pub(super) fn role(&self) -> &'static str {
        match self {
            Self::Page => "page",
            _ => "list",
        }
    }
}

impl Read {
    pub(super) fn outcome(&self) -> &str {
        match &self.content {
            Ok(Content::NotModified) => "not_modified",
            Ok(_) => "ok",
            Err(failure) => &failure.kind,
        }
    }

    pub(super) fn detail(&self) -> &str {
        self.content
            .as_ref()
            .err()
            .map_or("", |failure| &failure.detail)
    }
}

/// Reads what was answered.
pub(super) fn read(context: &Context, visited: Visited) -> Read {
    let limits = context.config.settings.fetch.limits();
    let n = visited.exchanges.len();
    let mut attempts: Vec<Attempt> = visited.exchanges[..n.saturating_sub(1)]
        .iter()
        .map(|exchange| passed(exchange, &limits))
        .collect();
    let mut reserved = Vec::new();
    let content = match visited.exchanges.last() {
        Some(last) => content(context, &visited, last, &limits, &mut reserved),
        None => Err(Failure::new("unreadable", "nothing was asked")),
    };
    let mut read = Read {
        content,
        attempts: Vec::new(),
        visited,
    };
    if let Some(last) = read.visited.exchanges.last() {
        attempts.push(attempt(last, read.outcome(), read.detail(), reserved));
    }
    read.attempts = attempts;
    read
}

/// An attempt before the last one: a robots.txt, or an address that led to another.
fn passed(exchange: &Exchange, limits: &Limits) -> Attempt {
    let answer = exchange.result.as_ref();
    let came_to = answer.map(|received| received.answer(limits));
    match came_to {
        Ok(Ok(Answer::Redirect(to))) => attempt(exchange, "redirect", to.as_str(), vec![]),
        Ok(Ok(Answer::NotModified)) => attempt(exchange, "not_modified", "", vec![]),
        Ok(Ok(Answer::Body(_))) => attempt(exchange, "ok", "", vec![]),
        Ok(Err(error)) => attempt(exchange, error.kind(), &error.to_string(), vec![]),
        Err(failure) => attempt(exchange, &failure.kind, &failure.detail, vec![]),
    }
}

fn attempt(exchange: &Exchange, outcome: &str, detail: &str, in_page: Vec<Reservation>) -> Attempt {
    let received = exchange.result.as_ref().ok();
    let permission = exchange.permission.as_ref();
    let mut reserved = permission
        .map(|permission| permission.reserved.clone())
        .unwrap_or_default();
    reserved.extend(
        received
            .iter()
            .flat_map(|received| reservation::in_headers(&received.message)),
    );
    reserved.extend(in_page);
    let reserved: Vec<String> = reserved
        .iter()
        .map(|reserved| format!("{}: {}", reserved.found_in, reserved.says))
        .collect();
    Attempt {
        role: exchange.role.as_str(),
        address: exchange.address.clone(),
        outcome: outcome.into(),
        detail: detail.into(),
        robots: permission.map(|permission| {
            let decision = &permission.decision;
            (decision.allowed, decision.rule.clone())
        }),
        reservations: serde_json::json!(reserved).to_string(),
        answer: received.map(|received| answered(exchange, received)),
        attempted_at: exchange.at,
    }
}

fn answered(exchange: &Exchange, received: &Received) -> Answered {
    let message = &received.message;
    let (etag, last_modified) = validators(message);
    Answered {
        ip: received.ip.map(|ip| ip.to_string()),
        status: message.status,
        wire_bytes: message.sent.len() as u64,
        etag: etag.map(str::to_owned),
        last_modified: last_modified.map(str::to_owned),
        fresh_until: fresh_until(message, exchange.at),
        payload: exchange.payload.clone(),
        kept_at: exchange.earlier.unwrap_or(exchange.at),
        place: exchange.place.clone(),
    }
}

fn content(
    context: &Context,
    visited: &Visited,
    last: &Exchange,
    limits: &Limits,
    reserved: &mut Vec<Reservation>,
) -> Result<Content, Failure> {
    let received = last.result.as_ref().map_err(Clone::clone)?;
    let body = match received.answer(limits)? {
        Answer::Body(body) => body,
        Answer::NotModified => return Ok(Content::NotModified),
        Answer::Redirect(to) => {
            let detail = format!("a redirect to {to} that was not followed");
            return Err(Failure::new("unreadable", detail));
        }
    };
    let list = match &visited.reads {
        Reads::Page => return read_page(context, visited, &body, last.at, reserved),
        Reads::File => return Ok(Content::File(body)),
        Reads::Feed => pages(fed(&body)?),
        Reads::Section { links } => {
            let kind = body.content_type.as_deref();
            pages(section::links(&body.bytes, kind, &body.address, links)?)
        }
        Reads::Sitemap { depth } => mapped(&body, *depth)?,
    };
    Ok(Content::List(list))
}

fn read_page(
    context: &Context,
    visited: &Visited,
    body: &Body,
    at: DateTime<Utc>,
    reserved: &mut Vec<Reservation>,
) -> Result<Content, Failure> {
    let kind = body.content_type.as_deref();
    if let Some(other) = kind.filter(|kind| !is_of_text(kind)) {
        return Err(Failure::new(
            "not_article",
            format!("it is {other}, and no page"),
        ));
    }
    let asked = Url::parse(&visited.item).ok();
    let page = page::read(&body.bytes, kind, Some(&body.address), asked.as_ref())?;
    reserved.clone_from(&page.reservations);
    let origin = Origin::Answered(body.address.as_str(), at);
    let article = article(page, origin, &context.config.publishers, at)?;
    let sessions = assignments(context, &article);
    Ok(Content::Article(Box::new(article), sessions))
}

/// Whether a Content-Type is of what may be a page; many servers say `text/plain` of one.
fn is_of_text(kind: &str) -> bool {
    let kind = kind.trim().to_ascii_lowercase();
    kind.is_empty() || kind.starts_with("text/") || kind.contains("html") || kind.contains("xml")
}

/// Pages of a feed's entries.
fn fed(body: &Body) -> Result<Vec<String>, FetchError> {
    let feed = feed::read(&body.bytes, Some(&body.address))?;
    if feed.is_cut {
        tracing::warn!(address = %body.address, "A feed breaks off: its whole entries are taken");
    }
    if feed.n_left_out > 0 {
        tracing::warn!(address = %body.address, n = feed.n_left_out, "Entries of a feed are left out");
    }
    Ok(feed.addresses())
}

/// Pages of a sitemap, and the sitemaps that it lists.
fn mapped(body: &Body, depth: u32) -> Result<Vec<Listed>, FetchError> {
    let read = sitemap::read(&body.bytes, &body.address)?;
    if read.n_left_out > 0 {
        tracing::warn!(address = %body.address, n = read.n_left_out, "Addresses of a sitemap are left out");
    }
    let mut listed = pages(read.pages.into_iter().map(|page| page.address).collect());
    if depth >= MAX_SITEMAP_DEPTH && !read.sitemaps.is_empty() {
        tracing::warn!(address = %body.address, n = read.sitemaps.len(), "Sitemaps are left out: they are nested too deeply");
    }
    if depth < MAX_SITEMAP_DEPTH {
        let below = read.sitemaps.into_iter().take(MAX_SITEMAPS);
        listed.extend(below.map(|address| queued(address, "list", depth + 1)));
    }
    Ok(listed)
}

fn pages(addresses: Vec<String>) -> Vec<Listed> {
    let pages = addresses.into_iter();
    pages.map(|address| queued(address, "page", 0)).collect()
}

/// An address in the queue of its host; one that names none is queued all the same, and refused when its turn comes.
pub(super) fn queued(address: String, role: &'static str, depth: u32) -> Listed {
    let address = without_fragment(&address);
    let url = vet(&address, true).ok();
    Listed {
        host: url
            .as_ref()
            .and_then(|url| url.host_str())
            .unwrap_or_default()
            .to_owned(),
        item: address,
        role,
        depth,
    }
}
