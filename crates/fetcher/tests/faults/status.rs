//! Statuses that ask to be left alone, or say that there is nothing.

use newsprint_fetcher::http::Known;
use url::Url;

use crate::server::{Server, send};
use crate::{of_bytes, patient};

#[tokio::test]
async fn statuses_have_their_kinds_whatever_the_body() {
    for (status, expected) in [
        (204, "http_status"),
        (206, "http_status"),
        (304, "not modified"),
        (400, "http_status"),
        (401, "http_status"),
        (402, "paywall"),
        (403, "http_status"),
        (404, "gone"),
        (410, "gone"),
        (418, "http_status"),
        (429, "rate_limited"),
        (451, "http_status"),
        (500, "http_status"),
        (503, "rate_limited"),
        (599, "http_status"),
        (999, "http_status"),
    ] {
        let answer = format!("HTTP/1.1 {status} x\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(of_bytes(answer).await, expected, "{status}");
    }
}

#[tokio::test]
async fn when_to_come_back_is_told_with_the_answer() {
    for status in [429, 503] {
        for (line, expected) in [
            ("", None),
            ("Retry-After: 120\r\n", Some("120")),
            (
                "retry-after: Wed, 17 Jul 2024 12:00:00 GMT\r\n",
                Some("Wed, 17 Jul 2024 12:00:00 GMT"),
            ),
        ] {
            let answer = format!("HTTP/1.1 {status} x\r\n{line}Content-Length: 4\r\n\r\nwait");
            let server = Server::start(vec![vec![send(answer)]]).await;
            let client = patient();
            let address = Url::parse(&server.at("/")).unwrap();
            let received = client.get(&address, Known::default()).await.unwrap();
            assert_eq!(received.message.header("Retry-After"), expected);
            assert_eq!(
                received.answer(client.limits()).unwrap_err().kind(),
                "rate_limited"
            );
        }
    }
}

#[tokio::test]
async fn a_body_of_an_error_that_breaks_off_is_not_taken_for_its_status() {
    let answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 1000\r\n\r\nshort";
    assert_eq!(of_bytes(answer).await, "unreachable");
}
