//! Access to the settings, and their changes: a [`Visitor`] is anyone who asks, an [`Admin`] has
//! been let in.

mod admin;
mod admins;
mod before_sign_in;
mod branding;
mod client_keys;
mod connect;
mod connection;
mod connections;
mod domains;
mod error;
mod operator;
mod organizations;
mod person;
mod provisioning;
mod provisioning_clients;
mod provisioning_options;
mod roles;
mod sessions;
mod setup_links;
mod setup_page;
mod sign_out;
mod tokens;
mod version;

use std::{fmt, net::IpAddr};

use axum::extract::FromRequestParts;
use http::request::Parts;
use okta_types::{ADMIN, Actor, AuditEvent, AuditQuery, CurrentIdentity, Identity};
use tower_sessions::Session;

use admin::Access;
pub use admin::Admin;
pub use error::SettingsError;
pub use okta_types::{
    AdminSummary, AdminTokenForm, AdminTokenSummary, Branding, ClientKeySummary, Draft,
    FieldProblem, NewAdminToken, NewScimToken, NewSetupLink, OpenSettings, ProvisionedClaim,
    ProvisionedGroup, ProvisionedGroups, ProvisionedPeople, ProvisionedPerson,
    ProvisionedPersonRecord, Provisioning, ProvisioningDraft, ProvisioningForm, ScimClientSummary,
    ScimRequest, ScimRequestPage, ScimTokenSummary, SeenGroup, Settings, SettingsRefusal,
    SetupLinkForm, SetupLinkState, SetupLinkSummary, SignOutAddress, SignOutCall, SignOutCalls,
    TestReport, TokenAccess,
};
pub use organizations::Organizations;
pub(crate) use roles::{changes as changed_roles, checked_table};
pub(crate) use setup_page::routes;
pub(crate) use version::{Expected, Saved};

use crate::{
    connection::CONNECTION,
    http::client_address::{TrustedProxies, counted_as},
    okta::Okta,
    services::Services,
    session::Content,
    setup::SetupGrant,
    telemetry::{self, Limit},
};

/// Anyone who asks for the settings page. An axum extractor inside [`Okta::layer`].
pub struct Visitor {
    okta: Okta,
    session: Session,
    identity: Option<Identity>,
    address: Option<IpAddr>,
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = SettingsError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let extensions = &parts.extensions;
        let okta: &Okta = extensions.get().ok_or(SettingsError::LayerMissing)?;
        let session: &Session = extensions.get().ok_or(SettingsError::LayerMissing)?;
        let proxies: &TrustedProxies = &okta.shared().trusted_proxies;
        let identity = extensions
            .get::<CurrentIdentity>()
            .and_then(CurrentIdentity::get)
            .cloned();
        Ok(Self {
            okta: okta.clone(),
            session: session.clone(),
            identity,
            address: proxies.client_of(extensions, &parts.headers),
        })
    }
}

impl Visitor {
    /// Returns what this visitor can see on the settings page, with the requested page of the audit
    /// trail. An admin sees the settings of the connection that they came through.
    ///
    /// # Errors
    ///
    /// [`SettingsError::Store`] if the database doesn't respond.
    pub async fn settings(self, audit: &AuditQuery) -> Result<Settings, SettingsError> {
        self.settings_of(None, audit).await
    }

    /// Returns the same of the connection of this name, which may not be connected yet.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::UnknownConnection`] or [`SettingsRefusal::MalformedName`] as for
    /// [`Admin::for_connection`], [`SettingsError::Store`] if the database doesn't respond.
    pub async fn settings_of(
        self,
        connection: Option<&str>,
        audit: &AuditQuery,
    ) -> Result<Settings, SettingsError> {
        let Ok(services) = self.okta.services().cloned() else {
            return Ok(Settings::Unavailable);
        };
        let first = services.connections.first();
        let has_admin = match &first {
            Some(_) if services.roles.a_group_is_admin(CONNECTION) => true,
            Some(first) => {
                let setups = &services.setups;
                setups.has_named_admin(CONNECTION, first.issuer()).await?
            }
            None => false,
        };
        // Without this connection no admin of the whole app can sign in, so a code from the
        // operator is the only way in.
        let has_code = first.is_none() || services.setups.has_code().await?;
        match self.admin().await {
            Ok(admin) => {
                let admin = match connection {
                    Some(name) => admin.for_connection(name)?,
                    None => admin,
                };
                let settings = admin.settings(audit).await?;
                Ok(Settings::Open(Box::new(settings)))
            }
            Err(SettingsError::Refused(SettingsRefusal::NotAdmin)) => {
                Ok(Settings::Forbidden { has_code })
            }
            Err(SettingsError::Refused(SettingsRefusal::NotSignedIn)) if has_code => {
                Ok(Settings::SetupCode { has_admin })
            }
            Err(SettingsError::Refused(SettingsRefusal::NotSignedIn)) => Ok(Settings::SignIn),
            Err(error) => Err(error),
        }
    }

    /// Opens the settings for this browser, for an hour, if `code` is the setup code.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::TooManyAttempts`] after ten attempts a minute from one address,
    /// [`SettingsRefusal::WrongSetupCode`] if the code is wrong or has expired.
    pub async fn enter_setup_code(self, code: &str) -> Result<(), SettingsError> {
        let services = self.okta.services()?;
        self.count_attempt(services).await?;
        let Some(grant) = services.setups.enter(code).await? else {
            let (event, detail) = (AuditEvent::SetupCodeRefused, "wrong or expired code");
            self.record(services, event, Some(detail.to_owned())).await;
            return Err(SettingsRefusal::WrongSetupCode.into());
        };
        self.take_right(services, grant).await?;
        self.record(services, AuditEvent::SetupCodeAccepted, None)
            .await;
        Ok(())
    }

    /// Counts an attempt to enter a code.
    async fn count_attempt(&self, services: &Services) -> Result<(), SettingsError> {
        let counted = counted_as(self.address);
        if services.setup_attempts.allow(counted).await? {
            return Ok(());
        }
        telemetry::rate_limited(Limit::SetupCode);
        // Not into the audit trail: an unlimited event must not cost a write.
        tracing::warn!(address = ?self.address, "too many setup codes tried");
        Err(SettingsRefusal::TooManyAttempts.into())
    }

    /// The session gets a new id, so that a planted or copied one never has the right.
    async fn take_right(
        &self,
        services: &Services,
        grant: SetupGrant,
    ) -> Result<(), SettingsError> {
        self.session.cycle_id().await?;
        self.session.save().await?;
        let take = |content: &mut Content| content.setup = Some(grant.clone());
        Ok(services
            .sessions
            .change_content(&self.session, take)
            .await?)
    }

    async fn record(&self, services: &Services, event: AuditEvent, detail: Option<String>) {
        services
            .record(event, self.actor(), self.address, detail)
            .await;
    }

    fn actor(&self) -> Actor {
        self.identity.as_ref().map_or(Actor::Stranger, Actor::from)
    }

    /// Lets in admins, and visitors who entered the setup code.
    ///
    /// # Errors
    ///
    /// [`SettingsRefusal::NotSignedIn`] or [`SettingsRefusal::NotAdmin`] for everybody else.
    pub async fn admin(self) -> Result<Admin, SettingsError> {
        let services = self.okta.services()?.clone();
        let content = Content::load(&self.session).await?;
        let has_role = |identity: &Identity| identity.has_role(ADMIN);
        let by_role = self.identity.as_ref().is_some_and(has_role);
        let grant = match &content.setup {
            Some(grant) if !by_role && services.setups.admits(grant).await? => Some(grant),
            _ => None,
        };
        let actor = match (&self.identity, grant) {
            (Some(identity), _) if by_role => Actor::from(identity),
            (_, Some(grant)) => grant.actor(),
            (Some(_), None) => return Err(SettingsRefusal::NotAdmin.into()),
            (None, None) => return Err(SettingsRefusal::NotSignedIn.into()),
        };
        let connection = match (&self.identity, grant) {
            (Some(identity), _) if by_role => identity.connection.clone(),
            (_, Some(grant)) => grant.connection().to_owned(),
            _ => CONNECTION.to_owned(),
        };
        Ok(Admin {
            by_link: grant.is_some_and(|grant| grant.link_to.is_some()),
            is_super: connection == CONNECTION,
            connection,
            okta: self.okta,
            services,
            session: Some(self.session),
            content,
            actor,
            access: match by_role {
                true => Access::Role,
                false => Access::Setup,
            },
            identity: self.identity,
            address: self.address,
            expected: None,
        })
    }
}

/// Without the session, which holds its id and tokens.
impl fmt::Debug for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = self.identity.as_ref().map(|identity| &identity.subject);
        f.debug_struct("Visitor")
            .field("subject", &subject)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
