//! One item's way through robots.txt, redirects and leases.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use newsprint_fetcher::address::vet;
use newsprint_fetcher::error::FetchError;
use newsprint_fetcher::http::{Answer, Known, Received};
use newsprint_fetcher::robots::Robots;
use newsprint_fetcher::warc::{Role, payload_digest};
use newsprint_store::{Lease, Permit, Release};
use tokio::time::sleep;
use url::Url;

use super::manners::{Rest, rest};
use super::{PATIENCE, Permission, PoliteClient, STOPPED, Site, is_same_site, shown};
use crate::exchange::{Exchange, Failure};

/// Bytes of a robots.txt that count.
const MAX_ROBOTS_BYTES: usize = 512 * 1024;
/// Where a site says what it reserves of text and data mining (TDMRep, 2024, 3.1).
const TDMREP: &str = "/.well-known/tdmrep.json";
/// How long a robots.txt is kept (RFC 9309, 2.4).
const ROBOTS_KEPT: TimeDelta = TimeDelta::hours(24);
/// Redirects that are followed from one address.
const MAX_HOPS: usize = 5;

/// Requests for the sake of one item.
pub(super) struct Trip<'a> {
    client: &'a PoliteClient,
    /// A lease that has not been used yet.
    permit: Option<Permit>,
    /// Whether nothing can be known of a page.
    is_first_visit: bool,
    /// Host of the source that named the item; `None` where a person did.
    named_by: Option<&'a str>,
    exchanges: Vec<Exchange>,
}

impl<'a> Trip<'a> {
    pub(super) fn new(
        client: &'a PoliteClient,
        permit: Option<Permit>,
        is_first_visit: bool,
        named_by: Option<&'a str>,
    ) -> Self {
        Self {
            client,
            permit,
            is_first_visit,
            named_by,
            exchanges: Vec::new(),
        }
    }

    /// Asks `address` and what it redirects to; a lease that was not used is given back, however it ends.
    pub(super) async fn exchanges(
        mut self,
        address: &str,
        role: Role,
    ) -> anyhow::Result<Vec<Exchange>> {
        let ended = self.travel(address, role).await;
        if let Some(permit) = &self.permit {
            let store = &self.client.store;
            store.return_host(permit, &self.client.holder).await?;
        }
        ended?;
        Ok(self.exchanges)
    }

    async fn travel(&mut self, address: &str, role: Role) -> anyhow::Result<()> {
        let limits = self.client.client.limits();
        match vet(address, limits.allow_loopback) {
            Ok(url) => self.follow(url, role).await,
            Err(error) => {
                self.refuse(role, address, None, error);
                Ok(())
            }
        }
    }

    async fn follow(&mut self, address: Url, role: Role) -> anyhow::Result<()> {
        let mut next = address.clone();
        let mut passed = vec![address];
        for _ in 0..=MAX_HOPS {
            let Some(permission) = self.permission(&next, role).await? else {
                return Ok(());
            };
            match self.ask(&next, role, Some(permission)).await? {
                Some(Answer::Redirect(to)) if passed.contains(&to) => {
                    let error = FetchError::Redirects(format!("it redirects in a circle, to {to}"));
                    self.refuse(role, to.as_str(), None, error);
                    return Ok(());
                }
                Some(Answer::Redirect(to)) => next = to,
                _ => return Ok(()),
            }
            passed.push(next.clone());
        }
        let error = FetchError::Redirects(format!("more than {MAX_HOPS} redirects"));
        self.refuse(role, next.as_str(), None, error);
        Ok(())
    }

    /// What the site says of an address; `None` where it is refused.
    async fn permission(
        &mut self,
        address: &Url,
        role: Role,
    ) -> anyhow::Result<Option<Permission>> {
        let origin = address.origin().ascii_serialization();
        let site = match self.client.known_site(&origin) {
            Some(site) => site,
            None => self.site(address, origin).await?,
        };
        let permission = match site.map(|site| site.permission(address)) {
            Ok(permission) if permission.decision.allowed => return Ok(Some(permission)),
            Ok(permission) => permission,
            Err(failure) => {
                self.refuse(role, address.as_str(), None, failure);
                return Ok(None);
            }
        };
        let error = FetchError::Disallowed {
            host: address.host_str().unwrap_or_default().to_owned(),
            rule: permission.decision.rule.clone().unwrap_or_default(),
        };
        self.refuse(role, address.as_str(), Some(permission), error);
        Ok(None)
    }

    fn refuse(
        &mut self,
        role: Role,
        address: &str,
        permission: Option<Permission>,
        failure: impl Into<Failure>,
    ) {
        let at = self.client.clock.now();
        let refused = Exchange::failed(role, address, permission, at, failure);
        self.exchanges.push(refused);
    }

    /// What the store keeps of what this origin says, or what is fetched now.
    async fn site(
        &mut self,
        address: &Url,
        origin: String,
    ) -> anyhow::Result<Result<Arc<Site>, Failure>> {
        let store = &self.client.store;
        let kept = store.kept_robots(&origin, self.client.wall()).await?;
        let is_kept = kept.is_some();
        let files = match kept {
            Some(files) => Ok(files),
            None => self.fetch_files(address, &origin).await?,
        };
        let site = files.map(|(robots, tdmrep)| Arc::new(Site::parse(&robots, &tdmrep)));
        let site = site.map_err(|failure| Failure {
            detail: format!("robots.txt of {origin}: {}", failure.detail),
            ..failure
        });
        let host = address.host_str().unwrap_or_default();
        self.client.remember(origin, host, site.clone());
        if is_kept && site.is_ok() {
            // The lease in hand was taken before this gap was known; should this process die, the next one finds it in the store.
            store.widen_gap(host, self.client.rules(host).gap).await?;
        }
        Ok(site)
    }

    /// An origin's robots.txt, and its tdmrep.json where that may be asked.
    async fn fetch_files(
        &mut self,
        address: &Url,
        origin: &str,
    ) -> anyhow::Result<Result<(Vec<u8>, Vec<u8>), Failure>> {
        let robots = match self.fetch_robots(address).await? {
            Ok(robots) => robots,
            Err(failure) => return Ok(Err(failure)),
        };
        let mut tdmrep = Vec::new();
        if let Ok(place) = address.join(TDMREP) {
            let permission = Site::parse(&robots, b"").permission(&place);
            if permission.decision.allowed
                && let Some(Answer::Body(found)) =
                    self.ask(&place, Role::Robots, Some(permission)).await?
            {
                tdmrep = found.bytes;
            }
        }
        let until = self.client.wall() + ROBOTS_KEPT;
        let store = &self.client.store;
        store.keep_robots(origin, (&robots, &tdmrep), until).await?;
        Ok(Ok((robots, tdmrep)))
    }

    /// RFC 9309: a robots.txt that is not there (4xx but 429) allows everything, one that cannot be had (429, 5xx, no answer)
    /// nothing; of a large one the first 512 KiB count.
    async fn fetch_robots(&mut self, address: &Url) -> anyhow::Result<Result<Vec<u8>, Failure>> {
        let mut next = match address.join("/robots.txt") {
            Ok(url) => url,
            Err(error) => return Ok(Err(Failure::new("blocked_address", error.to_string()))),
        };
        let mut body = Vec::new();
        for _ in 0..=MAX_HOPS {
            match self.ask(&next, Role::Robots, None).await? {
                Some(Answer::Redirect(to)) => next = to,
                Some(Answer::Body(found)) => {
                    body = found.bytes;
                    break;
                }
                Some(Answer::NotModified) => break,
                None => match self.last_failure() {
                    Some(failure) => return Ok(Err(failure)),
                    None => break,
                },
            }
        }
        Ok(Ok(body))
    }

    /// Why the last exchange, for a robots.txt, leaves it unknown; `None` where it says that there is none.
    fn last_failure(&self) -> Option<Failure> {
        let last = self.exchanges.last()?;
        let received = match &last.result {
            Ok(received) => received,
            Err(failure) => return Some(failure.clone()),
        };
        match received.message.status {
            400..=428 | 430..=499 => None,
            _ => {
                let error = received.answer(self.client.client.limits()).err()?;
                // A body that cannot be read and a Location that may not be followed name no rule.
                Some(Failure::from(error))
            }
        }
    }

    /// Asks `address` once, under a lease. Of pages and lists only a redirect is told; the last exchange has the rest.
    async fn ask(
        &mut self,
        address: &Url,
        role: Role,
        permission: Option<Permission>,
    ) -> anyhow::Result<Option<Answer>> {
        let host = address.host_str().unwrap_or_default();
        let permit = match self.lease(host).await? {
            Ok(permit) => permit,
            Err(failure) => {
                self.refuse(role, address.as_str(), permission, failure);
                return Ok(None);
            }
        };
        let known = match role {
            Role::Page if self.is_first_visit => None,
            Role::Robots => None,
            _ => {
                let store = &self.client.store;
                store.known_answer(address.as_str(), role.as_str()).await?
            }
        };
        let result = self.request(address, role, known.as_ref()).await;
        let result = result.map_err(Failure::from);
        // Pages are decoded where they are read, off this task.
        let answer = result.as_ref().ok().filter(|received| {
            role == Role::Robots || (300..400).contains(&received.message.status)
        });
        let answer = answer.and_then(|received| received.answer(self.client.client.limits()).ok());
        if let (Role::Robots, None, Some(Answer::Body(body))) = (role, &permission, &answer) {
            // What it asks for holds from this request on.
            self.client.note_delay(host, &Robots::parse(&body.bytes));
        }
        self.release(&permit, &result).await?;
        let payload = result
            .as_ref()
            .map(|received| payload_digest(&received.message.sent));
        let payload = payload.unwrap_or_default();
        let earlier = known
            .filter(|known| known.payload == payload)
            .map(|known| known.kept_at);
        self.exchanges.push(Exchange {
            role,
            address: address.to_string(),
            permission,
            at: self.client.clock.now(),
            result,
            payload,
            earlier,
            place: None,
        });
        Ok(answer)
    }

    async fn request(
        &self,
        address: &Url,
        role: Role,
        known: Option<&newsprint_store::KnownAnswer>,
    ) -> Result<Received, FetchError> {
        let client = &self.client.client;
        if role == Role::Robots {
            return client.get_start(address, MAX_ROBOTS_BYTES).await;
        }
        let known = known.map(|known| Known {
            etag: known.etag.as_deref(),
            last_modified: known.last_modified.as_deref(),
        });
        client.get(address, known.unwrap_or_default()).await
    }

    /// The lease in hand where it is of this host, else another; or why there is none.
    async fn lease(&mut self, host: &str) -> anyhow::Result<Result<Permit, Failure>> {
        let client = self.client;
        if let Some(permit) = self.permit.take() {
            if permit.host == host {
                return Ok(Ok(permit));
            }
            client.store.return_host(&permit, &client.holder).await?;
        }
        loop {
            let now = client.wall();
            let rules = client.rules(host);
            let lease = client.store.lease_host(host, &client.holder, rules, now);
            let until = match lease.await? {
                Lease::Granted(permit) => return Ok(Ok(permit)),
                Lease::Spent { until } => return Ok(Err(spent(host, until))),
                Lease::Wait { until, reason } if !reason.is_empty() && until > now + PATIENCE => {
                    let detail = format!("{reason}: it is left alone until {}", shown(until));
                    return Ok(Err(Failure::new("host_resting", detail)));
                }
                Lease::Wait { until, .. } if until > now + client.patience() => {
                    let detail = format!(
                        "{host} asks for a longer gap: it is left alone until {}",
                        shown(until)
                    );
                    return Ok(Err(Failure::new("host_resting", detail)));
                }
                Lease::Wait { until, .. } => until,
            };
            tokio::select! {
                () = sleep((until - now).to_std().unwrap_or_default()) => {}
                () = client.cancel.cancelled() => {
                    let detail = "the run was stopped before it was asked";
                    return Ok(Err(Failure::new(STOPPED, detail)));
                }
            }
        }
    }

    fn is_named_by_own(&self, host: &str) -> bool {
        self.named_by
            .is_none_or(|named_by| is_same_site(named_by, host))
    }

    async fn release(
        &self,
        permit: &Permit,
        result: &Result<Received, Failure>,
    ) -> anyhow::Result<()> {
        let client = self.client;
        let gap = client.rules(&permit.host).gap;
        let before = permit.n_failures;
        let mut rest = rest(&permit.host, result, before, gap, client.wall());
        // Strangers must not be able to have a host taken for down by what they link to; what it asks for itself is heeded.
        let is_asked = result
            .as_ref()
            .is_ok_and(|received| matches!(received.message.status, 429 | 503));
        if rest.n_failures > before && !is_asked && !self.is_named_by_own(&permit.host) {
            rest = Rest {
                free_at: client.wall() + gap,
                reason: String::new(),
                n_failures: before,
            };
        }
        let release = Release {
            free_at: rest.free_at,
            reason: &rest.reason,
            n_failures: rest.n_failures,
        };
        let store = &client.store;
        Ok(store.release_host(permit, &client.holder, release).await?)
    }
}

fn spent(host: &str, until: DateTime<Utc>) -> Failure {
    let detail = format!(
        "the day's requests to {host} are spent (fetch.daily_budget): it is asked again from {}",
        shown(until)
    );
    Failure::new("budget_spent", detail)
}
