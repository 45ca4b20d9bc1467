//! [`OktaBuilder`]: the plugin's configuration, and opening it.

mod checks;
mod error;
mod hooks;
mod open;

use std::{error::Error, fmt, time::Duration};

use ipnet::IpNet;
use okta_types::{ConnectionForm, Identity};
use secrecy::{ExposeSecret, SecretString};

pub use error::OpenError;

use crate::{
    connection::ConnectionChanged,
    directory::PersonHooks,
    dns::TxtRecords,
    hook::{Asked, Told},
    okta::Okta,
    session::EndedHook,
    setup::SetupCode,
    sign_in::selection::OrganizationRule,
};

/// A long working day. Whoever goes home is signed out earlier, because they are idle.
const SESSION_LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);
/// Longer than Okta ever takes, shorter than a person waits.
const OKTA_TIMEOUT: Duration = Duration::from_secs(10);
/// Enough for a company behind one address on a Monday morning. Each sign-in is two requests.
const SIGN_INS_PER_MINUTE: u32 = 600;
/// Enough for Okta to sign a company out.
const SIGN_OUT_CALLS_PER_MINUTE: u32 = 3000;
const SCIM_REQUESTS_PER_MINUTE: u32 = 6000;

/// Configures and opens an [`Okta`].
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
    pub(crate) database: String,
    pub(crate) sessions_url: Option<String>,
    pub(crate) encryption_key: Option<SecretString>,
    setup_code: Option<SetupCode>,
    allow_http_issuer: bool,
    allow_private_issuer: bool,
    trusted_proxies: Vec<IpNet>,
    prefix: String,
    settings_page: String,
    session_lifetime: Duration,
    okta_timeout: Duration,
    managed_connection: Option<ConnectionForm>,
    admin_group: Option<String>,
    roles: Vec<String>,
    sign_ins_per_minute: u32,
    sign_out_calls_per_minute: u32,
    scim_requests_per_minute: u32,
    root_certificates: Vec<Vec<u8>>,
    csrf_exempt: Vec<String>,
    on_signed_in: Option<Asked<Identity>>,
    on_session_ended: Option<EndedHook>,
    on_connection_changed: Option<Told<ConnectionChanged>>,
    person_hooks: PersonHooks,
    organization_of: Option<OrganizationRule>,
    txt_records: Option<TxtRecords>,
}

impl Default for OktaBuilder {
    fn default() -> Self {
        Self {
            base_url: "http://127.0.0.1:3000".to_owned(),
            database: "sqlite:okta.db".to_owned(),
            sessions_url: None,
            encryption_key: None,
            setup_code: None,
            allow_http_issuer: false,
            allow_private_issuer: false,
            trusted_proxies: Vec::new(),
            prefix: String::new(),
            settings_page: "/settings/okta".to_owned(),
            session_lifetime: SESSION_LIFETIME,
            okta_timeout: OKTA_TIMEOUT,
            managed_connection: None,
            admin_group: None,
            roles: Vec::new(),
            sign_ins_per_minute: SIGN_INS_PER_MINUTE,
            sign_out_calls_per_minute: SIGN_OUT_CALLS_PER_MINUTE,
            scim_requests_per_minute: SCIM_REQUESTS_PER_MINUTE,
            root_certificates: Vec::new(),
            csrf_exempt: Vec::new(),
            on_signed_in: None,
            on_session_ended: None,
            on_connection_changed: None,
            person_hooks: PersonHooks::default(),
            organization_of: None,
            txt_records: None,
        }
    }
}

impl OktaBuilder {
    /// Sets the origin that browsers see, without a path. Redirect URIs are built from it, never
    /// from a request. Default: `http://127.0.0.1:3000`.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// Sets where to store data: `sqlite:` and a path, where the file is created if it is missing;
    /// or `postgres://USER:PASSWORD@HOST/DATABASE`, with the feature `postgres`. To PostgreSQL, a
    /// server holds up to 8 connections; `?max_connections=20` in the URL changes that. Default:
    /// `sqlite:okta.db`.
    pub fn database(mut self, url: impl Into<String>) -> Self {
        self.database = url.into();
        self
    }

    /// Keeps sessions in Redis or Valkey: `rediss://USER:PASSWORD@HOST:PORT`, or `redis:` without
    /// TLS, with the feature `redis`. Everything else stays in the [`database`](Self::database).
    /// Whoever is signed in when this is set, changed or removed signs in again. Default: none, so
    /// that sessions are in the database.
    pub fn sessions_url(mut self, url: impl Into<String>) -> Self {
        self.sessions_url = Some(url.into());
        self
    }

    /// Sets the key that encrypts secrets at rest: 32 bytes in base64. Default: a key file beside
    /// the SQLite file (`okta.key`), created on first start and readable by its owner only.
    /// PostgreSQL requires a key, the same on every server.
    pub fn encryption_key(mut self, key: impl Into<SecretString>) -> Self {
        self.encryption_key = Some(key.into());
        self
    }

    /// Sets the code that lets the first admin in. Make it long: anyone who guesses it controls the
    /// settings. A blank code is ignored. Default: generated on first start, see
    /// [`Okta::prepare_setup`].
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
    /// provider. Link-local addresses, where clouds keep their metadata, are never allowed.
    /// Default: off.
    pub fn allow_private_issuer(mut self, allow: bool) -> Self {
        self.allow_private_issuer = allow;
        self
    }

    /// Sets the proxies whose `X-Forwarded-For` is trusted. Rate limits count by that address.
    /// Default: none, so that the peer's address counts.
    pub fn trusted_proxies(mut self, proxies: impl IntoIterator<Item = IpNet>) -> Self {
        self.trusted_proxies = proxies.into_iter().collect();
        self
    }

    /// Trusts this certificate authority (PEM) in addition to the web's and this machine's, for a
    /// provider inside a company.
    pub fn add_root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates.push(pem.into());
        self
    }

    /// Lets other sites post to this path, in axum's route syntax (`/webhooks/{*rest}`): for your
    /// own routes that don't rely on cookies. All other paths reject cross-site requests that
    /// change state. Default: none.
    pub fn csrf_exempt(mut self, path: impl Into<String>) -> Self {
        self.csrf_exempt.push(path.into());
        self
    }

    /// Puts all of the plugin's routes below a path such as `/auth`. Default: none.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets the path of the settings page, where setup links lead whoever opens them. Default:
    /// `/settings/okta`.
    pub fn settings_page(mut self, path: impl Into<String>) -> Self {
        self.settings_page = path.into();
        self
    }

    /// Sets how long a session lasts after sign-in, regardless of activity, unless the connection
    /// has a [lifetime](crate::connection::ConnectionOptions::lifetime_seconds) of its own. It ends
    /// earlier if nobody [uses](crate::connection::ConnectionOptions::idle_seconds) it, or if the
    /// ID token has an earlier `session_expiry`. Default: 12 hours.
    pub fn session_lifetime(mut self, lifetime: Duration) -> Self {
        self.session_lifetime = lifetime;
        self
    }

    /// Limits how many requests one client address can make to the sign-in and the callback in a
    /// minute. Default: 600, which is 300 sign-ins.
    pub fn sign_ins_per_minute(mut self, requests: u32) -> Self {
        self.sign_ins_per_minute = requests;
        self
    }

    /// Limits how many calls with which one Okta app, or another provider's client, ends sessions are
    /// accepted on this server in a minute (back-channel logout, Universal Logout). Beyond that they
    /// are answered with 429. Default: 3000.
    pub fn sign_out_calls_per_minute(mut self, calls: u32) -> Self {
        self.sign_out_calls_per_minute = calls;
        self
    }

    /// Limits how many SCIM requests a connection can make on this server in a minute. Beyond that
    /// they are answered with 429. Default: 6000.
    pub fn scim_requests_per_minute(mut self, requests: u32) -> Self {
        self.scim_requests_per_minute = requests;
        self
    }

    /// Sets the connection in code or configuration instead of on the settings page, which then
    /// shows it read-only. It needs no setup code: [`admin_group`](Self::admin_group) and the role
    /// table decide who is an admin. A connection made on the settings page is ignored while this
    /// is set. Default: none.
    pub fn managed_connection(mut self, connection: ConnectionForm) -> Self {
        self.managed_connection = Some(connection);
        self
    }

    /// Sets the Okta group whose members are always admins of this app, whatever the role table
    /// says. An empty name is ignored. Default: none.
    pub fn admin_group(mut self, group: impl Into<String>) -> Self {
        let group = group.into().trim().to_owned();
        self.admin_group = Some(group).filter(|group| !group.is_empty());
        self
    }

    /// Names roles that your app knows, such as `editor`, so that Okta can assign them by provisioning
    /// although no rule of a role table has them. The role `admin` is never assigned so. Default: none
    /// beside those of the role tables.
    pub fn roles(mut self, roles: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let roles = roles.into_iter().map(|role| role.into().trim().to_owned());
        self.roles = roles.filter(|role| !role.is_empty()).collect();
        self
    }

    /// Sets how the TXT records of a name are looked up, for **Check DNS** beside an email domain on
    /// the settings page: with a resolver of your own, or in a test. Return their texts, an empty
    /// list if there are none, and an error if that isn't known. Default: this machine's resolver,
    /// with the feature `dns`; none without it.
    ///
    /// ```
    /// use axum_okta::Okta;
    ///
    /// let okta = Okta::builder().txt_records(async |name| {
    ///     println!("which TXT records has {name}?");
    ///     Ok(vec!["okta-sign-in-verification=…".to_owned()])
    /// });
    /// ```
    pub fn txt_records<F, R>(mut self, look_up: F) -> Self
    where
        F: Fn(String) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Vec<String>, Box<dyn Error + Send + Sync>>> + Send + 'static,
    {
        self.txt_records = Some(TxtRecords::new(look_up));
        self
    }

    /// Sets how long to wait for a response from Okta, including connecting and reading. Default:
    /// 10 seconds.
    pub fn okta_timeout(mut self, timeout: Duration) -> Self {
        self.okta_timeout = timeout;
        self
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
