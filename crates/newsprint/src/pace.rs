//! Politeness within one process: a gap between requests to a host, and robots.txt before anything else.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use newsprint_fetcher::error::{FetchError, Limits};
use newsprint_fetcher::http::{Answer, Body, Client, Known, Received};
use newsprint_fetcher::robots::{Decision, Robots};
use newsprint_fetcher::warc::Role;
use tokio::time::{Instant, sleep_until};
use url::Url;

use crate::clock::Clock;
use crate::evidence::Evidence;

/// The product token that robots.txt files may name.
const AGENT: &str = "newsprint";
/// Bytes of a robots.txt that count.
const MAX_ROBOTS_BYTES: usize = 512 * 1024;
/// Redirects that are followed from one address.
pub(crate) const MAX_HOPS: usize = 5;

/// A body, and when it was received.
pub(crate) struct Fetched {
    pub(crate) body: Body,
    pub(crate) at: DateTime<Utc>,
}

/// A client that asks politely.
pub(crate) struct PoliteClient {
    client: Client,
    clock: Clock,
    evidence: Option<Evidence>,
    gap: Duration,
    next_request: HashMap<String, Instant>,
    robots: HashMap<String, Result<Robots, FetchError>>,
    /// Hosts that answered 429 or 503.
    resting: HashSet<String>,
}

impl PoliteClient {
    /// A client that waits `gap` between two requests to one host, and keeps answers in `evidence`.
    pub(crate) fn new(
        client: Client,
        gap: Duration,
        clock: Clock,
        evidence: Option<Evidence>,
    ) -> Self {
        Self {
            client,
            clock,
            evidence,
            gap,
            next_request: HashMap::new(),
            robots: HashMap::new(),
            resting: HashSet::new(),
        }
    }

    /// Asks `address`, following redirects; each hop waits for its host's gap and obeys its host's robots.txt.
    pub(crate) async fn get(&mut self, address: &Url, role: Role) -> Result<Fetched, FetchError> {
        let mut next = address.clone();
        for _ in 0..=MAX_HOPS {
            self.ask_robots(&next).await?;
            let received = self.receive(&next).await?;
            let at = self.keep(&received, role)?;
            match received.answer(self.client.limits())? {
                Answer::Body(body) => return Ok(Fetched { body, at }),
                Answer::Redirect(to) => next = to,
                Answer::NotModified => return Err(FetchError::Status { status: 304 }),
            }
        }
        Err(refused(address, format!("more than {MAX_HOPS} redirects")))
    }

    /// Keeps an answer; the instant that it was received at. What cannot be kept is not used either.
    fn keep(&mut self, received: &Received, role: Role) -> Result<DateTime<Utc>, FetchError> {
        let at = self.clock.now();
        let kept = self
            .evidence
            .as_mut()
            .map(|evidence| evidence.keep(received, at, role));
        match kept {
            Some(Err(error)) => {
                let reason = format!("the answer cannot be kept as evidence: {error}");
                Err(FetchError::Unreachable(reason))
            }
            Some(Ok(())) | None => Ok(at),
        }
    }

    /// Asks `address` once, after its host's gap; robots.txt is for the caller to heed.
    pub(crate) async fn receive(&mut self, address: &Url) -> Result<Received, FetchError> {
        let host = self.wait_for(address).await?;
        let received = self.client.get(address, Known::default()).await;
        self.told(host, address, status_of(&received));
        received
    }

    /// The limits that requests keep to.
    pub(crate) fn limits(&self) -> &Limits {
        self.client.limits()
    }

    /// Waits for the gap of the address's host; refuses a host that has asked to be left alone.
    async fn wait_for(&mut self, address: &Url) -> Result<String, FetchError> {
        let host = address.host_str().unwrap_or_default().to_owned();
        if self.resting.contains(&host) {
            let reason =
                format!("{host} asked for fewer requests and is left alone until the next run");
            return Err(FetchError::Unreachable(reason));
        }
        if let Some(instant) = self.next_request.get(&host) {
            sleep_until(*instant).await;
        }
        Ok(host)
    }

    fn told(&mut self, host: String, address: &Url, status: Option<u16>) {
        let robots = self.robots.get(&address.origin().ascii_serialization());
        let asked = robots.and_then(|robots| robots.as_ref().ok()?.crawl_delay(AGENT));
        let gap = self.gap.max(asked.unwrap_or_default());
        self.next_request.insert(host.clone(), Instant::now() + gap);
        if matches!(status, Some(429 | 503)) {
            self.resting.insert(host);
        }
    }

    /// Refuses an address that its host's robots.txt disallows, or of which robots.txt cannot be had.
    async fn ask_robots(&mut self, address: &Url) -> Result<(), FetchError> {
        let decision = self.decide(address).await?;
        if decision.allowed {
            return Ok(());
        }
        Err(FetchError::Disallowed {
            host: address.host_str().unwrap_or_default().to_owned(),
            rule: decision.rule.unwrap_or_default(),
        })
    }

    /// What the robots.txt of the address's host says of it.
    pub(crate) async fn decide(&mut self, address: &Url) -> Result<Decision, FetchError> {
        let origin = address.origin().ascii_serialization();
        if !self.robots.contains_key(&origin) {
            let robots = self.fetch_robots(address).await;
            self.robots.insert(origin.clone(), robots);
        }
        let robots = match &self.robots[&origin] {
            Ok(robots) => robots,
            Err(error) => {
                return Err(FetchError::Unreachable(format!(
                    "robots.txt of {origin}: {error}"
                )));
            }
        };
        let path = &address[url::Position::BeforePath..url::Position::AfterQuery];
        Ok(robots.decide(AGENT, path))
    }

    /// RFC 9309: a robots.txt that is not there (4xx but 429) allows everything, one that cannot be had (429, 5xx, no answer)
    /// nothing; of a large one the first 512 KiB count.
    async fn fetch_robots(&mut self, address: &Url) -> Result<Robots, FetchError> {
        let mut next = address
            .join("/robots.txt")
            .map_err(|error| refused(address, error.to_string()))?;
        for _ in 0..=MAX_HOPS {
            let host = self.wait_for(&next).await?;
            let received = self.client.get_start(&next, MAX_ROBOTS_BYTES).await;
            self.told(host, &next, status_of(&received));
            if let Ok(received) = &received {
                self.keep(received, Role::Robots)?;
            }
            let answer = received.and_then(|received| received.answer(self.client.limits()));
            match answer {
                Ok(Answer::Body(body)) => return Ok(Robots::parse(&body.bytes)),
                Ok(Answer::Redirect(to)) => next = to,
                Err(FetchError::Status {
                    status: 400..=428 | 430..=499,
                }) => return Ok(Robots::default()),
                Ok(Answer::NotModified) => return Err(FetchError::Status { status: 304 }),
                Err(error) => return Err(error),
            }
        }
        Ok(Robots::default())
    }
}

fn status_of(received: &Result<Received, FetchError>) -> Option<u16> {
    received
        .as_ref()
        .ok()
        .map(|received| received.message.status)
}

fn refused(address: &Url, reason: String) -> FetchError {
    FetchError::Refused {
        address: address.to_string(),
        reason,
    }
}
