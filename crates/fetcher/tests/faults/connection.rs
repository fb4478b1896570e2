//! Connections that break, stall, drip, or were never ones to trust.

use std::net::TcpListener;
use std::sync::Arc;
use std::thread::spawn;
use std::time::Duration;

use newsprint_fetcher::http::Client;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection};

use crate::server::{Server, Step, send};
use crate::{BOUND, hasty, limits, of, outcome, patient, timed};

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

#[tokio::test]
async fn resets_and_closes_before_the_end_are_unreachable() {
    let starts = [
        "",
        "HTTP/1.1 200 OK\r\nContent-",
        HEAD,
        &format!("{HEAD}<p>x"),
        CHUNKED,
        &format!("{CHUNKED}4\r\n<p>x\r\n"),
    ];
    for start in starts {
        let reset = of(&patient(), vec![send(start), Step::Reset]).await;
        assert_eq!(reset, "unreachable", "a reset after {start}");
        let closed = of(&patient(), vec![send(start)]).await;
        assert_eq!(closed, "unreachable", "closed after {start}");
    }
}

#[tokio::test]
async fn nobody_listens() {
    let server = Server::start(vec![vec![]]).await;
    let address = server.at("/");
    drop(server);
    tokio::task::yield_now().await;
    assert_eq!(outcome(&patient(), &address).await, "unreachable");
}

#[tokio::test]
async fn a_broken_exchange_is_not_tried_again_by_itself() {
    let server = Server::start(vec![vec![Step::Reset]]).await;
    assert_eq!(outcome(&patient(), &server.at("/")).await, "unreachable");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_meanwhile_is_replaced() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole";
    let server = Server::start(vec![vec![send(answer)]]).await;
    let client = patient();
    for _ in 0..3 {
        assert_eq!(outcome(&client, &server.at("/")).await, "body whole");
    }
}

#[tokio::test]
async fn stalls_are_timeouts() {
    for start in [
        "",
        "HTTP/1.1 200 OK\r\nContent-",
        HEAD,
        &format!("{HEAD}<p>x"),
        CHUNKED,
    ] {
        let (outcome, took) = timed(&hasty(), vec![send(start), Step::Stall]).await;
        assert_eq!(outcome, "timeout", "a stall after {start}");
        assert!(
            took >= Duration::from_millis(200) && took < BOUND,
            "{took:?}"
        );
    }
}

#[tokio::test]
async fn a_stall_at_the_end_of_a_body_without_a_length_is_a_timeout() {
    let start = "HTTP/1.1 200 OK\r\n\r\n<p>All of it, but who knows</p>";
    assert_eq!(
        of(&hasty(), vec![send(start), Step::Stall]).await,
        "timeout"
    );
}

#[tokio::test]
async fn what_drips_has_no_more_than_the_time_of_the_exchange() {
    let head = Step::Drip(HEAD.into(), 1, Duration::from_millis(50));
    assert_eq!(of(&hasty(), vec![head]).await, "timeout");
    let fast_body = Step::Drip(vec![b'x'; 500_000], 500, Duration::from_millis(10));
    let head = send("HTTP/1.1 200 OK\r\n\r\n");
    let client = Client::new(limits(
        Duration::from_millis(400),
        Duration::from_millis(200),
    ))
    .unwrap();
    let (outcome, took) = timed(&client, vec![head, fast_body]).await;
    assert_eq!(outcome, "timeout");
    assert!(took < BOUND / 2, "{took:?}");
}

/// With time enough for the exchange, so that the window alone decides.
fn with_window() -> Client {
    Client::new(limits(BOUND * 2, Duration::from_millis(400))).unwrap()
}

#[tokio::test]
async fn a_body_that_drips_is_given_up_long_before_the_time_of_the_exchange() {
    let drip = Step::Drip(vec![b'x'; 1_000], 1, Duration::from_millis(10));
    for head in [HEAD, "HTTP/1.1 200 OK\r\n\r\n"] {
        let (outcome, took) = timed(&with_window(), vec![send(head), drip.clone()]).await;
        assert_eq!(outcome, "timeout");
        assert!(took < BOUND / 2, "{took:?}");
    }
}

#[tokio::test]
async fn a_slow_body_that_keeps_the_rate_is_whole_however_late_its_head() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n";
    let late = Step::Drip(head.to_vec(), head.len(), Duration::from_millis(600));
    let slow = Step::Drip(vec![b'x'; 10_000], 500, Duration::from_millis(40));
    let (outcome, took) = timed(&with_window(), vec![late, slow]).await;
    assert_eq!(outcome, "10000 bytes");
    assert!(took > Duration::from_millis(1_000), "{took:?}");
}

#[tokio::test]
async fn a_server_that_cannot_speak_tls_is_a_tls_error() {
    let alert = [21, 3, 3, 0, 2, 2, 40];
    let hello_of_nothing = [22, 3, 3, 0, 4, 2, 0, 0, 0];
    let answers: [&[u8]; 4] = [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        &[0; 100],
        &alert,
        &hello_of_nothing,
    ];
    for answer in answers {
        let server = Server::start(vec![vec![send(answer), Step::Stall]]).await;
        let address = format!("https://127.0.0.1:{}/", server.port());
        assert_eq!(
            outcome(&patient(), &address).await,
            "tls_error",
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn a_tls_handshake_that_breaks_off_or_stalls() {
    for (client, steps, expected) in [
        (patient(), vec![], "unreachable"),
        (patient(), vec![Step::Reset], "unreachable"),
        (hasty(), vec![Step::Stall], "timeout"),
        (hasty(), vec![send([22, 3, 3]), Step::Stall], "timeout"),
    ] {
        let server = Server::start(vec![steps.clone()]).await;
        let address = format!("https://127.0.0.1:{}/", server.port());
        assert_eq!(outcome(&client, &address).await, expected, "{steps:?}");
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_a_tls_error() {
    let client = patient();
    // A key that nothing else uses.
    let certificate = include_bytes!("self_signed.der").to_vec().into();
    let key = PrivateKeyDer::try_from(include_bytes!("self_signed_key.der").to_vec()).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key);
    let mut connection = ServerConnection::new(Arc::new(config.unwrap())).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://{}/", listener.local_addr().unwrap());
    let serving = spawn(move || connection.complete_io(&mut listener.accept().unwrap().0));
    assert_eq!(outcome(&client, &address).await, "tls_error");
    let alert = serving.join().unwrap().unwrap_err().to_string();
    assert!(
        alert.contains("UnknownCA") || alert.contains("CertificateUnknown"),
        "{alert}"
    );
}
