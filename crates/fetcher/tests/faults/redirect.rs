//! Redirects: one request each, and never to where a first request may not go.

use newsprint_fetcher::http::Received;
use newsprint_fetcher::message::Message;
use url::Url;

use crate::server::{Server, send};
use crate::{BOUND, limits, meaning, of_bytes, outcome, patient};

/// What a redirect from an address means to a client that may ask this machine, and to one that may not.
fn to(from: &str, location: &str) -> [String; 2] {
    [true, false].map(|allow_loopback| {
        let received = Received {
            address: Url::parse(from).unwrap(),
            ip: None,
            message: Message {
                status: 302,
                headers: vec![("Location".into(), location.into())],
                sent: Vec::new(),
            },
        };
        let mut limits = limits(BOUND, BOUND);
        limits.allow_loopback = allow_loopback;
        meaning(received.answer(&limits))
    })
}

#[test]
fn targets_that_may_be_asked_are_told() {
    let from = "http://a.example/x/y?z";
    for (location, expected) in [
        ("/loop", "http://a.example/loop"),
        ("", "http://a.example/x/y?z"),
        ("w#part", "http://a.example/x/w#part"),
        ("//b.example", "http://b.example/"),
        ("https://a.example/", "https://a.example/"),
        ("HTTP://B.EXAMPLE:80/", "http://b.example/"),
        (
            "/a%0d%0aSet-Cookie:%20b",
            "http://a.example/a%0d%0aSet-Cookie:%20b",
        ),
        ("/a b\u{e9}", "http://a.example/a%20b%C3%A9"),
    ] {
        let expected = format!("redirect {expected}");
        assert_eq!(
            to(from, location),
            [expected.clone(), expected],
            "{location}"
        );
    }
}

#[test]
fn targets_that_may_not_be_asked_are_refused() {
    for location in [
        "ftp://a.example/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/html,x",
        "ws://a.example/",
        "gopher://a.example/",
        "http://a.example:8080/",
        "https://a.example:22/",
        "http://a.example:99999/",
        "http://user@a.example/",
        "http://user:word@a.example/",
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://172.16.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://0.0.0.0/",
        "http://100.64.0.1/",
        "http://0x0a000001/",
        "http://167772161/",
        "http://012.0.0.1/",
        "http://[fd00::1]/",
        "http://[fe80::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[64:ff9b::10.0.0.1]/",
        "http://255.255.255.255/",
        "http://224.0.0.1/",
        "http://",
        "//",
        "http://[::1",
        "http://a b/",
    ] {
        assert_eq!(
            to("http://a.example/", location),
            ["blocked_address", "blocked_address"],
            "{location}"
        );
    }
    for location in [
        "http://127.0.0.1:9000/",
        "http://localhost/",
        "http://0x7f000001/",
        "http://[::1]/",
        "http://a.localhost./",
    ] {
        let [allowed, refused] = to("http://a.example/", location);
        assert!(allowed.starts_with("redirect"), "{location}: {allowed}");
        assert_eq!(refused, "blocked_address", "{location}");
    }
}

#[test]
fn a_secure_answer_leads_to_no_open_one() {
    let from = "https://a.example/";
    assert_eq!(
        to(from, "http://a.example/"),
        ["blocked_address", "blocked_address"]
    );
    assert_eq!(to(from, "//b.example/")[1], "redirect https://b.example/");
    assert_eq!(
        to("http://a.example/", "http://b.example/")[1],
        "redirect http://b.example/"
    );
}

#[test]
fn an_address_longer_than_sites_have_is_refused() {
    let path = |n_bytes: usize| format!("/{}", "a".repeat(n_bytes - 1));
    assert!(to("http://a.example/", &path(8_000))[1].starts_with("redirect"));
    assert_eq!(to("http://a.example/", &path(8_001))[1], "blocked_address");
}

#[tokio::test]
async fn a_location_that_is_missing_or_hostile() {
    let of = async |lines: &[u8]| {
        let bytes = [
            b"HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n",
            lines,
            b"\r\n",
        ]
        .concat();
        of_bytes(bytes).await
    };
    assert_eq!(of(b"").await, "http_status");
    let megabyte = format!("Location: /{}\r\n", "a".repeat(1 << 20));
    assert_eq!(of(megabyte.as_bytes()).await, "too_large");
    let long = format!("Location: /{}\r\n", "a".repeat(30_000));
    assert_eq!(of(long.as_bytes()).await, "blocked_address");
    for broken in [
        &b"Location: /a\nb\r\n"[..],
        b"Location: /a\r b\r\n",
        b"Location: /a\r\n b\r\n",
        b"Location: /a\0b\r\n",
    ] {
        assert_eq!(
            of(broken).await,
            "unreachable",
            "{}",
            String::from_utf8_lossy(broken)
        );
    }
    assert_eq!(
        of(b"Location: http://10.0.0.1/\r\nLocation: /a\r\n").await,
        "blocked_address"
    );
}

#[tokio::test]
async fn a_loop_is_one_request_each_time() {
    let answer = "HTTP/1.1 302 Found\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n";
    let server = Server::start(vec![vec![send(answer)]]).await;
    let client = patient();
    for n_asked in 1..=3 {
        let expected = format!("redirect {}", server.at("/loop"));
        assert_eq!(outcome(&client, &server.at("/loop")).await, expected);
        assert_eq!(server.requests().len(), n_asked);
    }
}
