//! The domains of email addresses.

use url::Host;

/// RFC 1035 §2.3.4.
const MAX_LENGTH: usize = 253;

/// The domain as it is compared: in lower case, and in ASCII (RFC 5890). `None` if no address can
/// be of it.
pub(crate) fn domain_of(typed: &str) -> Option<String> {
    let typed = typed.trim();
    let Ok(Host::Domain(domain)) = Host::parse(typed) else {
        return None;
    };
    let is_label = |label: &str| {
        let is_inside = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=63).contains(&label.len()) && label.bytes().all(is_inside)
    };
    let is_domain = domain.len() <= MAX_LENGTH
        && !typed.contains('%')
        && domain.contains('.')
        && domain.split('.').all(is_label);
    is_domain.then_some(domain)
}

#[cfg(test)]
mod tests {
    use super::domain_of;

    #[test]
    fn a_domain_is_compared_in_one_way() {
        for (typed, domain) in [
            ("acme.com", "acme.com"),
            (" ACME.Com ", "acme.com"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
            ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
        ] {
            assert_eq!(domain_of(typed).as_deref(), Some(domain), "{typed}");
        }
        let label = "a".repeat(64);
        for nonsense in [
            "",
            "acme",
            "acme.com.",
            ".acme.com",
            "acme..com",
            "192.0.2.1",
            "[::1]",
            "acme.com/path",
            "ada@acme.com",
            "acme.com:443",
            "ac me.com",
            "acme%2ecom",
            "_acme.com",
            &format!("{label}.com"),
            &"a.".repeat(200),
        ] {
            assert_eq!(domain_of(nonsense), None, "{nonsense}");
        }
    }
}
