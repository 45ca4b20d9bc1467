//! Which addresses an issuer may have: public ones, unless the operator allows others. An admin
//! types the issuer, and the issuer's response names its endpoints. Neither may point this server
//! at its own network.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// What the operator allows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AddressPolicy {
    /// `127.0.0.0/8` and `::1`, for development and tests.
    pub(crate) loopback: bool,
    /// Private ranges, for an issuer inside a company.
    pub(crate) private: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Public,
    Loopback,
    Private,
    /// Link-local (the metadata services of clouds), multicast, documentation, reserved.
    Special,
}

impl AddressPolicy {
    pub(crate) fn allows(self, address: IpAddr) -> bool {
        match kind(address) {
            Kind::Public => true,
            Kind::Loopback => self.loopback,
            Kind::Private => self.private,
            Kind::Special => false,
        }
    }
}

/// Resolves names to allowed addresses only. The connection is made to the addresses returned here,
/// so a name that changes its address between the check and the connection gains nothing.
pub(crate) struct AllowedAddresses(pub(crate) Arc<AddressPolicy>);

/// None of a name's addresses are allowed.
#[derive(Debug, thiserror::Error)]
#[error("not a public address")]
struct NotAllowed;

impl Resolve for AllowedAddresses {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.0.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found
                .filter(|address| policy.allows(address.ip()))
                .collect();
            if allowed.is_empty() {
                return Err(NotAllowed.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

fn kind(address: IpAddr) -> Kind {
    match address {
        IpAddr::V4(address) => kind_v4(address),
        IpAddr::V6(address) => match embedded_v4(address) {
            Some(address) => kind_v4(address),
            None => kind_v6(address),
        },
    }
}

/// The special-purpose registry of RFC 6890.
fn kind_v4(address: Ipv4Addr) -> Kind {
    let [a, b, c, _] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let protocol_assignments = (a, b, c) == (192, 0, 0);
    let benchmarking = a == 198 && (b == 18 || b == 19);
    if address.is_loopback() {
        Kind::Loopback
    } else if address.is_private() || shared {
        Kind::Private
    } else if a == 0
        || a >= 224
        || protocol_assignments
        || benchmarking
        || address.is_link_local()
        || address.is_documentation()
    {
        Kind::Special
    } else {
        Kind::Public
    }
}

fn kind_v6(address: Ipv6Addr) -> Kind {
    if address.is_loopback() {
        Kind::Loopback
    } else if address.is_unique_local() {
        Kind::Private
    } else if (address.segments()[0] & 0xe000) == 0x2000 && !is_documentation_v6(address) {
        // Global unicast is 2000::/3; nothing else is routed.
        Kind::Public
    } else {
        Kind::Special
    }
}

fn is_documentation_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    (a, b) == (0x2001, 0xdb8) || (a == 0x3fff && b < 0x1000)
}

/// IPv4 within IPv6: mapped, NAT64 (RFC 6052) and 6to4 (RFC 3056) addresses reach the IPv4 address.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let from = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some(from(high, low))
        }
        [0x2002, high, low, ..] => Some(from(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart() {
        let cases = [
            ("8.8.8.8", Kind::Public),
            ("99.83.190.102", Kind::Public),
            ("2600:9000::1", Kind::Public),
            ("127.0.0.1", Kind::Loopback),
            ("127.255.255.254", Kind::Loopback),
            ("::1", Kind::Loopback),
            ("::ffff:127.0.0.1", Kind::Loopback),
            ("64:ff9b::7f00:1", Kind::Loopback),
            ("2002:7f00:1::", Kind::Loopback),
            ("10.0.0.1", Kind::Private),
            ("172.16.0.1", Kind::Private),
            ("172.31.255.255", Kind::Private),
            ("192.168.1.1", Kind::Private),
            ("100.64.0.1", Kind::Private),
            ("fd00::1", Kind::Private),
            ("::ffff:10.0.0.1", Kind::Private),
            ("172.32.0.1", Kind::Public),
            ("100.128.0.1", Kind::Public),
            ("169.254.169.254", Kind::Special),
            ("::ffff:169.254.169.254", Kind::Special),
            ("fe80::1", Kind::Special),
            ("0.0.0.0", Kind::Special),
            ("::", Kind::Special),
            ("255.255.255.255", Kind::Special),
            ("224.0.0.1", Kind::Special),
            ("ff02::1", Kind::Special),
            ("192.0.2.1", Kind::Special),
            ("198.18.0.1", Kind::Special),
            ("2001:db8::1", Kind::Special),
        ];
        for (address, expected) in cases {
            assert_eq!(kind(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[test]
    fn only_what_the_operator_allows_is_allowed() {
        let metadata = "169.254.169.254".parse().unwrap();
        let [loopback, private, public] =
            ["127.0.0.1", "10.0.0.1", "8.8.8.8"].map(|address| address.parse().unwrap());
        for policy in [
            AddressPolicy::default(),
            AddressPolicy {
                loopback: true,
                private: false,
            },
            AddressPolicy {
                loopback: false,
                private: true,
            },
            AddressPolicy {
                loopback: true,
                private: true,
            },
        ] {
            assert!(policy.allows(public) && !policy.allows(metadata));
            assert_eq!(policy.allows(loopback), policy.loopback);
            assert_eq!(policy.allows(private), policy.private);
        }
    }
}
