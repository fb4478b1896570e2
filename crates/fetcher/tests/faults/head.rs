//! Heads that are too large, never end, or are none.

use crate::server::{Step, send};
use crate::{hasty, of, of_bytes, patient};

fn with_lines(lines: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n{lines}\r\nwhole")
}

#[tokio::test]
async fn a_hundred_lines_are_read_and_one_more_is_too_large() {
    let line = "X-Filler: a\r\n";
    assert_eq!(of_bytes(with_lines(&line.repeat(99))).await, "body whole");
    for n_lines in [100, 101, 500, 5_000] {
        assert_eq!(
            of_bytes(with_lines(&line.repeat(n_lines))).await,
            "too_large",
            "{n_lines}"
        );
    }
}

#[tokio::test]
async fn sixty_four_kilobytes_of_lines_are_read_and_one_byte_more_is_too_large() {
    let of_others = "content-length".len() + "5".len() + "x-filler".len();
    let whole = 64 * 1024 - of_others;
    for (n_bytes, expected) in [
        (whole, "body whole"),
        (whole + 1, "too_large"),
        (300_000, "too_large"),
        (1 << 20, "too_large"),
    ] {
        let line = format!("X-Filler: {}\r\n", "a".repeat(n_bytes));
        assert_eq!(of_bytes(with_lines(&line)).await, expected, "{n_bytes}");
    }
}

#[tokio::test]
async fn heads_without_an_end_are_too_large() {
    for (piece, expected) in [
        ("a", "too_large"),
        ("a\r\nX-Filler: a", "too_large"),
        ("a\r\n folded", "unreachable"),
    ] {
        let flood = Step::Flood(piece.repeat(1_000).into_bytes());
        let steps = vec![send("HTTP/1.1 200 OK\r\nX-First: "), flood];
        assert_eq!(of(&patient(), steps).await, expected, "{piece}");
    }
    let status_line = vec![Step::Flood(vec![b'H'; 1_000])];
    assert_eq!(of(&patient(), status_line).await, "unreachable");
    let reason = vec![send("HTTP/1.1 200 "), Step::Flood(vec![b'O'; 1_000])];
    assert_eq!(of(&patient(), reason).await, "too_large");
}

#[tokio::test]
async fn what_is_no_head_is_unreachable() {
    let heads: [&[u8]; 15] = [
        b"<html>an answer of HTTP/0.9</html>",
        b"\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
        b"HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 20\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 -200 OK\r\n\r\n",
        b"HTTP/1.1 000 None\r\n\r\n",
        b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/9.9 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"ICY 200 OK\r\n\r\n",
        b"SSH-2.0-server\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Nul: a\0b\r\n\r\n",
    ];
    for head in heads {
        assert_eq!(
            of_bytes(head).await,
            "unreachable",
            "{}",
            String::from_utf8_lossy(head)
        );
    }
}

#[tokio::test]
async fn informational_answers_are_passed_over_but_not_for_ever() {
    let hint = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n";
    assert_eq!(
        of_bytes(format!("{}{}", hint.repeat(50), with_lines(""))).await,
        "body whole"
    );
    assert_eq!(
        of(&hasty(), vec![Step::Flood(hint.repeat(50).into_bytes())]).await,
        "timeout"
    );
    assert_eq!(
        of_bytes("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n")
            .await,
        "http_status"
    );
}
