//! One enum a stage. Every variant says what happened and what to do about it, and carries no secret.

use std::{path::PathBuf, time::Duration};

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use okta_types::SettingsRefusal;

use crate::page::problem;

/// Why [`OktaBuilder::open`](crate::OktaBuilder::open) could not open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The base URL is not one.
    #[error(
        "the base URL `{0}` cannot be used: give the origin that browsers see, such as https://app.example.com, \
         without a path"
    )]
    BaseUrl(String),
    /// The database URL names a kind of database that this build does not know.
    #[error(
        "the database URL `{0}` cannot be used: this version stores in SQLite, so give `sqlite:` and a path, \
         such as sqlite:okta.db"
    )]
    DatabaseUrl(String),
    /// The database could not be opened or brought up to date.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The encryption key is missing or wrong.
    #[error(transparent)]
    Encryption(#[from] EncryptionError),
    /// The connection that the operator gave cannot be one.
    #[error("the connection given to this server cannot be used: {0} Correct it and start again")]
    Connection(String),
    /// The HTTP client could not be made.
    #[error("the HTTP client could not start: {0}. Check this machine's TLS certificates")]
    Http(#[source] reqwest::Error),
}

/// What went wrong in the database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file or its folder does not exist or may not be opened.
    #[error(
        "the database {database} cannot be opened: {source}. Check that the folder exists and that this process \
         may write there"
    )]
    Open {
        /// The database, without credentials.
        database: String,
        /// What the database said.
        source: sqlx::Error,
    },
    /// The file is not a database, or is damaged.
    #[error(
        "the database {database} is damaged or not a SQLite file. Nothing was changed. Restore it from a backup, \
         or move it away to start with an empty one"
    )]
    Corrupt {
        /// The database, without credentials.
        database: String,
    },
    /// The database was written by a newer version of this program.
    #[error(
        "the database {database} was written by a newer version (migration {version} is unknown here). Nothing was \
         changed. Start the newer version again, or restore the backup made before the upgrade"
    )]
    Newer {
        /// The database, without credentials.
        database: String,
        /// The migration that this version does not know.
        version: i64,
    },
    /// The tables could not be brought up to date.
    #[error(
        "the database {database} could not be brought up to date: {source}. Nothing was changed"
    )]
    Migrate {
        /// The database, without credentials.
        database: String,
        /// What the database said.
        source: Box<sqlx::migrate::MigrateError>,
    },
    /// The database cannot be written to.
    #[error(
        "the database is read-only. Give this process the right to write to the file and its folder"
    )]
    ReadOnly,
    /// A query failed.
    #[error(
        "the database did not answer: {0}. Check its disk and that nothing else holds it locked"
    )]
    Query(#[source] sqlx::Error),
    /// A stored value cannot be understood.
    #[error(
        "the stored {what} cannot be read: {reason}. A newer version may have written it; put the database's backup \
         back, or use that version"
    )]
    Unreadable {
        /// What was stored.
        what: &'static str,
        /// What does not fit.
        reason: String,
    },
    /// A stored value could not be encrypted or decrypted.
    #[error(transparent)]
    Encryption(#[from] EncryptionError),
    /// A session could not be read or written.
    #[error("the session could not be stored: {0}")]
    Session(#[from] tower_sessions::session::Error),
}

impl StoreError {
    pub(crate) fn from_session(source: tower_sessions::session_store::Error) -> Self {
        Self::Session(source.into())
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(source: sqlx::Error) -> Self {
        if is_read_only(&source) {
            Self::ReadOnly
        } else {
            Self::Query(source)
        }
    }
}

/// SQLITE_READONLY is primary result code 8; extended codes keep it in the low byte.
pub(crate) fn is_read_only(error: &sqlx::Error) -> bool {
    sqlite_code(error) == Some(8)
}

/// SQLITE_CORRUPT is 11, SQLITE_NOTADB is 26.
pub(crate) fn is_corrupt(error: &sqlx::Error) -> bool {
    matches!(sqlite_code(error), Some(11 | 26))
}

fn sqlite_code(error: &sqlx::Error) -> Option<i64> {
    let code: i64 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}

/// What is wrong with the key that encrypts secrets, or with what it should open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptionError {
    /// Not base64.
    #[error("OKTA_ENCRYPTION_KEY is not base64. Make a key with: openssl rand -base64 32")]
    NotBase64,
    /// Not 32 bytes.
    #[error(
        "OKTA_ENCRYPTION_KEY holds {0} bytes instead of 32. Make a key with: openssl rand -base64 32"
    )]
    WrongLength(usize),
    /// The key file cannot be read or made.
    #[error(
        "the key file {path} cannot be used: {source}. Check that it exists and that this process may read it"
    )]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The database has secrets, and the file with their key is gone.
    #[error(
        "the database holds secrets, but its key file {0} is missing. Put the file back, or set \
         OKTA_ENCRYPTION_KEY to its content. Without the key, move the database away and connect Okta again"
    )]
    KeyFileMissing(PathBuf),
    /// The key is not the one the database was encrypted with.
    #[error(
        "the encryption key is not the one this database was encrypted with. Set OKTA_ENCRYPTION_KEY (or put the \
         key file back) to the key that was used before. Nothing was changed"
    )]
    WrongKey,
    /// Encryption failed.
    #[error("a secret could not be encrypted")]
    Encrypt,
    /// Decryption failed.
    #[error("a stored secret cannot be read: it was changed, or encrypted with another key")]
    Decrypt,
}

/// A request to the issuer that did not work out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// Not https.
    #[error("{0} is not https")]
    NotHttps(String),
    /// An address that no issuer has.
    #[error(
        "{host} is not a public address, and this server asks no others unless its operator allows it"
    )]
    NotPublic {
        /// Who was to be asked.
        host: String,
    },
    /// No answer in time.
    #[error("{host} did not answer within {timeout:?}")]
    Timeout {
        /// Who was asked.
        host: String,
        /// How long we waited.
        timeout: Duration,
    },
    /// http where https was expected.
    #[error("{host} answers http, not https")]
    NotTls {
        /// Who was asked.
        host: String,
    },
    /// No connection.
    #[error("{host} cannot be reached ({reason})")]
    Unreachable {
        /// Who was asked.
        host: String,
        /// Why, in a few words.
        reason: String,
    },
    /// The answer is larger than any answer of an OpenID provider.
    #[error("{host} sent more than {limit} bytes")]
    TooLarge {
        /// Who was asked.
        host: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// The connection broke during the answer.
    #[error("the answer of {host} broke off ({reason})")]
    Broken {
        /// Who was asked.
        host: String,
        /// Why, in a few words.
        reason: String,
    },
}

/// Why the issuer's discovery document or keys could not be used
/// ([OpenID Connect Discovery §4](https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig)).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiscoveryError {
    /// The request failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The issuer sent us elsewhere; we do not follow.
    #[error("{url} redirects elsewhere, which an issuer must not do")]
    Redirect {
        /// What was asked for.
        url: String,
    },
    /// Not 200.
    #[error("{url} answered with status {status}")]
    Status {
        /// What was asked for.
        url: String,
        /// The answer's status.
        status: u16,
    },
    /// Not a discovery document.
    #[error("{url} is not a discovery document ({reason})")]
    NotDiscovery {
        /// What was asked for.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The document is for another issuer.
    #[error("the discovery document is for the issuer {found}, not for {expected}")]
    OtherIssuer {
        /// What was connected.
        expected: String,
        /// What the document says.
        found: String,
    },
    /// An endpoint is missing or not https.
    #[error("the discovery document's {endpoint} is {problem}")]
    Endpoint {
        /// Its name in the document.
        endpoint: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The key set cannot be read or has no key for signatures.
    #[error("the signing keys at {url} cannot be used ({reason})")]
    Keys {
        /// Where they should be.
        url: String,
        /// What is wrong with them.
        reason: String,
    },
}

/// Why somebody's groups could not be had. Each message says what to do in Okta.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GroupsError {
    /// No such claim.
    #[error(
        "Okta sent no claim `{claim}`, neither in the ID token nor in userinfo. In Okta, add a groups claim of this \
         name: for the org authorization server on the app's Sign On tab, for another one under Security → API → \
         Authorization Servers → Claims; or let groups come from Okta's API"
    )]
    NotSent {
        /// The claim's name.
        claim: String,
    },
    /// The claim is there and is something else.
    #[error(
        "the claim `{claim}` in {place} is not a list of group names. In Okta, give the claim the value type Groups"
    )]
    NotGroups {
        /// The claim's name.
        claim: String,
        /// Where it was found.
        place: &'static str,
    },
    /// Okta's API was asked in vain.
    #[error("Okta's API: {0}")]
    Api(#[from] OktaApiError),
}

/// Why a sign-in did not end with a session. Shown to the person as a page with the given status.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignInError {
    /// There is no connection.
    #[error("no Okta app is connected")]
    NotConnected,
    /// The plugin could not start.
    #[error("the plugin could not start; the server's log at start says why")]
    Closed,
    /// `state` is missing, unknown, expired, used before, or of another browser.
    #[error("this sign-in is unknown, expired, already used, or was started in another browser")]
    UnknownState,
    /// Too many sign-ins from one address.
    #[error("too many sign-ins came from this address")]
    TooMany,
    /// A parameter is there twice (RFC 6749 §3.1).
    #[error("the request has the parameter `{0}` twice")]
    RepeatedParameter(&'static str),
    /// A portal sent somebody to sign in elsewhere, or to go elsewhere afterwards (OpenID Connect Core §4).
    #[error("the sign-in cannot be started: {0}")]
    MalformedLogin(&'static str),
    /// The callback lacks `code` and `error`.
    #[error("the callback request is malformed: {0}")]
    MalformedCallback(&'static str),
    /// Okta said no (RFC 6749 §4.1.2.1).
    #[error("Okta answered `{code}`{}", description.as_deref().map(|d| format!(": {d}")).unwrap_or_default())]
    Refused {
        /// The `error` parameter.
        code: String,
        /// The `error_description` parameter.
        description: Option<String>,
    },
    /// Okta's groups claim matched more than it can hold.
    #[error(
        "Okta's groups claim matched too many groups: it holds at most 100. Let groups come from Okta's API with an API \
         token, or narrow the filter of the groups claim in Okta"
    )]
    TooManyGroups,
    /// `iss` on the callback is not the issuer that was asked (RFC 9207).
    #[error("the callback came from the issuer {found}, but {expected} was asked")]
    OtherIssuer {
        /// Who was asked.
        expected: String,
        /// Who answered.
        found: String,
    },
    /// The issuer's configuration cannot be had.
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    /// The token endpoint cannot be reached or its answer cannot be read.
    #[error("the token endpoint failed: {0}")]
    TokenEndpoint(String),
    /// The token endpoint refused the code or us.
    #[error("the token endpoint refused the code: {0}")]
    CodeRefused(String),
    /// There was no ID token, or it does not hold.
    #[error("the ID token was refused: {0}")]
    IdToken(String),
    /// Userinfo cannot be had, or is about somebody else.
    #[error("userinfo was refused: {0}")]
    UserInfo(String),
    /// The groups cannot be had, and this connection wants them.
    #[error("the groups could not be loaded: {0}")]
    Groups(#[from] GroupsError),
    /// An admin's test came back to somebody who is no admin, or could not be kept.
    #[error("the test could not be finished: {0}")]
    Test(#[from] SettingsError),
    /// An admin disconnected the app from Okta while this person was signed in.
    #[error("an admin disconnected this app from Okta, which signed everybody out")]
    Disconnected,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why Okta's management API did not say what it was asked. `call` is the request, such as `GET /api/v1/users/me`.
/// Okta's own [error codes](https://developer.okta.com/docs/reference/error-codes/).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OktaApiError {
    /// The issuer names no place where an API could be.
    #[error("Okta's API is at the issuer's address, and `{0}` is none. Check the issuer URI")]
    Issuer(String),
    /// The token is empty or has characters that no header can carry.
    #[error(
        "the API token is empty or holds characters that no token has. Copy it once more as Okta showed it, without \
         line breaks"
    )]
    MalformedToken,
    /// There is none.
    #[error(
        "no API token is stored. Make one in Okta: Security → API → Tokens, and paste it on the settings page"
    )]
    NoToken,
    /// The request failed.
    #[error("it gave no answer: {0}. Check that this server can connect to the Okta org")]
    Http(#[from] HttpError),
    /// No token that Okta takes (401, E0000011).
    #[error(
        "Okta refused the API token ({call}): it is mistyped or revoked, was not used for 30 days, or its owner was \
         deactivated. Make a new one in Okta: Security → API → Tokens"
    )]
    TokenRefused {
        /// What was asked.
        call: &'static str,
    },
    /// A good token of somebody who lacks the right (403, E0000006).
    #[error(
        "the API token's owner may not read this in Okta ({call}). Give that admin a role that may read users and \
         groups, such as Read-only Administrator"
    )]
    Forbidden {
        /// What was asked.
        call: &'static str,
    },
    /// Nobody has this id (404, E0000007).
    #[error(
        "Okta knows no user `{user}` ({call}). Check that the API token was made in the org that people sign in to"
    )]
    UnknownUser {
        /// What was asked.
        call: &'static str,
        /// Who was asked for.
        user: String,
    },
    /// Too many requests (429, E0000047).
    #[error(
        "Okta's rate limit is used up ({call}). Try again {}; if it happens often, see Reports → Rate Limits in Okta",
        seconds.map_or("later".to_owned(), |seconds| format!("in {seconds} s"))
    )]
    RateLimited {
        /// What was asked.
        call: &'static str,
        /// When Okta answers again, if it said so.
        seconds: Option<u64>,
    },
    /// Another status than 200.
    #[error(
        "Okta answered {call} with status {status}{}{}. Check the issuer URI, and Okta's own state at \
         https://status.okta.com",
        code.as_deref().map(|code| format!(" and code {code}")).unwrap_or_default(),
        summary.as_deref().map(|summary| format!(" ({summary})")).unwrap_or_default()
    )]
    Status {
        /// What was asked.
        call: &'static str,
        /// The answer's status.
        status: u16,
        /// Okta's `errorCode`.
        code: Option<String>,
        /// Okta's `errorSummary`, shortened.
        summary: Option<String>,
    },
    /// The answer is not what Okta's API sends.
    #[error(
        "the answer to {call} is not one of Okta's API ({reason}). Check that the issuer URI is that of an Okta org"
    )]
    NotUnderstood {
        /// What was asked.
        call: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The next page is at another origin. Nobody was asked there.
    #[error(
        "the answer to {call} goes on at {origin}, and the API token is not sent there. If that is the org's own \
         domain, connect with the issuer URI at that domain"
    )]
    Elsewhere {
        /// What was asked.
        call: &'static str,
        /// Where it goes on.
        origin: String,
    },
    /// The next page was read already.
    #[error(
        "the pages of {call} go round in a circle. Try again, and if it stays so, ask Okta's support"
    )]
    Loop {
        /// What was asked.
        call: &'static str,
    },
    /// The last page did not come in time.
    #[error(
        "{call} was not through after {limit:?}. Try again, and see Okta's own state at https://status.okta.com"
    )]
    TooSlow {
        /// What was asked.
        call: &'static str,
        /// How long we read.
        limit: Duration,
    },
}

/// Why the settings were not opened or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The visitor may not, or there is nothing to do it with.
    #[error(transparent)]
    Refused(#[from] SettingsRefusal),
    /// The layer is missing.
    #[error("this route is not behind `okta.layer()`; add the layer to the router")]
    LayerMissing,
    /// The database failed. Nothing was changed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SettingsError {
    /// What the visitor is told; what only the operator can use goes to the log.
    #[must_use]
    pub fn refusal(&self) -> SettingsRefusal {
        match self {
            Self::Refused(refusal) => *refusal,
            Self::Store(StoreError::ReadOnly) => SettingsRefusal::ReadOnly,
            Self::LayerMissing | Self::Store(_) => {
                tracing::error!("settings: {self}");
                SettingsRefusal::Failed
            }
        }
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Refused(SettingsRefusal::NotSignedIn) => StatusCode::UNAUTHORIZED,
            Self::Refused(SettingsRefusal::NotAdmin | SettingsRefusal::WrongSetupCode) => {
                StatusCode::FORBIDDEN
            }
            Self::Refused(SettingsRefusal::TooManyAttempts) => StatusCode::TOO_MANY_REQUESTS,
            Self::Refused(SettingsRefusal::NotConnected | SettingsRefusal::UnknownConnection) => {
                StatusCode::NOT_FOUND
            }
            Self::Refused(SettingsRefusal::UnknownAdmin) => StatusCode::NOT_FOUND,
            Self::Refused(
                SettingsRefusal::RolesChanged
                | SettingsRefusal::NoGroups
                | SettingsRefusal::Managed
                | SettingsRefusal::LocksYouOut
                | SettingsRefusal::LastAdmin,
            ) => StatusCode::CONFLICT,
            Self::Refused(SettingsRefusal::MalformedRoles) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Refused(SettingsRefusal::Closed) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Refused(_) | Self::LayerMissing | Self::Store(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }
}

impl IntoResponse for SettingsError {
    fn into_response(self) -> Response {
        let detail = self.refusal().to_string();
        problem(self.status(), "The settings were not changed", &detail)
    }
}
