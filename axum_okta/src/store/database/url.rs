//! What the URL of a PostgreSQL database may say beyond where it is.
//!
//! sqlx passes over a parameter that it doesn't know, and logs it with its value. That may be a
//! password whose name was mistyped, and it means that a mistyped `sslmode` protects nothing.

use url::Url;

/// Ten servers leave room for others among the hundred that PostgreSQL allows by default.
const DEFAULT_CONNECTIONS: u32 = 8;

/// Ours; sqlx doesn't see it.
const CONNECTIONS: &str = "max_connections";

/// Those that sqlx knows, besides `options[…]`.
const KNOWN: [&str; 19] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
    CONNECTIONS,
];

/// What is wrong with a database URL. Says no value, because any of them may be a secret.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum UrlError {
    /// Not a kind of database that this build knows.
    Kind(String),
    /// Cannot be parsed.
    Malformed,
    /// No such parameter, with its name if that is sure to be one.
    Unknown(Option<String>),
    /// Not a number of connections.
    Connections,
}

/// A URL that sqlx understands completely, and how many connections a server may hold.
pub(super) struct ParsedUrl {
    pub(super) url: String,
    pub(super) connections: u32,
}

impl ParsedUrl {
    pub(super) fn parse(text: &str) -> Result<Self, UrlError> {
        let mut url = Url::parse(text).map_err(|_| UrlError::Malformed)?;
        let mut connections = DEFAULT_CONNECTIONS;
        let mut others = Vec::new();
        for (name, value) in url.query_pairs() {
            if name == CONNECTIONS {
                let number = value.parse().ok().filter(|number| *number > 0);
                connections = number.ok_or(UrlError::Connections)?;
            } else if KNOWN.contains(&name.as_ref()) || is_server_option(&name) {
                others.push((name.into_owned(), value.into_owned()));
            } else {
                return Err(UrlError::Unknown(shown(&name)));
            }
        }
        url.set_query(None);
        if !others.is_empty() {
            url.query_pairs_mut().extend_pairs(others);
        }
        Ok(Self {
            url: url.into(),
            connections,
        })
    }
}

/// As in `options[search_path]=okta`.
fn is_server_option(name: &str) -> bool {
    name.starts_with("options[") && name.ends_with(']')
}

/// The end of a password with a `?` in it looks like a parameter, so only what looks like the name
/// of one is shown.
fn shown(name: &str) -> Option<String> {
    let is_name = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || b"_-".contains(&byte));
    is_name.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(url: &str) -> UrlError {
        ParsedUrl::parse(url).err().unwrap()
    }

    #[test]
    fn the_number_of_connections_is_taken_out_and_the_rest_stays() {
        let url = "postgres://okta:p%40ss@db.example/okta?sslmode=verify-full&max_connections=20";
        let parsed = ParsedUrl::parse(url).unwrap();
        assert_eq!(parsed.connections, 20);
        assert_eq!(
            parsed.url,
            "postgres://okta:p%40ss@db.example/okta?sslmode=verify-full"
        );
        let parsed = ParsedUrl::parse("postgres://db.example/okta").unwrap();
        assert_eq!(parsed.connections, DEFAULT_CONNECTIONS);
        assert_eq!(parsed.url, "postgres://db.example/okta");
        for number in ["0", "-1", "many", "", "99999999999"] {
            let url = format!("postgres://db.example/okta?max_connections={number}");
            assert_eq!(error(&url), UrlError::Connections, "{number}");
        }
    }

    #[test]
    fn what_sqlx_does_not_know_is_refused_and_no_value_is_said() {
        for (query, named) in [
            ("pasword=s3cret", Some("pasword")),
            ("sslmod=verify-full", Some("sslmod")),
            ("max-connections=20", Some("max-connections")),
            ("s3cret", None),
            ("S3CRET@db.example/okta", None),
            ("options[search_path", None),
            ("=s3cret", None),
        ] {
            let url = format!("postgres://okta@db.example/okta?{query}");
            let named = named.map(str::to_owned);
            assert_eq!(error(&url), UrlError::Unknown(named), "{query}");
        }
        assert_eq!(error("postgres://okta:s3:cret@/"), UrlError::Malformed);
        assert!(ParsedUrl::parse("postgres://db/okta?options[search_path]=okta").is_ok());
    }
}
