//! The one client that opens outgoing connections.

mod failure;
mod resolver;

use std::net::IpAddr;
use std::sync::Once;
use std::time::Duration;

use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_LENGTH, IF_MODIFIED_SINCE, IF_NONE_MATCH, TRANSFER_ENCODING,
};
use reqwest::redirect::Policy;
use tokio::time::timeout;
use url::Url;

use self::failure::{failed, whole};
use self::resolver::PublicResolver;
use crate::address::vet;
use crate::error::{FetchError, Limits};
use crate::message::Message;

/// Bytes of all header lines together.
const MAX_HEADER_BYTES: usize = 64 * 1024;
/// Header lines.
const MAX_HEADERS: usize = 100;
/// Bytes of an address that a redirect leads to; RFC 9110 §4.1 asks everyone to support 8,000, and few sites have 2,000.
const MAX_LOCATION_BYTES: usize = 8_000;
/// What a body must bring in each window, or end.
const BYTES_PER_SECOND: u128 = 1_000;

/// What was kept of an earlier answer, so that a server need not send it again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Known<'a> {
    /// Its `ETag`.
    pub etag: Option<&'a str>,
    /// Its `Last-Modified`.
    pub last_modified: Option<&'a str>,
}

/// One answer as it was received; what it means is told by [`Received::answer`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The address that was asked.
    pub address: Url,
    /// Who answered.
    pub ip: Option<IpAddr>,
    /// The message, coded as it was sent.
    pub message: Message,
}

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A body, whole.
    Body(Body),
    /// Another address to ask; vetted, not asked.
    Redirect(Url),
    /// What is known still holds.
    NotModified,
}

/// A body with its content coding removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// The address it came from.
    pub address: Url,
    /// The Content-Type header.
    pub content_type: Option<String>,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Received {
    /// What this means, to a live run and to a replay alike.
    pub fn answer(&self, limits: &Limits) -> Result<Answer, FetchError> {
        let Message { status, .. } = self.message;
        match status {
            200 => {
                let bytes = self.message.body(limits.max_body_bytes)?;
                Ok(Answer::Body(Body {
                    address: self.address.clone(),
                    content_type: self.message.header("Content-Type").map(str::to_owned),
                    bytes,
                }))
            }
            304 => Ok(Answer::NotModified),
            301 | 302 | 303 | 307 | 308 => match self.message.header("Location") {
                Some(target) => redirect(&self.address, target, limits).map(Answer::Redirect),
                None => Err(FetchError::Status { status }),
            },
            _ => match crate::wall::wall_of_status(&self.message) {
                Some(wall) => Err(FetchError::Walled(wall)),
                None => Err(FetchError::Status { status }),
            },
        }
    }
}

fn redirect(from: &Url, target: &str, limits: &Limits) -> Result<Url, FetchError> {
    let refuse = |reason: String| FetchError::Refused {
        address: target.into(),
        reason,
    };
    if target.len() > MAX_LOCATION_BYTES {
        return Err(FetchError::Refused {
            address: from.to_string(),
            reason: format!("it redirects to an address of {} bytes", target.len()),
        });
    }
    let joined = from
        .join(target)
        .map_err(|error| refuse(error.to_string()))?;
    let to = vet(joined.as_str(), limits.allow_loopback)?;
    if from.scheme() == "https" && to.scheme() == "http" {
        return Err(refuse("a redirect from https to http".into()));
    }
    Ok(to)
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
        let resolver = PublicResolver::of_system(limits.allow_loopback);
        Self::with_resolver(limits, resolver)
    }

    fn with_resolver(limits: Limits, resolver: PublicResolver) -> Result<Self, FetchError> {
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
            .http1_max_headers(MAX_HEADERS)
            .dns_resolver(resolver)
            .build()
            .map_err(|error| {
                FetchError::Unreachable(format!("set up the HTTP client: {}", whole(&error)))
            })?;
        Ok(Self { client, limits })
    }

    /// The limits that this client keeps to.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Asks `address` once; a body larger than the limit is refused.
    pub async fn get(&self, address: &Url, known: Known<'_>) -> Result<Received, FetchError> {
        let limit_bytes = self.limits.max_body_bytes / 2;
        self.ask(address, known, limit_bytes, TooLarge::Refuse)
            .await
    }

    /// Asks `address` once, and of a body reads no more than its first `limit_bytes`.
    pub async fn get_start(
        &self,
        address: &Url,
        limit_bytes: usize,
    ) -> Result<Received, FetchError> {
        self.ask(address, Known::default(), limit_bytes, TooLarge::Cut)
            .await
    }

    async fn ask(
        &self,
        address: &Url,
        known: Known<'_>,
        limit_bytes: usize,
        too_large: TooLarge,
    ) -> Result<Received, FetchError> {
        let url = vet(address.as_str(), self.limits.allow_loopback)?;
        let mut request = self.client.get(url.clone());
        // What is cut cannot be decoded.
        let coding = match too_large {
            TooLarge::Refuse => "gzip",
            TooLarge::Cut => "identity",
        };
        request = request.header(ACCEPT_ENCODING, coding);
        if let Some(etag) = known.etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        if let Some(last_modified) = known.last_modified {
            request = request.header(IF_MODIFIED_SINCE, last_modified);
        }
        let mut response = request.send().await.map_err(|error| failed(&url, &error))?;
        let mut message = Message {
            status: response.status().as_u16(),
            headers: headers_of(&response)?,
            sent: Vec::new(),
        };
        let announced = message.header(CONTENT_LENGTH.as_str());
        let announced: Option<usize> = announced.and_then(|length| length.parse().ok());
        if too_large == TooLarge::Refuse && announced.is_some_and(|length| length > limit_bytes) {
            return Err(FetchError::TooLarge { limit_bytes });
        }
        message
            .sent
            .reserve(announced.unwrap_or_default().min(limit_bytes));
        let mut body = Reading {
            url: &url,
            response: &mut response,
            sent: &mut message.sent,
            limit_bytes,
            too_large,
        };
        while !body.read_window(self.limits.window).await? {}
        Ok(Received {
            address: url,
            ip: response.remote_addr().map(|address| address.ip()),
            message,
        })
    }
}

/// What becomes of a body that is larger than its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TooLarge {
    Refuse,
    Cut,
}

fn headers_of(response: &reqwest::Response) -> Result<Vec<(String, String)>, FetchError> {
    let sent = response.headers().iter();
    // The chunks are joined by now.
    let kept = sent.filter(|(name, _)| **name != TRANSFER_ENCODING);
    let headers = kept.map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.to_string(), value)
    });
    let headers: Vec<(String, String)> = headers.collect();
    let n_bytes: usize = headers
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if n_bytes > MAX_HEADER_BYTES {
        return Err(FetchError::HeadTooLarge);
    }
    Ok(headers)
}

/// A body that is being read.
struct Reading<'a> {
    url: &'a Url,
    response: &'a mut reqwest::Response,
    sent: &'a mut Vec<u8>,
    limit_bytes: usize,
    too_large: TooLarge,
}

impl Reading<'_> {
    /// Reads on for a window; whether the body has ended. One that drips more slowly than a window lets it is given up.
    async fn read_window(&mut self, window: Duration) -> Result<bool, FetchError> {
        let wanted = (BYTES_PER_SECOND * window.as_millis() / 1_000).max(1);
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        let enough = self.sent.len().saturating_add(wanted);
        let read = timeout(window, self.read_until(enough)).await;
        read.unwrap_or_else(|_| {
            let seconds = window.as_secs_f64();
            let reason = format!("fewer than {wanted} bytes in {seconds} seconds");
            Err(FetchError::Timeout(reason))
        })
    }

    /// Reads on until `enough` bytes are there; whether the body has ended.
    async fn read_until(&mut self, enough: usize) -> Result<bool, FetchError> {
        while self.sent.len() < enough {
            let chunk = self.response.chunk().await;
            let Some(chunk) = chunk.map_err(|error| failed(self.url, &error))? else {
                return Ok(true);
            };
            let limit_bytes = self.limit_bytes;
            let room = limit_bytes - self.sent.len();
            if chunk.len() > room && self.too_large == TooLarge::Refuse {
                return Err(FetchError::TooLarge { limit_bytes });
            }
            self.sent.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if self.sent.len() == limit_bytes && self.too_large == TooLarge::Cut {
                return Ok(true);
            }
        }
        Ok(false)
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
