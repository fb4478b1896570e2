//! The one client that opens outgoing connections.

use std::error::Error as _;
use std::net::SocketAddr;
use std::sync::Once;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use reqwest::redirect::Policy;
use url::Url;

use crate::address::{is_public, vet};
use crate::error::{FetchError, Limits};

/// What a server answered to one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A body, whole.
    Body(Body),
    /// Another address to ask; vetted, not asked.
    Redirect(Url),
}

/// A body as it came, content coding removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// The address it came from.
    pub address: Url,
    /// The Content-Type header.
    pub content_type: Option<String>,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// An HTTP client that knows the limits.
#[derive(Debug, Clone)]
pub struct Client {
    client: reqwest::Client,
    limits: Limits,
}

impl Client {
    /// A client that keeps to `limits`; fails where the machine has no certificates to trust.
    pub fn new(limits: Limits) -> Result<Self, FetchError> {
        install_crypto();
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that the ban points to"
        )]
        let builder = reqwest::Client::builder();
        let client = builder
            .user_agent(&limits.user_agent)
            .timeout(limits.timeout)
            .connect_timeout(limits.timeout)
            .redirect(Policy::none())
            .referer(false)
            .no_proxy()
            .dns_resolver(PublicResolver {
                allow_loopback: limits.allow_loopback,
            })
            .build()
            .map_err(|error| {
                FetchError::Unreachable(format!("set up the HTTP client: {}", whole(&error)))
            })?;
        Ok(Self { client, limits })
    }

    /// Asks `address` once; a body larger than the limit is refused.
    pub async fn get(&self, address: &Url) -> Result<Answer, FetchError> {
        self.ask(address, self.limits.max_body_bytes, TooLarge::Refuse)
            .await
    }

    /// Asks `address` once, and of a body reads no more than its first `limit_bytes`.
    pub async fn get_start(&self, address: &Url, limit_bytes: usize) -> Result<Answer, FetchError> {
        self.ask(address, limit_bytes, TooLarge::Cut).await
    }

    async fn ask(
        &self,
        address: &Url,
        limit_bytes: usize,
        too_large: TooLarge,
    ) -> Result<Answer, FetchError> {
        let url = vet(address.as_str(), self.limits.allow_loopback)?;
        let response = self
            .client
            .get(url.clone())
            .send()
            .await
            .map_err(|error| unreachable(&error))?;
        let status = response.status();
        if status.is_redirection() {
            let target = response
                .headers()
                .get(LOCATION)
                .and_then(|value| value.to_str().ok());
            let Some(target) = target else {
                return Err(FetchError::Status {
                    status: status.as_u16(),
                });
            };
            return self.redirect(&url, target).map(Answer::Redirect);
        }
        if status != reqwest::StatusCode::OK {
            return Err(FetchError::Status {
                status: status.as_u16(),
            });
        }
        read(url, response, limit_bytes, too_large)
            .await
            .map(Answer::Body)
    }

    fn redirect(&self, from: &Url, target: &str) -> Result<Url, FetchError> {
        let refuse = |reason: String| FetchError::Refused {
            address: target.into(),
            reason,
        };
        let joined = from
            .join(target)
            .map_err(|error| refuse(error.to_string()))?;
        let to = vet(joined.as_str(), self.limits.allow_loopback)?;
        if from.scheme() == "https" && to.scheme() == "http" {
            return Err(refuse("a redirect from https to http".into()));
        }
        Ok(to)
    }
}

/// What becomes of a body that is larger than its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TooLarge {
    Refuse,
    Cut,
}

async fn read(
    address: Url,
    mut response: reqwest::Response,
    limit_bytes: usize,
    too_large: TooLarge,
) -> Result<Body, FetchError> {
    let header = |name| {
        response
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let content_type = header(CONTENT_TYPE).map(str::to_owned);
    let announced: Option<usize> = header(CONTENT_LENGTH).and_then(|length| length.parse().ok());
    let refuses = too_large == TooLarge::Refuse;
    if refuses && announced.is_some_and(|length| length > limit_bytes) {
        return Err(FetchError::TooLarge { limit_bytes });
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| unreachable(&error))?
    {
        let room = limit_bytes - bytes.len();
        if chunk.len() > room && refuses {
            return Err(FetchError::TooLarge { limit_bytes });
        }
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if bytes.len() == limit_bytes && !refuses {
            break;
        }
    }
    Ok(Body {
        address,
        content_type,
        bytes,
    })
}

/// Resolves names, and refuses a name of which any address is not public.
struct PublicResolver {
    allow_loopback: bool,
}

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_loopback = self.allow_loopback;
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let may_ask = |address: &SocketAddr| {
                is_public(address.ip()) || (allow_loopback && address.ip().is_loopback())
            };
            if let Some(private) = found.iter().find(|address| !may_ask(address)) {
                let ip = private.ip();
                return Err(format!(
                    "{} resolves to {ip}, which is not a public address",
                    name.as_str()
                )
                .into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

fn install_crypto() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // It fails only where another provider is installed already, which then serves as well.
        if rustls::crypto::ring::default_provider()
            .install_default()
            .is_err()
        {
            tracing::debug!("Another TLS provider is installed");
        }
    });
}

fn unreachable(error: &reqwest::Error) -> FetchError {
    if error.is_timeout() {
        return FetchError::Unreachable("no whole answer in time".into());
    }
    FetchError::Unreachable(whole(error))
}

/// An error with its causes: reqwest's own message stops at "error sending request".
fn whole(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    text
}
