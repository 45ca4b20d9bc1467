//! [`Okta`], the handle that an app holds.

use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

use arc_swap::ArcSwapOption;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ipnet::IpNet;
use okta_types::{Actor, AuditEvent, ConnectionSummary, RedirectUris, SettingsRefusal};
use openidconnect::RedirectUrl;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use tokio::{sync::Mutex, task::JoinSet};
use url::Url;

use crate::{
    OktaBuilder, OktaLayer,
    connection::{CONNECTION, Connection},
    error::{SettingsError, StoreError},
    limit::Limiter,
    oidc::http::HttpClient,
    return_to::ReturnTo,
    roles::Roles,
    session::{LiveSessions, SetupGrant},
    store::{SetupCode, Store, StoredConnection},
};

/// "Sign in with Okta" for one app. Cheap to clone.
///
/// Make one with [`Okta::builder`], put [`Okta::layer`] around the router, and guard routes with
/// [`require_auth`](crate::require_auth). Behind the layer it is in every request's extensions.
#[derive(Clone)]
pub struct Okta(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) base_url: Url,
    pub(crate) paths: Paths,
    pub(crate) session_lifetime: Duration,
    pub(crate) allow_http_issuer: bool,
    pub(crate) trusted_proxies: Vec<IpNet>,
    pub(crate) setup_code: Option<SetupCode>,
    /// `None` when opening failed: everything of ours is closed, the rest of the app is up.
    pub(crate) open: Option<Open>,
}

pub(crate) struct Open {
    pub(crate) store: Arc<Store>,
    pub(crate) http: HttpClient,
    pub(crate) connection: ArcSwapOption<Connection>,
    pub(crate) roles: Roles,
    /// Held while the settings are changed, so that two admins cannot mix two connections or two role tables.
    pub(crate) changing: Mutex<()>,
    pub(crate) live_sessions: Arc<LiveSessions>,
    pub(crate) setup_attempts: Limiter<IpAddr>,
    pub(crate) sign_ins: Limiter<IpAddr>,
    /// Sweeps away what is too old, for as long as this lives.
    pub(crate) _sweeping: JoinSet<()>,
}

/// Where our routes are.
pub(crate) struct Paths {
    pub(crate) login: String,
    pub(crate) callback: String,
    pub(crate) logout: String,
    pub(crate) identity: String,
    pub(crate) setup: String,
    pub(crate) audit: String,
    pub(crate) roles: String,
    pub(crate) admins: String,
    pub(crate) test: String,
    pub(crate) connection: String,
}

impl Paths {
    pub(crate) fn below(prefix: &str) -> Self {
        Self {
            login: format!("{prefix}/login"),
            callback: format!("{prefix}/authorization-code/callback"),
            logout: format!("{prefix}/logout"),
            identity: format!("{prefix}/api/identity"),
            setup: format!("{prefix}/api/okta/setup"),
            audit: format!("{prefix}/api/okta/audit"),
            roles: format!("{prefix}/api/okta/roles"),
            admins: format!("{prefix}/api/okta/admins"),
            test: format!("{prefix}/api/okta/connections/{{name}}/test"),
            connection: format!("{prefix}/api/okta/connections/{{name}}"),
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
    /// An admin has signed in, or the environment gives the connection; there is no code.
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

    /// `typed` if it is a path of this app, with its query, and nothing else: safe to redirect a browser to.
    #[must_use]
    pub fn local_path(&self, typed: &str) -> Option<String> {
        let path = ReturnTo::checked(typed, self.base_url())?;
        Some(path.as_str().to_owned())
    }

    /// The path that ends the session, `/logout` unless a prefix was set. Takes `POST` only.
    #[must_use]
    pub fn logout_path(&self) -> &str {
        &self.0.paths.logout
    }

    /// The path of the audit trail for programs. Takes the fields of [`AuditQuery`](crate::AuditQuery), and
    /// `?format=csv` or `?format=jsonl` for a download of all of it.
    #[must_use]
    pub fn audit_path(&self) -> &str {
        &self.0.paths.audit
    }

    /// The path that tests the connection, for a form on the settings page: `POST` with `return_to`.
    #[must_use]
    pub fn test_path(&self) -> String {
        self.0.paths.test.replace("{name}", CONNECTION)
    }

    /// The addresses to register in Okta.
    #[must_use]
    pub fn redirect_uris(&self) -> RedirectUris {
        RedirectUris {
            sign_in: self.redirect_uri().to_string(),
            sign_out: self.0.base_url.to_string(),
            initiate_login: at(&self.0.base_url, &self.0.paths.login).to_string(),
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
        let open = self.open()?;
        let store = &open.store;
        if self.is_managed() {
            // One that was made before the operator gave the connection would still make an admin.
            store.delete_setup_code().await?;
            return Ok(Setup::Done);
        }
        let groups_make_admins = self.live_connection().is_some() && open.roles.a_group_is_admin();
        if groups_make_admins || !store.admins().await?.is_empty() {
            return Ok(Setup::Done);
        }
        let code = match &self.0.setup_code {
            Some(code) => code.clone(),
            None if store.open_setup().await?.is_some() => return Ok(Setup::CodeMadeEarlier),
            None => SetupCode::generate(),
        };
        if store.setup_of_code(&code).await?.is_none() {
            store.put_setup_code(&code).await?;
            open.record(AuditEvent::SetupCodeMade, Actor::Operator, None, None)
                .await;
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
        let open = self.open()?;
        open.store.put_setup_code(&code).await?;
        open.record(AuditEvent::SetupCodeMade, Actor::Operator, None, None)
            .await;
        Ok(code.expose().to_owned().into())
    }

    /// What an issuer field should show below itself: the issuer URI that is understood, of the authorization server if
    /// one is named.
    ///
    /// # Errors
    ///
    /// [`IssuerError`](crate::IssuerError) when what was typed cannot be an issuer.
    pub fn understand_issuer(
        &self,
        typed: &str,
        authorization_server: &str,
    ) -> Result<String, crate::IssuerError> {
        let allow_http = self.0.allow_http_issuer;
        crate::connection::issuer::understand(typed, authorization_server, allow_http)
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

    /// Whether anybody is admin by name who can sign in through the connection in use.
    pub(crate) async fn has_admin_by_name(&self, open: &Open) -> Result<bool, StoreError> {
        let Some(connection) = self.live_connection() else {
            return Ok(false);
        };
        let admins = open.store.admins().await?;
        Ok(admins.iter().any(|admin| admin.issuer == connection.issuer))
    }

    /// Whether the next person to sign in with this right becomes admin. A setup without a code was kept open for an admin
    /// who changed the connection: where somebody is admin already, they can sign in themselves.
    pub(crate) async fn makes_admin(
        &self,
        open: &Open,
        grant: &SetupGrant,
    ) -> Result<bool, StoreError> {
        let setup = open.store.open_setup().await?;
        let Some(setup) = setup.filter(|setup| setup.gave(grant)) else {
            return Ok(false);
        };
        Ok(setup.has_code || !self.has_admin_by_name(open).await?)
    }

    /// Whether the operator gave the connection, so that it cannot be changed in the browser.
    pub(crate) fn is_managed(&self) -> bool {
        self.live_connection()
            .is_some_and(|connection| connection.managed)
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
        Connection::new(stored, false, self.redirect_uri(), open.http.clone())
    }

    /// The connection that the operator gave. Its id follows from what it is, so that sessions outlive a restart.
    pub(crate) fn make_managed(&self, open: &Open, mut given: StoredConnection) -> Connection {
        let app = format!("{}\n{}", given.issuer, given.client_id);
        given.id = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(app));
        Connection::new(given, true, self.redirect_uri(), open.http.clone())
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

fn at(base_url: &Url, path: &str) -> Url {
    let mut url = base_url.clone();
    url.set_path(path);
    url
}
