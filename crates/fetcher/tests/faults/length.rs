//! Bodies that are shorter or longer than they say.

use newsprint_fetcher::http::Known;
use url::Url;

use crate::server::{Server, Step, send};
use crate::{MAX_BODY_BYTES, of, of_bytes, outcome, patient};

const KILOBYTE: usize = 1_024;

/// Asks once for each place that the answer is cut at.
async fn of_cuts(answer: &[u8], cuts: impl Iterator<Item = usize>) {
    let cuts: Vec<usize> = cuts.collect();
    let scripts = cuts.iter().map(|cut| vec![send(&answer[..*cut])]);
    let server = Server::start(scripts.chain([vec![send(answer)]]).collect()).await;
    let client = patient();
    for cut in cuts {
        assert_eq!(
            outcome(&client, &server.at("/")).await,
            "unreachable",
            "cut at {cut} of {}",
            answer.len()
        );
    }
    // The same answer is whole where it is not cut.
    assert!(outcome(&client, &server.at("/")).await.ends_with("bytes"));
}

#[tokio::test]
async fn a_body_with_a_length_is_never_taken_for_whole_where_it_is_cut() {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n",
        64 * KILOBYTE
    );
    let answer = [head.as_bytes(), &[b'x'; 64 * KILOBYTE]].concat();
    let last = answer.len() - 1;
    of_cuts(
        &answer,
        (head.len()..last)
            .step_by(KILOBYTE)
            .chain([head.len() + 1, last]),
    )
    .await;
}

/// An answer in chunks of so many bytes.
fn chunked(n_chunks: usize, n_bytes: usize) -> (usize, Vec<u8>) {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunk = format!("{n_bytes:x}\r\n{}\r\n", "x".repeat(n_bytes));
    let answer = format!("{head}{}0\r\n\r\n", chunk.repeat(n_chunks));
    (head.len(), answer.into_bytes())
}

#[tokio::test]
async fn a_chunked_body_is_never_taken_for_whole_where_it_is_cut() {
    let (head, answer) = chunked(20, 3_000);
    of_cuts(&answer, (head..answer.len() - 1).step_by(KILOBYTE)).await;
    let (head, answer) = chunked(3, 40);
    of_cuts(&answer, head..answer.len()).await;
}

#[tokio::test]
async fn what_is_no_length_is_unreachable() {
    for length in [
        "-1",
        "five",
        "5x",
        "0x5",
        "+5",
        "5, 6",
        "5\r\nContent-Length: 6",
        "99999999999999999999999",
    ] {
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\nwhole");
        assert_eq!(of_bytes(answer).await, "unreachable", "{length}");
    }
    for length in ["5", "5\r\nContent-Length: 5"] {
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\nwhole");
        assert_eq!(of_bytes(answer).await, "body whole", "{length}");
    }
}

#[tokio::test]
async fn a_length_over_the_limit_is_refused_before_the_body_comes() {
    let over = MAX_BODY_BYTES / 2 + 1;
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {over}\r\n\r\n");
    assert_eq!(
        of(&patient(), vec![send(head), Step::Stall]).await,
        "too_large"
    );
}

#[tokio::test]
async fn what_comes_after_the_length_is_no_part_of_the_body_and_no_answer_to_the_next_request() {
    let answer = |body: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{body}");
    let both = answer("first") + &answer("false");
    let server = Server::start(vec![
        vec![send(both), Step::Read, send(answer("false"))],
        vec![send(answer("right"))],
    ])
    .await;
    let client = patient();
    assert_eq!(outcome(&client, &server.at("/1")).await, "body first");
    assert_eq!(outcome(&client, &server.at("/2")).await, "body right");
}

#[tokio::test]
async fn chunks_that_lie_are_unreachable_or_too_large() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for chunks in [
        "x\r\n",
        "-4\r\n<p>x\r\n0\r\n\r\n",
        "4\r\n<p>xx\r\n0\r\n\r\n",
        "11111111111111111\r\n<p>x",
        "ffffffffffffffff\r\n<p>x",
        "\r\n\r\n",
    ] {
        assert_eq!(
            of_bytes(format!("{head}{chunks}")).await,
            "unreachable",
            "{chunks}"
        );
    }
    let over = format!("{:x}\r\n", MAX_BODY_BYTES);
    let flood = vec![send(head), send(over), Step::Flood(vec![b'x'; 10_000])];
    assert_eq!(of(&patient(), flood).await, "too_large");
    for endless in ["4;", "0\r\nX-Trailer: "] {
        let flood = vec![send(head), send(endless), Step::Flood(vec![b'x'; 1_000])];
        assert_eq!(of(&patient(), flood).await, "unreachable", "{endless}");
    }
}

#[tokio::test]
async fn a_body_without_an_end_is_too_large_and_its_start_can_be_read() {
    let server = Server::start(vec![vec![
        send("HTTP/1.1 200 OK\r\n\r\n"),
        Step::Flood(vec![b'x'; 10_000]),
    ]])
    .await;
    let client = patient();
    assert_eq!(outcome(&client, &server.at("/")).await, "too_large");
    let address = Url::parse(&server.at("/robots.txt")).unwrap();
    let start = client.get_start(&address, 12_345).await.unwrap();
    assert_eq!(start.message.sent.len(), 12_345);
    let whole = Server::start(vec![vec![send(
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwho",
    )]])
    .await;
    let address = Url::parse(&whole.at("/robots.txt")).unwrap();
    assert_eq!(
        client.get_start(&address, 4).await.unwrap_err().kind(),
        "unreachable"
    );
    assert!(client.get(&address, Known::default()).await.is_err());
}
