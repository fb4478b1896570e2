//! Bodies whose coding is a trap.

use std::io::Write;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

use crate::{MAX_BODY_BYTES, of_bytes};

const MEGABYTE: usize = 1 << 20;
const BOMB_MEGABYTES: usize = 256;

fn answer(coding: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn zipped(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// The most memory that this process has had, in bytes; `None` where the system does not say.
fn peak_memory() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: usize = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kilobytes * 1_024)
}

#[tokio::test]
async fn bombs_are_too_large_and_never_unpacked() {
    let zeros = vec![0; MEGABYTE];
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
    for _ in 0..BOMB_MEGABYTES {
        gzip.write_all(&zeros).unwrap();
    }
    for _ in 0..BOMB_MEGABYTES / 16 {
        zlib.write_all(&zeros).unwrap();
    }
    let mut member = GzEncoder::new(Vec::new(), Compression::default());
    member.write_all(&zeros).unwrap();
    let of_members = member.finish().unwrap().repeat(BOMB_MEGABYTES / 2);
    for (coding, bomb) in [
        ("gzip", gzip.finish().unwrap()),
        ("gzip", of_members),
        ("deflate", zlib.finish().unwrap()),
    ] {
        assert!(
            bomb.len() < MAX_BODY_BYTES / 2,
            "the bomb is too large to be sent"
        );
        assert_eq!(
            of_bytes(answer(coding, &bomb)).await,
            "too_large",
            "{coding} of {} bytes",
            bomb.len()
        );
    }
    if let Some(bytes) = peak_memory() {
        assert!(
            bytes < BOMB_MEGABYTES / 2 * MEGABYTE,
            "{bytes} bytes of memory"
        );
    }
}

#[tokio::test]
async fn codings_that_were_not_asked_for_cannot_be_removed() {
    let body = zipped(b"whole");
    for coding in [
        "br",
        "zstd",
        "gzip, gzip",
        "gzip,gzip",
        "gzip, br",
        "compress",
        "\u{7}",
    ] {
        let expected = if coding == "\u{7}" {
            "unreachable"
        } else {
            "decode_error"
        };
        assert_eq!(
            of_bytes(answer(coding, &body)).await,
            expected,
            "{coding:?}"
        );
    }
    for coding in ["gzip", "GZIP", "x-gzip"] {
        assert_eq!(of_bytes(answer(coding, &body)).await, "body whole");
    }
}

#[tokio::test]
async fn a_coded_body_that_breaks_off_or_is_damaged_cannot_be_read() {
    let text: Vec<u8> = (0..50_000_u32)
        .flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes())
        .collect();
    let body = zipped(&text);
    for cut in (4..body.len()).step_by(body.len() / 16) {
        assert_eq!(
            of_bytes(answer("gzip", &body[..cut])).await,
            "decode_error",
            "cut at {cut}"
        );
    }
    let mut damaged = body.clone();
    let checksum = damaged.len() - 8;
    damaged[checksum] ^= 1;
    assert_eq!(of_bytes(answer("gzip", &damaged)).await, "decode_error");
}
