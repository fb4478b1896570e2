//! Names to addresses: each new connection asks anew, so that a name cannot be vetted once and then lead elsewhere.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address::is_public;

/// Resolves names, and refuses a name of which any address is not public.
pub(super) struct PublicResolver {
    allow_loopback: bool,
    look_up: Arc<dyn Resolve>,
}

/// A name that leads to an address that may not be asked.
#[derive(Debug, thiserror::Error)]
#[error("{name} resolves to {ip}, which is not a public address")]
pub(super) struct NotPublic {
    name: String,
    ip: IpAddr,
}

/// Asks the system's own resolver.
struct System;

impl Resolve for System {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let found: Vec<SocketAddr> = found.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

impl PublicResolver {
    /// One that asks the system.
    pub(super) fn of_system(allow_loopback: bool) -> Self {
        Self {
            allow_loopback,
            look_up: Arc::new(System),
        }
    }
}

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let asked = name.as_str().to_owned();
        let found = self.look_up.resolve(name);
        let allow_loopback = self.allow_loopback;
        Box::pin(async move {
            let found: Vec<SocketAddr> = found.await?.collect();
            let may_ask = |address: &SocketAddr| {
                is_public(address.ip()) || (allow_loopback && address.ip().is_loopback())
            };
            if let Some(private) = found.iter().find(|address| !may_ask(address)) {
                let refused = NotPublic {
                    name: asked,
                    ip: private.ip(),
                };
                return Err(refused.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::sync::Mutex;
    use std::time::Duration;

    use tokio::io::Interest;
    use tokio::net::TcpListener;
    use tokio::task::JoinSet;
    use url::Url;

    use super::*;
    use crate::error::Limits;
    use crate::http::{Client, Known};

    /// A name server that changes its mind; it is silent when it has nothing more to say.
    struct Changing(Mutex<Vec<Vec<IpAddr>>>);

    impl Resolve for Changing {
        fn resolve(&self, _: Name) -> Resolving {
            let mut answers = self.0.lock().unwrap();
            if answers.is_empty() {
                return Box::pin(std::future::pending());
            }
            let found = answers
                .remove(0)
                .into_iter()
                .map(|ip| SocketAddr::new(ip, 0));
            Box::pin(async move { Ok(Box::new(found) as Addrs) })
        }
    }

    fn changing(allow_loopback: bool, answers: &[&[&str]]) -> PublicResolver {
        let parsed = |answer: &&[&str]| answer.iter().map(|ip| ip.parse().unwrap()).collect();
        PublicResolver {
            allow_loopback,
            look_up: Arc::new(Changing(Mutex::new(answers.iter().map(parsed).collect()))),
        }
    }

    /// A server that answers as many requests on one connection as it is told; its port.
    async fn serve(n_requests: usize) -> (u16, JoinSet<()>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                for n in 1..=n_requests {
                    let read = || stream.try_read(&mut [0; 10_000]);
                    stream.async_io(Interest::READABLE, read).await.unwrap();
                    let kept = if n < n_requests {
                        "keep-alive"
                    } else {
                        "close"
                    };
                    let answer = format!(
                        "HTTP/1.1 200 OK\r\nConnection: {kept}\r\nContent-Length: 0\r\n\r\n"
                    );
                    stream.try_write(answer.as_bytes()).unwrap();
                }
            }
        });
        (port, serving)
    }

    /// What comes of as many requests as are expected to a name that `resolver` resolves.
    async fn check(resolver: PublicResolver, n_requests_of_a_connection: usize, expected: &[&str]) {
        let (port, _serving) = serve(n_requests_of_a_connection).await;
        let limits = Limits {
            user_agent: "newsprint-test/1".into(),
            timeout: Duration::from_millis(500),
            window: Duration::from_secs(10),
            max_body_bytes: 10_000,
            allow_loopback: resolver.allow_loopback,
        };
        let client = Client::with_resolver(limits, resolver).unwrap();
        let address = Url::parse(&format!("http://site.localhost:{port}/")).unwrap();
        for (n, expected) in expected.iter().enumerate() {
            let received = client.get(&address, Known::default()).await;
            let kind = received.map_or_else(|error| error.kind(), |_| "received");
            assert_eq!(kind, *expected, "request {n}");
        }
    }

    #[tokio::test]
    async fn each_new_connection_vets_its_name_anew() {
        let answers: [&[&str]; 7] = [
            &["127.0.0.1"],
            &["10.0.0.1"],
            &["8.8.8.8", "10.0.0.1"],
            &["127.0.0.1", "fd00::1"],
            &["127.0.0.1", "::ffff:169.254.169.254"],
            &[],
            &["127.0.0.1"],
        ];
        let expected = [
            "received",
            "blocked_address",
            "blocked_address",
            "blocked_address",
            "blocked_address",
            "unreachable",
            "received",
            "timeout",
        ];
        check(changing(true, &answers), 1, &expected).await;
    }

    #[tokio::test]
    async fn a_kept_connection_stays_with_the_address_that_was_vetted() {
        let answers: [&[&str]; 2] = [&["127.0.0.1"], &["10.0.0.1"]];
        let expected = ["received", "received", "received", "blocked_address"];
        check(changing(true, &answers), 3, &expected).await;
    }

    #[tokio::test]
    async fn names_that_lead_to_this_machine_are_refused_unless_it_is_allowed() {
        let refusal = async |allow_loopback, answer: &[&str]| {
            let name = "a.example".parse().unwrap();
            let resolved = changing(allow_loopback, &[answer]).resolve(name).await;
            resolved.err().map(|error| error.to_string())
        };
        let refused = "a.example resolves to 127.0.0.1, which is not a public address";
        assert_eq!(
            refusal(false, &["8.8.8.8", "127.0.0.1"]).await.as_deref(),
            Some(refused)
        );
        assert!(refusal(false, &["::1"]).await.is_some());
        assert_eq!(refusal(true, &["127.0.0.1", "::1"]).await, None);
        assert_eq!(refusal(false, &["8.8.8.8", "2606:4700::1111"]).await, None);
    }
}
