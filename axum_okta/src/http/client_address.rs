//! The client's address, for limits and the log.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use http::{Extensions, HeaderMap, request::Parts};
use ipnet::IpNet;

/// Every proxy appends the address that it saw, so the list is read from its end, as long as the
/// proxies that wrote it are trusted. Anything before that may be made up.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The proxies whose `X-Forwarded-For` is trusted.
#[derive(Clone)]
pub(crate) struct TrustedProxies(Arc<Proxies>);

struct Proxies {
    networks: Vec<IpNet>,
    has_warned: AtomicBool,
}

impl TrustedProxies {
    pub(crate) fn new(networks: Vec<IpNet>) -> Self {
        Self(Arc::new(Proxies {
            networks,
            has_warned: AtomicBool::new(false),
        }))
    }

    /// Returns the client's address, or `None` if the app doesn't use
    /// `into_make_service_with_connect_info`.
    pub(crate) fn client_of(&self, extensions: &Extensions, headers: &HeaderMap) -> Option<IpAddr> {
        let Some(ConnectInfo(peer)) = extensions.get::<ConnectInfo<SocketAddr>>() else {
            self.warn_once();
            return None;
        };
        let mut address = peer.ip().to_canonical();
        let seen_by_proxies = headers
            .get_all(FORWARDED_FOR)
            .iter()
            .rev()
            .flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','))
            .map(|seen| parse(str::from_utf8(seen).ok()?.trim()));
        for seen in seen_by_proxies {
            match seen {
                Some(seen) if self.trusts(address) => address = seen.to_canonical(),
                _ => break,
            }
        }
        Some(address)
    }

    /// Whether the request came from one of them.
    pub(crate) fn are_asking(&self, extensions: &Extensions) -> bool {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>();
        peer.is_some_and(|ConnectInfo(peer)| self.trusts(peer.ip().to_canonical()))
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0
            .networks
            .iter()
            .any(|network| network.contains(&address))
    }

    fn warn_once(&self) {
        if !self.0.has_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "client addresses are unknown, so all visitors share one rate limit: serve the app with \
                 into_make_service_with_connect_info::<SocketAddr>()"
            );
        }
    }
}

/// An address, alone or with a port (`192.0.2.1:4711`, `[2001:db8::1]:4711`), as some proxies write
/// it.
fn parse(seen: &str) -> Option<IpAddr> {
    let without_port = |seen: &str| Some(seen.parse::<SocketAddr>().ok()?.ip());
    let bracketed = || {
        seen.strip_prefix('[')?
            .strip_suffix(']')?
            .parse::<IpAddr>()
            .ok()
    };
    seen.parse()
        .ok()
        .or_else(|| without_port(seen))
        .or_else(bracketed)
}

/// The client's address as an extractor, for routes of ours.
pub(crate) struct ClientAddress(pub(crate) Option<IpAddr>);

impl<S> FromRequestParts<S> for ClientAddress
where
    S: Send + Sync,
    TrustedProxies: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let proxies = TrustedProxies::from_ref(state);
        Ok(Self(proxies.client_of(&parts.extensions, &parts.headers)))
    }
}

/// The key that limits count by. A household has 2^64 IPv6 addresses. Requests without an address
/// share one count, which is the safe side.
pub(crate) fn counted_as(address: Option<IpAddr>) -> IpAddr {
    match address {
        Some(IpAddr::V6(address)) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
        }
        Some(address) => address,
        None => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn found(peer: &str, forwarded_for: &[&str]) -> String {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1234)));
        let mut headers = HeaderMap::new();
        for value in forwarded_for {
            headers.append(
                FORWARDED_FOR,
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        let trusted = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]);
        trusted
            .client_of(&extensions, &headers)
            .unwrap()
            .to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(found("203.0.113.9", &[]), "203.0.113.9");
        assert_eq!(found("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(found("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(found("::ffff:10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        // What a client wrote stands before what the proxies appended.
        assert_eq!(
            found("10.0.0.1", &["1.2.3.4, 198.51.100.1, 10.0.0.2"]),
            "198.51.100.1"
        );
        assert_eq!(
            found("10.0.0.1", &["1.2.3.4", "198.51.100.1"]),
            "198.51.100.1"
        );
        assert_eq!(found("10.0.0.1", &["198.51.100.1, nonsense"]), "10.0.0.1");
    }

    /// What stands before it may be anybody's, so the proxy that passed it on is counted.
    #[test]
    fn what_is_no_text_is_no_address_and_hides_none() {
        assert_eq!(found("10.0.0.1", &["198.51.100.1", "ü"]), "10.0.0.1");
        assert_eq!(found("10.0.0.1", &["ü, 198.51.100.1"]), "198.51.100.1");
        assert_eq!(
            found("10.0.0.1", &["198.51.100.1, ü, 10.0.0.2"]),
            "10.0.0.2"
        );
    }

    #[test]
    fn a_proxy_may_write_the_port_too() {
        for (forwarded, address) in [
            ("198.51.100.1:4711", "198.51.100.1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("1.2.3.4, 198.51.100.1:80, 10.0.0.2:443", "198.51.100.1"),
        ] {
            assert_eq!(found("10.0.0.1", &[forwarded]), address, "{forwarded}");
        }
    }

    #[test]
    fn a_network_of_ipv6_is_counted_as_one() {
        let [a, b, c] = ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"]
            .map(|address| counted_as(Some(address.parse().unwrap())));
        assert_eq!(a, b);
        assert_ne!(a, c);
    }

    #[test]
    fn without_connect_info_there_is_no_address() {
        let proxies = TrustedProxies::new(Vec::new());
        assert_eq!(
            proxies.client_of(&Extensions::new(), &HeaderMap::new()),
            None
        );
    }
}
