//! Asks the outside world politely: a host is leased from the store for each request, robots.txt is read before anything else, and who
//! fails or asks for fewer requests is left alone for longer each time.

mod manners;
mod site;
mod trip;

pub(crate) use site::{Permission, Site};

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use newsprint_fetcher::address::registrable_domain;
use newsprint_fetcher::http::Client;
use newsprint_fetcher::robots::Robots;
use newsprint_fetcher::warc::Role;
use newsprint_store::{HostRules, Permit, QueuedItem, Store};
use tokio_util::sync::CancellationToken;
use trip::Trip;

use crate::clock::Clock;
use crate::config::settings::FetchSettings;
use crate::context::Context;
use crate::exchange::{Exchange, Failure};
use crate::exit::misuse;

/// The product token that robots.txt files may name.
pub(crate) const AGENT: &str = "newsprint";
/// A host that asks for a longer rest than this is left to the next run.
pub(crate) const PATIENCE: TimeDelta = TimeDelta::seconds(60);
/// What a request may take beyond its own limit of time.
const SLACK: TimeDelta = TimeDelta::seconds(15);

/// A client that asks politely. Several tasks may use it at once.
pub(crate) struct PoliteClient {
    client: Client,
    store: Store,
    clock: Clock,
    cancel: CancellationToken,
    holder: String,
    gap: TimeDelta,
    lease: TimeDelta,
    daily_budget: u32,
    /// By origin.
    sites: Mutex<HashMap<String, Result<Arc<Site>, Failure>>>,
    /// Gaps that hosts ask for themselves.
    crawl_delays: Mutex<HashMap<String, TimeDelta>>,
}

/// Kinds of failures that say nothing of an address, but of the host or the run: nobody was asked.
pub(crate) const NOT_NOW: [&str; 3] = ["budget_spent", "host_resting", STOPPED];
/// The kind of what was not asked because the run was stopped while it waited for a host.
pub(crate) const STOPPED: &str = "stopped";

impl PoliteClient {
    /// A client that leases hosts from `store`; refused where the command is to stay offline.
    pub(crate) fn new(context: &Context, store: &Store) -> anyhow::Result<Self> {
        if context.offline {
            return Err(misuse(
                "--offline: nothing is asked of the network; leave it out",
            ));
        }
        let settings = &context.config.settings.fetch;
        let timeout = span(Duration::from_secs_f64(settings.timeout_seconds));
        Ok(Self {
            client: Client::new(settings.limits())?,
            store: store.clone(),
            clock: context.clock,
            cancel: context.cancel.clone(),
            holder: context.holder(),
            gap: span(settings.gap()),
            lease: timeout + SLACK,
            daily_budget: settings.daily_budget,
            sites: Mutex::default(),
            crawl_delays: Mutex::default(),
        })
    }

    /// Who holds the leases of this run.
    pub(crate) fn holder(&self) -> &str {
        &self.holder
    }

    /// How long one item's turn may take: its redirects, their robots.txt files, and the gaps between.
    pub(crate) fn longest_visit(&self) -> TimeDelta {
        (self.lease + self.gap + PATIENCE) * 12
    }

    /// How long an item's turn waits for the gap after a request; a robots.txt may ask for one of hours.
    fn patience(&self) -> TimeDelta {
        PATIENCE.max(self.gap)
    }

    /// What requests to `host` keep to.
    pub(crate) fn rules(&self, host: &str) -> HostRules {
        let delays = self
            .crawl_delays
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let asked = delays.get(host).copied().unwrap_or_default();
        HostRules {
            gap: self.gap.max(asked),
            daily_budget: self.daily_budget,
            lease: self.lease,
        }
    }

    /// Asks an item's address, whose host is leased, and follows its redirects, each leased anew. The last exchange is the one that
    /// counts. The item is `named_by` a source of that host.
    pub(crate) async fn visit(
        &self,
        permit: Permit,
        item: &QueuedItem,
        role: Role,
        named_by: &str,
    ) -> anyhow::Result<Vec<Exchange>> {
        let is_first = item.n_visits == 0;
        let trip = Trip::new(self, Some(permit), is_first, Some(named_by));
        trip.exchanges(&item.item, role).await
    }

    /// Asks `address` without a lease in hand.
    pub(crate) async fn get(&self, address: &str, role: Role) -> anyhow::Result<Vec<Exchange>> {
        let trip = Trip::new(self, None, true, None);
        trip.exchanges(address, role).await
    }

    /// What an origin said that was asked before.
    pub(crate) fn known_site(&self, origin: &str) -> Option<Result<Arc<Site>, Failure>> {
        let known = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(origin).cloned()
    }

    fn remember(&self, origin: String, host: &str, site: Result<Arc<Site>, Failure>) {
        if let Ok(site) = &site {
            self.note_delay(host, &site.robots);
        }
        let mut known = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(origin, site);
    }

    /// Notes the gap that a host asks for, which all requests from now on keep to.
    fn note_delay(&self, host: &str, robots: &Robots) {
        if let Some(delay) = robots.crawl_delay(AGENT) {
            let mut delays = self
                .crawl_delays
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let longest = delays.entry(host.to_owned()).or_default();
            *longest = (*longest).max(span(delay).min(TimeDelta::days(1)));
        }
    }

    /// The machine's own clock, which gaps are measured by.
    fn wall(&self) -> DateTime<Utc> {
        self.clock.wall()
    }
}

/// Whether two hosts are one publisher's.
pub(crate) fn is_same_site(one: &str, other: &str) -> bool {
    let domain = registrable_domain(one);
    one == other || domain.is_some() && domain == registrable_domain(other)
}

pub(crate) fn span(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

/// An instant as messages show it.
pub(crate) fn shown(instant: DateTime<Utc>) -> String {
    instant.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Warns of settings that publishers or this machine may suffer from.
pub(crate) fn warn_of(settings: &FetchSettings) {
    if settings.contact.is_empty() {
        tracing::warn!("fetch.contact is empty: set it, so that publishers know whom to write to");
    }
    if settings.allow_loopback {
        tracing::warn!(
            "fetch.allow_loopback is on: feeds and pages can make newsprint ask this machine's own services; it is for tests alone"
        );
    }
}
