//! [`OktaBuilder`]: what an operator may set, and opening.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwapOption;
use ipnet::IpNet;
use okta_types::{ConnectionForm, Outcome};
use secrecy::{ExposeSecret, SecretString};
use tokio::{sync::Mutex, task::JoinSet};
use url::Url;

use crate::{
    Okta,
    connection::{CONNECTION, form},
    error::OpenError,
    limit::Limiter,
    oidc::{address::AddressPolicy, http::HttpClient},
    okta::{Open, Paths, Shared},
    roles::Roles,
    session::LiveSessions,
    store::{SetupCode, Store, StoredConnection},
};

/// A working day: nobody signs in twice before the evening.
const SESSION_LIFETIME: Duration = Duration::from_secs(8 * 60 * 60);
/// Longer than Okta ever takes, shorter than a person waits.
const OKTA_TIMEOUT: Duration = Duration::from_secs(10);
const SWEEP_EVERY: Duration = Duration::from_secs(60 * 60);
/// Enough for a person with a bad keyboard, nothing for a program.
const SETUP_CODES_PER_MINUTE: u32 = 10;
/// A company behind one address on a Monday morning; each sign-in is two requests.
const SIGN_INS_PER_MINUTE: u32 = 600;

/// Builds an [`Okta`].
///
/// ```no_run
/// # async fn example() -> Result<(), axum_okta::OpenError> {
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
        }
    }
}

impl OktaBuilder {
    /// The origin that browsers see, without a path. Redirect URIs are built from it, never from a request.
    /// Default: `http://127.0.0.1:3000`.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// Where to store: `sqlite:` and a path; the file is made when missing. Default: `sqlite:okta.db`.
    pub fn database(mut self, url: impl Into<String>) -> Self {
        self.database = url.into();
        self
    }

    /// 32 bytes in base64 that encrypt secrets at rest. Default: a key file beside the SQLite file (`okta.key`),
    /// made on first start, readable by its owner only.
    pub fn encryption_key(mut self, key: impl Into<SecretString>) -> Self {
        self.encryption_key = Some(key.into());
        self
    }

    /// The code that lets the first admin in. Make it long: whoever guesses it owns the settings.
    /// Default: made on first start, see [`Okta::prepare_setup`].
    pub fn setup_code(mut self, code: impl Into<SecretString>) -> Self {
        let code: SecretString = code.into();
        self.setup_code = Some(SetupCode::from_text(code.expose_secret()));
        self
    }

    /// Allows `http://` issuers on loopback, for development and tests. Default: off.
    pub fn allow_http_issuer(mut self, allow: bool) -> Self {
        self.allow_http_issuer = allow;
        self
    }

    /// Allows issuers at private addresses (RFC 1918, unique local IPv6), for a company's internal provider. Link-local
    /// addresses, where clouds keep their metadata, are never asked. Default: off.
    pub fn allow_private_issuer(mut self, allow: bool) -> Self {
        self.allow_private_issuer = allow;
        self
    }

    /// Proxies whose `X-Forwarded-For` says where a request came from. Limits count by that address. Default: none, so
    /// that the peer's own address counts.
    pub fn trusted_proxies(mut self, proxies: impl IntoIterator<Item = IpNet>) -> Self {
        self.trusted_proxies = proxies.into_iter().collect();
        self
    }

    /// Puts all our routes below a path such as `/auth`. Default: none.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into().trim_end_matches('/').to_owned();
        self
    }

    /// How long a session lives after sign-in, whatever happens in between. Default: 8 hours.
    pub fn session_lifetime(mut self, lifetime: Duration) -> Self {
        self.session_lifetime = lifetime;
        self
    }

    /// How many requests to the sign-in and the callback one client address may make in a minute. Default: 600, which
    /// is 300 sign-ins.
    pub fn sign_ins_per_minute(mut self, requests: u32) -> Self {
        self.sign_ins_per_minute = requests;
        self
    }

    /// The connection, given by the operator rather than on the settings page, which then shows it read-only. It needs no
    /// setup code; who is admin follows from [`admin_group`](Self::admin_group) and the role table. One that was made on
    /// the settings page rests meanwhile. Default: none.
    pub fn managed_connection(mut self, connection: ConnectionForm) -> Self {
        self.managed_connection = Some(connection);
        self
    }

    /// The group of Okta's whose members are admins of this app, whatever the role table says. An empty name is none.
    /// Default: none.
    pub fn admin_group(mut self, group: impl Into<String>) -> Self {
        let group = group.into().trim().to_owned();
        self.admin_group = Some(group).filter(|group| !group.is_empty());
        self
    }

    /// How long to wait for an answer of Okta, connecting and reading included. Default: 10 seconds.
    pub fn okta_timeout(mut self, timeout: Duration) -> Self {
        self.okta_timeout = timeout;
        self
    }

    /// Opens the database, brings it up to date and takes the stored connection into use. Asks Okta nothing yet.
    ///
    /// # Errors
    ///
    /// [`OpenError`] says which part could not be opened, and what to do.
    pub async fn open(self) -> Result<Okta, OpenError> {
        let base_url = self.checked_base_url()?;
        let managed = self.understood_connection()?;
        let open = self.open_parts().await?;
        let okta = self.into_okta(base_url, Some(open));
        if let Some(open) = &okta.0.open {
            let connection = match managed {
                Some(given) => Some(okta.make_managed(open, given)),
                None => {
                    let stored = open.store.connection(CONNECTION).await?;
                    stored.map(|stored| okta.make_connection(open, stored))
                }
            };
            open.connection.store(connection.map(Arc::new));
        }
        Ok(okta)
    }

    /// Like [`open`](Self::open), but when the database or its key cannot be used the app can start all the same:
    /// public pages are up, guarded ones and the settings are closed, and the reason is in the log.
    ///
    /// # Errors
    ///
    /// [`OpenError::BaseUrl`] alone.
    pub async fn open_or_deny(self) -> Result<Okta, OpenError> {
        let fallback = self.clone();
        match self.open().await {
            Err(error) if !matches!(error, OpenError::BaseUrl(_)) => {
                tracing::error!("Sign-in with Okta is closed: {error}");
                let base_url = fallback.checked_base_url()?;
                Ok(fallback.into_okta(base_url, None))
            }
            opened => opened,
        }
    }

    fn understood_connection(&self) -> Result<Option<StoredConnection>, OpenError> {
        let Some(given) = &self.managed_connection else {
            return Ok(None);
        };
        let understood = form::understand(given, self.allow_http_issuer, None);
        understood.map(Some).map_err(|report| {
            let failed = report
                .checks
                .into_iter()
                .find(|check| check.outcome == Outcome::Failed);
            OpenError::Connection(failed.map(|check| check.message).unwrap_or_default())
        })
    }

    async fn open_parts(&self) -> Result<Open, OpenError> {
        let store = Store::open(&self.database, self.encryption_key.as_ref()).await?;
        let store = Arc::new(store);
        let mut sweeping = JoinSet::new();
        sweeping.spawn(sweep(store.clone()));
        Ok(Open {
            http: HttpClient::new(self.address_policy(), self.okta_timeout)?,
            connection: ArcSwapOption::empty(),
            roles: Roles::load(store.clone(), self.admin_group.clone()).await?,
            changing: Mutex::new(()),
            live_sessions: Arc::new(LiveSessions::new()),
            setup_attempts: Limiter::per_minute(SETUP_CODES_PER_MINUTE),
            sign_ins: Limiter::per_minute(self.sign_ins_per_minute),
            store,
            _sweeping: sweeping,
        })
    }

    fn address_policy(&self) -> AddressPolicy {
        AddressPolicy {
            loopback: self.allow_http_issuer,
            private: self.allow_private_issuer,
        }
    }

    fn into_okta(self, base_url: Url, open: Option<Open>) -> Okta {
        Okta(Arc::new(Shared {
            base_url,
            paths: Paths::below(&self.prefix),
            session_lifetime: self.session_lifetime,
            allow_http_issuer: self.allow_http_issuer,
            trusted_proxies: self.trusted_proxies,
            setup_code: self.setup_code,
            open,
        }))
    }

    fn checked_base_url(&self) -> Result<Url, OpenError> {
        Url::parse(&self.base_url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .filter(|url| url.path() == "/" && url.query().is_none() && url.fragment().is_none())
            .filter(|url| url.username().is_empty() && url.password().is_none())
            .ok_or_else(|| OpenError::BaseUrl(self.base_url.clone()))
    }
}

/// What has expired opens nothing, but takes room.
async fn sweep(store: Arc<Store>) {
    let mut interval = tokio::time::interval(SWEEP_EVERY);
    loop {
        interval.tick().await;
        if let Err(error) = store.sweep().await {
            tracing::warn!(%error, "expired sessions and old audit entries could not be deleted");
        }
    }
}
