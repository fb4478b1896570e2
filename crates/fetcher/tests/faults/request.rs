//! What a request carries, and which way it goes.

use std::process::Command;

use newsprint_fetcher::http::Known;
use url::Url;

use crate::server::{Server, Step, send};
use crate::{outcome, patient};

/// Names of header lines, sorted.
fn names(request: &str) -> Vec<String> {
    let lines = request.lines().skip(1);
    let names = lines.filter_map(|line| line.split_once(':'));
    let mut names: Vec<String> = names.map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_request_says_who_asks_for_what_and_nothing_else() {
    let answer = |status: &str, line: &str| {
        send(format!(
            "HTTP/1.1 {status}\r\n{line}Content-Length: 0\r\n\r\n"
        ))
    };
    let server = Server::start(vec![vec![
        answer(
            "200 OK",
            "Set-Cookie: id=1; Path=/\r\nSet-Cookie: b=2; Max-Age=99999\r\nAlt-Svc: h2=\":1\"\r\n",
        ),
        Step::Read,
        answer(
            "401 Unauthorized",
            "WWW-Authenticate: Basic realm=\"x\"\r\nSet-Cookie: c=3\r\n",
        ),
        Step::Read,
        answer("302 Found", "Location: /d\r\nSet-Cookie: d=4\r\n"),
        Step::Read,
        answer("200 OK", ""),
    ]])
    .await;
    let client = patient();
    for path in ["/a", "/b", "/c", "/d"] {
        outcome(&client, &server.at(path)).await;
    }
    let requests = server.requests();
    assert_eq!(requests.len(), 4);
    for request in requests {
        assert_eq!(
            names(&request),
            ["accept", "accept-encoding", "host", "user-agent"],
            "{request}"
        );
        assert!(request.contains("newsprint-faults/1"));
    }
}

#[tokio::test]
async fn what_is_known_is_said_and_cannot_smuggle_lines() {
    let answer = send("HTTP/1.1 304 Not Modified\r\n\r\n");
    let server = Server::start(vec![vec![answer]]).await;
    let address = Url::parse(&server.at("/")).unwrap();
    let client = patient();
    let known = Known {
        etag: Some("\"a\""),
        last_modified: Some("Tue, 16 Jul 2024 12:00:00 GMT"),
    };
    client.get(&address, known).await.unwrap();
    let request = server.requests().remove(0);
    assert_eq!(
        names(&request),
        [
            "accept",
            "accept-encoding",
            "host",
            "if-modified-since",
            "if-none-match",
            "user-agent"
        ]
    );
    let hostile = Known {
        etag: Some("\"a\"\r\nCookie: b=c"),
        last_modified: None,
    };
    assert_eq!(
        client.get(&address, hostile).await.unwrap_err().kind(),
        "unreachable"
    );
    assert_eq!(server.requests().len(), 1);
}

/// Runs the test above in a process whose environment names a proxy.
#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_the_environment_names_is_not_asked() {
    let proxy = Server::start(vec![vec![send(
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    )]])
    .await;
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([
        "--exact",
        "request::a_request_says_who_asks_for_what_and_nothing_else",
    ]);
    for name in [
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ] {
        command.env(name, proxy.at(""));
    }
    let output = tokio::task::block_in_place(|| {
        command
            .env_remove("no_proxy")
            .env_remove("NO_PROXY")
            .output()
            .unwrap()
    });
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
    assert_eq!(proxy.requests(), Vec::<String>::new());
}
