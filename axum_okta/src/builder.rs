//! [`OktaBuilder`]: what an operator may set, and opening.

use std::{fmt, sync::Arc, time::Duration};

use ipnet::IpNet;
use okta_types::{ConnectionForm, Outcome};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{
    causes::with_causes,
    connection::{Connections, parse},
    http::client_address::TrustedProxies,
    identity::roles::Roles,
    okta::{Fixed, Okta, redirect_uri},
    outbound::{AddressPolicy, HttpClient, is_loopback},
    services::{Parts, Services},
    setup::SetupCode,
    store::{ConnectionConfig, EncryptionError, OpenStoreError, Source, Store, StoreError},
};

/// Why [`OktaBuilder::open`](OktaBuilder::open) could not open.
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
        "the database URL that begins with `{0}` cannot be used: give `sqlite:` and a path, such as sqlite:okta.db, or \
         postgres://USER:PASSWORD@HOST/DATABASE. Each needs the feature of axum_okta with its name: `sqlite`, `postgres`"
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
    /// The prefix is not a path.
    #[error(
        "the prefix `{0}` cannot be used: give a path such as /auth, of letters, digits, `-`, `_`, `.` and `/`"
    )]
    Prefix(String),
    /// A path that other sites may post to is not a path pattern.
    #[error(
        "the path `{0}` cannot be exempted from cross-site protection: write it as axum writes routes, such as /webhooks/{{*rest}}"
    )]
    CsrfExempt(String),
    /// A root certificate is not one.
    #[error(
        "the root certificate cannot be used. Give it as PEM, beginning with -----BEGIN CERTIFICATE-----"
    )]
    RootCertificate(#[source] Source),
    /// The HTTP client could not be made.
    #[error("the HTTP client could not start. Check this machine's TLS certificates")]
    Http(#[source] Source),
}

impl From<OpenStoreError> for OpenError {
    fn from(error: OpenStoreError) -> Self {
        match error {
            OpenStoreError::Url(kind) => Self::DatabaseUrl(kind),
            OpenStoreError::Store(error) => Self::Store(error),
            OpenStoreError::Encryption(error) => Self::Encryption(error),
        }
    }
}

/// A working day: nobody signs in twice before the evening.
const SESSION_LIFETIME: Duration = Duration::from_secs(8 * 60 * 60);
/// Longer than Okta ever takes, shorter than a person waits.
const OKTA_TIMEOUT: Duration = Duration::from_secs(10);
/// Between tries to open what could not be opened; each wait is twice the one before.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(60);
/// Enough for a person with a bad keyboard, nothing for a program.
const SETUP_CODES_PER_MINUTE: u32 = 10;
/// A company behind one address on a Monday morning; each sign-in is two requests.
const SIGN_INS_PER_MINUTE: u32 = 600;

/// Builds an [`Okta`].
///
/// ```no_run
/// # async fn example() -> Result<(), axum_okta::error::OpenError> {
/// let okta = axum_okta::Okta::builder()
///     .base_url("https://app.example.com")
///     .database("sqlite:okta.db")
///     .open()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a builder does nothing until it is opened"]
pub struct OktaBuilder {
    base_url: String,
    database: String,
    encryption_key: Option<SecretString>,
    setup_code: Option<SetupCode>,
    allow_http_issuer: bool,
    allow_private_issuer: bool,
    trusted_proxies: Vec<IpNet>,
    prefix: String,
    session_lifetime: Duration,
    okta_timeout: Duration,
    managed_connection: Option<ConnectionForm>,
    admin_group: Option<String>,
    sign_ins_per_minute: u32,
    root_certificates: Vec<Vec<u8>>,
    csrf_exempt: Vec<String>,
}

impl Default for OktaBuilder {
    fn default() -> Self {
        Self {
            base_url: "http://127.0.0.1:3000".to_owned(),
            database: "sqlite:okta.db".to_owned(),
            encryption_key: None,
            setup_code: None,
            allow_http_issuer: false,
            allow_private_issuer: false,
            trusted_proxies: Vec::new(),
            prefix: String::new(),
            session_lifetime: SESSION_LIFETIME,
            okta_timeout: OKTA_TIMEOUT,
            managed_connection: None,
            admin_group: None,
            sign_ins_per_minute: SIGN_INS_PER_MINUTE,
            root_certificates: Vec::new(),
            csrf_exempt: Vec::new(),
        }
    }
}

impl OktaBuilder {
    /// The origin that browsers see, without a path. Redirect URIs are built from it, never from a
    /// request. Default: `http://127.0.0.1:3000`.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// Where to store: `sqlite:` and a path, where the file is made when missing; or
    /// `postgres://USER:PASSWORD@HOST/DATABASE`, with the feature `postgres`. Default:
    /// `sqlite:okta.db`.
    pub fn database(mut self, url: impl Into<String>) -> Self {
        self.database = url.into();
        self
    }

    /// 32 bytes in base64 that encrypt secrets at rest. Default: a key file beside the SQLite file
    /// (`okta.key`), made on first start, readable by its owner only. PostgreSQL has no such file,
    /// so there it has to be given, the same on every server.
    pub fn encryption_key(mut self, key: impl Into<SecretString>) -> Self {
        self.encryption_key = Some(key.into());
        self
    }

    /// The code that lets the first admin in. Make it long: whoever guesses it owns the settings. A
    /// blank one is none. Default: made on first start, see [`Okta::prepare_setup`].
    pub fn setup_code(mut self, code: impl Into<SecretString>) -> Self {
        let code: SecretString = code.into();
        self.setup_code = SetupCode::from_text(code.expose_secret());
        self
    }

    /// Allows `http://` issuers on loopback, for development and tests. Default: off.
    pub fn allow_http_issuer(mut self, allow: bool) -> Self {
        self.allow_http_issuer = allow;
        self
    }

    /// Allows issuers at private addresses (RFC 1918, unique local IPv6), for a company's internal
    /// provider. Link-local addresses, where clouds keep their metadata, are never asked.
    /// Default: off.
    pub fn allow_private_issuer(mut self, allow: bool) -> Self {
        self.allow_private_issuer = allow;
        self
    }

    /// Proxies whose `X-Forwarded-For` says where a request came from. Limits count by that
    /// address. Default: none, so that the peer's own address counts.
    pub fn trusted_proxies(mut self, proxies: impl IntoIterator<Item = IpNet>) -> Self {
        self.trusted_proxies = proxies.into_iter().collect();
        self
    }

    /// Trusts this certificate authority (PEM), beside the web's and this machine's: for a provider
    /// inside a company.
    pub fn add_root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates.push(pem.into());
        self
    }

    /// Lets other sites post to this path, written as axum writes routes (`/webhooks/{*rest}`): for
    /// the host's own routes that do not rely on cookies. Everything else is closed to what
    /// another site causes. Default: none.
    pub fn csrf_exempt(mut self, path: impl Into<String>) -> Self {
        self.csrf_exempt.push(path.into());
        self
    }

    /// Puts all our routes below a path such as `/auth`. Default: none.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How long a session lives after sign-in, whatever happens in between. Default: 8 hours.
    pub fn session_lifetime(mut self, lifetime: Duration) -> Self {
        self.session_lifetime = lifetime;
        self
    }

    /// How many requests to the sign-in and the callback one client address may make in a minute.
    /// Default: 600, which is 300 sign-ins.
    pub fn sign_ins_per_minute(mut self, requests: u32) -> Self {
        self.sign_ins_per_minute = requests;
        self
    }

    /// The connection, given by the operator rather than on the settings page, which then shows it
    /// read-only. It needs no setup code; who is admin follows from
    /// [`admin_group`](Self::admin_group) and the role table. One that was made on the settings
    /// page rests meanwhile. Default: none.
    pub fn managed_connection(mut self, connection: ConnectionForm) -> Self {
        self.managed_connection = Some(connection);
        self
    }

    /// The group of Okta's whose members are admins of this app, whatever the role table says. An
    /// empty name is none. Default: none.
    pub fn admin_group(mut self, group: impl Into<String>) -> Self {
        let group = group.into().trim().to_owned();
        self.admin_group = Some(group).filter(|group| !group.is_empty());
        self
    }

    /// How long to wait for an answer of Okta, connecting and reading included. Default: 10
    /// seconds.
    pub fn okta_timeout(mut self, timeout: Duration) -> Self {
        self.okta_timeout = timeout;
        self
    }

    /// Opens the database, brings it up to date and takes the stored connection into use. Asks Okta
    /// nothing yet.
    ///
    /// # Errors
    ///
    /// [`OpenError`] says which part could not be opened, and what to do.
    pub async fn open(self) -> Result<Okta, OpenError> {
        let okta = Okta::closed(self.fixed()?);
        let services = self.services(&okta).await?;
        okta.open_with(services);
        Ok(okta)
    }

    /// Like [`open`](Self::open), but when the database or its key cannot be used the app can start
    /// all the same: public pages are up, guarded ones and the settings are closed, and the
    /// reason is in the log. It is tried again, after longer and longer waits of at most a
    /// minute, until it works; see [`Okta::opened`] and [`Okta::is_ready`].
    ///
    /// # Errors
    ///
    /// What no second try could mend: [`OpenError::BaseUrl`], [`OpenError::Prefix`] and
    /// [`OpenError::CsrfExempt`].
    pub async fn open_or_deny(self) -> Result<Okta, OpenError> {
        let okta = Okta::closed(self.fixed()?);
        match self.services(&okta).await {
            Ok(services) => okta.open_with(services),
            Err(error) => {
                tracing::error!("Sign-in with Okta is closed: {}", with_causes(&error));
                tokio::spawn(self.open_later(okta.clone()));
            }
        }
        Ok(okta)
    }

    async fn open_later(self, okta: Okta) {
        let mut wait = FIRST_RETRY;
        loop {
            tokio::time::sleep(wait).await;
            match self.services(&okta).await {
                Ok(services) => {
                    tracing::info!("Sign-in with Okta is open now");
                    return okta.open_with(services);
                }
                Err(error) => {
                    tracing::warn!("Sign-in with Okta is still closed: {}", with_causes(&error));
                }
            }
            wait = LONGEST_RETRY.min(wait * 2);
        }
    }

    async fn services(&self, okta: &Okta) -> Result<Services, OpenError> {
        let managed = self.parsed_connection()?;
        let http = self.http_client()?;
        let store = Store::open(&self.database, self.encryption_key.as_ref()).await?;
        let store = Arc::new(store);
        let redirect_uri = redirect_uri(okta.base_url(), &self.checked_prefix()?);
        let is_managed = managed.is_some();
        let services = Services::new(Parts {
            connections: Connections::load(store.clone(), http, redirect_uri, managed).await?,
            roles: Roles::load(store.clone(), self.admin_group.clone()).await?,
            setup_codes_per_minute: SETUP_CODES_PER_MINUTE,
            sign_ins_per_minute: self.sign_ins_per_minute,
            store,
        });
        if is_managed {
            // One that was made before the operator gave the connection would still make an admin.
            services.setups.end().await?;
        }
        Ok(services)
    }

    pub(crate) fn fixed(&self) -> Result<Fixed, OpenError> {
        Ok(Fixed {
            base_url: self.checked_base_url()?,
            prefix: self.checked_prefix()?,
            session_lifetime: self.session_lifetime,
            allow_http_issuer: self.allow_http_issuer,
            trusted_proxies: TrustedProxies::new(self.trusted_proxies.clone()),
            csrf_exempt: self.checked_csrf_exempt()?,
            setup_code: self.setup_code.clone(),
        })
    }

    fn parsed_connection(&self) -> Result<Option<ConnectionConfig>, OpenError> {
        let Some(given) = &self.managed_connection else {
            return Ok(None);
        };
        let parsed = parse::connection(given, self.allow_http_issuer, None);
        parsed.map(Some).map_err(|report| {
            let failed = report
                .checks
                .into_iter()
                .find(|check| check.outcome == Outcome::Failed);
            OpenError::Connection(failed.map(|check| check.message).unwrap_or_default())
        })
    }

    fn http_client(&self) -> Result<HttpClient, OpenError> {
        let policy = AddressPolicy {
            loopback: self.allow_http_issuer,
            private: self.allow_private_issuer,
        };
        let mut roots = Vec::new();
        for pem in &self.root_certificates {
            let parsed = reqwest::Certificate::from_pem_bundle(pem)
                .map_err(|error| OpenError::RootCertificate(error.into()))?;
            if parsed.is_empty() {
                let reason = "it holds no certificate";
                return Err(OpenError::RootCertificate(reason.into()));
            }
            roots.extend(parsed);
        }
        let has_roots = !roots.is_empty();
        HttpClient::new(policy, self.okta_timeout, &roots).map_err(|error| match has_roots {
            // They are parsed only here.
            true => OpenError::RootCertificate(error.into()),
            false => OpenError::Http(error.into()),
        })
    }

    fn checked_base_url(&self) -> Result<Url, OpenError> {
        let base_url = Url::parse(&self.base_url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .filter(|url| url.path() == "/" && url.query().is_none() && url.fragment().is_none())
            .filter(|url| url.username().is_empty() && url.password().is_none())
            .ok_or_else(|| OpenError::BaseUrl(self.base_url.clone()))?;
        if base_url.scheme() == "http" && !is_loopback(&base_url) {
            tracing::warn!(
                "the base URL {base_url} is http: session cookies and sign-ins travel in clear. Serve the app over https"
            );
        }
        Ok(base_url)
    }

    /// `auth`, `/auth` and `/auth/` are the same.
    fn checked_prefix(&self) -> Result<String, OpenError> {
        let segments = self.prefix.trim_matches('/');
        if segments.is_empty() {
            return Ok(String::new());
        }
        let is_segment = |segment: &str| {
            !matches!(segment, "" | "." | "..")
                && segment
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        if !segments.split('/').all(is_segment) {
            return Err(OpenError::Prefix(self.prefix.clone()));
        }
        Ok(format!("/{segments}"))
    }

    fn checked_csrf_exempt(&self) -> Result<matchit::Router<()>, OpenError> {
        let mut paths = matchit::Router::new();
        for path in &self.csrf_exempt {
            let inserted = path.starts_with('/') && paths.insert(path, ()).is_ok();
            if !inserted {
                return Err(OpenError::CsrfExempt(path.clone()));
            }
        }
        Ok(paths)
    }
}

impl Okta {
    /// Starts building; see [`OktaBuilder`] for the defaults.
    pub fn builder() -> OktaBuilder {
        OktaBuilder::default()
    }
}

/// Hides the secrets.
impl fmt::Debug for OktaBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OktaBuilder")
            .field("base_url", &self.base_url)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}
