//! What people paste as the issuer, and how it is parsed.

use url::{Host, Url};

use crate::outbound::is_loopback;

/// Longer than any real address.
const MAX_LENGTH: usize = 2048;
/// Okta's have 20 characters.
const MAX_ID_LENGTH: usize = 255;

/// Okta's own domains. Elsewhere, `-admin` in a name has no meaning.
/// <https://developer.okta.com/docs/concepts/okta-organizations/>
const OKTA_DOMAINS: [&str; 6] = [
    "okta.com",
    "oktapreview.com",
    "okta-emea.com",
    "okta-gov.com",
    "okta.mil",
    "trexcloud.com",
];

const DISCOVERY_SUFFIXES: [&str; 2] = [
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
];

/// Why the text can't be an issuer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IssuerError {
    /// Nothing was entered.
    #[error(
        "the issuer URI is empty. Enter the one that Okta shows, such as https://acme.okta.com"
    )]
    Empty,
    /// Too long.
    #[error("the issuer URI is longer than {MAX_LENGTH} characters")]
    TooLong,
    /// Not a URL.
    #[error(
        "this is not a web address. Enter the issuer URI as Okta shows it, such as https://acme.okta.com"
    )]
    NotUrl,
    /// Not https.
    #[error("an issuer uses https://, not {0}://")]
    NotHttps(String),
    /// A user name or password in the address.
    #[error("an issuer URI can't contain a user name or password")]
    Credentials,
    /// Not a valid name or ID of an authorization server.
    #[error(
        "an authorization server is `org`, `default`, or an ID of letters and digits such as aus1abc"
    )]
    AuthorizationServer,
}

/// Returns the issuer of an authorization server at the domain that was entered, or, without a
/// server, the issuer that was entered. <https://developer.okta.com/docs/concepts/auth-servers/>
pub(crate) fn parse(
    typed: &str,
    authorization_server: &str,
    allow_http_on_loopback: bool,
) -> Result<String, IssuerError> {
    let issuer = parse_address(typed, allow_http_on_loopback)?;
    let path = match authorization_server.trim() {
        "" => return Ok(issuer),
        "org" => String::new(),
        id if id.len() <= MAX_ID_LENGTH && id.chars().all(is_of_id) => format!("/oauth2/{id}"),
        _ => return Err(IssuerError::AuthorizationServer),
    };
    let mut url = Url::parse(&issuer).map_err(|_| IssuerError::NotUrl)?;
    url.set_path(&path);
    Ok(without_slash(url.as_str()).to_owned())
}

/// Whether both addresses are equal except for a slash at the end. Their discovery documents share
/// one address (OpenID Connect Discovery §4.1), and only the document says which of them it is for.
pub(crate) fn differ_by_slash_only(one: &str, other: &str) -> bool {
    one.strip_suffix('/').unwrap_or(one) == other.strip_suffix('/').unwrap_or(other)
}

pub(crate) fn without_slash(issuer: &str) -> &str {
    issuer.trim_end_matches('/')
}

/// The org of one of its custom authorization servers: what concerns a person rather than an app,
/// such as Universal Logout, is signed by the org.
pub(crate) fn org_of(issuer: &str) -> Option<String> {
    let url = Url::parse(issuer).ok()?;
    let is_custom = url.path().starts_with("/oauth2/");
    is_custom.then(|| url.origin().ascii_serialization())
}

/// Whether people of the one are people of the other. Not by their address alone: some providers keep
/// many companies at one.
pub(crate) fn same_org(one: &str, other: &str) -> bool {
    let org = |issuer| org_of(issuer).unwrap_or_else(|| without_slash(issuer).to_owned());
    org(one) == org(other)
}

fn is_of_id(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '-' || character == '_'
}

/// Accepts a bare domain, the admin domain, the issuer itself, a discovery URL, or an address
/// copied from the Admin Console, and returns the issuer URI. http is accepted on loopback only,
/// and only if allowed. A slash at the end is kept, except on Okta's own domains, where issuers
/// have none.
fn parse_address(typed: &str, allow_http_on_loopback: bool) -> Result<String, IssuerError> {
    if typed.len() > MAX_LENGTH {
        return Err(IssuerError::TooLong);
    }
    let typed = typed.trim().trim_matches(['"', '\'', '<', '>', '`']).trim();
    if typed.is_empty() {
        return Err(IssuerError::Empty);
    }
    let with_scheme = if typed.contains("://") {
        typed.to_owned()
    } else {
        format!("https://{typed}")
    };
    let mut url = Url::parse(&with_scheme).map_err(|_| IssuerError::NotUrl)?;

    let http_is_fine = allow_http_on_loopback && is_loopback(&url);
    if url.scheme() != "https" && !(url.scheme() == "http" && http_is_fine) {
        return Err(IssuerError::NotHttps(url.scheme().to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(IssuerError::Credentials);
    }
    let host = url.host_str().ok_or(IssuerError::NotUrl)?.to_owned();
    if let Some(Host::Domain(name)) = url.host()
        && !is_whole_name(name)
        && !is_loopback(&url)
    {
        return Err(IssuerError::NotUrl);
    }
    // The one quotation mark that URLs may contain. Left over from copied text, it is not part of
    // an issuer.
    if url.path().contains('\'') {
        return Err(IssuerError::NotUrl);
    }

    // The path of an address without one is `/`, too.
    let address = with_scheme.split(['?', '#']).next().unwrap_or_default();
    let ends_in_slash = address.ends_with('/') && !is_okta(&host);

    url.set_query(None);
    url.set_fragment(None);
    let path = if is_okta(&host) {
        if let Some(host) = without_admin(&host) {
            url.set_host(Some(&host)).map_err(|_| IssuerError::NotUrl)?;
        }
        okta_issuer_path(url.path())
    } else {
        issuer_path(url.path())
    };
    url.set_path(&path);
    let issuer = without_slash(url.as_str());
    Ok(format!("{issuer}{}", if ends_in_slash { "/" } else { "" }))
}

/// `my-company` is not a full name, and guessing the rest could reach another company's Okta.
fn is_whole_name(name: &str) -> bool {
    name.contains('.')
        && name.split('.').all(|label| {
            !label.is_empty()
                && label
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        })
}

fn is_okta(host: &str) -> bool {
    OKTA_DOMAINS.iter().any(|domain| {
        host.strip_suffix(domain)
            .is_some_and(|name| name.ends_with('.'))
    })
}

/// `dev-1-admin.okta.com` → `dev-1.okta.com`.
fn without_admin(host: &str) -> Option<String> {
    let (name, domain) = host.split_once('.')?;
    let org = name.trim_end_matches("-admin");
    (!org.is_empty()).then(|| format!("{org}.{domain}"))
}

/// On Okta's own domains, an issuer has no path, or `/oauth2/{id}`. Anything else is a page or an
/// endpoint.
fn okta_issuer_path(path: &str) -> String {
    let segments: Vec<&str> = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    match segments.as_slice() {
        // /oauth2/v1/authorize and similar endpoints belong to the org authorization server.
        ["oauth2", "v1", ..] | ["admin", "oauth2", "as", "v1", ..] => String::new(),
        ["oauth2", id, ..] | ["admin", "oauth2", "as", id, ..] => format!("/oauth2/{id}"),
        _ => String::new(),
    }
}

fn issuer_path(path: &str) -> String {
    let mut path = path.trim_end_matches('/');
    // Pasted twice, it is there twice.
    while let Some(shorter) = DISCOVERY_SUFFIXES
        .iter()
        .find_map(|suffix| path.strip_suffix(suffix))
    {
        path = shorter.trim_end_matches('/');
    }
    path.to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_paste_is_understood() {
        let cases = [
            ("dev-1.okta.com", "https://dev-1.okta.com"),
            ("  https://dev-1.okta.com/ \n", "https://dev-1.okta.com"),
            ("HTTPS://DEV-1.Okta.com", "https://dev-1.okta.com"),
            ("\"https://dev-1.okta.com\"", "https://dev-1.okta.com"),
            ("dev-1-admin.okta.com", "https://dev-1.okta.com"),
            (
                "https://dev-1-admin.okta.com/admin/dashboard",
                "https://dev-1.okta.com",
            ),
            (
                "https://acme-admin.oktapreview.com/",
                "https://acme.oktapreview.com",
            ),
            (
                "https://dev-1.okta.com/oauth2/default",
                "https://dev-1.okta.com/oauth2/default",
            ),
            (
                "https://dev-1.okta.com/oauth2/default/",
                "https://dev-1.okta.com/oauth2/default",
            ),
            (
                "https://dev-1.okta.com/oauth2/default/.well-known/openid-configuration",
                "https://dev-1.okta.com/oauth2/default",
            ),
            (
                "https://dev-1.okta.com/.well-known/openid-configuration?client_id=0oa1",
                "https://dev-1.okta.com",
            ),
            (
                "https://dev-1.okta.com/oauth2/aus1/.well-known/oauth-authorization-server",
                "https://dev-1.okta.com/oauth2/aus1",
            ),
            (
                "https://dev-1.okta.com/oauth2/v1/authorize",
                "https://dev-1.okta.com",
            ),
            (
                "https://dev-1.okta.com/oauth2/aus1/v1/token",
                "https://dev-1.okta.com/oauth2/aus1",
            ),
            (
                "https://dev-1-admin.okta.com/admin/oauth2/as/aus1#tab-settings",
                "https://dev-1.okta.com/oauth2/aus1",
            ),
            ("https://dev-1.okta.com/oauth2", "https://dev-1.okta.com"),
            ("https://dev-1.okta.com:443/", "https://dev-1.okta.com"),
            (
                "login.example.com/oauth2/default",
                "https://login.example.com/oauth2/default",
            ),
            (
                "https://id.example.com/realms/a/",
                "https://id.example.com/realms/a/",
            ),
            ("id.example.com", "https://id.example.com"),
            ("id.example.com/", "https://id.example.com/"),
            ("https://id.example.com//?tab=1", "https://id.example.com/"),
            (
                "https://id.example.com/realms/a/.well-known/openid-configuration",
                "https://id.example.com/realms/a",
            ),
            (
                "https://id.example.com/a/.well-known/openid-configuration/.well-known/openid-configuration",
                "https://id.example.com/a",
            ),
            ("dev-1-admin-admin.okta.com", "https://dev-1.okta.com"),
            (
                "https://dev-1.okta.com/admin/oauth2/as/v1",
                "https://dev-1.okta.com",
            ),
            // Only on Okta's domains does `-admin` mean the Admin Console.
            ("login-admin.example.com", "https://login-admin.example.com"),
            ("https://evil-okta.com/", "https://evil-okta.com/"),
        ];
        for (typed, issuer) in cases {
            assert_eq!(
                parse_address(typed, false).as_deref(),
                Ok(issuer),
                "{typed:?}"
            );
        }
    }

    #[test]
    fn a_custom_authorization_server_belongs_to_an_org() {
        let org = |issuer| org_of(issuer);
        let custom = "https://dev-1.okta.com/oauth2/default";
        assert_eq!(org(custom).as_deref(), Some("https://dev-1.okta.com"));
        assert_eq!(org("https://dev-1.okta.com"), None);
        assert_eq!(org("https://id.example.com/realms/one"), None);
    }

    #[test]
    fn what_cannot_be_an_issuer_is_refused_with_its_reason() {
        let cases = [
            ("", IssuerError::Empty),
            ("   ", IssuerError::Empty),
            ("\"\"", IssuerError::Empty),
            ("not a url", IssuerError::NotUrl),
            ("my-company", IssuerError::NotUrl),
            ("https://", IssuerError::NotUrl),
            ("https://dev-1..okta.com", IssuerError::NotUrl),
            ("https://dev-1.okta.com.", IssuerError::NotUrl),
            (".`", IssuerError::NotUrl),
            ("https://id.example.com/a'?b", IssuerError::NotUrl),
            ("https://[::1", IssuerError::NotUrl),
            (
                "http://dev-1.okta.com",
                IssuerError::NotHttps("http".into()),
            ),
            ("ftp://dev-1.okta.com", IssuerError::NotHttps("ftp".into())),
            (
                "javascript://dev-1.okta.com",
                IssuerError::NotHttps("javascript".into()),
            ),
            ("https://ada:pw@dev-1.okta.com", IssuerError::Credentials),
            (
                "https://dev-1.okta.com@evil.example",
                IssuerError::Credentials,
            ),
            (
                "http://127.0.0.1:4000",
                IssuerError::NotHttps("http".into()),
            ),
        ];
        for (typed, error) in cases {
            assert_eq!(parse_address(typed, false), Err(error), "{typed:?}");
        }
        let long = format!("https://dev-1.okta.com/{}", "a".repeat(MAX_LENGTH));
        assert_eq!(parse_address(&long, false), Err(IssuerError::TooLong));
    }

    #[test]
    fn http_is_for_loopback_and_only_if_allowed() {
        for (typed, issuer) in [
            ("http://127.0.0.1:4000/", "http://127.0.0.1:4000/"),
            (
                "http://localhost:4000/oauth2/default",
                "http://localhost:4000/oauth2/default",
            ),
            ("http://[::1]:4000", "http://[::1]:4000"),
        ] {
            assert_eq!(parse_address(typed, true).as_deref(), Ok(issuer));
            assert!(parse_address(typed, false).is_err());
        }
        for typed in [
            "http://10.0.0.1",
            "http://dev-1.okta.com",
            "http://localhost.evil.example",
        ] {
            assert!(parse_address(typed, true).is_err(), "{typed}");
        }
    }

    proptest! {
        #[test]
        fn what_is_understood_is_https_plain_and_understood_as_itself(
            typed in prop_oneof![
                any::<String>(),
                "(https?://)?[a-z0-9.-]{1,20}(okta\\.com|\\.example)?(/[a-z0-9./?#@%-]{0,20})?",
            ]
        ) {
            crate::properties::issuer(&typed);
        }
    }
}
