//! Where a request came from, for limits and the log.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv6Addr, SocketAddr},
};

use axum::extract::{ConnectInfo, FromRequestParts};
use http::{Extensions, HeaderMap, request::Parts};
use ipnet::IpNet;

use crate::Okta;

/// The client's address as an extractor, for routes of ours.
pub(crate) struct ClientAddress(pub(crate) Option<IpAddr>);

impl FromRequestParts<Okta> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, okta: &Okta) -> Result<Self, Infallible> {
        let proxies = &okta.shared().trusted_proxies;
        Ok(Self(client_address(
            &parts.extensions,
            &parts.headers,
            proxies,
        )))
    }
}

/// Every proxy appends the address that it saw, so the list is read from its end, as long as those who wrote it are
/// trusted. Whoever is not may have written anything before.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The client's address, or `None` where the app does not serve with `into_make_service_with_connect_info`.
pub(crate) fn client_address(
    extensions: &Extensions,
    headers: &HeaderMap,
    trusted_proxies: &[IpNet],
) -> Option<IpAddr> {
    let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
    let is_trusted = |address: IpAddr| {
        trusted_proxies
            .iter()
            .any(|proxies| proxies.contains(&address))
    };
    let mut address = peer.ip().to_canonical();
    let seen_by_proxies = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .rev()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.rsplit(','))
        .map(|seen| seen.trim().parse::<IpAddr>());
    for seen in seen_by_proxies {
        match seen {
            Ok(seen) if is_trusted(address) => address = seen.to_canonical(),
            _ => break,
        }
    }
    Some(address)
}

/// What a limit counts by. A household has 2^64 addresses of IPv6; all without an address share one count, which is
/// the careful side.
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
            headers.append(FORWARDED_FOR, HeaderValue::from_str(value).unwrap());
        }
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        client_address(&extensions, &headers, &trusted)
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

    #[test]
    fn a_network_of_ipv6_is_counted_as_one() {
        let [a, b, c] = ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"]
            .map(|address| counted_as(Some(address.parse().unwrap())));
        assert_eq!(a, b);
        assert_ne!(a, c);
    }

    #[test]
    fn without_connect_info_there_is_no_address() {
        assert_eq!(
            client_address(&Extensions::new(), &HeaderMap::new(), &[]),
            None
        );
    }
}
