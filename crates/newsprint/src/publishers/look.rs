//! Asks a site for its home page and then for its candidates, one after the other.

use std::collections::HashSet;

use anyhow::{Context as _, bail};
use newsprint_fetcher::address::domain_of;
use newsprint_fetcher::discovery::{Candidate, Site, candidates};
use newsprint_fetcher::error::Limits;
use newsprint_fetcher::http::{Answer, Body};
use newsprint_fetcher::publisher::Source;
use newsprint_fetcher::reservation::{self, Reservation};
use newsprint_fetcher::robots::Robots;
use newsprint_fetcher::warc::Role;
use newsprint_fetcher::{feed, page};
use newsprint_store::Store;
use url::Url;

use super::gathered::Gathered;
use super::{counted, tell};
use crate::context::Context;
use crate::exchange::{Exchange, Failure};
use crate::exit::misuse;
use crate::polite::PoliteClient;

/// What a site has.
#[derive(Debug)]
pub(super) struct Looked {
    pub(super) site: Site,
    pub(super) sources: Vec<Source>,
    /// What was asked for lists: the candidates' addresses.
    pub(super) tried: Vec<Url>,
    /// Candidates that nobody asked, because their hosts are to be left alone for now.
    pub(super) n_not_asked: usize,
}

/// Asks for a site's pages.
struct Visitor<'a> {
    context: &'a Context,
    client: PoliteClient,
    limits: Limits,
}

/// A whole answer.
struct Answered {
    body: Body,
    /// Where to ask from now on: where a permanent redirect leads, else the address that was asked.
    settled: Url,
    reservations: Vec<Reservation>,
}

/// Asks for the home page at `address`, and for what it and its robots.txt name; says on standard error what comes of each.
///
/// # Errors
///
/// Where there is no such page, or it is another site's.
pub(super) async fn look(
    context: &Context,
    store: &Store,
    address: &Url,
) -> anyhow::Result<Looked> {
    let visitor = Visitor {
        context,
        client: PoliteClient::new(context, store)?,
        limits: context.config.settings.fetch.limits(),
    };
    let (home, site) = visitor.home(address).await?;
    let n_guesses = site.candidates.iter().filter(|one| one.is_guess()).count();
    let n_named = site.candidates.len() - n_guesses;
    tell(&format!(
        "{home} and its robots.txt name {}; {} where other sites have theirs",
        counted(n_named, "feed or sitemap", "feeds and sitemaps"),
        counted(n_guesses, "address is", "addresses are")
    ));
    visitor.candidates(site).await
}

impl Visitor<'_> {
    /// The address that the home page came from, and what it says.
    async fn home(&self, address: &Url) -> anyhow::Result<(Url, Site)> {
        let answered = match self.ask(address).await? {
            Ok(answered) => answered,
            Err(failure) if failure.kind == "blocked_address" => {
                return Err(misuse(failure.detail));
            }
            Err(failure) => bail!("{address}: {}", failure.detail),
        };
        let body = &answered.body;
        let home = &body.address;
        if !is_same_site(address, home) {
            return Err(misuse(format!(
                "{address} leads to {home}, on another domain: name that address if this is the site you mean"
            )));
        }
        if feed::entry_addresses(&body.bytes, home).is_ok_and(|entries| !entries.is_empty()) {
            return Err(misuse(format!(
                "{home} is a feed: name the site's home page, or add the feed to publishers.toml by hand"
            )));
        }
        let origin = home.origin().ascii_serialization();
        let robots = match self.client.known_site(&origin) {
            Some(Ok(site)) => site.robots.clone(),
            _ => Robots::default(),
        };
        let kind = body.content_type.as_deref();
        let site =
            candidates(&body.bytes, kind, home, &robots).with_context(|| format!("read {home}"))?;
        tell_terms(&answered, &robots);
        Ok((home.clone(), site))
    }

    async fn candidates(&self, mut site: Site) -> anyhow::Result<Looked> {
        let mut gathered = Gathered::default();
        let mut tried = Vec::new();
        let mut n_not_asked = 0;
        let mut resting = HashSet::new();
        for candidate in std::mem::take(&mut site.candidates) {
            if self.context.is_cancelled() {
                bail!("stopped; nothing was written");
            }
            if !gathered.wants(&candidate) {
                continue;
            }
            let host = candidate.address.host_str().map(str::to_owned);
            if resting.contains(&host) {
                n_not_asked += 1;
                continue;
            }
            let result = self.ask(&candidate.address).await?;
            if let Err(failure) = &result
                && matches!(failure.kind.as_str(), "host_resting" | "budget_spent")
            {
                tell(&failure.detail);
                resting.insert(host);
                n_not_asked += 1;
                continue;
            }
            take(&mut gathered, &candidate, result);
            tried.push(candidate.address);
        }
        let (sources, dropped) = gathered.sources();
        for address in dropped {
            tell(&format!(
                "left out {address}: it lists everything the site has, old pages too, and a feed lists what is new"
            ));
        }
        Ok(Looked {
            site,
            sources,
            tried,
            n_not_asked,
        })
    }

    /// The whole answer of an address.
    async fn ask(&self, address: &Url) -> anyhow::Result<Result<Answered, Failure>> {
        let mut exchanges = Vec::new();
        // What the store knows it knows by role: asked for as the other, the same address answers whole.
        for role in [Role::Page, Role::List] {
            exchanges = self.client.get(address.as_str(), role).await?;
            exchanges.retain(|exchange| exchange.role != Role::Robots);
            let last = exchanges.last().map(|last| &last.result);
            if !last.is_some_and(|last| last.as_ref().is_ok_and(|it| it.message.status == 304)) {
                break;
            }
        }
        Ok(self.answered(address, &exchanges))
    }

    fn answered(&self, asked: &Url, exchanges: &[Exchange]) -> Result<Answered, Failure> {
        let Some((last, hops)) = exchanges.split_last() else {
            return Err(Failure::new("unreadable", "nothing was asked"));
        };
        let received = last.result.as_ref().map_err(Clone::clone)?;
        let body = match received.answer(&self.limits)? {
            Answer::Body(body) => body,
            Answer::NotModified => {
                let detail = "the server answered 304 to a question without a condition";
                return Err(Failure::new("http_status", detail));
            }
            Answer::Redirect(to) => {
                let detail = format!("a redirect to {to} that was not followed");
                return Err(Failure::new("unreadable", detail));
            }
        };
        let is_moved = hops.iter().all(is_permanent) && is_same_site(asked, &body.address);
        Ok(Answered {
            settled: if is_moved { &body.address } else { asked }.clone(),
            reservations: reservation::in_headers(&received.message),
            body,
        })
    }
}

/// Takes in what a candidate answered, and says what came of it.
fn take(gathered: &mut Gathered, candidate: &Candidate, result: Result<Answered, Failure>) {
    let address = &candidate.address;
    let outcome = match result {
        Ok(answered) => gathered.take(candidate, answered.settled, &answered.body),
        Err(failure) if candidate.is_guess() && failure.kind == "gone" => return,
        Err(failure) => Err(failure.detail),
    };
    let place = match candidate.found_in {
        "link" => "declared by the page",
        "a" => "linked from the page",
        "robots.txt" => "named in robots.txt",
        _ => "not named anywhere",
    };
    match outcome {
        Ok(found) => tell(&format!("found {address} ({place}): {found}")),
        Err(problem) => tell(&format!("left out {address} ({place}): {problem}")),
    }
}

/// Says what the site reserves, of which newsprint decides nothing.
fn tell_terms(home: &Answered, robots: &Robots) {
    let body = &home.body;
    let read = page::read(
        &body.bytes,
        body.content_type.as_deref(),
        Some(&body.address),
        None,
    );
    let of_page = read.map(|page| page.reservations).unwrap_or_default();
    for reservation in home.reservations.iter().chain(&of_page) {
        let Reservation { found_in, says } = reservation;
        tell(&format!(
            "the site states of use by machines: {found_in}: {says}"
        ));
    }
    for licence in robots.licences() {
        tell(&format!(
            "the site's robots.txt names a licence for machines: {licence}"
        ));
    }
}

fn is_permanent(hop: &Exchange) -> bool {
    let received = hop.result.as_ref();
    received.is_ok_and(|received| matches!(received.message.status, 301 | 308))
}

/// Whether two addresses are of one registrable domain, or of one host without any.
fn is_same_site(one: &Url, other: &Url) -> bool {
    let domain = domain_of(one.as_str());
    one.host() == other.host() || (domain.is_some() && domain == domain_of(other.as_str()))
}
