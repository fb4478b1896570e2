//! Keeps every answer of a server, so that what a tag rests on can be looked at again, and read again.

use std::collections::HashMap;
use std::io;

use chrono::{DateTime, Utc};
use newsprint_fetcher::http::Received;
use newsprint_fetcher::warc::{Archive, Capture, Earlier, Role, payload_digest};

use crate::config::settings::FetchSettings;

/// The folder of WARC files, and which payloads this run has written to it.
#[derive(Debug)]
pub(crate) struct Evidence {
    archive: Archive,
    /// Address and instant of the first answer with each payload.
    written: HashMap<String, (String, DateTime<Utc>)>,
}

impl Evidence {
    /// The configured folder; none where it is empty.
    pub(crate) fn configured(settings: &FetchSettings) -> Option<Self> {
        let folder = &settings.evidence;
        let product = concat!("newsprint/", env!("CARGO_PKG_VERSION"));
        (!folder.as_os_str().is_empty()).then(|| Self {
            archive: Archive::new(folder, product),
            written: HashMap::new(),
        })
    }

    /// Writes an answer, received at `at`; of a payload that this run has written before only the head.
    pub(crate) fn keep(
        &mut self,
        received: &Received,
        at: DateTime<Utc>,
        role: Role,
    ) -> io::Result<()> {
        let capture = Capture {
            address: received.address.as_str(),
            at,
            ip: received.ip,
            message: &received.message,
            role,
        };
        let payload = payload_digest(&received.message.sent);
        let earlier = self
            .written
            .get(&payload)
            .map(|(address, at)| Earlier { address, at: *at });
        // A page that another address answered too must be readable from its own record.
        let is_own = |earlier: &Earlier<'_>| earlier.address == capture.address;
        let earlier = earlier.filter(|earlier| role != Role::Page || is_own(earlier));
        self.archive.append(&capture, earlier)?;
        let place = || (received.address.to_string(), at);
        self.written.entry(payload).or_insert_with(place);
        Ok(())
    }
}
