//! Why the plugin can't be opened.

use crate::store::{EncryptionError, OpenStoreError, Source, StoreError, UrlError};

/// Why [`OktaBuilder::open`](crate::OktaBuilder::open) failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The base URL is invalid.
    #[error(
        "the base URL `{0}` is invalid. Set the origin that browsers see, such as https://app.example.com, without a \
         path"
    )]
    BaseUrl(String),
    /// This build doesn't support the kind of database in the URL.
    #[error(
        "the database URL that begins with `{0}` is not supported. Use `sqlite:` and a path, such as sqlite:okta.db, or \
         postgres://USER:PASSWORD@HOST/DATABASE. Each needs the feature of axum_okta with its name: `sqlite`, `postgres`"
    )]
    DatabaseUrl(String),
    /// The database URL can't be parsed. It isn't repeated, because it may contain a password.
    #[error(
        "the database URL can't be parsed. Percent-encode what is special in a password: for example, write %40 for @"
    )]
    MalformedDatabaseUrl,
    /// The database URL contains a parameter that doesn't exist. Its value isn't repeated, because
    /// it may be a password. Neither is a name that may be part of one.
    #[error(
        "the database URL contains an unknown parameter{}. Check its spelling, and percent-encode what is special in a \
         password: for example, write %3F for ?",
        .0.as_deref().map(|name| format!(", `{name}`")).unwrap_or_default()
    )]
    UnknownDatabaseParameter(Option<String>),
    /// `max_connections` in the database URL is not a number from 1.
    #[error("max_connections in the database URL is not a number of connections, such as 8")]
    MaxConnections,
    /// The database couldn't be opened or migrated.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The sessions URL can't be used, or this build doesn't support it.
    #[error(
        "the sessions URL that begins with `{0}` can't be used. Use rediss://USER:PASSWORD@HOST:PORT, or redis: without \
         TLS, percent-encode the password, and leave out #insecure. It needs the feature `redis` of axum_okta"
    )]
    SessionsUrl(String),
    /// The encryption key is missing or wrong.
    #[error(transparent)]
    Encryption(#[from] EncryptionError),
    /// The operator's connection is invalid.
    #[error(
        "the connection in this server's configuration can't be used: {0} Correct it and restart"
    )]
    Connection(String),
    /// The prefix is not a valid path.
    #[error(
        "the prefix `{0}` is invalid. Use a path such as /auth, with letters, digits, `-`, `_`, `.` and `/` only"
    )]
    Prefix(String),
    /// A path that other sites may post to is not a valid pattern.
    #[error(
        "the path `{0}` can't be exempted from cross-site protection. Use axum's route syntax, such as \
         /webhooks/{{*rest}}"
    )]
    CsrfExempt(String),
    /// A root certificate is invalid.
    #[error("the root certificate is invalid. Use PEM, beginning with -----BEGIN CERTIFICATE-----")]
    RootCertificate(#[source] Source),
    /// The HTTP client couldn't be created.
    #[error("the HTTP client couldn't start. Check this machine's TLS certificates")]
    Http(#[source] Source),
}

impl From<OpenStoreError> for OpenError {
    fn from(error: OpenStoreError) -> Self {
        match error {
            OpenStoreError::Url(UrlError::Kind(kind)) => Self::DatabaseUrl(kind),
            OpenStoreError::Url(UrlError::Malformed) => Self::MalformedDatabaseUrl,
            OpenStoreError::Url(UrlError::Unknown(name)) => Self::UnknownDatabaseParameter(name),
            OpenStoreError::Url(UrlError::Connections) => Self::MaxConnections,
            OpenStoreError::SessionsUrl(kind) => Self::SessionsUrl(kind),
            OpenStoreError::Store(error) => Self::Store(error),
            OpenStoreError::Encryption(error) => Self::Encryption(error),
        }
    }
}
