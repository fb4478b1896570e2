//! Servers that break off, stall, lie and flood: each fault has its typed outcome within a bounded time, and no short body is taken for
//! whole.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod body;
mod connection;
mod head;
mod length;
mod redirect;
mod request;
mod server;
mod status;

use std::time::{Duration, Instant};

use newsprint_fetcher::error::{FetchError, Limits};
use newsprint_fetcher::http::{Answer, Client, Known};
use tokio::time::timeout;
use url::Url;

use crate::server::{Server, Step};

/// Longer than any of these exchanges may take on a busy machine.
const BOUND: Duration = Duration::from_secs(10);
/// Decoded bytes of a body; half as many on the wire.
const MAX_BODY_BYTES: usize = 2 << 20;

fn limits(timeout: Duration, window: Duration) -> Limits {
    Limits {
        user_agent: "newsprint-faults/1".into(),
        timeout,
        window,
        max_body_bytes: MAX_BODY_BYTES,
        allow_loopback: true,
    }
}

/// A client whose time does not run out: what ends an exchange is the fault itself.
fn patient() -> Client {
    Client::new(limits(BOUND * 2, BOUND * 2)).unwrap()
}

/// A client whose time runs out.
fn hasty() -> Client {
    Client::new(limits(
        Duration::from_millis(200),
        Duration::from_millis(200),
    ))
    .unwrap()
}

/// What comes of asking `address`: a kind of error, or what the answer means.
async fn outcome(client: &Client, address: &str) -> String {
    let address = Url::parse(address).unwrap();
    let asked = timeout(BOUND, client.get(&address, Known::default())).await;
    let answer = asked
        .unwrap_or_else(|_| panic!("{address} hangs"))
        .and_then(|received| received.answer(client.limits()));
    meaning(answer)
}

fn meaning(answer: Result<Answer, FetchError>) -> String {
    match answer {
        Ok(Answer::Body(body)) if body.bytes.len() > 100 => format!("{} bytes", body.bytes.len()),
        Ok(Answer::Body(body)) => format!("body {}", String::from_utf8_lossy(&body.bytes)),
        Ok(Answer::Redirect(to)) => format!("redirect {to}"),
        Ok(Answer::NotModified) => "not modified".into(),
        Err(error) => error.kind().into(),
    }
}

/// Asks once a server that takes these steps.
async fn of(client: &Client, steps: Vec<Step>) -> String {
    let server = Server::start(vec![steps]).await;
    outcome(client, &server.at("/")).await
}

/// Asks once a server that sends these bytes and closes the connection.
async fn of_bytes(bytes: impl AsRef<[u8]>) -> String {
    of(&patient(), vec![Step::Send(bytes.as_ref().to_vec())]).await
}

/// The outcome and how long it took to come.
async fn timed(client: &Client, steps: Vec<Step>) -> (String, Duration) {
    let server = Server::start(vec![steps]).await;
    let start = Instant::now();
    let outcome = outcome(client, &server.at("/")).await;
    (outcome, start.elapsed())
}
