//! [`Okta`], the handle that an app keeps.

use std::{
    fmt,
    ops::Deref,
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::extract::FromRef;
use http::{Uri, request::Parts};
use okta_types::{ConnectionSummary, Identity, RedirectUris, SettingsRefusal, StepUp};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Notify;
use url::Url;

use crate::{
    connection::{CONNECTION, issuer, issuer::IssuerError},
    hook::Asked,
    http::{client_address::TrustedProxies, return_to::ReturnTo},
    lifecycle::Lifecycle,
    paths::Paths,
    services::Services,
    setup::SetupCode,
    sign_in::selection::OrganizationRule,
};

/// "Sign in with Okta" for one app. Cheap to clone.
///
/// Build it with [`Okta::builder`], put [`Okta::layer`] around the router, and guard routes with
/// [`require_auth`](crate::require_auth). Inside the layer, it is in the extensions of every
/// request.
#[derive(Clone)]
pub struct Okta(Arc<Shared>);

pub(crate) struct Shared {
    fixed: Fixed,
    /// Empty until the database is open. Until then everything of ours is closed, while the rest of
    /// the app works.
    services: OnceLock<Arc<Services>>,
    opened: Notify,
    pub(crate) lifecycle: Lifecycle,
}

/// The configuration, which never changes.
pub(crate) struct Fixed {
    pub(crate) base_url: Url,
    pub(crate) paths: Paths,
    pub(crate) settings_page: String,
    pub(crate) session_lifetime: Duration,
    pub(crate) allow_http_issuer: bool,
    pub(crate) trusted_proxies: TrustedProxies,
    /// Paths that other sites may post to.
    pub(crate) csrf_exempt: matchit::Router<()>,
    pub(crate) setup_code: Option<SetupCode>,
    pub(crate) on_signed_in: Option<Asked<Identity>>,
    pub(crate) organization_of: Option<OrganizationRule>,
}

impl Deref for Shared {
    type Target = Fixed;

    fn deref(&self) -> &Fixed {
        &self.fixed
    }
}

impl Okta {
    /// Creates a closed handle, until it is [opened](Self::open_with).
    pub(crate) fn closed(fixed: Fixed) -> Self {
        Self(Arc::new(Shared {
            fixed,
            services: OnceLock::new(),
            opened: Notify::new(),
            lifecycle: Lifecycle::default(),
        }))
    }

    pub(crate) fn open_with(&self, services: Services) {
        if self.0.services.set(Arc::new(services)).is_ok() {
            self.0.opened.notify_waiters();
        }
    }

    /// Waits until the plugin is open. After [`OktaBuilder::open`](crate::OktaBuilder::open) it
    /// returns at once; after [`open_or_deny`](crate::OktaBuilder::open_or_deny) it may take
    /// longer.
    pub async fn opened(&self) {
        let opened = self.0.opened.notified();
        if self.0.services.get().is_none() {
            opened.await;
        }
    }

    /// Returns the origin that browsers see.
    #[must_use]
    pub fn base_url(&self) -> &Url {
        &self.0.base_url
    }

    /// Returns the path that starts a sign-in: `/login`, unless a prefix is set. Takes
    /// `?return_to=/path`.
    #[must_use]
    pub fn login_path(&self) -> &str {
        &self.0.paths.login
    }

    /// Returns the address that starts a sign-in and comes back to `return_to`, a path of this app.
    #[must_use]
    pub fn sign_in_path(&self, return_to: &str) -> String {
        self.step_up_path(&StepUp::default(), return_to)
    }

    /// Returns the address that starts a sign-in which has to be as recent and as strong as this,
    /// and comes back to `return_to`, a path of this app. Whoever is signed in like that already
    /// comes back at once.
    #[must_use]
    pub fn step_up_path(&self, step_up: &StepUp, return_to: &str) -> String {
        self.sign_in_with(None, step_up, return_to)
    }

    /// Returns the address that starts a sign-in with the organization of this key, and comes back
    /// to `return_to`, a path of this app.
    #[must_use]
    pub fn organization_sign_in_path(&self, organization: &str, return_to: &str) -> String {
        self.sign_in_with(Some(organization), &StepUp::default(), return_to)
    }

    /// Returns the address that starts a sign-in through the connection of this name, and comes
    /// back to `return_to`, a path of this app.
    #[must_use]
    pub fn connection_sign_in_path(&self, connection: &str, return_to: &str) -> String {
        let names = [("return_to", return_to), ("connection", connection)];
        self.login_with(names, &StepUp::default())
    }

    pub(crate) fn sign_in_with(
        &self,
        organization: Option<&str>,
        step_up: &StepUp,
        return_to: &str,
    ) -> String {
        let organization = organization.map(|organization| ("organization", organization));
        let names = [("return_to", return_to)].into_iter().chain(organization);
        self.login_with(names, step_up)
    }

    /// Returns the address that starts a sign-in in a new tab, next to a form that stays as it is. It
    /// ends on a page that says to go back to the form.
    #[must_use]
    pub fn sign_in_again_path(&self) -> String {
        self.step_up_in_new_tab_path(&StepUp::default())
    }

    pub(crate) fn step_up_in_new_tab_path(&self, step_up: &StepUp) -> String {
        self.login_with([("new_tab", "1")], step_up)
    }

    fn login_with<'p>(
        &self,
        names: impl IntoIterator<Item = (&'p str, &'p str)>,
        step_up: &StepUp,
    ) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(names)
            .extend_pairs(step_up.parameters())
            .finish();
        format!("{}?{query}", self.login_path())
    }

    /// Returns `typed` if it is a path of this app, with its query, and `None` otherwise. The
    /// result is safe to redirect a browser to.
    #[must_use]
    pub fn local_path(&self, typed: &str) -> Option<String> {
        let path = ReturnTo::checked(typed, self.base_url())?;
        Some(path.as_str().to_owned())
    }

    /// Returns the path that ends the session: `/logout`, unless a prefix is set. Accepts `POST`
    /// only. With the form field `everywhere=1` it ends the person's sessions in other browsers, too.
    #[must_use]
    pub fn logout_path(&self) -> &str {
        &self.0.paths.logout
    }

    /// Returns the path of who is signed in, as JSON: `/api/identity`, unless a prefix is set. 401
    /// if nobody is.
    #[must_use]
    pub fn identity_path(&self) -> &str {
        &self.0.paths.identity
    }

    /// Returns the path of the script that tells an open page when its session ends. `leptos_okta`'s
    /// `<SessionNotice/>` places it.
    #[must_use]
    pub fn session_script_path(&self) -> &str {
        &self.0.paths.session_script
    }

    /// Returns the path that ends a session here when it ends at Okta: `/frontchannel-logout`,
    /// unless a prefix is set
    /// ([OpenID Connect Front-Channel Logout 1.0](https://openid.net/specs/openid-connect-frontchannel-1_0.html)).
    #[must_use]
    pub fn front_channel_logout_path(&self) -> &str {
        &self.0.paths.front_channel_logout
    }

    /// Returns the path at which a provider ends sessions: `/backchannel-logout`, unless a prefix is
    /// set
    /// ([OpenID Connect Back-Channel Logout 1.0](https://openid.net/specs/openid-connect-backchannel-1_0.html)).
    #[must_use]
    pub fn back_channel_logout_path(&self) -> &str {
        &self.0.paths.back_channel_logout
    }

    /// Returns the path at which Okta ends all of a person's sessions: `/global-token-revocation`,
    /// unless a prefix is set
    /// ([Universal Logout](https://developer.okta.com/docs/guides/oin-universal-logout-overview/)).
    #[must_use]
    pub fn universal_logout_path(&self) -> &str {
        &self.0.paths.universal_logout
    }

    /// Returns the path of the audit trail for programs. Takes the fields of
    /// [`AuditQuery`](crate::audit::AuditQuery), and `?format=csv` or `?format=jsonl` to download
    /// all of it.
    #[must_use]
    pub fn audit_path(&self) -> &str {
        &self.0.paths.audit
    }

    /// Returns the path of the connections for programs: `/api/okta/connections`, unless a prefix is
    /// set. Each connection is below it, by its name.
    #[must_use]
    pub fn connections_path(&self) -> &str {
        &self.0.paths.connections
    }

    /// Returns the path that tests the connection, for a form on the settings page: `POST` with
    /// `return_to`.
    #[must_use]
    pub fn test_path(&self) -> String {
        self.test_path_of(CONNECTION)
    }

    /// Returns the path that tests the connection of this name.
    #[must_use]
    pub fn test_path_of(&self, connection: &str) -> String {
        self.0.paths.test.replace("{name}", connection)
    }

    /// Returns the addresses to register in Okta, for the first connection.
    #[must_use]
    pub fn redirect_uris(&self) -> RedirectUris {
        self.redirect_uris_of(CONNECTION)
    }

    /// Returns the addresses to register in the Okta org of this connection.
    #[must_use]
    pub fn redirect_uris_of(&self, connection: &str) -> RedirectUris {
        let paths = &self.0.paths;
        let mut uris = RedirectUris::new(
            self.at(&paths.callback_of(connection)),
            self.0.base_url.as_str(),
            self.initiate_login(connection),
        );
        uris.front_channel_logout = self.at(&paths.front_channel_logout).into();
        uris.back_channel_logout = self.at(&paths.back_channel_logout).into();
        uris.universal_logout = self.at(&paths.universal_logout).into();
        uris
    }

    /// The address to send to whoever is to set up a connection. It contains the code.
    pub(crate) fn setup_link_address(&self, code: &SecretString) -> Url {
        let mut link = self.at(&self.0.paths.setup_page);
        link.query_pairs_mut()
            .append_pair("code", code.expose_secret());
        link
    }

    pub(crate) fn client_keys_address(&self, connection: &str) -> Url {
        let path = self.0.paths.client_keys.replace("{name}", connection);
        self.at(&path)
    }

    /// The page of the sign-in, for a tile in the org of this connection.
    fn initiate_login(&self, connection: &str) -> Url {
        let mut login = self.at(&self.0.paths.login);
        if connection != CONNECTION {
            login
                .query_pairs_mut()
                .append_pair("connection", connection);
        }
        login
    }

    /// Returns the first connection, `okta`, or `None` if it isn't connected.
    #[must_use]
    pub fn connection(&self) -> Option<ConnectionSummary> {
        let first = self.services().ok()?.connections.first()?;
        Some(first.summary())
    }

    /// Returns whether anybody can sign in: whether a connection is in use.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        let services = self.services();
        services.is_ok_and(|services| !services.connections.are_none_in_use())
    }

    /// Returns the issuer URI that the typed text stands for, to show below an issuer field. An
    /// authorization server, if named, is taken into account.
    ///
    /// # Errors
    ///
    /// [`IssuerError`] if the text can't be an issuer.
    pub fn parse_issuer(
        &self,
        typed: &str,
        authorization_server: &str,
    ) -> Result<String, IssuerError> {
        issuer::parse(typed, authorization_server, self.0.allow_http_issuer)
    }

    /// Which organization the app's own rule finds in a request's address.
    pub(crate) fn organization_of(&self, parts: &Parts) -> Option<String> {
        let rule = self.0.organization_of.as_ref()?;
        rule.organization(parts)
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0
    }

    pub(crate) fn services(&self) -> Result<&Arc<Services>, SettingsRefusal> {
        self.0.services.get().ok_or(SettingsRefusal::Closed)
    }

    pub(crate) fn is_https(&self) -> bool {
        self.0.base_url.scheme() == "https"
    }

    /// The `__Host-` prefix restricts the cookie to this host over https.
    pub(crate) fn cookie_name(&self, name: &str) -> String {
        if self.is_https() {
            format!("__Host-{name}")
        } else {
            name.to_owned()
        }
    }

    /// Whether other sites may post there. Never to a route of ours, whatever pattern the app
    /// chose.
    pub(crate) fn is_csrf_exempt(&self, uri: &Uri) -> bool {
        let path = uri.path();
        !self.0.paths.are_ours(path) && self.0.csrf_exempt.at(path).is_ok()
    }

    /// Where the first connection's sign-ins come back to.
    pub(crate) fn callback(&self) -> Url {
        self.at(&self.0.paths.callback)
    }

    /// The base URL that is pasted into Okta to provision through a connection.
    pub(crate) fn scim_base_url(&self, connection: &str) -> String {
        let root = self.0.paths.scim_root();
        self.at(&format!("{root}/{connection}")).to_string()
    }

    /// Where the clients of provisioning get their tokens.
    pub(crate) fn scim_token_endpoint(&self) -> String {
        self.at(&self.0.paths.scim_oauth).to_string()
    }

    pub(crate) fn at(&self, path: &str) -> Url {
        let mut url = self.0.base_url.clone();
        url.set_path(path);
        url
    }
}

impl FromRef<Okta> for TrustedProxies {
    fn from_ref(okta: &Okta) -> Self {
        okta.0.trusted_proxies.clone()
    }
}

impl fmt::Debug for Okta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Okta")
            .field("base_url", &self.0.base_url.as_str())
            .field("open", &self.0.services.get().is_some())
            .finish_non_exhaustive()
    }
}
