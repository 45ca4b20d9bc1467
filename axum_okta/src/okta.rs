//! [`Okta`], the handle that an app holds, and its builder.

use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

use arc_swap::ArcSwapOption;
use ipnet::IpNet;
use okta_types::{ConnectionSummary, RedirectUris, SettingsRefusal};
use openidconnect::RedirectUrl;
use secrecy::{ExposeSecret, SecretString};
use tokio::{sync::Mutex, task::JoinSet};
use tower_sessions::ExpiredDeletion;
use tower_sessions_sqlx_store::SqliteStore;
use url::Url;

use crate::{
    OktaLayer,
    connection::{CONNECTION, Connection},
    error::{OpenError, SettingsError},
    limit::Limiter,
    oidc::{address::AddressPolicy, http::HttpClient},
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

/// "Sign in with Okta" for one app. Cheap to clone.
///
/// Make one with [`Okta::builder`], put [`Okta::layer`] around the router, and guard routes with
/// [`require_auth`](crate::require_auth). Behind the layer it is in every request's extensions.
#[derive(Clone)]
pub struct Okta(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) base_url: Url,
    pub(crate) paths: Paths,
    pub(crate) session_lifetime: Duration,
    pub(crate) allow_http_issuer: bool,
    pub(crate) trusted_proxies: Vec<IpNet>,
    setup_code: Option<SetupCode>,
    /// `None` when opening failed: everything of ours is closed, the rest of the app is up.
    open: Option<Open>,
}

pub(crate) struct Open {
    pub(crate) store: Store,
    pub(crate) http: HttpClient,
    pub(crate) connection: ArcSwapOption<Connection>,
    /// Held while the connection is changed, so that two admins cannot mix two connections.
    pub(crate) changing: Mutex<()>,
    pub(crate) live_sessions: LiveSessions,
    pub(crate) setup_attempts: Limiter<IpAddr>,
    pub(crate) sign_ins: Limiter<IpAddr>,
    /// Sweeps expired sessions away for as long as this lives.
    _sweeping: JoinSet<()>,
}

/// Where our routes are.
pub(crate) struct Paths {
    pub(crate) login: String,
    pub(crate) callback: String,
    pub(crate) logout: String,
    pub(crate) identity: String,
    pub(crate) setup: String,
    pub(crate) connection: String,
    pub(crate) connections: String,
}

impl Paths {
    fn below(prefix: &str) -> Self {
        Self {
            login: format!("{prefix}/login"),
            callback: format!("{prefix}/authorization-code/callback"),
            logout: format!("{prefix}/logout"),
            identity: format!("{prefix}/api/identity"),
            setup: format!("{prefix}/api/okta/setup"),
            connection: format!("{prefix}/api/okta/connections/{{name}}"),
            connections: format!("{prefix}/api/okta/connections/"),
        }
    }
}

/// What the operator is told about setting up, from [`Okta::prepare_setup`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Setup {
    /// Show this code to the operator, once.
    Code(SecretString),
    /// A code was made earlier, and nobody has finished with it.
    CodeMadeEarlier,
    /// An admin has signed in; there is no code.
    Done,
}

impl Okta {
    /// Starts building; see [`OktaBuilder`] for the defaults.
    pub fn builder() -> OktaBuilder {
        OktaBuilder::default()
    }

    /// The tower layer that does it all: sessions, identity, and the routes `/login`,
    /// `/authorization-code/callback`, `/logout`, `/api/identity` and `/api/okta/…`.
    ///
    /// Put it around the whole router, as the last `.layer(…)`: what is added later is outside of it.
    #[must_use]
    pub fn layer(&self) -> OktaLayer {
        OktaLayer::new(self.clone())
    }

    /// The origin that browsers see.
    #[must_use]
    pub fn base_url(&self) -> &Url {
        &self.0.base_url
    }

    /// The path that starts a sign-in, `/login` unless a prefix was set. Takes `?return_to=/path`.
    #[must_use]
    pub fn login_path(&self) -> &str {
        &self.0.paths.login
    }

    /// The address that starts a sign-in and comes back to `return_to`, a path of this app.
    #[must_use]
    pub fn sign_in_path(&self, return_to: &str) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("return_to", return_to)
            .finish();
        format!("{}?{query}", self.login_path())
    }

    /// The path that ends the session, `/logout` unless a prefix was set. Takes `POST` only.
    #[must_use]
    pub fn logout_path(&self) -> &str {
        &self.0.paths.logout
    }

    /// The addresses to register in Okta.
    #[must_use]
    pub fn redirect_uris(&self) -> RedirectUris {
        RedirectUris {
            sign_in: self.redirect_uri().to_string(),
            sign_out: self.0.base_url.to_string(),
        }
    }

    /// The connection in use, or `None` when no Okta app is connected.
    #[must_use]
    pub fn connection(&self) -> Option<ConnectionSummary> {
        self.live_connection()
            .map(|connection| connection.summary())
    }

    /// What to tell the operator when the app starts: on the very first start a setup code, which lets the first
    /// admin in.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::Closed`] when opening failed, [`SettingsError::Store`] when the database does not answer.
    pub async fn prepare_setup(&self) -> Result<Setup, SettingsError> {
        let store = &self.open()?.store;
        if store.has_admin().await? {
            return Ok(Setup::Done);
        }
        let code = match &self.0.setup_code {
            Some(code) => code.clone(),
            None if store.open_setup().await?.is_some() => return Ok(Setup::CodeMadeEarlier),
            None => SetupCode::generate(),
        };
        if store.setup_of_code(&code).await?.is_none() {
            store.put_setup_code(&code).await?;
        }
        Ok(Setup::Code(code.expose().to_owned().into()))
    }

    /// Makes a new setup code, for when everybody is locked out. Earlier codes are dead from now on.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::Closed`] when opening failed, [`SettingsError::Store`] when the database does not answer.
    pub async fn new_setup_code(&self) -> Result<SecretString, SettingsError> {
        let code = SetupCode::generate();
        self.open()?.store.put_setup_code(&code).await?;
        Ok(code.expose().to_owned().into())
    }

    /// What an issuer field should show below itself: the issuer URI that is understood.
    ///
    /// # Errors
    ///
    /// [`IssuerError`](crate::IssuerError) when what was typed cannot be an issuer.
    pub fn understand_issuer(&self, typed: &str) -> Result<String, crate::IssuerError> {
        crate::connection::issuer::understand(typed, self.0.allow_http_issuer)
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0
    }

    pub(crate) fn open(&self) -> Result<&Open, SettingsError> {
        self.0.open.as_ref().ok_or(SettingsRefusal::Closed.into())
    }

    pub(crate) fn live_connection(&self) -> Option<Arc<Connection>> {
        self.0.open.as_ref()?.connection.load_full()
    }

    pub(crate) fn redirect_uri(&self) -> RedirectUrl {
        RedirectUrl::from_url(at(&self.0.base_url, &self.0.paths.callback))
    }

    pub(crate) fn is_https(&self) -> bool {
        self.0.base_url.scheme() == "https"
    }

    /// With the `__Host-` prefix a browser takes the cookie from this host over https only.
    pub(crate) fn cookie_name(&self, name: &str) -> String {
        if self.is_https() {
            format!("__Host-{name}")
        } else {
            name.to_owned()
        }
    }

    /// A connection that is not in use yet.
    pub(crate) fn make_connection(&self, open: &Open, stored: StoredConnection) -> Connection {
        Connection::new(stored, self.redirect_uri(), open.http.clone())
    }
}

impl fmt::Debug for Okta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Okta")
            .field("base_url", &self.0.base_url.as_str())
            .field("open", &self.0.open.is_some())
            .finish_non_exhaustive()
    }
}

/// An expired session opens nothing, but takes room.
async fn sweep(sessions: SqliteStore) {
    let mut interval = tokio::time::interval(SWEEP_EVERY);
    loop {
        interval.tick().await;
        if let Err(error) = sessions.delete_expired().await {
            tracing::warn!(%error, "expired sessions could not be deleted");
        }
    }
}

fn at(base_url: &Url, path: &str) -> Url {
    let mut url = base_url.clone();
    url.set_path(path);
    url
}

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
        let open = self.open_parts().await?;
        let okta = self.into_okta(base_url, Some(open));
        if let Some(open) = &okta.0.open {
            let stored = open.store.connection(CONNECTION).await?;
            let connection = stored.map(|stored| Arc::new(okta.make_connection(open, stored)));
            open.connection.store(connection);
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

    async fn open_parts(&self) -> Result<Open, OpenError> {
        let store = Store::open(&self.database, self.encryption_key.as_ref()).await?;
        let mut sweeping = JoinSet::new();
        sweeping.spawn(sweep(store.sessions.clone()));
        Ok(Open {
            store,
            http: HttpClient::new(self.address_policy(), self.okta_timeout)?,
            connection: ArcSwapOption::empty(),
            changing: Mutex::new(()),
            live_sessions: LiveSessions::new(),
            setup_attempts: Limiter::per_minute(SETUP_CODES_PER_MINUTE),
            sign_ins: Limiter::per_minute(self.sign_ins_per_minute),
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
