//! What a failed exchange is a failure of.

use std::error::Error;
use std::io;

use url::Url;

use super::resolver::NotPublic;
use crate::error::FetchError;

/// hyper's words for a head of too many lines or bytes; its error types are not part of reqwest's interface.
const HEAD_TOO_LARGE: &str = "message head is too large";

/// What a failed exchange is a failure of.
pub(super) fn failed(url: &Url, error: &reqwest::Error) -> FetchError {
    for cause in causes(error) {
        if let Some(refused) = cause.downcast_ref::<NotPublic>() {
            return FetchError::Refused {
                address: url.to_string(),
                reason: refused.to_string(),
            };
        }
        if cause.downcast_ref::<rustls::Error>().is_some() {
            return FetchError::Tls(cause.to_string());
        }
        if cause.to_string() == HEAD_TOO_LARGE {
            return FetchError::HeadTooLarge;
        }
    }
    if error.is_timeout() {
        return FetchError::Timeout(whole(error));
    }
    FetchError::Unreachable(whole(error))
}

/// An error with its causes: reqwest's own message stops at "error sending request".
pub(super) fn whole(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    for cause in causes(error) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// What led to an error, the nearest first.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |cause| cause_of(*cause))
}

/// An I/O error hides what it was made from, another I/O error at times, behind the source of that.
fn cause_of<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}
