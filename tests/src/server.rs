//! A web server on this machine's own addresses, for tests of whole crawls: fast, and as faulty as a test wants it.

mod answer;
mod content;
mod manners;

pub use answer::{Fault, Response};
pub use content::{article_page, rss};
pub use manners::{Breach, breaches, most_at_once};

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

/// Bytes of a request's head that are read; one without an end is dropped.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Ports that are tried: another program may hold the same port of one of the addresses.
const TRIES: usize = 20;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The address that was asked: `127.0.0.1` of the first host.
    pub host: String,
    /// The Host header: name or address, and port.
    pub authority: String,
    /// Path and query.
    pub path: String,
    /// Values by name in lower case.
    pub headers: HashMap<String, String>,
    /// When its head was whole.
    pub arrived: Instant,
}

/// A request and when it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// The address that was asked: `127.0.0.1` of the first host.
    pub host: String,
    /// Path and query.
    pub path: String,
    /// Values by name in lower case.
    pub headers: HashMap<String, String>,
    /// When the request's head was whole.
    pub arrived: Instant,
    /// Just before the last byte of the answer was sent, so that no client can have seen its end earlier; or when the connection ended
    /// without it. `None` while it goes on.
    pub answered: Option<Instant>,
}

/// Many hosts on one port; they stop when this is dropped.
pub struct Site {
    port: u16,
    shared: Arc<Shared>,
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
}

type Answer = dyn Fn(&Request) -> Response + Send + Sync;

struct Shared {
    answer: Box<Answer>,
    log: Mutex<Vec<Logged>>,
}

impl Site {
    /// Serves `answer` on one port of 127.0.0.1 and the addresses after it, `hosts` in all, on threads of its own.
    ///
    /// # Panics
    /// Where no port can be had.
    pub fn start(
        hosts: usize,
        answer: impl Fn(&Request) -> Response + Send + Sync + 'static,
    ) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap_or_else(|error| panic!("start the site's threads: {error}"));
        let listeners = {
            let _entered = runtime.enter();
            (0..TRIES).find_map(|_| listen(hosts).ok())
        };
        let listeners = listeners.unwrap_or_else(|| panic!("no port is free on {hosts} addresses"));
        let port = listeners.first().map_or(0, |(address, _)| address.port());
        let shared = Arc::new(Shared {
            answer: Box::new(answer),
            log: Mutex::default(),
        });
        for (address, listener) in listeners {
            runtime.spawn(serve(address.ip().to_string(), listener, shared.clone()));
        }
        Self {
            port,
            shared,
            runtime: Some(runtime),
        }
    }

    /// The address of `path` on a host, of which the first is 1.
    pub fn at(&self, host: usize, path: &str) -> String {
        format!("http://{}:{}{path}", ip(host), self.port)
    }

    /// Every request so far, in the order of their arrival.
    pub fn requests(&self) -> Vec<Logged> {
        self.shared.log().clone()
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Site on port {}", self.port)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Waiting is forbidden where an asynchronous test drops it.
            runtime.shutdown_background();
        }
    }
}

impl Shared {
    fn log(&self) -> MutexGuard<'_, Vec<Logged>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the request stands in the log.
    fn arrived(&self, request: &Request) -> usize {
        let mut log = self.log();
        log.push(Logged {
            host: request.host.clone(),
            path: request.path.clone(),
            headers: request.headers.clone(),
            arrived: request.arrived,
            answered: None,
        });
        log.len() - 1
    }

    fn answered(&self, at: usize, when: Instant) {
        self.log()[at].answered = Some(when);
    }
}

/// The address of a host, of which the first is 1.
fn ip(host: usize) -> Ipv4Addr {
    let first = u32::from(Ipv4Addr::LOCALHOST);
    let after = u32::try_from(host.saturating_sub(1)).unwrap_or(u32::MAX);
    Ipv4Addr::from(first.saturating_add(after))
}

fn listen(hosts: usize) -> io::Result<Vec<(SocketAddr, TcpListener)>> {
    let mut port = 0;
    let mut listeners = Vec::with_capacity(hosts);
    for host in 1..=hosts {
        let listener = std::net::TcpListener::bind((ip(host), port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        port = address.port();
        listeners.push((address, TcpListener::from_std(listener)?));
    }
    Ok(listeners)
}

async fn serve(host: String, listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (host, shared) = (host.clone(), shared.clone());
        // A client that goes away ends its connection and nothing else.
        connections.spawn(async move { exchange(&host, &stream, &shared).await.is_ok() });
        while connections.try_join_next().is_some() {}
    }
}

/// Answers the requests of one connection, one after another.
async fn exchange(host: &str, stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut read = Vec::new();
    while let Some(head) = next_head(stream, &mut read).await? {
        let request = parse(host, &head);
        let at = shared.arrived(&request);
        let response = (shared.answer)(&request);
        let answered = |when| shared.answered(at, when);
        let sent = answer::send(stream, &response, &mut read, answered).await;
        if sent.is_err() {
            shared.answered(at, Instant::now());
        }
        if !sent? {
            break;
        }
    }
    Ok(())
}

/// The bytes up to the next empty line; `None` at the end of the connection. What is read beyond stays in `read`.
async fn next_head(stream: &TcpStream, read: &mut Vec<u8>) -> io::Result<Option<String>> {
    while read.len() < MAX_HEAD_BYTES {
        if let Some(end) = read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let head: Vec<u8> = read.drain(..end + 4).collect();
            return Ok(Some(String::from_utf8_lossy(&head).into_owned()));
        }
        stream.readable().await?;
        match stream.try_read_buf(read) {
            Ok(0) => return Ok(None),
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(None)
}

fn parse(host: &str, head: &str) -> Request {
    let mut lines = head.lines();
    let path = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .unwrap_or_default();
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers: HashMap<String, String> = headers
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Request {
        host: host.to_owned(),
        authority: headers.get("host").cloned().unwrap_or_default(),
        path: path.to_owned(),
        headers,
        arrived: Instant::now(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::time::Duration;

    use super::*;

    fn ask(stream: &mut std::net::TcpStream, path: &str) -> io::Result<String> {
        write!(stream, "GET {path} HTTP/1.1\r\nHost: a.example\r\n\r\n")?;
        let mut read = vec![0; 1_000];
        let n_bytes = stream.read(&mut read)?;
        Ok(String::from_utf8_lossy(&read[..n_bytes]).into_owned())
    }

    #[test]
    fn every_host_answers_on_its_own_address_and_keeps_connections() {
        let site = Site::start(3, |request| {
            assert_eq!(request.authority, "a.example");
            match request.path.as_str() {
                "/reset" => Response::status(200).with_fault(Fault::Reset),
                path => Response::html(format!("{} {path}", request.host)),
            }
        });
        let mut stream = std::net::TcpStream::connect((ip(3), site.port)).unwrap();
        for path in ["/a", "/b?c"] {
            let answer = ask(&mut stream, path).unwrap();
            let body = format!("127.0.0.3 {path}");
            assert!(
                answer.ends_with(&format!("{}\r\n\r\n{body}", body.len())),
                "{answer}"
            );
        }
        let reset = ask(&mut stream, "/reset").unwrap_err();
        assert_eq!(reset.kind(), io::ErrorKind::ConnectionReset);
        let logged = site.requests();
        let paths: Vec<&str> = logged.iter().map(|logged| logged.path.as_str()).collect();
        assert_eq!(paths, ["/a", "/b?c", "/reset"]);
        assert!(logged[..2].iter().all(|logged| logged.host == "127.0.0.3"));
        assert!(logged[0].answered.unwrap() <= logged[1].arrived);
        let address = (ip(1), site.port);
        drop(site);
        let is_gone = || std::net::TcpStream::connect(address).is_err();
        assert!((0..200).any(|_| is_gone() || {
            std::thread::sleep(Duration::from_millis(10));
            false
        }));
    }
}
