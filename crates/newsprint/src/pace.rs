//! Politeness within one process: a gap between requests to a host, and robots.txt before anything else.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use newsprint_fetcher::error::FetchError;
use newsprint_fetcher::http::{Answer, Body, Client};
use newsprint_fetcher::robots::Robots;
use tokio::time::{Instant, sleep_until};
use url::Url;

/// The product token that robots.txt files may name.
const AGENT: &str = "newsprint";
/// Bytes of a robots.txt that count.
const MAX_ROBOTS_BYTES: usize = 512 * 1024;
/// Redirects that are followed from one address.
const MAX_HOPS: usize = 5;

/// A client that asks politely.
pub(crate) struct PoliteClient {
    client: Client,
    gap: Duration,
    next_request: HashMap<String, Instant>,
    robots: HashMap<String, Result<Robots, FetchError>>,
    /// Hosts that answered 429 or 503.
    resting: HashSet<String>,
}

impl PoliteClient {
    pub(crate) fn new(client: Client, gap: Duration) -> Self {
        Self {
            client,
            gap,
            next_request: HashMap::new(),
            robots: HashMap::new(),
            resting: HashSet::new(),
        }
    }

    /// Asks `address`, following redirects; each hop waits for its host's gap and obeys its host's robots.txt.
    pub(crate) async fn get(&mut self, address: &Url) -> Result<Body, FetchError> {
        let mut next = address.clone();
        for _ in 0..=MAX_HOPS {
            self.ask_robots(&next).await?;
            match self.request(&next).await? {
                Answer::Body(body) => return Ok(body),
                Answer::Redirect(to) => next = to,
            }
        }
        Err(refused(address, format!("more than {MAX_HOPS} redirects")))
    }

    async fn request(&mut self, address: &Url) -> Result<Answer, FetchError> {
        let host = self.wait_for(address).await?;
        let answer = self.client.get(address).await;
        self.told(host, &answer);
        answer
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

    fn told(&mut self, host: String, answer: &Result<Answer, FetchError>) {
        self.next_request
            .insert(host.clone(), Instant::now() + self.gap);
        if matches!(answer, Err(FetchError::Status { status: 429 | 503 })) {
            self.resting.insert(host);
        }
    }

    /// Refuses an address that its host's robots.txt disallows, or of which robots.txt cannot be had.
    async fn ask_robots(&mut self, address: &Url) -> Result<(), FetchError> {
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
        let decision = robots.decide(AGENT, path);
        if decision.allowed {
            return Ok(());
        }
        Err(refused(
            address,
            format!("robots.txt says \"{}\"", decision.rule.unwrap_or_default()),
        ))
    }

    /// RFC 9309: a robots.txt that is not there (4xx but 429) allows everything, one that cannot be had (429, 5xx, no answer)
    /// nothing; of a large one the first 512 KiB count.
    async fn fetch_robots(&mut self, address: &Url) -> Result<Robots, FetchError> {
        let mut next = address
            .join("/robots.txt")
            .map_err(|error| refused(address, error.to_string()))?;
        for _ in 0..=MAX_HOPS {
            let host = self.wait_for(&next).await?;
            let answer = self.client.get_start(&next, MAX_ROBOTS_BYTES).await;
            self.told(host, &answer);
            match answer {
                Ok(Answer::Body(body)) => return Ok(Robots::parse(&body.bytes)),
                Ok(Answer::Redirect(to)) => next = to,
                Err(FetchError::Status {
                    status: 400..=428 | 430..=499,
                }) => return Ok(Robots::default()),
                Err(error) => return Err(error),
            }
        }
        Ok(Robots::default())
    }
}

fn refused(address: &Url, reason: String) -> FetchError {
    FetchError::Refused {
        address: address.to_string(),
        reason,
    }
}
