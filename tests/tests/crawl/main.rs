//! Whole crawls of a site on this machine: what is asked, when, what is recorded of it, and what is left to a later run.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod caching;
mod lists;
mod record;
mod rests;
mod revisits;
mod stop;
mod upgrade;

use newsprint_tests::server::{Request, Response, Site, article_page, rss};

/// A feed of so many stories.
fn feed(n_links: usize) -> Response {
    let links: Vec<String> = (0..n_links).map(|link| format!("/story/{link}")).collect();
    Response::ok("application/rss+xml", rss(&links))
}

/// A story whose text is its host's and path's own.
fn story(request: &Request) -> Response {
    Response::html(article_page(
        &format!("{} of {}", request.path, request.host),
        120,
    ))
}

/// A host with a feed of so many stories and no robots.txt.
fn plain(request: &Request, n_links: usize) -> Response {
    match request.path.as_str() {
        "/robots.txt" => Response::status(404),
        "/feed.xml" => feed(n_links),
        _ => story(request),
    }
}

/// Paths that a host was asked for, in their order.
fn asked(site: &Site, host: usize) -> Vec<String> {
    let host = format!("127.0.0.{host}");
    let requests = site.requests().into_iter();
    // What sites reserve is asked for once a day, beside their robots.txt.
    let requests =
        requests.filter(|logged| logged.host == host && logged.path != "/.well-known/tdmrep.json");
    requests.map(|logged| logged.path).collect()
}

/// How often a path was asked for, at all hosts.
fn n_asked(site: &Site, path: &str) -> usize {
    let requests = site.requests();
    requests.iter().filter(|logged| logged.path == path).count()
}
