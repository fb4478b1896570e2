//! Which addresses may be asked, and which belong to one publisher.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::error::FetchError;

/// Ports that the web is served on.
const PORTS: [u16; 2] = [80, 443];

/// Parses an address that may be asked: http or https, a usual port, no user name, and a host that is no private address.
pub fn vet(address: &str, allow_loopback: bool) -> Result<Url, FetchError> {
    let refuse = |reason: &str| FetchError::Refused {
        address: shortened(address),
        reason: reason.into(),
    };
    let url = Url::parse(address).map_err(|error| refuse(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refuse("only http and https are fetched"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("it carries a user name"));
    }
    let is_loopback = is_loopback_host(url.host());
    if is_loopback && allow_loopback {
        return Ok(url);
    }
    if !url
        .port_or_known_default()
        .is_some_and(|port| PORTS.contains(&port))
    {
        return Err(refuse("only ports 80 and 443 are asked"));
    }
    match url.host() {
        Some(Host::Ipv4(ip)) if !is_public(IpAddr::V4(ip)) => {
            Err(refuse("a private or reserved network address"))
        }
        Some(Host::Ipv6(ip)) if !is_public(IpAddr::V6(ip)) => {
            Err(refuse("a private or reserved network address"))
        }
        Some(Host::Domain(_)) if is_loopback => Err(refuse("this machine's own address")),
        Some(_) => Ok(url),
        None => Err(refuse("it names no host")),
    }
}

/// Whether packets to `ip` leave for the public internet.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => match embedded_v4(ip) {
            Some(embedded) => is_public_v4(embedded),
            None => is_public_v6(ip),
        },
    }
}

/// The part of a host name that one owner registered, such as `federalreserve.gov` (Public Suffix List).
pub fn registrable_domain(host: &str) -> Option<String> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    psl::domain_str(&host).map(str::to_owned)
}

/// The registrable domain of an address; `None` of an address without a host name.
pub fn domain_of(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    registrable_domain(url.domain()?)
}

/// The address without its fragment, which servers never see.
pub fn without_fragment(address: &str) -> String {
    address.split('#').next().unwrap_or(address).to_owned()
}

fn is_loopback_host(host: Option<Host<&str>>) -> bool {
    match host {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        None => false,
    }
}

/// Ranges of the IANA IPv4 special-purpose registry that are not globally reachable, and multicast.
fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let is_shared = a == 100 && (64..128).contains(&b);
    let is_protocol = a == 192 && b == 0 && c == 0;
    let is_relay = a == 192 && b == 88 && c == 99;
    let is_benchmark = a == 198 && (b == 18 || b == 19);
    let is_special =
        ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_documentation();
    a != 0 && a < 224 && !is_shared && !is_protocol && !is_relay && !is_benchmark && !is_special
}

/// Global unicast is 2000::/3, less documentation and the ranges that carry an IPv4 address.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    let is_documentation = (first == 0x2001 && second == 0xdb8) || first == 0x3fff;
    let is_teredo_or_protocol = first == 0x2001 && second < 0x200;
    (0x2000..0x4000).contains(&first) && !is_documentation && !is_teredo_or_protocol
}

/// The IPv4 address inside a mapped, NAT64 or 6to4 one.
fn embedded_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let segments = ip.segments();
    let from = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    match segments {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some(from(high, low))
        }
        [0x2002, high, low, ..] => Some(from(high, low)),
        _ => None,
    }
}

fn shortened(address: &str) -> String {
    match address.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &address[..end]),
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(address: &str) -> bool {
        vet(address, false).is_err()
    }

    #[test]
    fn only_public_web_addresses_are_asked() {
        assert!(!refused(
            "https://www.federalreserve.gov/feeds/press_all.xml"
        ));
        assert!(!refused("http://8.8.8.8/"));
        for address in [
            "file:///etc/passwd",
            "ftp://example.com/",
            "https://user:secret@example.com/",
            "https://example.com:22/",
            "http://127.0.0.1/",
            "http://localhost/",
            "http://printer.localhost./",
            "http://10.1.2.3/",
            "http://169.254.169.254/latest/meta-data",
            "http://100.64.0.1/",
            "http://[::1]/",
            "http://[::ffff:10.0.0.1]/",
            "http://[64:ff9b::a00:1]/",
            "http://[2002:7f00:1::]/",
            "http://[fd00::1]/",
            "http://2130706433/",
            "http://0x7f.1/",
            "nonsense",
        ] {
            assert!(refused(address), "{address}");
        }
    }

    #[test]
    fn the_test_setting_opens_this_machine_and_nothing_else() {
        assert!(vet("http://127.0.0.1:4000/feed", true).is_ok());
        assert!(vet("http://10.0.0.1/", true).is_err());
    }

    #[test]
    fn publishers_own_registrable_domains() {
        assert_eq!(
            domain_of("https://www.rba.gov.au/rss"),
            Some("rba.gov.au".into())
        );
        assert_eq!(
            domain_of("https://news.harbourledger.example/a"),
            Some("harbourledger.example".into())
        );
        assert_eq!(domain_of("http://127.0.0.1/"), None);
    }
}
